"""The loops over many legs: all books over one turn, and one portfolio over all boundaries."""

from typing import Any

import numpy as np

from fairlead.kernel.apply import begin_bar, mark
from fairlead.kernel.decide import check_daily_loss, decide
from fairlead.kernel.intents import MOST_INTENTS, flatten_idle, write_intents
from fairlead.kernel.jit import jit, jit_inline
from fairlead.kernel.records import FLATTEN, LAYOUT
from fairlead.kernel.rounding import quantity_of
from fairlead.kernel.signals import ENTER_LONG, ENTER_SHORT
from fairlead.kernel.step import MOST_FILLS, close_bar, fold_bar

LARGEST = 1e300


def over_portfolio(
    book: Any,
    legs: Any,
    positions: Any,
    policies: Any,
    limits: Any,
    instruments: Any,
    timeframes: Any,
    events: Any,
    fills: Any,
    intents: Any,
    equity: Any,
    vetoes: Any,
) -> tuple[int, int]:
    """Run one book of many legs over all boundaries; return the counts of fills and intents.

    `book` and `limits` are (1,), `legs` and `policies` (L,), `positions` (L, SLOTS). `equity`
    receives the marked equity at the last event of each boundary, or is (0,); `vetoes` is
    (events,). Everything else is as in `over_books`.
    """
    touched = np.zeros(1, np.int64)
    counts = over_books(
        book,
        legs[None],
        positions[None],
        policies[None],
        limits,
        instruments,
        timeframes,
        events,
        fills,
        intents,
        equity[None],
        vetoes[None],
        touched,
    )
    if touched[0] < 0:
        raise ValueError("expected a sound book, found one whose numbers cannot be trusted")
    return counts


@jit
def over_books(
    books: Any,
    legs: Any,
    positions: Any,
    policies: Any,
    limits: Any,
    instruments: Any,
    timeframes: Any,
    events: Any,
    fills: Any,
    intents: Any,
    equity: Any,
    vetoes: Any,
    touched: Any,
) -> tuple[int, int]:
    """Fold events into all books that have not seen them yet; return fill and intent counts.

    `books` is (N,), `legs` (N, L), `positions` (N, L, SLOTS), `policies` (N, L), `limits` (N,);
    `instruments` and `timeframes` (L,) are shared. `events` is EVENT (E,), one for each closed
    bar, sorted by (close time, leg); those at or before a book's `as_of` are left out for it.
    At one boundary all due legs fold their bars, then the equity is marked, then each leg
    decides in order. `equity` is (N, E) or (N, 0), `vetoes` (N, E). `fills` needs MOST_FILLS rows
    more than are written, `intents` MOST_INTENTS; their `book` field is the row of the book.

    `touched[k]` becomes 1 when book k has a fill, a new order or an entry that was given up and
    must be written, 0 when it may catch up later from the same events, and -1 when its state is
    not sound: it is then left as it was.
    """
    terms = (policies, limits, instruments, timeframes, events)
    outputs = (fills, intents, equity, vetoes, touched)
    if legs.shape[1] == 1:
        return _books_of_one_leg(books, legs, positions, *terms, *outputs)
    return _books_of_many_legs(books, legs, positions, *terms, *outputs)


@jit
def _books_of_one_leg(
    books: Any,
    legs: Any,
    positions: Any,
    policies: Any,
    limits: Any,
    instruments: Any,
    timeframes: Any,
    events: Any,
    fills: Any,
    intents: Any,
    equity: Any,
    vetoes: Any,
    touched: Any,
) -> tuple[int, int]:
    """Run books of one leg; records, not arrays, go down from here."""
    fill_count, intent_count = 0, 0
    last_fill, last_intent = fills.shape[0] - MOST_FILLS, intents.shape[0] - MOST_INTENTS
    for row in range(books.shape[0]):
        if not is_sound(books, legs, positions, row):
            touched[row] = -1
            continue
        b, g, m = books[row], legs[row, 0], limits[row]
        own = (b, g, positions[row, 0, 0], policies[row, 0], m, instruments[0], timeframes[0])
        working, first_fill, first_intent = g.entry_lots != 0, fill_count, intent_count
        for event in range(events.shape[0]):
            v = events[event]
            if v.closed_at <= b.as_of:
                continue
            begin_bar(b, m, v.ts)
            given = (fills[fill_count], fills[fill_count + 1], fills[fill_count + 2])
            asked = (intents[intent_count], intents[intent_count + 1])
            written, ordered, vetoes[row, event] = step_single(*own, v, *given, *asked)
            fill_count = min(fill_count + written, last_fill)
            intent_count = min(intent_count + ordered, last_intent)
            if equity.shape[1] > 0:
                equity[row, event] = b.equity
        for f in range(first_fill, fill_count):
            fills[f].book = row
        for f in range(first_intent, intent_count):
            intents[f].book = row
        news = fill_count > first_fill or intent_count > first_intent
        touched[row] = 1 if news or (g.entry_lots != 0) != working else 0
    return fill_count, intent_count


