"""The loops over many legs: one portfolio over all boundaries, and all books over one turn."""

from typing import Any

from fairlead.kernel.apply import begin_bar, mark, request_exit
from fairlead.kernel.decide import DAY_LOSS, check_daily_loss, decide
from fairlead.kernel.jit import jit, jit_inline
from fairlead.kernel.reasons import Purpose
from fairlead.kernel.records import FLATTEN, LAYOUT
from fairlead.kernel.rounding import quantity_of
from fairlead.kernel.signals import ENTER_LONG, ENTER_SHORT
from fairlead.kernel.step import fold_bar

ENTRY = int(Purpose.ENTRY)
EXIT = int(Purpose.EXIT)


@jit
def over_portfolio(
    book: Any,
    legs: Any,
    positions: Any,
    policies: Any,
    limits: Any,
    instruments: Any,
    timeframes: Any,
    closed_at: Any,
    event_leg: Any,
    ts: Any,
    opens: Any,
    highs: Any,
    lows: Any,
    closes: Any,
    actions: Any,
    stops: Any,
    targets: Any,
    atrs: Any,
    session_ends: Any,
    fills: Any,
    intents: Any,
    equity: Any,
    vetoes: Any,
) -> tuple[int, int]:
    """Run one book of many legs over all boundaries; return the counts of fills and intents.

    Every bar of every leg is one event; events come sorted by (close time, leg) as columns of
    shape (events,), with `closed_at` and `event_leg` beside the bar and its signal. Events at
    or before the book's `as_of` are left out. At one boundary all due legs fold their bars,
    then the equity is marked, then each leg decides in order. `equity` receives the marked
    equity at each boundary's last event or is (0,). `vetoes` is (events,): the veto of each.
    """
    b, m = book[0], limits[0]
    event = 0
    total = ts.shape[0]
    while event < total and closed_at[event] <= b.as_of:
        event += 1
    fill_count, intent_count = 0, 0
    while event < total:
        now = closed_at[event]
        end = event + 1
        opened = ts[event]
        while end < total and closed_at[end] == now:
            opened = max(opened, ts[end])
            end += 1
        begin_bar(b, m, opened)
        for e in range(event, end):
            k = event_leg[e]
            fill_count = fold_bar(
                b,
                legs[k],
                positions[k, 0],
                policies[k],
                instruments[k],
                k,
                ts[e],
                opens[e],
                highs[e],
                lows[e],
                closes[e],
                fills,
                fill_count,
            )
        mark(b, b.cash + held_value(legs, positions))
        was_halted = b.halted
        check_daily_loss(b, m)
        if b.halted != was_halted and m.daily_loss_action == FLATTEN:
            intent_count = _flatten_idle(
                legs, positions, timeframes, event_leg, event, end, now, intents, intent_count
            )
        for e in range(event, end):
            k = event_leg[e]
            g, p = legs[k], positions[k, 0]
            vetoes[e] = g.given_up
            g.given_up = 0
            if p.side == 0 and actions[e] == 0 and g.entry_lots == 0:
                continue
            others, exposure = 0, 0.0
            if actions[e] == ENTER_LONG or actions[e] == ENTER_SHORT:
                others, exposure = other_legs(legs, positions, instruments, k)
            before = g.orders
            veto = decide(
                b,
                g,
                p,
                policies[k],
                m,
                instruments[k],
                others,
                exposure,
                now,
                highs[e],
                lows[e],
                closes[e],
                actions[e],
                stops[e],
                targets[e],
                atrs[e],
                session_ends[e],
            )
            if veto != 0:
                vetoes[e] = veto
            if g.orders != before:
                intent_count = write_intents(
                    g, k, before, instruments[k], now, timeframes[k], intents, intent_count
                )
        b.as_of = now
        if equity.shape[0] > 0:
            equity[end - 1] = b.equity
        event = end
    return fill_count, intent_count


@jit_inline
def held_value(legs: Any, positions: Any) -> float:
    """Return what the positions of all legs are worth at their latest marks."""
    if legs.shape[0] == 1:
        return positions[0, 0].quantity * legs[0].mark
    value = 0.0
    for k in range(legs.shape[0]):
        value += positions[k, 0].quantity * legs[k].mark
    return value


@jit
def other_legs(legs: Any, positions: Any, instruments: Any, own: int) -> tuple[int, float]:
    """Return (count, notional) of the other legs that hold or are about to hold a position."""
    count, notional = 0, 0.0
    for k in range(legs.shape[0]):
        if k == own:
            continue
        pending = abs(quantity_of(instruments[k], legs[k].entry_lots))
        held = abs(positions[k, 0].quantity)
        if pending > 0.0 or held > 0.0:
            count += 1
            notional += (pending + held) * legs[k].mark
    return count, notional


@jit
def _flatten_idle(
    legs: Any,
    positions: Any,
    timeframes: Any,
    event_leg: Any,
    first: int,
    end: int,
    now: int,
    intents: Any,
    count: int,
) -> int:
    """Ask legs that have no bar at this boundary to close too, once the day's loss is reached."""
    for k in range(legs.shape[0]):
        due = False
        for e in range(first, end):
            due = due or event_leg[e] == k
        if due or positions[k, 0].side == 0:
            continue
        if request_exit(legs[k], positions[k, 0], DAY_LOSS, now):
            _write_exit(legs[k], k, now, timeframes[k], intents[count])
            intents[count].quantity = -positions[k, 0].quantity
            count = min(count + 1, intents.shape[0] - 1)
    return count


