"""What an order costs beside its price, and what holding a position costs."""

from typing import Any

from fairlead.kernel.jit import jit


@jit
def fee_of(policy: Any, lots: int, value: float) -> float:
    """Return the fee of a fill of `value`; `lots` is signed, above 0 for what was bought.

    `(fee + side fee) * value + min(order fee * value, its cap) + flat fee of the side`.
    """
    if lots > 0:
        rate, flat = policy.fee + policy.buy_fee, policy.buy_flat
    else:
        rate, flat = policy.fee + policy.sell_fee, policy.sell_flat
    return value * rate + min(policy.order_fee * value, policy.order_fee_cap) + flat


@jit
def affordable(policy: Any, long: bool, notional: float) -> float:
    """Return how much of `notional` is left for an entry that also pays its own fixed fees."""
    flat = policy.buy_flat if long else policy.sell_flat
    return notional - flat - min(policy.order_fee * max(notional, 0.0), policy.order_fee_cap)


@jit
def entry_factor(policy: Any, long: bool) -> float:
    """Return what an entry takes of the notional, its value being 1: fee and slippage included."""
    side = policy.buy_fee if long else policy.sell_fee
    return 1.0 + policy.fee + side + policy.slippage


@jit
def round_trip_rate(policy: Any) -> float:
    """Return the share of value that an entry and its exit cost together, flat fees left out."""
    both = policy.fee + policy.slippage + policy.order_fee
    return 2.0 * both + policy.buy_fee + policy.sell_fee


@jit
def next_funding(funding: Any, start: int, bars: int) -> int:
    """Return the next of `bars` at whose open funding is due, from `start` on; `bars` for none."""
    if funding.shape[0] == 0:
        return bars
    i = start
    while i < bars and funding[i] == 0.0:
        i += 1
    return i


@jit
def charge_funding(book: Any, position: Any, price: float, rate: float) -> None:
    """Pay funding on the position held: longs pay shorts where `rate` is above 0.

    `quantity * price * rate`, on the price at which the bar opens. What the day's opening equity
    and the peak were stays as it was: a charge is a loss like any other.
    """
    amount = position.quantity * price * rate
    book.cash -= amount
    book.charges += amount
