"""Writes what legs want of the venue as INTENT records."""

from typing import Any

from fairlead.kernel.apply import request_exit
from fairlead.kernel.decide import DAY_LOSS
from fairlead.kernel.jit import jit, jit_inline
from fairlead.kernel.reasons import Purpose, Reason
from fairlead.kernel.rounding import quantity_of

ENTRY = int(Purpose.ENTRY)
EXIT = int(Purpose.EXIT)
ENTERED = int(Reason.ENTRY)
MOST_INTENTS = 2


@jit
def write_intents(
    leg: Any,
    leg_index: int,
    before: int,
    instrument: Any,
    now: int,
    timeframe_ms: int,
    first: Any,
    second: Any,
) -> int:
    """Write the orders numbered above `before` as intents; return how many there are."""
    after, count = 0, 0
    if leg.exit_n > before and leg.exit_lots != 0:
        _write_exit(leg, leg_index, now, timeframe_ms, first)
        first.quantity = quantity_of(instrument, leg.exit_lots)
        after = leg.exit_n
        count = 1
    if leg.entry_n > before and leg.entry_lots != 0:
        intent = first if count == 0 else second
        _address(intent, leg_index, leg.entry_n, now, timeframe_ms)
        intent.purpose = ENTRY
        intent.reason = ENTERED
        intent.lots = leg.entry_lots
        intent.quantity = quantity_of(instrument, leg.entry_lots)
        intent.price = leg.entry_close
        intent.stop = leg.entry_stop
        intent.target = leg.entry_target
        intent.after = after
        intent.reduce_only = 0
        count += 1
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
def flatten_idle(
    row: int,
    legs: Any,
    positions: Any,
    timeframes: Any,
    events: Any,
    first: int,
    end: int,
    intents: Any,
    count: int,
) -> int:
    """Ask legs that have no bar at this boundary to close too, once the day's loss is reached."""
    now = events[first].closed_at
    for k in range(legs.shape[1]):
        due = False
        for e in range(first, end):
            due = due or events[e].leg == k
        p = positions[row, k, 0]
        if due or p.side == 0:
            continue
        if request_exit(legs[row, k], p, DAY_LOSS, now):
            _write_exit(legs[row, k], k, now, timeframes[k], intents[count])
            intents[count].quantity = -p.quantity
            count = min(count + 1, intents.shape[0] - MOST_INTENTS)
    return count
