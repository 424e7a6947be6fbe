"""A subscriber's risk profile over a version's own policy: whose rules a book trades by."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from math import isfinite

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.records import (
    BLOCK_ENTRIES,
    BY_FRACTION,
    BY_QUANTITY,
    BY_RISK,
    FLATTEN,
    Records,
)
from fairlead.market.instruments import Instrument

SIZINGS = {"quantity": BY_QUANTITY, "fraction": BY_FRACTION, "risk": BY_RISK}
DAILY_LOSS_ACTIONS = {"block": BLOCK_ENTRIES, "flatten": FLATTEN}
PAPER_FEE = 0.001
LARGEST_QUANTITY = 1e9


@dataclass(frozen=True, slots=True)
class RiskProfile:
    """What a subscriber sets; None leaves the version's own value.

    `size` is units, a fraction of equity or the fraction of equity at risk, after `sizing`;
    `max_daily_loss` and `fee` are fractions, multiples count ATRs.
    """

    sizing: str | None = None
    size: float | None = None
    leverage: float | None = None
    max_positions: int | None = None
    max_daily_loss: float | None = None
    daily_loss_action: str | None = None
    max_exposure: float | None = None
    atr_stop_multiple: float | None = None
    atr_target_multiple: float | None = None
    atr_trail_multiple: float | None = None
    stop_loss_pct: float | None = None
    take_profit_pct: float | None = None
    trailing_stop_pct: float | None = None
    cool_down_bars: int | None = None
    allow_long: bool | None = None
    allow_short: bool | None = None
    fee: float | None = None
    slippage_bps: float | None = None


# field -> (least, most), both allowed
BOUNDS: Mapping[str, tuple[float, float]] = {
    "size": (1e-12, LARGEST_QUANTITY),
    "leverage": (0.01, 1_000),
    "max_positions": (1, 50),
    "max_daily_loss": (0, 1),
    "max_exposure": (0, 1_000),
    "atr_stop_multiple": (0, 100),
    "atr_target_multiple": (0, 100),
    "atr_trail_multiple": (0, 100),
    "stop_loss_pct": (0, 0.99),
    "take_profit_pct": (0, 100),
    "trailing_stop_pct": (0, 0.99),
    "cool_down_bars": (0, 100_000),
    "fee": (0, 0.1),
    "slippage_bps": (0, 1_000),
}
IN_LIMITS = ("max_positions", "max_daily_loss", "max_exposure")


def read_profile(stored: str) -> RiskProfile:
    """Return a stored profile; raises InvalidInput for a field that nobody knows."""
    values = json.loads(stored)
    known = {field.name for field in fields(RiskProfile)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise InvalidInput(
            f"A risk profile has no {unknown[0]!r}.",
            expected=f"one of {', '.join(sorted(known))}",
            found=unknown[0],
            path=f"/risk_profile/{unknown[0]}",
        )
    return check_profile(RiskProfile(**values))


def write_profile(profile: RiskProfile) -> str:
    """Return what was set as JSON; what was not stays out."""
    return json.dumps({name: value for name, value in asdict(profile).items() if value is not None})


def check_profile(profile: RiskProfile) -> RiskProfile:
    """Return the profile; raises InvalidInput for a value out of bounds."""
    for name, (least, most) in BOUNDS.items():
        value = getattr(profile, name)
        if value is not None and not (isfinite(value) and least <= value <= most):
            raise _out_of_bounds(name, f"a number from {least:g} to {most:g}", value)
    if profile.sizing is not None and profile.sizing not in SIZINGS:
        raise _out_of_bounds("sizing", f"one of {', '.join(SIZINGS)}", profile.sizing)
    if (profile.sizing is None) != (profile.size is None):
        raise _out_of_bounds("size", "sizing and size together, or neither", profile.size)
    if profile.sizing == "risk" and profile.size is not None and profile.size > 1:
        raise _out_of_bounds("size", "a fraction of equity at risk, at most 1", profile.size)
    action = profile.daily_loss_action
    if action is not None and action not in DAILY_LOSS_ACTIONS:
        expected = f"one of {', '.join(DAILY_LOSS_ACTIONS)}"
        raise _out_of_bounds("daily_loss_action", expected, action)
    return profile


def _out_of_bounds(name: str, expected: str, found: object) -> InvalidInput:
    return InvalidInput(
        f"The risk profile's {name} cannot be used.",
        expected=expected,
        found=str(found),
        action="Correct it and subscribe again.",
        path=f"/risk_profile/{name}",
    )


def apply_profile(
    policy: Records, limits: Records, profile: RiskProfile, instrument: Instrument, weight: Decimal
) -> tuple[Records, Records]:
    """Return POLICY and LIMITS, (1,) each, of one leg for this subscriber.

    What the profile leaves open is the version's; `weight` is the leg's share of the book.
    Leverage never exceeds what the instrument allows; days begin where the venue's do.
    """
    policy, limits = policy.copy(), limits.copy()
    policy["fee"] = PAPER_FEE
    for name in BOUNDS:
        value = getattr(profile, name)
        if value is None:
            continue
        if name in IN_LIMITS:
            limits[name] = value
        elif name == "slippage_bps":
            policy["slippage"] = value / 10_000
        else:
            policy[name] = value
    if profile.sizing is not None:
        policy["sizing"] = SIZINGS[profile.sizing]
    for name in ("allow_long", "allow_short"):
        if getattr(profile, name) is not None:
            policy[name] = int(getattr(profile, name))
    if profile.daily_loss_action is not None:
        limits["daily_loss_action"] = DAILY_LOSS_ACTIONS[profile.daily_loss_action]
    policy["size"] *= float(weight)
    policy["leverage"] = min(float(policy["leverage"][0]), float(instrument.max_leverage))
    limits["day_offset_ms"] = instrument.day_offset_ms
    return policy, limits
