"""Bodies and answers of the HTTP of promotion."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fairlead.promotion.gates import Gate, all_passed
from fairlead.promotion.model import PromotedLeg, Promotion, Status
from fairlead.promotion.subjects import Named
from fairlead.strategies.model import Setting

Money = Annotated[Decimal, Field(gt=0, lt=Decimal("1e15"), allow_inf_nan=False)]
ShortName = Annotated[str, Field(min_length=1, max_length=100)]
Reason = Annotated[str, Field(max_length=500)]


class SubjectBody(BaseModel):
    """Name what is promoted: a portfolio, or a version on one series.

    A version's series is `instrument` and `timeframe`, or that of `run_id`, the run whose
    evidence counts.
    """

    model_config = ConfigDict(extra="forbid")

    portfolio_id: UUID | None = None
    version_id: UUID | None = None
    run_id: UUID | None = None
    instrument: ShortName | None = None
    timeframe: ShortName | None = None
    parameters: Annotated[dict[ShortName, Setting], Field(max_length=64)] = {}


class ApproveBody(BaseModel):
    """Approve; `override` passes over red gates and needs a reason, for paper money only."""

    model_config = ConfigDict(extra="forbid")

    override: bool = False
    reason: Reason = ""
    deploy: bool = True


class RejectBody(BaseModel):
    """Turn down, with a reason if there is one."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason = ""


class RollbackBody(BaseModel):
    """Say what happens to open positions: exit at the next open, or keep under their stops."""

    model_config = ConfigDict(extra="forbid")

    positions: Literal["keep", "exit"] = "exit"


class GateView(BaseModel):
    """One gate; `value` is that of the worst leg, `action` is what would make it green."""

    name: str
    label: str
    value: float | None
    threshold: float | None
    passed: bool
    text: str
    action: str


class GatesView(BaseModel):
    """All gates; `ready` when every one is green."""

    gates: list[GateView]
    ready: bool
    override_allowed: bool


class SubjectView(BaseModel):
    """What is promoted."""

    kind: Literal["portfolio", "version"]
    portfolio_id: UUID | None
    version_id: UUID | None
    run_id: UUID | None


class PromotedLegView(BaseModel):
    """One leg as it was fixed when it was asked for."""

    strategy_id: UUID
    version_id: UUID
    strategy_name: str
    parameters: dict[str, Setting]
    instrument: str
    timeframe: str
    weight: float


class PromotionView(BaseModel):
    """A promotion and how far it has come; `gates` are as they stood at the last decision."""

    id: UUID
    status: Status
    name: str
    subject: SubjectView
    legs: list[PromotedLegView]
    connection_id: UUID
    capital: str
    risk_profile: dict[str, Any]
    gates: list[GateView]
    ready: bool
    override: bool
    reason: str
    subscription_ids: list[UUID]
    created_at: datetime
    approved_at: datetime | None
    deployed_at: datetime | None
    rejected_at: datetime | None
    rolled_back_at: datetime | None


class PromotionPage(BaseModel):
    """A page of promotions, newest first."""

    items: list[PromotionView]
    next_cursor: str | None


def gate_view(gate: Gate) -> GateView:
    """Return a gate as clients see it."""
    return GateView(**gate.to_json())  # type: ignore[arg-type]  # pydantic checks each field


def promotion_view(promotion: Promotion, risk_profile: dict[str, object]) -> PromotionView:
    """Return a promotion as clients see it."""
    subject = promotion.subject
    of_version = subject.legs[0].version_id if subject.kind == "version" else None
    made = promotion.subscription_id
    return PromotionView(
        id=promotion.id,
        status=promotion.status,
        name=subject.name,
        subject=SubjectView(
            kind=subject.kind,
            portfolio_id=subject.portfolio_id,
            version_id=of_version,
            run_id=subject.run_id,
        ),
        legs=[_leg_view(leg) for leg in subject.legs],
        connection_id=promotion.terms.connection_id,
        capital=str(promotion.terms.capital),
        risk_profile=risk_profile,
        gates=[gate_view(gate) for gate in promotion.gates],
        ready=all_passed(promotion.gates),
        override=promotion.override,
        reason=promotion.reason,
        subscription_ids=[] if made is None else [made],
        created_at=promotion.created_at,
        approved_at=promotion.approved_at,
        deployed_at=promotion.deployed_at,
        rejected_at=promotion.rejected_at,
        rolled_back_at=promotion.rolled_back_at,
    )


def named_of(body: SubjectBody) -> Named:
    """Return what a body names."""
    return Named(
        portfolio_id=body.portfolio_id,
        version_id=body.version_id,
        run_id=body.run_id,
        instrument=body.instrument,
        timeframe=body.timeframe,
        parameters=body.parameters,
    )


def _leg_view(leg: PromotedLeg) -> PromotedLegView:
    return PromotedLegView(
        strategy_id=leg.strategy_id,
        version_id=leg.version_id,
        strategy_name=leg.strategy_name,
        parameters=dict(leg.parameters),
        instrument=leg.instrument,
        timeframe=leg.timeframe,
        weight=leg.weight,
    )
