"""Conversions between floats and the grid of ticks and lots."""

from math import ceil, floor
from typing import Any

from fairlead.kernel.jit import jit_inline

TOLERANCE = 1e-9


@jit_inline
def lots_of(instrument: Any, quantity: float) -> int:
    """Return the whole lots in `quantity`, never more: floor(quantity / lot + 1e-9).

    The tolerance grows with the number of lots so that it stays above the float's own error.
    """
    lots = quantity * instrument.lot_den / instrument.lot_num
    return floor(lots + max(TOLERANCE, lots * 1e-15))


@jit_inline
def quantity_of(instrument: Any, lots: int) -> float:
    """Return the base units of `lots`: the float nearest to the exact decimal."""
    return lots * instrument.lot_num / instrument.lot_den


@jit_inline
def nearest_tick(instrument: Any, price: float) -> float:
    """Return `price` on the nearest tick; unchanged where the instrument has no tick."""
    if instrument.tick_den == 0:
        return price
    ticks = floor(price * instrument.tick_den / instrument.tick_num + 0.5)
    return ticks * instrument.tick_num / instrument.tick_den


@jit_inline
def worse_price(instrument: Any, price: float, side: int, slippage: float) -> float:
    """Return `price` worsened by `slippage` for one who buys (+1) or sells (-1).

    The result lies on a tick, rounded against the trader, and never at or below zero.
    """
    if slippage == 0.0:
        return price
    worse = price * (1.0 + side * slippage)
    if instrument.tick_den == 0:
        return worse
    ticks = worse * instrument.tick_den / instrument.tick_num
    if side > 0:
        whole = ceil(ticks - TOLERANCE)
    else:
        whole = max(floor(ticks + TOLERANCE), 1)
    return whole * instrument.tick_num / instrument.tick_den
