"""Facts that people and pages hear of."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class TurnCompleted:
    """One chunk of a turn was applied; goes to the owner of the strategy."""

    type: ClassVar[str] = "turn.completed"
    lineup_id: UUID
    boundary_ms: int
    books: int
    orders: int
    fills: int
    vetoes: int


@dataclass(frozen=True, slots=True)
class EvaluationCompleted:
    """A version was evaluated on a bar; goes to the owner of the strategy."""

    type: ClassVar[str] = "evaluation.completed"
    version_id: UUID
    instrument: str
    timeframe: str
    ts: int
    status: str
    signal: str
    error: str | None


@dataclass(frozen=True, slots=True)
class FillCreated:
    """A book's order or level was filled."""

    type: ClassVar[str] = "fill.created"
    subscription_id: UUID
    ts: int
    side: str
    quantity: Decimal
    price: Decimal
    reason: str
    equity: Decimal


@dataclass(frozen=True, slots=True)
class OrderUpdated:
    """An order ended otherwise than by a fill."""

    type: ClassVar[str] = "order.updated"
    subscription_id: UUID
    client_id: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class SubscriptionChanged:
    """A subscription began, paused, resumed, ended, or was set aside for a fault."""

    type: ClassVar[str] = "subscription.changed"
    subscription_id: UUID
    status: str
    fault: str | None


@dataclass(frozen=True, slots=True)
class KillChanged:
    """A kill switch was pulled or released."""

    type: ClassVar[str] = "kill.changed"
    switch_id: UUID
    scope: str
    act: str
    active: bool
