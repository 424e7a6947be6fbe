"""A portfolio's run as it is stored: its legs, limits and account, fixed when it was asked for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal, cast
from uuid import UUID

from fairlead.research.jsonable import Json, JsonObject
from fairlead.research.model import Account, Period
from fairlead.research.portfolio.model import SharedLimits
from fairlead.research.runs import account_json, account_of
from fairlead.strategies.model import Setting

SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class AskedLeg:
    """One leg: an immutable version with parameters on a series, and its weight."""

    version_id: UUID
    parameters: Mapping[str, Setting]
    instrument: str
    timeframe: str
    weight: float


@dataclass(frozen=True, slots=True)
class PortfolioAsked:
    """Hold everything a portfolio's run needs; a later edit of the portfolio changes nothing."""

    portfolio_id: UUID
    legs: tuple[AskedLeg, ...]
    limits: SharedLimits
    period: Period
    account: Account

    @property
    def kind(self) -> Literal["portfolio"]:
        """Return which kind of run it is."""
        return "portfolio"

    @property
    def version_id(self) -> UUID | None:
        """Return None: a portfolio has a version in each leg."""
        return None

    @property
    def instrument(self) -> str:
        """Return the one instrument of all legs, or how many there are."""
        distinct = {leg.instrument for leg in self.legs}
        return next(iter(distinct)) if len(distinct) == 1 else f"{len(distinct)} instruments"

    @property
    def timeframe(self) -> str:
        """Return the one timeframe of all legs, or `several`."""
        distinct = {leg.timeframe for leg in self.legs}
        return next(iter(distinct)) if len(distinct) == 1 else SEVERAL

    def to_json(self) -> JsonObject:
        """Return the request as JSON."""
        return {
            "kind": self.kind,
            "portfolio_id": str(self.portfolio_id),
            "legs": [_leg_json(leg) for leg in self.legs],
            "limits": asdict(self.limits),
            "start_ms": self.period.start_ms,
            "end_ms": self.period.end_ms,
            **account_json(self.account),
        }


def portfolio_asked_of(data: Mapping[str, Json]) -> PortfolioAsked:
    """Read what `PortfolioAsked.to_json` wrote; our own data is not checked again."""
    limits = cast("Mapping[str, float | None]", data["limits"])
    positions = limits["max_positions"]
    return PortfolioAsked(
        portfolio_id=UUID(str(data["portfolio_id"])),
        legs=tuple(_leg_of(leg) for leg in cast("list[Mapping[str, Json]]", data["legs"])),
        limits=SharedLimits(
            None if positions is None else int(positions),
            limits["max_exposure"],
            limits["max_daily_loss"],
        ),
        period=Period(cast("int", data["start_ms"]), cast("int", data["end_ms"])),
        account=account_of(data),
    )


def _leg_json(leg: AskedLeg) -> JsonObject:
    return {
        "version_id": str(leg.version_id),
        "parameters": dict(leg.parameters),
        "instrument": leg.instrument,
        "timeframe": leg.timeframe,
        "weight": leg.weight,
    }


def _leg_of(data: Mapping[str, Json]) -> AskedLeg:
    return AskedLeg(
        version_id=UUID(str(data["version_id"])),
        parameters=cast("dict[str, Setting]", data["parameters"]),
        instrument=str(data["instrument"]),
        timeframe=str(data["timeframe"]),
        weight=cast("float", data["weight"]),
    )