@jit
def _books_of_many_legs(
    books: Any,
    legs: Any,
    positions: Any,
    policies: Any,
    limits: Any,
    instruments: Any,
    timeframes: Any,
    events: Any,
    fills: Any,
    intents: Any,
    equity: Any,
    vetoes: Any,
    touched: Any,
) -> tuple[int, int]:
    fill_count, intent_count = 0, 0
    for row in range(books.shape[0]):
        if not is_sound(books, legs, positions, row):
            touched[row] = -1
            continue
        working, first_fill, first_intent = working_entries(legs, row), fill_count, intent_count
        terms = (row, books, legs, positions, policies, limits, instruments)
        event = 0
        while event < events.shape[0] and events[event].closed_at <= books[row].as_of:
            event += 1
        while event < events.shape[0]:
            end = boundary_end(events, event)
            fill_count = _fold_due(*terms, events, event, end, fills, fill_count)
            intent_count = _decide_due(
                *terms, timeframes, events, event, end, intents, intent_count, vetoes
            )
            if equity.shape[1] > 0:
                equity[row, end - 1] = books[row].equity
            event = end
        for f in range(first_fill, fill_count):
            fills[f].book = row
        for f in range(first_intent, intent_count):
            intents[f].book = row
        news = fill_count > first_fill or intent_count > first_intent
        touched[row] = 1 if news or working_entries(legs, row) != working else 0
    return fill_count, intent_count


@jit_inline
def step_single(
    book: Any,
    leg: Any,
    position: Any,
    policy: Any,
    limits: Any,
    instrument: Any,
    timeframe_ms: int,
    event: Any,
    first_fill: Any,
    second_fill: Any,
    third_fill: Any,
    first_intent: Any,
    second_intent: Any,
) -> tuple[int, int, int]:
    """Run one event of a book of one leg; return counts of fills and intents, and the veto."""
    given = (first_fill, second_fill, third_fill)
    bar = (event.ts, event.open, event.high, event.low, event.close)
    written = fold_bar(book, leg, position, policy, instrument, 0, *bar, *given)
    before, now = leg.orders, event.closed_at
    said = (event.action, event.stop, event.target, event.atr, event.last_of_session)
    veto = close_bar(
        book,
        leg,
        position,
        policy,
        limits,
        instrument,
        now,
        event.high,
        event.low,
        event.close,
        *said,
    )
    book.as_of = now
    if leg.orders == before:
        return written, 0, veto
    ordered = write_intents(
        leg, 0, before, instrument, now, timeframe_ms, first_intent, second_intent
    )
    return written, ordered, veto


@jit
def _fold_due(
    row: int,
    books: Any,
    legs: Any,
    positions: Any,
    policies: Any,
    limits: Any,
    instruments: Any,
    events: Any,
    first: int,
    end: int,
    fills: Any,
    count: int,
) -> int:
    """Fold the bars that close at one boundary, then mark the book; return the fill count."""
    b, m = books[row], limits[row]
    begin_bar(b, m, latest_open(events, first, end))
    for e in range(first, end):
        v = events[e]
        k = v.leg
        own = (legs[row, k], positions[row, k, 0], policies[row, k], instruments[k])
        bar = (v.ts, v.open, v.high, v.low, v.close)
        given = (fills[count], fills[count + 1], fills[count + 2])
        written = fold_bar(b, *own, k, *bar, *given)
        count = min(count + written, fills.shape[0] - MOST_FILLS)
    mark(b, b.cash + held_value(legs, positions, row))
    return count


