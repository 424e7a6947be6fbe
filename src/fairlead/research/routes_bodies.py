"""What clients send to start research, and what they see of a run."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fairlead.market.charges.catalog import cost_model
from fairlead.market.charges.document import read_costs
from fairlead.market.charges.model import CostModel
from fairlead.research.estimates import SETS_MAX
from fairlead.research.grid import grid_of
from fairlead.research.model import Account, Sizing
from fairlead.research.plan import Draw, Plan
from fairlead.research.runs import Kind, Run
from fairlead.research.submitting import Wanted
from fairlead.strategies.model import Setting

Amount = Annotated[Decimal, Field(allow_inf_nan=False)]
Figure = Annotated[float, Field(allow_inf_nan=False)]
GAP_MAX = 1_000_000
SEED_MAX = 2**53 - 1
ParameterName = Annotated[str, Field(min_length=1, max_length=40)]


class SizingBody(BaseModel):
    """How much an entry buys: units, a share of equity, or the share of equity at risk."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["definition", "quantity", "fraction", "risk"]
    size: Amount = Decimal(0)


class AccountBody(BaseModel):
    """What a run trades with and pays; money may be sent as text.

    `costs` names a cost model or is one, and stands above `fee`; `spread_bps` is the quoted
    spread, of which every fill pays half; `funding` charges the rates that the lake has.
    """

    cash: Amount = Decimal(10_000)
    fee: Amount = Decimal("0.001")
    slippage_bps: Amount = Decimal(0)
    costs: Annotated[str, Field(max_length=100)] | dict[str, object] | None = None
    spread_bps: Amount = Decimal(0)
    funding: bool = False
    sizing: SizingBody = SizingBody(mode="definition")
    long_only: bool = False


class BacktestBody(AccountBody):
    """Ask for a backtest of a stored version or of a definition in the body.

    `from` and `to` are times; without them the range is all there is.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    version_id: UUID | None = None
    definition: dict[str, object] | None = None
    instrument: Annotated[str, Field(max_length=100)]
    timeframe: str | int
    start: Annotated[datetime | None, Field(alias="from")] = None
    end: Annotated[datetime | None, Field(alias="to")] = None
    parameters: Annotated[dict[ParameterName, Setting], Field(max_length=64)] = {}


class SweepBody(BacktestBody):
    """Ask for a sweep: `grid` names values, or a range as `"5:50:5"` with its end included.

    `random` takes so many sets of the grid by `seed`, 0 all of them.
    """

    grid: Annotated[
        dict[ParameterName, Annotated[list[Setting], Field(max_length=10_000)] | str],
        Field(min_length=1, max_length=8),
    ]
    metric: Annotated[str, Field(max_length=40)] = "sharpe"
    random: Annotated[int, Field(ge=0, le=SETS_MAX)] = 0
    seed: Annotated[int, Field(ge=0, le=SEED_MAX)] = 0

    def plan(self) -> Plan:
        """Return how to search."""
        return Plan(metric=self.metric, draw=self.draw())

    def draw(self) -> Draw:
        """Return what of the grid is taken."""
        return Draw(self.random, self.seed)


class WalkforwardBody(SweepBody):
    """Ask for a walk-forward: a sweep on each window's fit share, a test on the rest.

    `purge` bars at the end of each fit range and `embargo` bars at the beginning of each test
    range belong to neither.
    """

    fit: Figure = 0.7
    windows: int = 5
    anchored: bool = False
    purge: Annotated[int, Field(ge=0, le=GAP_MAX)] = 0
    embargo: Annotated[int, Field(ge=0, le=GAP_MAX)] = 0

    def plan(self) -> Plan:
        """Return how to walk."""
        return Plan(
            self.metric,
            self.windows,
            self.fit,
            self.anchored,
            self.purge,
            self.embargo,
            self.draw(),
        )


class RunView(BaseModel):
    """A run as lists and pages show it; `summary` has the headline figures once it is done."""

    id: UUID
    kind: str
    status: str
    progress: float
    cancel_requested: bool
    strategy_name: str
    version_id: UUID | None
    version_hash: str
    instrument: str
    timeframe: str
    summary: dict[str, object] | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class RunPage(BaseModel):
    """A page of runs, newest first."""

    items: list[RunView]
    next_cursor: str | None


def run_view(run: Run) -> RunView:
    """Return a run as clients see it."""
    return RunView(
        id=run.run_id,
        kind=run.kind,
        status=run.status,
        progress=run.progress,
        cancel_requested=run.cancel_requested,
        strategy_name=run.strategy_name,
        version_id=run.version_id,
        version_hash=run.version_hash,
        instrument=run.instrument,
        timeframe=run.timeframe,
        summary=None if run.summary is None else dict(run.summary),
        error=run.error,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )


def wanted_of(kind: Kind, body: BacktestBody) -> Wanted:
    """Return what a body asks for; raises `InvalidInput` for a grid that cannot be read."""
    return Wanted(
        kind=kind,
        version_id=body.version_id,
        definition=body.definition,
        instrument=body.instrument,
        timeframe=str(body.timeframe),
        start=None if body.start is None else _in_utc(body.start),
        end=None if body.end is None else _in_utc(body.end),
        parameters=body.parameters,
        account=account_of(body),
        axes=grid_of(body.grid) if isinstance(body, SweepBody) else (),
        plan=body.plan() if isinstance(body, SweepBody) else Plan(),
    )


def account_of(body: AccountBody) -> Account:
    """Return what a body trades with and pays; raises `InvalidInput` for unknown costs."""
    return Account(
        cash=body.cash,
        fee=body.fee,
        slippage=body.slippage_bps / 10_000,
        sizing=Sizing(body.sizing.mode, body.sizing.size),
        long_only=body.long_only,
        costs=_costs(body.costs),
        half_spread=body.spread_bps / 20_000,
        funding=body.funding,
    )


def _costs(asked: str | dict[str, object] | None) -> CostModel | None:
    if asked is None:
        return None
    return cost_model(asked) if isinstance(asked, str) else read_costs(asked)


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
