"""Bodies and answers of the HTTP of portfolios."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fairlead.strategies.model import Setting
from fairlead.strategies.portfolios.authoring import WantedLeg, WantedPortfolio
from fairlead.strategies.portfolios.checks import LEGS_MAX
from fairlead.strategies.portfolios.model import Caps, Leg, Method, Portfolio
from fairlead.strategies.views import Name

Figure = Annotated[float, Field(allow_inf_nan=False)]
ParameterName = Annotated[str, Field(min_length=1, max_length=40)]


class CapsBody(BaseModel):
    """Bound a portfolio: how it is put together, and the shared account while it trades."""

    model_config = ConfigDict(extra="forbid")

    max_weight: Figure = 1.0
    max_correlation: Figure = 1.0
    max_positions: int | None = None
    max_exposure: Figure | None = None
    max_daily_loss: Figure | None = None


class LegBody(BaseModel):
    """One leg; `weight` is its share of the shared equity."""

    model_config = ConfigDict(extra="forbid")

    version_id: UUID
    instrument: Annotated[str, Field(max_length=100)]
    timeframe: str | int
    parameters: Annotated[dict[ParameterName, Setting], Field(max_length=64)] = {}
    weight: Figure | None = None


class PortfolioBody(BaseModel):
    """Ask for a portfolio; without weights the method must be `equal`."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    method: Method = "equal"
    legs: Annotated[list[LegBody], Field(min_length=1, max_length=LEGS_MAX)]
    caps: CapsBody = CapsBody()


class LegView(BaseModel):
    """One leg of a portfolio."""

    strategy_id: UUID
    version_id: UUID
    strategy_name: str
    version: int
    parameters: dict[str, Setting]
    instrument: str
    timeframe: str
    weight: float


class PortfolioView(BaseModel):
    """A portfolio; `source` says what made it, null a person."""

    id: UUID
    name: str
    method: Method
    legs: list[LegView]
    caps: CapsBody
    source: dict[str, Any] | None
    revision: int
    created_at: datetime
    updated_at: datetime


class PortfolioPage(BaseModel):
    """A page of portfolios, the latest changed first."""

    items: list[PortfolioView]
    next_cursor: str | None


def portfolio_view(portfolio: Portfolio) -> PortfolioView:
    """Return a portfolio as clients see it."""
    caps = portfolio.caps
    return PortfolioView(
        id=portfolio.id,
        name=portfolio.name,
        method=portfolio.method,
        legs=[_leg_view(leg) for leg in portfolio.legs],
        caps=CapsBody(
            max_weight=caps.max_weight,
            max_correlation=caps.max_correlation,
            max_positions=caps.max_positions,
            max_exposure=caps.max_exposure,
            max_daily_loss=caps.max_daily_loss,
        ),
        source=None if portfolio.source is None else dict(portfolio.source),
        revision=portfolio.revision,
        created_at=portfolio.created_at,
        updated_at=portfolio.updated_at,
    )


def _leg_view(leg: Leg) -> LegView:
    return LegView(
        strategy_id=leg.strategy_id,
        version_id=leg.version_id,
        strategy_name=leg.strategy_name,
        version=leg.version,
        parameters=dict(leg.parameters),
        instrument=leg.instrument,
        timeframe=leg.timeframe,
        weight=leg.weight,
    )


def wanted_portfolio(body: PortfolioBody) -> WantedPortfolio:
    """Return what a body asks for."""
    return WantedPortfolio(
        name=body.name,
        method=body.method,
        legs=tuple(
            WantedLeg(
                version_id=leg.version_id,
                instrument=leg.instrument,
                timeframe=str(leg.timeframe),
                parameters=leg.parameters,
                weight=leg.weight,
            )
            for leg in body.legs
        ),
        caps=Caps(**body.caps.model_dump()),
    )
