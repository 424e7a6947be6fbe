"""The words of constraints."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fairlead.research.grid import Axis
from fairlead.research.model import Account, Period
from fairlead.strategies.model import Setting


@dataclass(frozen=True, slots=True)
class Universe:
    """Say how instruments are found; `mode` is `liquidity` or `whitelist`.

    With `rebalance_days` they are ranked again that often, and traded only while they belong.
    """

    mode: str
    whitelist: tuple[str, ...]
    liquidity_days: int
    rebalance_days: int


@dataclass(frozen=True, slots=True)
class Search:
    """Name a template, the axes to vary and what is fixed beside them."""

    template: str
    axes: tuple[Axis, ...]
    fixed: Mapping[str, Setting]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bound the portfolio: legs, correlation, weight of a leg, annual volatility."""

    method: Literal["equal", "inverse_volatility", "hrp", "risk_budget"]
    maximum_legs: int
    maximum_correlation: float
    maximum_weight: float
    risk_budget: float


@dataclass(frozen=True, slots=True)
class WalkShape:
    """Say how a range is cut: windows of fit and test, and a holdout at the end."""

    windows: int
    fit: float
    anchored: bool
    purge_bars: int
    embargo_bars: int
    holdout: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """One gate: whether it is asked, and what it asks for."""

    name: str
    enabled: bool
    value: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hold the thresholds of all gates, in their order."""

    thresholds: tuple[Threshold, ...]

    def of(self, name: str) -> Threshold:
        """Return the threshold of one gate."""
        return next(each for each in self.thresholds if each.name == name)


@dataclass(frozen=True, slots=True)
class Budget:
    """Bound the work: instruments, sets of one instrument, and seconds."""

    instruments: int
    sets: int
    seconds: int
    instrument_seconds: int
    provider_seconds: int


@dataclass(frozen=True, slots=True)
class Constraints:
    """Hold everything an AutoBuild may do and has to show; made by `read_constraints`."""

    venues: tuple[str, ...]
    universe: Universe
    timeframe: str
    period: Period
    minimum_days: int
    account: Account
    searches: tuple[Search, ...]
    limits: Limits
    walk: WalkShape
    evidence: Evidence
    budget: Budget
