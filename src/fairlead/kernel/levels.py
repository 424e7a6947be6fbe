"""Where the stop and the target of a position lie, and how they move at a bar's close."""

from math import inf
from typing import Any

from fairlead.kernel.jit import jit, jit_inline
from fairlead.kernel.reasons import Reason
from fairlead.kernel.rounding import nearest_tick
from fairlead.kernel.switches import ANCHOR_ON_CLOSE

STOP = int(Reason.STOP)
TRAIL = int(Reason.TRAIL)
BREAK_EVEN = int(Reason.BREAK_EVEN)


@jit_inline
def stop_distance(policy: Any, price: float, atr: float, stop: float) -> float:
    """Return how far the stop of an entry at `price` lies away, 0 where there is none.

    An ATR multiple of the policy replaces the signal's own stop, which replaces the percentage;
    a trailing stop that is nearer counts from the start.
    """
    distance = 0.0
    if policy.atr_stop_multiple > 0.0 and atr > 0.0:
        distance = policy.atr_stop_multiple * atr
    elif stop > 0.0:
        distance = abs(price - stop)
    elif policy.stop_loss_pct > 0.0:
        distance = policy.stop_loss_pct * price
    trail = trail_distance(policy, price, atr)
    if trail > 0.0 and (distance == 0.0 or trail < distance):
        distance = trail
    return distance


@jit_inline
def trail_distance(policy: Any, extreme: float, atr: float) -> float:
    """Return the distance of the trailing stop from the best price so far, 0 for none."""
    if policy.atr_trail_multiple > 0.0 and atr > 0.0:
        return policy.atr_trail_multiple * atr
    return policy.trailing_stop_pct * extreme


@jit
def set_levels(leg: Any, position: Any, policy: Any, instrument: Any) -> None:
    """Anchor stop and target of a fresh position on its average entry price.

    Percent and ATR levels follow the average while the entry fills; absolute levels of the
    signal hold as given.
    """
    side = position.side
    anchor = position.average
    if policy.rules & ANCHOR_ON_CLOSE:
        anchor = leg.entry_close
    atr = leg.entry_atr
    stop = 0.0
    if policy.atr_stop_multiple > 0.0 and atr > 0.0:
        stop = anchor - side * policy.atr_stop_multiple * atr
    elif leg.entry_stop > 0.0:
        stop = leg.entry_stop
    elif policy.stop_loss_pct > 0.0:
        stop = anchor * (1.0 - side * policy.stop_loss_pct)
    position.stop_reason = STOP
    trail = trail_distance(policy, anchor, atr)
    if trail > 0.0:
        trailing = anchor - side * trail
        if stop <= 0.0 or side * (trailing - stop) > 0.0:
            stop = trailing
            position.stop_reason = TRAIL
    target = 0.0
    if policy.atr_target_multiple > 0.0 and atr > 0.0:
        target = anchor + side * policy.atr_target_multiple * atr
    elif leg.entry_target > 0.0:
        target = leg.entry_target
    elif policy.take_profit_pct > 0.0:
        target = anchor * (1.0 + side * policy.take_profit_pct)
    position.stop = nearest_tick(instrument, stop) if stop > 0.0 else no_level(-side)
    position.target = nearest_tick(instrument, target) if target > 0.0 else no_level(side)
    position.extreme = anchor
    position.atr = atr


@jit_inline
def no_level(side: int) -> float:
    """Return a level above (+1) or below (-1) the market that no price reaches."""
    return inf if side > 0 else 0.0


@jit_inline
def move_levels(
    position: Any, policy: Any, instrument: Any, high: float, low: float, atr: float
) -> None:
    """Tighten the stop at a bar's close: trailing and break-even, never away from the market."""
    trails = policy.trailing_stop_pct > 0.0 or policy.atr_trail_multiple > 0.0
    if not trails and policy.break_even_pct == 0.0:
        return
    side = position.side
    best = high if side > 0 else low
    moved = side * (best - position.extreme) > 0.0
    if moved:
        position.extreme = best
    if trails and (moved or policy.atr_trail_multiple > 0.0):
        distance = trail_distance(policy, position.extreme, atr if atr > 0.0 else position.atr)
        _tighten(position, nearest_tick(instrument, position.extreme - side * distance), TRAIL)
    if policy.break_even_pct > 0.0:
        gain = side * (position.extreme - position.average)
        if gain >= policy.break_even_pct * position.average:
            _tighten(position, nearest_tick(instrument, position.average), BREAK_EVEN)


@jit_inline
def _tighten(position: Any, stop: float, reason: int) -> None:
    if stop > 0.0 and position.side * (stop - position.stop) > 0.0:
        position.stop = stop
        position.stop_reason = reason
