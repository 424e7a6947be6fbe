"""Skips stretches of bars in which nothing can happen, leaving the very bytes a step leaves.

Within one session day and without a working order, a flat book waits for the next signal, and a
book in a position whose levels do not move waits for a signal or a touched level. Only marks
and counters change on the way, by the same arithmetic and in the same order as in a step.
"""

from typing import Any

from fairlead.kernel.jit import jit_inline


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


@jit_inline
def day_stretch(ts: Any, start: int, day_end: int, timeframe_ms: int) -> int:
    """Return the index after the last bar that opens before `day_end`; gaps only shorten it."""
    end = min(start + (day_end - ts[start] + timeframe_ms - 1) // timeframe_ms, ts.shape[0])
    while end > start and ts[end - 1] >= day_end:
        end -= 1
    return end


@jit_inline
def skip_flat(book: Any, actions: Any, start: int, end: int, equity: Any) -> int:
    """Return the first bar from `start` on with a signal, or `end`."""
    i = start
    while i < end and actions[i] == 0:
        i += 1
    if equity.shape[0] > 0:
        for j in range(start, i):
            equity[j] = book.equity
    return i


@jit_inline
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


@jit_inline
def skip_quiet(
    book: Any,
    leg: Any,
    position: Any,
    limits: Any,
    resting: bool,
    ts: Any,
    highs: Any,
    lows: Any,
    closes: Any,
    actions: Any,
    start: int,
    end: int,
    equity: Any,
) -> int:
    """Fold the quiet bars from `start` to `end`; return the first bar that needs a step.

    `end` is at most the end of the session day in which `start` lies.
    """
    if leg.exit_lots != 0 or leg.entry_lots != 0:
        return start
    if position.side != 0 and (not resting or book.halted != 0):
        return start
    if position.side == 0:
        i = skip_flat(book, actions, start, end, equity)
    else:
        i = skip_held(book, position, limits, highs, lows, closes, actions, start, end, equity)
    if i > start:
        leg.bars += i - start
        leg.mark = closes[i - 1]
        book.bars += i - start
        book.ts = ts[i - 1]
    return i
