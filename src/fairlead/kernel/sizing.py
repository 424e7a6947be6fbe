"""How many lots an entry may have: sizing by the policy, capped by leverage, lots and exposure."""

from typing import Any

from fairlead.kernel.costs import affordable, entry_factor, round_trip_rate
from fairlead.kernel.jit import jit
from fairlead.kernel.levels import stop_distance
from fairlead.kernel.reasons import Veto
from fairlead.kernel.records import BY_FRACTION, BY_QUANTITY, BY_RISK
from fairlead.kernel.rounding import lots_of, quantity_of

NO_STOP = int(Veto.NO_STOP)
FEE_GATE = int(Veto.FEE_GATE)
LEVERAGE = int(Veto.LEVERAGE)
EXPOSURE = int(Veto.EXPOSURE)
ZERO_LOTS = int(Veto.ZERO_LOTS)
BELOW_MIN_NOTIONAL = int(Veto.BELOW_MIN_NOTIONAL)
NO_EQUITY = int(Veto.NO_EQUITY)


@jit
def entry_lots(
    equity: float,
    exposure: float,
    policy: Any,
    limits: Any,
    instrument: Any,
    close: float,
    atr: float,
    stop: float,
    target: float,
    long: bool,
) -> tuple[int, int]:
    """Return (lots, veto) of an entry decided at `close`; lots is 0 exactly when vetoed.

    `equity` is the book's marked equity, `exposure` the notional its other legs hold. A fixed
    quantity that does not fit is vetoed, never traded smaller; fractions and risk are capped.
    """
    if equity <= 0.0:
        return 0, NO_EQUITY
    distance = stop_distance(policy, close, atr, stop)
    if policy.sizing == BY_RISK and distance <= 0.0:
        return 0, NO_STOP
    if not _pays_costs(policy, close, atr, distance, target):
        return 0, FEE_GATE
    quantity = _wanted(policy, equity, close, distance)
    room = _room(policy, limits, instrument, equity, exposure, close, long)
    if quantity > room:
        if policy.sizing == BY_QUANTITY or room <= 0.0:
            return 0, _narrowest(policy, limits, instrument)
        quantity = room
    lots = lots_of(instrument, quantity)
    if lots <= 0:
        return 0, ZERO_LOTS
    if quantity_of(instrument, lots) * close < instrument.min_notional:
        return 0, BELOW_MIN_NOTIONAL
    return lots, 0


@jit
def _wanted(policy: Any, equity: float, close: float, distance: float) -> float:
    if policy.sizing == BY_QUANTITY:
        return policy["size"]
    if policy.sizing == BY_FRACTION:
        return equity * policy["size"] / close
    return equity * policy["size"] / distance


@jit
def _leverage(policy: Any, instrument: Any) -> float:
    return min(policy.leverage, instrument.max_leverage)


@jit
def _room(
    policy: Any,
    limits: Any,
    instrument: Any,
    equity: float,
    exposure: float,
    close: float,
    long: bool,
) -> float:
    """Return the quantity that leverage and exposure still allow, costs of the entry included."""
    notional = equity * _leverage(policy, instrument) - exposure
    if limits.max_exposure > 0.0:
        notional = min(notional, equity * limits.max_exposure - exposure)
    return affordable(policy, long, notional) / (close * entry_factor(policy, long))


@jit
def _narrowest(policy: Any, limits: Any, instrument: Any) -> int:
    if limits.max_exposure > 0.0 and limits.max_exposure < _leverage(policy, instrument):
        return EXPOSURE
    return LEVERAGE


@jit
def _pays_costs(policy: Any, close: float, atr: float, distance: float, target: float) -> bool:
    """Tell whether the expected move is worth `fee_gate_multiple` round trips of costs.

    The expected move is the distance to the target, else one ATR, else the distance to the stop.
    """
    if policy.fee_gate_multiple <= 0.0:
        return True
    move = distance
    if policy.atr_target_multiple > 0.0 and atr > 0.0:
        move = policy.atr_target_multiple * atr
    elif target > 0.0:
        move = abs(target - close)
    elif policy.take_profit_pct > 0.0:
        move = policy.take_profit_pct * close
    elif atr > 0.0:
        move = atr
    return move >= policy.fee_gate_multiple * round_trip_rate(policy) * close
