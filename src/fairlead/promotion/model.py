"""The words of promotion: what is promoted, where to, and how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from fairlead.promotion.gates import Gate
from fairlead.strategies.model import Setting

Status = Literal["requested", "approved", "rejected", "deployed", "rolled_back"]
OPEN: frozenset[Status] = frozenset({"requested", "approved", "deployed"})


@dataclass(frozen=True, slots=True)
class PromotedLeg:
    """One leg as it will trade: fixed when it was asked for, whatever is edited later."""

    version_id: UUID
    strategy_id: UUID
    strategy_name: str
    version_hash: str
    parameters: Mapping[str, Setting]
    instrument: str
    timeframe: str
    weight: float


@dataclass(frozen=True, slots=True)
class Subject:
    """What is promoted: a portfolio as it is now, or one version on one series.

    `content_hash` is that of everything it trades; `run_id` names the run whose evidence counts,
    None leaves the newest; `autobuild_id` is the search that made the portfolio.
    """

    kind: Literal["portfolio", "version"]
    name: str
    portfolio_id: UUID | None
    run_id: UUID | None
    autobuild_id: UUID | None
    legs: tuple[PromotedLeg, ...]
    max_positions: int | None
    max_exposure: float | None
    max_daily_loss: float | None
    content_hash: str


@dataclass(frozen=True, slots=True)
class Terms:
    """Where to and with what: a connection, capital, and the subscriber's own rules as JSON."""

    connection_id: UUID
    capital: Decimal
    risk_profile: str
    join_mode: Literal["wait", "join"]


@dataclass(frozen=True, slots=True)
class Promotion:
    """One row: a request and what became of it; `gates` are as they stood at the last decision."""

    id: UUID
    status: Status
    subject: Subject
    terms: Terms
    gates: tuple[Gate, ...]
    override: bool
    reason: str
    subscription_id: UUID | None
    created_at: datetime
    approved_at: datetime | None
    deployed_at: datetime | None
    rejected_at: datetime | None
    rolled_back_at: datetime | None
