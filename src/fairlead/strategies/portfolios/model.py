"""The words of portfolios: a leg, the caps over all of them, and the whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from fairlead.strategies.model import Json, Setting

# `manual`: a person set the weights; the others name how they were found.
Method = Literal["equal", "inverse_volatility", "hrp", "risk_budget", "manual"]
METHODS: tuple[Method, ...] = get_args(Method)


@dataclass(frozen=True, slots=True)
class Caps:
    """Bound a portfolio.

    `max_weight` and `max_correlation` bound how it is put together, 1 meaning no cap. The others
    are limits of the shared account while it trades, None leaving what the legs' versions say:
    how many legs may hold a position at once, the notional of all legs as a multiple of equity,
    and the loss of a day as a fraction of its opening equity.
    """

    max_weight: float = 1.0
    max_correlation: float = 1.0
    max_positions: int | None = None
    max_exposure: float | None = None
    max_daily_loss: float | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg: an immutable version with parameters on a series, and its share of the equity.

    `strategy_name` is the name when the leg was chosen.
    """

    version_id: UUID
    strategy_id: UUID
    strategy_name: str
    version: int
    version_hash: str
    parameters: Mapping[str, Setting]
    instrument: str
    timeframe: str
    weight: float


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Weighted legs of one tenant; `source` says what it was made by, None a person."""

    user_id: UUID
    id: UUID
    name: str
    method: Method
    legs: tuple[Leg, ...]
    caps: Caps
    source: Mapping[str, Json] | None
    revision: int
    created_at: datetime
    updated_at: datetime
