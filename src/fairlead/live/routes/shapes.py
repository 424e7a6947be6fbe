"""What clients see of trading: money and quantities are strings, times ISO 8601 in UTC."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel


class ConnectionView(BaseModel):
    """A tenant's account at a venue."""

    id: UUID
    venue: str
    name: str
    status: str
    created_at: datetime


class PositionView(BaseModel):
    """What a book holds."""

    side: Literal["long", "short"]
    quantity: str
    entry_price: str
    entry_at: datetime
    stop: str | None
    target: str | None
    unrealised_pnl: str


class SubscriptionView(BaseModel):
    """A subscription and where its book stands, marked at the newest close."""

    id: UUID
    strategy_id: UUID
    strategy_name: str
    version_id: UUID
    instrument: str
    timeframe: str
    status: str
    mode: Literal["paper"] = "paper"
    started: bool
    fault: str | None
    connection_id: UUID
    parameters: dict[str, Any]
    risk_profile: dict[str, Any]
    capital: str
    equity: str
    realised_pnl: str
    unrealised_pnl: str
    fees: str
    trades: int
    wins: int
    losses: int
    position: PositionView | None
    halted: bool
    created_at: datetime
    paused_at: datetime | None
    cancelled_at: datetime | None


class EvaluationView(BaseModel):
    """Why there was a trade at a candle, or why not."""

    id: UUID
    ts: datetime
    status: str
    signal: str | None
    reason: str
    detail: dict[str, float]
    veto: str | None
    order_id: str | None
    close: str


class ExecutionView(BaseModel):
    """One evaluation of a version, for all its subscribers."""

    id: UUID
    version_id: UUID
    instrument: str
    timeframe: str
    ts: datetime
    status: str
    signal: str | None
    error: str | None
    detail: dict[str, float]
    close: str
    subscriber_count: int
    due_at: datetime
    started_at: datetime
    completed_at: datetime | None


class OrderView(BaseModel):
    """One order on its way through its states."""

    id: str
    client_id: str
    subscription_id: UUID
    instrument: str
    side: Literal["buy", "sell"]
    type: str
    quantity: str
    filled_quantity: str
    price: str
    average_price: str | None
    status: str
    purpose: str
    reason: str
    note: str | None
    created_at: datetime
    sent_at: datetime | None
    updated_at: datetime


class TradeView(BaseModel):
    """One round trip, closed or still open."""

    id: str
    subscription_id: UUID
    strategy_name: str
    instrument: str
    status: Literal["OPEN", "CLOSED"]
    side: Literal["long", "short"]
    quantity: str
    entry_ts: datetime
    entry_price: str
    exit_ts: datetime | None
    exit_price: str | None
    pnl: str
    fees: str
    reason: str | None
    ambiguous: bool
    bars_held: int | None


class SwitchView(BaseModel):
    """A kill switch and how far it has got."""

    id: UUID
    scope: str
    subject_id: UUID | None
    act: str
    active: bool
    note: str
    created_at: datetime
    created_by: UUID
    released_at: datetime | None
    progress: dict[str, int | str]


class ConnectionPage(BaseModel):
    """A tenant's connections."""

    items: list[ConnectionView]
    next_cursor: str | None = None


class SubscriptionPage(BaseModel):
    """A page of subscriptions, newest first."""

    items: list[SubscriptionView]
    next_cursor: str | None


class EvaluationPage(BaseModel):
    """A page of evaluations, newest first."""

    items: list[EvaluationView]
    next_cursor: str | None


class ExecutionPage(BaseModel):
    """A page of evaluations, newest first."""

    items: list[ExecutionView]
    next_cursor: str | None


class OrderPage(BaseModel):
    """A page of orders, newest first."""

    items: list[OrderView]
    next_cursor: str | None


class TradePage(BaseModel):
    """A page of trades, newest exit first."""

    items: list[TradeView]
    next_cursor: str | None


class SwitchesView(BaseModel):
    """The switches that hold now."""

    platform: list[SwitchView]
    tenant: list[SwitchView]
    subscriptions: list[SwitchView]


class EquityView(BaseModel):
    """Equity over time: [epoch ms, value]."""

    equity: list[tuple[int, float]]
