"""One closed bar through one leg: the venue's fills folded, the book marked, the next decision.

Inside a hot loop nothing here takes an array, only records of it: a call that is handed an
array counts its references, which costs more than the work. A bar gives at most three fills,
so the caller hands over three rows.
"""

from typing import Any

from fairlead.kernel.apply import apply_fill, cancel_entry, mark
from fairlead.kernel.decide import check_daily_loss, decide
from fairlead.kernel.jit import jit, jit_inline
from fairlead.kernel.reasons import Purpose, Veto
from fairlead.kernel.venue import fill_of_level, fill_of_order, opens_beyond_stop, touches

ENTRY = int(Purpose.ENTRY)
EXIT = int(Purpose.EXIT)
OPEN_BEYOND_STOP = int(Veto.OPEN_BEYOND_STOP)
MOST_FILLS = 3


@jit_inline
def fold_bar(
    book: Any,
    leg: Any,
    position: Any,
    policy: Any,
    instrument: Any,
    leg_index: int,
    ts: int,
    open_price: float,
    high: float,
    low: float,
    close: float,
    first: Any,
    second: Any,
    third: Any,
) -> int:
    """Run the venue over the bar, fold its fills, mark the leg; return how many fills it wrote."""
    count = 0
    if leg.exit_lots != 0 or leg.entry_lots != 0:
        count = _fill_orders(
            book, leg, position, policy, instrument, leg_index, ts, open_price, first, second
        )
    if position.side != 0 and touches(position, policy, leg.bars, high, low):
        fill = first if count == 0 else (second if count == 1 else third)
        fill_of_level(fill, leg, position, policy, instrument, ts, open_price, high, low)
        _fold(book, leg, position, policy, instrument, leg_index, fill)
        count += 1
    leg.bars += 1
    leg.mark = close
    book.ts = ts
    book.bars += 1
    if position.side != 0:
        book.bars_held += 1
    return count


@jit
def _fill_orders(
    book: Any,
    leg: Any,
    position: Any,
    policy: Any,
    instrument: Any,
    leg_index: int,
    ts: int,
    open_price: float,
    first: Any,
    second: Any,
) -> int:
    """Fill the leg's pending orders at the bar's open, the exit before the entry."""
    count = 0
    if leg.exit_lots != 0 and ts >= leg.exit_from:
        fill_of_order(first, leg, policy, instrument, EXIT, ts, open_price)
        _fold(book, leg, position, policy, instrument, leg_index, first)
        count = 1
    if leg.entry_lots == 0 or ts < leg.entry_from:
        return count
    if opens_beyond_stop(leg, policy, open_price):
        cancel_entry(leg)
        leg.given_up = OPEN_BEYOND_STOP
        return count
    fill = first if count == 0 else second
    fill_of_order(fill, leg, policy, instrument, ENTRY, ts, open_price)
    _fold(book, leg, position, policy, instrument, leg_index, fill)
    return count + 1


@jit_inline
def _fold(
    book: Any, leg: Any, position: Any, policy: Any, instrument: Any, leg_index: int, fill: Any
) -> None:
    """Fold the fill that the venue wrote, under the book's next number."""
    fill.leg = leg_index
    fill.id = book.fills + 1
    apply_fill(
        book,
        leg,
        position,
        policy,
        instrument,
        fill.id,
        fill.ts,
        fill.order,
        fill.purpose,
        fill.lots,
        fill.price,
        fill.fee,
        fill.ambiguous,
    )


@jit_inline
def close_bar(
    book: Any,
    leg: Any,
    position: Any,
    policy: Any,
    limits: Any,
    instrument: Any,
    now: int,
    high: float,
    low: float,
    close: float,
    action: int,
    stop: float,
    target: float,
    atr: float,
    last_of_session: int,
) -> int:
    """Mark a book of one leg at the bar's close and decide; return the veto, 0 for none."""
    mark(book, book.cash + position.quantity * close)
    check_daily_loss(book, limits)
    veto = leg.given_up
    leg.given_up = 0
    if position.side == 0 and action == 0 and leg.entry_lots == 0:
        return veto
    refused = decide(
        book,
        leg,
        position,
        policy,
        limits,
        instrument,
        0,
        0.0,
        now,
        high,
        low,
        close,
        action,
        stop,
        target,
        atr,
        last_of_session,
    )
    return refused if refused != 0 else veto
