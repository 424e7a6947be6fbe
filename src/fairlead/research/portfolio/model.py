"""The words of a portfolio's backtest: what is asked, and what it reports."""

from collections.abc import Mapping
from dataclasses import dataclass

from fairlead.kernel.records import Records
from fairlead.kernel.series import Bars
from fairlead.market.charges.funding import FundingSeries
from fairlead.market.instruments import Instrument
from fairlead.research.daily import DailyEquity, Floats, Ints
from fairlead.research.metrics import Metrics
from fairlead.research.model import Assumption, MonthReturn, VetoCount
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.model import Setting


@dataclass(frozen=True, slots=True)
class PortfolioLeg:
    """One leg to run: a definition with parameters on a series, and its share of the equity.

    `bars` may begin before the range, and then only warm indicators up. `funding` is charged
    where the account asks for it.
    """

    document: RulesDocument
    parameters: Mapping[str, Setting]
    bars: Bars
    instrument: Instrument
    timeframe: str
    weight: float
    funding: FundingSeries | None = None


@dataclass(frozen=True, slots=True)
class SharedLimits:
    """What the account sets over its legs; None leaves what their definitions say."""

    max_positions: int | None = None
    max_exposure: float | None = None
    max_daily_loss: float | None = None


NO_LIMITS = SharedLimits()


@dataclass(frozen=True, slots=True)
class LegResult:
    """What one leg brought to the whole.

    `pnl` is after fees and funding (`charges`) and includes what an open position is worth; the
    legs' add up to the account's profit. `share` is the part of that profit, None where there is
    none. `returns` are daily, over the account's equity of the day before, on its days.
    """

    label: str
    strategy: str
    version_hash: str
    parameters: Mapping[str, Setting]
    instrument: str
    timeframe: str
    weight: float
    bars: int
    first_ts: int
    last_ts: int
    trades: int
    wins: int
    fees: float
    charges: float
    pnl: float
    share: float | None
    returns: Floats
    vetoes: tuple[VetoCount, ...]


@dataclass(frozen=True, slots=True)
class PortfolioReport:
    """Hold everything a portfolio's backtest has to say.

    `ts` are the boundaries' open times, one for each value of `equity`, `drawdown` and
    `exposure`; the exposure is the notional of all legs as a multiple of equity. `correlation`
    is that of the legs' daily returns.
    """

    currency: str
    cash: float
    ts: Ints
    equity: Floats
    drawdown: Floats
    exposure: Floats
    daily: DailyEquity
    metrics: Metrics
    monthly: tuple[MonthReturn, ...]
    legs: tuple[LegResult, ...]
    correlation: Floats
    trades: Records
    fills: Records
    assumptions: tuple[Assumption, ...]
    notes: tuple[str, ...]
