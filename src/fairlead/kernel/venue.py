"""The simulated venue: what a bar does to a leg's pending orders and resting levels.

It answers in fills only and never touches the book; `apply` folds them. A bar has two phases:
its open fills pending market orders, its range touches the stop and the target.
"""

from typing import Any

from fairlead.kernel.costs import fee_of
from fairlead.kernel.jit import jit_inline
from fairlead.kernel.reasons import Purpose, Reason
from fairlead.kernel.rounding import quantity_of, worse_price
from fairlead.kernel.switches import (
    ENTER_BEYOND_STOP,
    GAP_AT_LEVEL,
    NO_ENTRY_BAR_EXITS,
    TARGET_FIRST,
)

ENTRY = int(Purpose.ENTRY)
EXIT = int(Purpose.EXIT)
ENTERED = int(Reason.ENTRY)
TARGET = int(Reason.TARGET)


@jit_inline
def opens_beyond_stop(leg: Any, policy: Any, open_price: float) -> bool:
    """Tell whether the open makes a pending entry pointless: beyond its absolute stop."""
    if leg.entry_stop <= 0.0 or policy.rules & ENTER_BEYOND_STOP:
        return False
    if policy.atr_stop_multiple > 0.0 and leg.entry_atr > 0.0:
        return False
    if leg.entry_lots > 0:
        return open_price <= leg.entry_stop
    return open_price >= leg.entry_stop


@jit_inline
def fill_of_order(
    fill: Any, leg: Any, policy: Any, instrument: Any, purpose: int, ts: int, open_price: float
) -> None:
    """Write the fill of a pending market order at the bar's open, worsened by slippage."""
    lots = leg.entry_lots if purpose == ENTRY else leg.exit_lots
    fill.purpose = purpose
    fill.reason = ENTERED if purpose == ENTRY else leg.exit_reason
    fill.order = leg.entry_n if purpose == ENTRY else leg.exit_n
    price = worse_price(instrument, open_price, 1 if lots > 0 else -1, policy.slippage)
    _complete(fill, leg, policy, instrument, ts, lots, price, 0)


@jit_inline
def touches(position: Any, policy: Any, bar: int, high: float, low: float) -> bool:
    """Tell whether the bar's range reaches the stop or the target."""
    if position.side > 0:
        reached = low <= position.stop or high >= position.target
    else:
        reached = high >= position.stop or low <= position.target
    if reached and policy.rules & NO_ENTRY_BAR_EXITS:
        return position.entry_bar < bar
    return reached


@jit_inline
def fill_of_level(
    fill: Any,
    leg: Any,
    position: Any,
    policy: Any,
    instrument: Any,
    ts: int,
    open_price: float,
    high: float,
    low: float,
) -> None:
    """Write the fill of the stop or the target that the bar touches; the stop wins.

    A gap through a level fills at the open, which also settles which of the two came first.
    A stop is worsened by slippage, a target is a limit.
    """
    side = position.side
    if side > 0:
        stopped, reached = low <= position.stop, high >= position.target
        gap_stop, gap_target = open_price < position.stop, open_price > position.target
    else:
        stopped, reached = high >= position.stop, low <= position.target
        gap_stop, gap_target = open_price > position.stop, open_price < position.target
    both = stopped and reached
    at_level = (policy.rules & GAP_AT_LEVEL) != 0
    settled = (gap_stop or gap_target) and not at_level
    if both and (policy.rules & TARGET_FIRST or (gap_target and not at_level)):
        stopped = False
    fill.purpose = EXIT
    fill.order = leg.orders + 1
    if stopped:
        price = open_price if gap_stop and not at_level else position.stop
        price = worse_price(instrument, price, -side, policy.slippage)
        fill.reason = position.stop_reason
    else:
        price = open_price if gap_target and not at_level else position.target
        fill.reason = TARGET
    held = side * (position.opened_lots - position.closed_lots)
    _complete(fill, leg, policy, instrument, ts, -held, price, 1 if both and not settled else 0)


@jit_inline
def _complete(
    fill: Any,
    leg: Any,
    policy: Any,
    instrument: Any,
    ts: int,
    lots: int,
    price: float,
    ambiguous: int,
) -> None:
    quantity = quantity_of(instrument, lots)
    fill.book = 0
    fill.ts = ts
    fill.bar = leg.bars
    fill.lots = lots
    fill.quantity = quantity
    fill.price = price
    fill.fee = fee_of(policy, lots, abs(quantity) * price)
    fill.ambiguous = ambiguous
