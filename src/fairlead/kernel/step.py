"""One closed bar through one leg: the venue's fills folded, then the leg marked."""

from typing import Any

from fairlead.kernel.apply import apply_fill, cancel_entry
from fairlead.kernel.jit import jit, jit_inline
from fairlead.kernel.reasons import Purpose, Veto
from fairlead.kernel.venue import fill_of_level, fill_of_order, opens_beyond_stop, touches

ENTRY = int(Purpose.ENTRY)
EXIT = int(Purpose.EXIT)
OPEN_BEYOND_STOP = int(Veto.OPEN_BEYOND_STOP)


@jit_inline
def record_fill(
    book: Any, leg: Any, position: Any, policy: Any, instrument: Any, fills: Any, count: int
) -> int:
    """Fold the fill that the venue wrote into `fills[count]`; return the new count.

    When the array is full the last row is reused; `book.fills` still counts every fill.
    """
    fill = fills[count]
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
    return min(count + 1, fills.shape[0] - 1)


@jit
def fill_orders(
    book: Any,
    leg: Any,
    position: Any,
    policy: Any,
    instrument: Any,
    leg_index: int,
    ts: int,
    open_price: float,
    fills: Any,
    count: int,
) -> int:
    """Fill the leg's pending orders at the bar's open, the exit before the entry."""
    if leg.exit_lots != 0 and ts >= leg.exit_from:
        fill_of_order(fills[count], leg, policy, instrument, EXIT, ts, open_price)
        fills[count].leg = leg_index
        count = record_fill(book, leg, position, policy, instrument, fills, count)
    if leg.entry_lots != 0 and ts >= leg.entry_from:
        if opens_beyond_stop(leg, policy, open_price):
            cancel_entry(leg)
            leg.given_up = OPEN_BEYOND_STOP
            return count
        fill_of_order(fills[count], leg, policy, instrument, ENTRY, ts, open_price)
        fills[count].leg = leg_index
        count = record_fill(book, leg, position, policy, instrument, fills, count)
    return count


@jit
def fill_level(
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
    fills: Any,
    count: int,
) -> int:
    """Close the position at the level that the bar touched."""
    fill_of_level(fills[count], leg, position, policy, instrument, ts, open_price, high, low)
    fills[count].leg = leg_index
    return record_fill(book, leg, position, policy, instrument, fills, count)


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
    fills: Any,
    count: int,
) -> int:
    """Run the venue over the bar, fold its fills, mark the leg; return the new fill count."""
    if leg.exit_lots != 0 or leg.entry_lots != 0:
        count = fill_orders(
            book, leg, position, policy, instrument, leg_index, ts, open_price, fills, count
        )
    if position.side != 0 and touches(position, policy, leg.bars, high, low):
        count = fill_level(
            book,
            leg,
            position,
            policy,
            instrument,
            leg_index,
            ts,
            open_price,
            high,
            low,
            fills,
            count,
        )
    leg.bars += 1
    leg.mark = close
    book.ts = ts
    book.bars += 1
    if position.side != 0:
        book.bars_held += 1
    return count
