"""A run of research as it is stored: what was asked, how far it is, how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol, cast
from uuid import UUID

from fairlead.market.charges.model import model_of
from fairlead.research.grid import Axis
from fairlead.research.jsonable import Json, JsonObject
from fairlead.research.model import Account, Period, Sizing
from fairlead.research.plan import Draw, Plan
from fairlead.strategies.model import Setting

Kind = Literal["backtest", "sweep", "walkforward", "proof", "portfolio"]
TrialKind = Kind | Literal["autobuild"]
Status = Literal["queued", "running", "done", "failed", "cancelled"]
FINAL: frozenset[Status] = frozenset({"done", "failed", "cancelled"})


class Asked(Protocol):
    """What every kind of run is stored by, whatever else it was asked with."""

    @property
    def kind(self) -> Kind:
        """Return which kind of run it is."""

    @property
    def version_id(self) -> UUID | None:
        """Return the stored version it is about, None where there is none or several."""

    @property
    def instrument(self) -> str:
        """Return the instrument as lists show it."""

    @property
    def timeframe(self) -> str:
        """Return the timeframe as lists show it."""

    def to_json(self) -> JsonObject:
        """Return everything that was asked."""


@dataclass(frozen=True, slots=True)
class Submission:
    """Hold everything a run needs, fixed when it was asked for.

    Exactly one of `version_id` (versions never change) and `definition` (an inline document) is
    there; `axes` is empty for a backtest. The period ends where it ended when it was asked for.
    """

    kind: Kind
    version_id: UUID | None
    definition: JsonObject | None
    family: str
    instrument: str
    timeframe: str
    period: Period
    parameters: Mapping[str, Setting]
    account: Account
    axes: tuple[Axis, ...]
    plan: Plan

    def to_json(self) -> JsonObject:
        """Return the submission as JSON; money stays exact text."""
        return {
            "kind": self.kind,
            "version_id": None if self.version_id is None else str(self.version_id),
            "definition": self.definition,
            "family": self.family,
            "instrument": self.instrument,
            "timeframe": self.timeframe,
            "start_ms": self.period.start_ms,
            "end_ms": self.period.end_ms,
            "parameters": dict(self.parameters),
            **account_json(self.account),
            "axes": [{"name": axis.name, "values": list(axis.values)} for axis in self.axes],
            "metric": self.plan.metric,
            "windows": self.plan.windows,
            "fit": self.plan.fit,
            "anchored": self.plan.anchored,
            "purge": self.plan.purge,
            "embargo": self.plan.embargo,
            "random": self.plan.draw.sets,
            "seed": self.plan.draw.seed,
        }


def submission_of(data: Mapping[str, Json]) -> Submission:
    """Read what `Submission.to_json` wrote; the data is our own, so it is not checked again."""
    axes = cast("list[dict[str, Json]]", data["axes"])
    return Submission(
        kind=cast("Kind", data["kind"]),
        version_id=None if data["version_id"] is None else UUID(str(data["version_id"])),
        definition=cast("JsonObject | None", data["definition"]),
        family=str(data["family"]),
        instrument=str(data["instrument"]),
        timeframe=str(data["timeframe"]),
        period=Period(cast("int", data["start_ms"]), cast("int", data["end_ms"])),
        parameters=cast("dict[str, Setting]", data["parameters"]),
        account=account_of(data),
        axes=tuple(
            Axis(str(axis["name"]), tuple(cast("list[Setting]", axis["values"]))) for axis in axes
        ),
        plan=Plan(
            metric=str(data["metric"]),
            windows=cast("int", data["windows"]),
            fit=cast("float", data["fit"]),
            anchored=bool(data["anchored"]),
            purge=cast("int", data.get("purge", 0)),
            embargo=cast("int", data.get("embargo", 0)),
            draw=Draw(cast("int", data.get("random", 0)), cast("int", data.get("seed", 0))),
        ),
    )


def account_json(account: Account) -> JsonObject:
    """Return an account as JSON; money stays exact text."""
    return {
        "cash": str(account.cash),
        "fee": str(account.fee),
        "slippage": str(account.slippage),
        "sizing": account.sizing.mode,
        "size": str(account.sizing.size),
        "long_only": account.long_only,
        "costs": None if account.costs is None else account.costs.to_json(),
        "half_spread": str(account.half_spread),
        "funding": account.funding,
    }


def account_of(data: Mapping[str, Json]) -> Account:
    """Read what `account_json` wrote."""
    costs = cast("Mapping[str, object] | None", data.get("costs"))
    return Account(
        cash=Decimal(str(data["cash"])),
        fee=Decimal(str(data["fee"])),
        slippage=Decimal(str(data["slippage"])),
        sizing=Sizing(str(data["sizing"]), Decimal(str(data["size"]))),
        long_only=bool(data["long_only"]),
        costs=None if costs is None else model_of(costs),
        half_spread=Decimal(str(data.get("half_spread", 0))),
        funding=bool(data.get("funding", False)),
    )


@dataclass(frozen=True, slots=True)
class Run:
    """Hold one row of `runs` without its request; `summary` has the headline figures when done."""

    run_id: UUID
    kind: Kind
    status: Status
    progress: float
    cancel_requested: bool
    strategy_name: str
    version_id: UUID | None
    version_hash: str
    instrument: str
    timeframe: str
    summary: JsonObject | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Trial:
    """Hold one line of the ledger of trials: how many sets were tried on what, and how they did.

    `family` groups the versions of one idea. `effective` is the number of different trials among
    the sets; with the mean and variance of their daily Sharpe ratios it is what a deflated Sharpe
    ratio needs.
    """

    family: str
    kind: TrialKind
    version_hash: str
    instrument: str
    timeframe: str
    first_ms: int
    last_ms: int
    parameters_hash: str
    metric: str
    sets: int
    best: float | None
    effective: float
    sharpe_mean: float
    sharpe_variance: float