@jit
def write_intents(
    leg: Any,
    leg_index: int,
    before: int,
    instrument: Any,
    now: int,
    timeframe_ms: int,
    intents: Any,
    count: int,
) -> int:
    """Write the orders numbered above `before` as intents; return the new count."""
    after = 0
    if leg.exit_n > before and leg.exit_lots != 0:
        _write_exit(leg, leg_index, now, timeframe_ms, intents[count])
        intents[count].quantity = quantity_of(instrument, leg.exit_lots)
        after = leg.exit_n
        count = min(count + 1, intents.shape[0] - 1)
    if leg.entry_n > before and leg.entry_lots != 0:
        intent = intents[count]
        _address(intent, leg_index, leg.entry_n, now, timeframe_ms)
        intent.purpose = ENTRY
        intent.reason = 1
        intent.lots = leg.entry_lots
        intent.quantity = quantity_of(instrument, leg.entry_lots)
        intent.price = leg.entry_close
        intent.stop = leg.entry_stop
        intent.target = leg.entry_target
        intent.after = after
        intent.reduce_only = 0
        count = min(count + 1, intents.shape[0] - 1)
    return count


@jit
def _write_exit(leg: Any, leg_index: int, now: int, timeframe_ms: int, intent: Any) -> None:
    _address(intent, leg_index, leg.exit_n, now, timeframe_ms)
    intent.purpose = EXIT
    intent.reason = leg.exit_reason
    intent.lots = leg.exit_lots
    intent.price = leg.mark
    intent.stop = 0.0
    intent.target = 0.0
    intent.after = 0
    intent.reduce_only = 1


@jit_inline
def _address(intent: Any, leg_index: int, order: int, now: int, timeframe_ms: int) -> None:
    intent.leg = leg_index
    intent.order = order
    intent.not_before = now
    intent.valid_until = now + timeframe_ms


@jit
def is_sound(book: Any, legs: Any, positions: Any) -> bool:
    """Tell whether a stored state can be trusted: known layout, finite numbers, sane lots."""
    if book.layout != LAYOUT or not abs(book.cash) < 1e300 or not abs(book.equity) < 1e300:
        return False
    if not abs(book.day_equity) < 1e300 or not book.peak < 1e300:
        return False
    for k in range(legs.shape[0]):
        p = positions[k, 0]
        if not abs(p.quantity) < 1e300 or not p.average < 1e300 or not abs(legs[k].mark) < 1e300:
            return False
        if p.stop != p.stop or p.target != p.target or abs(p.side) > 1:
            return False
    return True


@jit_inline
def working_entries(legs: Any) -> int:
    """Return how many legs have an entry order at work."""
    count = 0
    for k in range(legs.shape[0]):
        if legs[k].entry_lots != 0:
            count += 1
    return count


@jit
def over_books(
    books: Any,
    legs: Any,
    positions: Any,
    policies: Any,
    limits: Any,
    instruments: Any,
    timeframes: Any,
    closed_at: Any,
    event_leg: Any,
    ts: Any,
    opens: Any,
    highs: Any,
    lows: Any,
    closes: Any,
    actions: Any,
    stops: Any,
    targets: Any,
    atrs: Any,
    session_ends: Any,
    fills: Any,
    intents: Any,
    vetoes: Any,
    touched: Any,
) -> tuple[int, int]:
    """Run one turn: fold the events into all books that have not seen them yet.

    `books` is (N,), `legs` (N, L), `positions` (N, L, SLOTS), `policies` (N, L), `limits` (N,);
    instruments, timeframes and events are shared, as in `over_portfolio`. `vetoes` is
    (N, events). `touched[k]` becomes 1 when book k has a fill, a new order or an entry that was
    given up and must be written, 0 when it may catch up later from the same events, and -1 when
    its state is not sound: it is then left as it was. Returns the counts
    of fills and intents; their `book` field is k.
    """
    no_equity = opens[:0]
    fill_count, intent_count = 0, 0
    for k in range(books.shape[0]):
        if not is_sound(books[k], legs[k], positions[k]):
            touched[k] = -1
            continue
        working = working_entries(legs[k])
        new_fills, new_intents = over_portfolio(
            books[k : k + 1],
            legs[k],
            positions[k],
            policies[k],
            limits[k : k + 1],
            instruments,
            timeframes,
            closed_at,
            event_leg,
            ts,
            opens,
            highs,
            lows,
            closes,
            actions,
            stops,
            targets,
            atrs,
            session_ends,
            fills[fill_count:],
            intents[intent_count:],
            no_equity,
            vetoes[k],
        )
        for f in range(fill_count, fill_count + new_fills):
            fills[f].book = k
        for f in range(intent_count, intent_count + new_intents):
            intents[f].book = k
        fill_count += new_fills
        intent_count += new_intents
        changed = new_fills + new_intents > 0 or working_entries(legs[k]) != working
        touched[k] = 1 if changed else 0
    return fill_count, intent_count
