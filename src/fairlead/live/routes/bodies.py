"""What clients send to trade."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fairlead.strategies.model import Setting

Money = Annotated[Decimal, Field(gt=0, lt=Decimal("1e15"), allow_inf_nan=False)]
Figure = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class ConnectionBody(BaseModel):
    """Ask for a connection to a venue."""

    model_config = ConfigDict(extra="forbid")

    venue: Name = "paper"
    name: Name


class RiskBody(BaseModel):
    """Say by which rules the book trades; what is left out is the version's own."""

    model_config = ConfigDict(extra="forbid")

    sizing: Literal["quantity", "fraction", "risk"] | None = None
    size: Figure | None = None
    leverage: Figure | None = None
    max_positions: int | None = None
    max_daily_loss: Figure | None = None
    daily_loss_action: Literal["block", "flatten"] | None = None
    max_exposure: Figure | None = None
    atr_stop_multiple: Figure | None = None
    atr_target_multiple: Figure | None = None
    atr_trail_multiple: Figure | None = None
    stop_loss_pct: Figure | None = None
    take_profit_pct: Figure | None = None
    trailing_stop_pct: Figure | None = None
    cool_down_bars: int | None = None
    allow_long: bool | None = None
    allow_short: bool | None = None
    fee: Figure | None = None
    slippage_bps: Figure | None = None


class SubscribeBody(BaseModel):
    """Ask for a strategy, or one version of it, to be traded."""

    model_config = ConfigDict(extra="forbid")

    strategy_id: UUID | None = None
    version_id: UUID | None = None
    instrument: Name
    timeframe: str | int
    parameters: Annotated[dict[Name, Setting], Field(max_length=64)] = {}
    connection_id: UUID
    capital: Money = Decimal(10_000)
    risk_profile: RiskBody = RiskBody()
    join: Literal["wait", "join"] = "wait"


class PositionsBody(BaseModel):
    """Say what happens to an open position: keep it under its stops, or exit at the next open."""

    model_config = ConfigDict(extra="forbid")

    positions: Literal["keep", "exit"] = "keep"


class KillBody(BaseModel):
    """Pull a kill switch; flattening, and acts over everybody, need their words typed."""

    model_config = ConfigDict(extra="forbid")

    scope: Literal["subscription", "tenant", "platform"]
    subject_id: UUID | None = None
    act: Literal["stop_new", "cancel_open", "flatten"]
    confirmation: Annotated[str, Field(max_length=40)] = ""
    note: Annotated[str, Field(max_length=200)] = ""