@jit
def _decide_due(
    row: int,
    books: Any,
    legs: Any,
    positions: Any,
    policies: Any,
    limits: Any,
    instruments: Any,
    timeframes: Any,
    events: Any,
    first: int,
    end: int,
    intents: Any,
    count: int,
    vetoes: Any,
) -> int:
    """Let each due leg decide in order; return the intent count."""
    b, m, now = books[row], limits[row], events[first].closed_at
    was_halted = b.halted
    check_daily_loss(b, m)
    if b.halted != was_halted and m.daily_loss_action == FLATTEN:
        count = flatten_idle(row, legs, positions, timeframes, events, first, end, intents, count)
    for e in range(first, end):
        v = events[e]
        k = v.leg
        g, p = legs[row, k], positions[row, k, 0]
        vetoes[row, e] = g.given_up
        g.given_up = 0
        if p.side == 0 and v.action == 0 and g.entry_lots == 0:
            continue
        others, exposure = 0, 0.0
        if v.action == ENTER_LONG or v.action == ENTER_SHORT:
            others, exposure = other_legs(legs, positions, instruments, row, k)
        before = g.orders
        terms = (policies[row, k], m, instruments[k], others, exposure, now)
        said = (v.action, v.stop, v.target, v.atr, v.last_of_session)
        veto = decide(b, g, p, *terms, v.high, v.low, v.close, *said)
        if veto != 0:
            vetoes[row, e] = veto
        if g.orders != before:
            asked = (intents[count], intents[count + 1])
            count += write_intents(g, k, before, instruments[k], now, timeframes[k], *asked)
            count = min(count, intents.shape[0] - MOST_INTENTS)
    b.as_of = now
    return count


@jit_inline
def boundary_end(events: Any, first: int) -> int:
    """Return the index after the last event that is due with event `first`."""
    end = first + 1
    while end < events.shape[0] and events[end].closed_at == events[first].closed_at:
        end += 1
    return end


@jit_inline
def latest_open(events: Any, first: int, end: int) -> int:
    """Return the latest open time among the bars that close at one boundary."""
    opened = events[first].ts
    for e in range(first + 1, end):
        opened = max(opened, events[e].ts)
    return opened


@jit_inline
def held_value(legs: Any, positions: Any, row: int) -> float:
    """Return what the positions of all legs are worth at their latest marks."""
    if legs.shape[1] == 1:
        return positions[row, 0, 0].quantity * legs[row, 0].mark
    value = 0.0
    for k in range(legs.shape[1]):
        value += positions[row, k, 0].quantity * legs[row, k].mark
    return value


@jit
def other_legs(
    legs: Any, positions: Any, instruments: Any, row: int, own: int
) -> tuple[int, float]:
    """Return (count, notional) of the other legs that hold or are about to hold a position."""
    count, notional = 0, 0.0
    for k in range(legs.shape[1]):
        if k == own:
            continue
        pending = abs(quantity_of(instruments[k], legs[row, k].entry_lots))
        held = abs(positions[row, k, 0].quantity)
        if pending > 0.0 or held > 0.0:
            count += 1
            notional += (pending + held) * legs[row, k].mark
    return count, notional


@jit_inline
def working_entries(legs: Any, row: int) -> int:
    """Return how many legs of a book have an entry order at work."""
    count = 0
    for k in range(legs.shape[1]):
        if legs[row, k].entry_lots != 0:
            count += 1
    return count


@jit_inline
def is_sound(books: Any, legs: Any, positions: Any, row: int) -> bool:
    """Tell whether a stored state can be trusted: known layout, finite numbers, sane sides."""
    b = books[row]
    if b.layout != LAYOUT or not abs(b.cash) < LARGEST or not abs(b.equity) < LARGEST:
        return False
    if not abs(b.day_equity) < LARGEST or not b.peak < LARGEST:
        return False
    for k in range(legs.shape[1]):
        p = positions[row, k, 0]
        if not abs(p.quantity) < LARGEST or not p.average < LARGEST:
            return False
        if not abs(legs[row, k].mark) < LARGEST or abs(p.side) > 1:
            return False
        if p.stop != p.stop or p.target != p.target:
            return False
    return True
