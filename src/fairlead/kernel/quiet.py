"""Skips stretches of bars in which nothing can happen, leaving the very bytes a step leaves.

Within one session day and without a working order, a flat book waits for the next signal, and a
book in a position whose levels do not move waits for a signal or a touched level. Only marks
and counters change on the way, by the same arithmetic and in the same order as in a step.
"""

from typing import Any

from fairlead.kernel.jit import jit, jit_inline


@jit_inline
def levels_rest(policy: Any) -> bool:
    """Tell whether nothing but a signal or a touched level can end a position."""
    return (
        policy.trailing_stop_pct == 0.0
        and policy.atr_trail_multiple == 0.0
        and policy.break_even_pct == 0.0
        and policy.time_stop_bars == 0
        and policy.session_exit == 0
    )


@jit
def day_stretch(ts: Any, start: int, day_end: int, timeframe_ms: int) -> int:
    """Return the index after the last bar that opens before `day_end`; gaps only shorten it."""
    end = min(start + (day_end - ts[start] + timeframe_ms - 1) // timeframe_ms, ts.shape[0])
    while end > start and ts[end - 1] >= day_end:
        end -= 1
    return end


@jit_inline
def waits(book: Any, leg: Any, position: Any, resting: bool) -> bool:
    """Tell whether a book's next bars may be quiet ones."""
    if leg.exit_lots != 0 or leg.entry_lots != 0:
        return False
    return position.side == 0 or (resting and book.halted == 0)


@jit
def skip_quiet(
    book: Any,
    leg: Any,
    position: Any,
    limits: Any,
    ts: Any,
    highs: Any,
    lows: Any,
    closes: Any,
    actions: Any,
    start: int,
    end: int,
    due: int,
    timeframe_ms: int,
    equity: Any,
) -> int:
    """Pass the quiet bars from `start` on, at most to `end`; return the first that is not quiet.

    With a position, funding that is `due` ends the stretch too.
    """
    if position.side != 0:
        stop = min(end, due)
        i = skip_held(book, position, limits, highs, lows, closes, actions, start, stop, equity)
    else:
        i = skip_flat(book, actions, start, end, equity)
    if i > start:
        count_quiet(book, leg, i - start, ts[i - 1], timeframe_ms, closes[i - 1])
    return i


@jit
def skip_held(
    book: Any,
    position: Any,
    limits: Any,
    highs: Any,
    lows: Any,
    closes: Any,
    actions: Any,
    start: int,
    end: int,
    equity: Any,
) -> int:
    """Mark the position bar by bar until a signal, a touched level, or the loss limit."""
    cash, quantity = book.cash, position.quantity
    peak, drawdown, marked = book.peak, book.max_drawdown, book.equity
    stop, target = position.stop, position.target
    if position.side < 0:
        stop, target = position.target, position.stop
    floor = -1e300
    if limits.max_daily_loss > 0.0:
        floor = book.day_equity * (1.0 - limits.max_daily_loss)
    deepest = peak * (1.0 - drawdown)
    keep = equity.shape[0] > 0
    i = start
    while i < end:
        if actions[i] != 0 or lows[i] <= stop or highs[i] >= target:
            break
        worth = cash + quantity * closes[i]
        if worth <= floor:
            break
        marked = worth
        if worth > peak:
            peak = worth
            deepest = peak * (1.0 - drawdown)
        elif worth < deepest:
            drawdown = 1.0 - worth / peak
            deepest = peak * (1.0 - drawdown)
        if keep:
            equity[i] = worth
        i += 1
    book.equity, book.peak, book.max_drawdown = marked, peak, drawdown
    book.bars_held += i - start
    return i


@jit
def skip_flat(book: Any, actions: Any, start: int, end: int, equity: Any) -> int:
    """Wait without a position for a signal; the equity stays what it is."""
    i = start
    while i < end and actions[i] == 0:
        if equity.shape[0] > 0:
            equity[i] = book.equity
        i += 1
    return i


@jit_inline
def count_quiet(book: Any, leg: Any, bars: int, ts: int, timeframe_ms: int, close: float) -> None:
    """Take `bars` quiet bars into the counters; `ts` and `close` are those of the last."""
    leg.bars += bars
    leg.mark = close
    book.bars += bars
    book.ts = ts
    book.as_of = ts + timeframe_ms
