"""What a portfolio may be: its weights, caps and currency, and the hash of what it trades."""

from collections.abc import Sequence
from decimal import Decimal
from math import isfinite

from fairlead.infra.errors import InvalidInput
from fairlead.market.instruments import default_instrument
from fairlead.strategies.canonical import digest
from fairlead.strategies.portfolios.model import Caps, Leg

LEGS_MAX = 50
WEIGHT_PLACES = 8
ROUNDING = 1e-6


def portfolio_hash(legs: Sequence[Leg], caps: Caps) -> str:
    """Return the hash of what a portfolio trades: equal content, equal hash, whatever its name."""
    parts = [
        {
            "version": leg.version_hash,
            "parameters": dict(leg.parameters),
            "instrument": leg.instrument,
            "timeframe": leg.timeframe,
            "weight": leg.weight,
        }
        for leg in legs
    ]
    limits = [caps.max_positions, caps.max_exposure, caps.max_daily_loss]
    return digest({"legs": parts, "limits": limits})


def account_currency(instruments: Sequence[str]) -> str:
    """Return the one currency in which all instruments are quoted.

    Raises `InvalidInput` for several: an account has one currency, and a rate between two would
    have to be on record for every bar.
    """
    currencies = {key: default_instrument(key).currency for key in instruments}
    distinct = sorted(set(currencies.values()))
    if len(distinct) > 1:
        shown = ", ".join(f"{key} in {currency}" for key, currency in currencies.items())
        raise InvalidInput(
            f"The legs are quoted in {' and '.join(distinct)}: a portfolio trades on one account "
            "with one currency, and there are no recorded rates between them.",
            expected="instruments quoted in one currency",
            found=shown[:400],
            action="Make one portfolio for each currency.",
            path="legs",
        )
    return distinct[0]


def check_caps(caps: Caps) -> None:
    """Refuse caps that cannot be meant; raises `InvalidInput`."""
    checks = (
        ("max_weight", caps.max_weight, 0.0, 1.0),
        ("max_correlation", caps.max_correlation, -1.0, 1.0),
        ("max_positions", caps.max_positions, 0.0, float(LEGS_MAX)),
        ("max_exposure", caps.max_exposure, 0.0, 1_000.0),
        ("max_daily_loss", caps.max_daily_loss, 0.0, 1.0),
    )
    for name, value, low, high in checks:
        if value is not None and not (isfinite(value) and low < value <= high):
            raise InvalidInput(
                f"The cap {name} of {value} cannot be used.",
                expected=f"above {low:g}, at most {high:g}",
                found=str(value),
                path=f"caps/{name}",
            )


def check_weights(weights: Sequence[float], highest: float) -> list[float]:
    """Return weights as they are stored; raise `InvalidInput` for ones that cannot be meant."""
    for place, weight in enumerate(weights):
        if not (isfinite(weight) and 0.0 < weight <= highest + ROUNDING):
            raise InvalidInput(
                f"The weight {weight} of leg {place + 1} cannot be used.",
                expected=f"above 0, at most {highest:g}",
                found=str(weight),
                path=f"legs/{place}/weight",
            )
    total = sum(weights)
    if total > 1.0 + ROUNDING:
        raise InvalidInput(
            f"The weights add up to {total:.6g}.",
            expected="at most 1: the account's whole equity",
            found=f"{total:.6g}",
            action="Scale them down; what is left stays in cash.",
            path="legs",
        )
    return [round(weight, WEIGHT_PLACES) for weight in weights]


def decimal_weight(weight: float) -> Decimal:
    """Return a weight as live trading takes it: the same number, to the places it is stored in."""
    return Decimal(f"{weight:.{WEIGHT_PLACES}f}")
