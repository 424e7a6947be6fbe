"""The words of research: what is asked of a run and what it reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from fairlead.kernel.records import Records
from fairlead.kernel.series import Bars
from fairlead.market.charges.model import CostModel
from fairlead.research.daily import Floats
from fairlead.research.jsonable import Json, JsonObject
from fairlead.research.metrics import Metrics
from fairlead.strategies.model import Setting

FAR_PAST_MS = -(2**62)
FAR_FUTURE_MS = 2**62


@dataclass(frozen=True, slots=True)
class Period:
    """Bound a run: bars whose open time is in [start_ms, end_ms)."""

    start_ms: int
    end_ms: int


ALL_TIME = Period(FAR_PAST_MS, FAR_FUTURE_MS)


@dataclass(frozen=True, slots=True)
class Sizing:
    """Say how a quantity is chosen: `definition`, `quantity`, `fraction` or `risk`.

    `definition` leaves it to the strategy's own sizing; `size` is then 0. `quantity` counts base
    units, `fraction` is a share of equity, `risk` the share of equity lost at the stop.
    """

    mode: str
    size: Decimal


BY_DEFINITION = Sizing("definition", Decimal(0))


@dataclass(frozen=True, slots=True)
class Account:
    """Hold what a run trades with: cash, costs (fractions) and how much per entry.

    `costs` stands above `fee` where there is a model. Every fill is worsened by `slippage` and
    `half_spread`; `funding` asks for the funding rates that are known of the instrument.
    """

    cash: Decimal
    fee: Decimal
    slippage: Decimal
    sizing: Sizing
    long_only: bool
    costs: CostModel | None = None
    half_spread: Decimal = Decimal(0)
    funding: bool = False


@dataclass(frozen=True, slots=True)
class MonthReturn:
    """Hold one calendar month of the venue's session time; None where there was no equity."""

    year: int
    month: int
    value: float | None


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Hold buy and hold over the same bars, with the same fee and slippage at entry."""

    total_return: float | None
    cagr: float | None
    sharpe: float | None
    max_drawdown: float
    equity: Floats

    def to_json(self) -> JsonObject:
        """Return the figures without the curve."""
        return {
            "return": self.total_return,
            "cagr": self.cagr,
            "sharpe": self.sharpe,
            "max_drawdown": self.max_drawdown,
        }


@dataclass(frozen=True, slots=True)
class VetoCount:
    """Count the entries that one rule refused."""

    code: str
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """Describe what was still held at the last bar's close, valued at that close."""

    side: str
    quantity: float
    entry_ts: int
    entry_price: float
    mark_price: float
    unrealised_pnl: float
    fees: float
    stop: float | None
    target: float | None

    def to_json(self) -> JsonObject:
        """Return the position as plain JSON."""
        return {
            "side": self.side,
            "quantity": self.quantity,
            "entry_ts": self.entry_ts,
            "entry_price": self.entry_price,
            "mark_price": self.mark_price,
            "unrealised_pnl": self.unrealised_pnl,
            "fees": self.fees,
            "stop": self.stop,
            "target": self.target,
        }


@dataclass(frozen=True, slots=True)
class Assumption:
    """State one thing a result rests on: a key for machines, a label and a text for people."""

    key: str
    label: str
    text: str
    value: Json


@dataclass(frozen=True, slots=True)
class Report:
    """Hold everything a backtest has to say; arrays have one value for each bar of the range."""

    version_hash: str
    strategy: str
    parameters: Mapping[str, Setting]
    instrument: str
    timeframe: str
    currency: str
    bars: Bars
    equity: Floats
    drawdown: Floats
    trades: Records
    metrics: Metrics
    benchmark: Benchmark
    monthly: tuple[MonthReturn, ...]
    assumptions: tuple[Assumption, ...]
    vetoes: tuple[VetoCount, ...]
    notes: tuple[str, ...]
    open_position: OpenPosition | None
