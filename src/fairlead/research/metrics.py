"""The figures of a run: what was earned, at what risk, by how many trades, at what cost."""

from dataclasses import dataclass, fields

from fairlead.research.daily import DailyEquity, daily_returns
from fairlead.research.jsonable import JsonObject, finite
from fairlead.research.statistics import (
    annual_volatility,
    calmar_ratio,
    drawdown_of,
    growth_rate,
    kurtosis,
    sharpe_ratio,
    skewness,
    sortino_ratio,
)

YEAR_MS = 365.25 * 86_400_000.0


@dataclass(frozen=True, slots=True)
class TradeTotals:
    """Sum up the closed trades and all fills of a run, as its book counted them.

    A trade's profit is after its fees on both sides; a trade that earned nothing is a loss.
    `gross_profit` adds up the winners, `gross_loss` the losers as a positive number. `fees` and
    `notional` count every fill, those of a position still open included. `max_drawdown` is the
    deepest fall of the equity marked at every bar's close, as a positive fraction. `best` and
    `worst` are None where single trades are not kept.
    """

    trades: int
    wins: int
    gross_profit: float
    gross_loss: float
    best: float | None
    worst: float | None
    ambiguous: int
    fees: float
    notional: float
    max_drawdown: float
    bars_held: int
    bars: int


@dataclass(frozen=True, slots=True)
class Span:
    """Say when a run began and ended, in epoch milliseconds, and how many days make its year."""

    first_open_ms: int
    last_close_ms: int
    days_per_year: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """Hold a run's figures; None where a figure has no meaning for the run.

    Ratios and returns are fractions (0.1 = 10 %), `max_drawdown` is positive, lengths are in
    days, money is in account currency.
    """

    total_return: float | None
    final_equity: float
    profit: float
    cagr: float | None
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    max_drawdown: float
    max_drawdown_days: int
    trades: int
    wins: int
    losses: int
    win_rate: float | None
    profit_factor: float | None
    expectancy: float | None
    average_win: float | None
    average_loss: float | None
    payoff_ratio: float | None
    best_trade: float | None
    worst_trade: float | None
    ambiguous_share: float | None
    exposure: float | None
    turnover: float | None
    turnover_per_year: float | None
    fees: float
    days: int
    positive_days: float | None
    best_day: float | None
    worst_day: float | None
    mean_day: float | None
    skew: float | None
    kurtosis: float | None

    def value(self, name: str) -> float | None:
        """Return one figure by its public name (`return` stands for `total_return`)."""
        figure: float | None = getattr(self, METRICS[name])
        return figure

    def to_json(self) -> JsonObject:
        """Return the figures by their public names; undefined ones are null."""
        return {public: finite_number(getattr(self, name)) for public, name in METRICS.items()}


def metrics_of(daily: DailyEquity, totals: TradeTotals, span: Span) -> Metrics:
    """Compute all figures of a run.

    What depends on time comes from `daily`, the depth of the drawdown from every bar, its length
    from daily equity. Turnover is traded notional (both sides) over mean daily equity, exposure
    the share of bars with an open position.
    """
    returns = daily_returns(daily)
    year = span.days_per_year
    end = float(daily.values[-1]) if len(daily.values) else daily.start
    elapsed = span.last_close_ms - span.first_open_ms
    growth = growth_rate(daily.start, end, elapsed)
    turnover = _turnover(daily, totals)
    known = len(returns) > 0
    return Metrics(
        total_return=_ratio(end - daily.start, daily.start),
        final_equity=end,
        profit=end - daily.start,
        cagr=growth,
        volatility=annual_volatility(returns, year),
        sharpe=sharpe_ratio(returns, year),
        sortino=sortino_ratio(returns, year),
        calmar=calmar_ratio(growth, totals.max_drawdown),
        max_drawdown=totals.max_drawdown,
        max_drawdown_days=_longest_fall(daily),
        trades=totals.trades,
        wins=totals.wins,
        losses=totals.trades - totals.wins,
        win_rate=_ratio(totals.wins, totals.trades),
        profit_factor=_ratio(totals.gross_profit, totals.gross_loss),
        expectancy=_ratio(totals.gross_profit - totals.gross_loss, totals.trades),
        average_win=_ratio(totals.gross_profit, totals.wins),
        average_loss=_ratio(-totals.gross_loss, totals.trades - totals.wins),
        payoff_ratio=_payoff(totals),
        best_trade=totals.best,
        worst_trade=totals.worst,
        ambiguous_share=_ratio(totals.ambiguous, totals.trades),
        exposure=_ratio(totals.bars_held, totals.bars),
        turnover=turnover,
        turnover_per_year=None if turnover is None else _ratio(turnover, elapsed / YEAR_MS),
        fees=totals.fees,
        days=len(daily.days),
        positive_days=_ratio(float((returns > 0.0).sum()), len(returns)),
        best_day=float(returns.max()) if known else None,
        worst_day=float(returns.min()) if known else None,
        mean_day=float(returns.mean()) if known else None,
        skew=skewness(returns),
        kurtosis=kurtosis(returns),
    )


def metric_names() -> tuple[str, ...]:
    """Return the public names of all figures, in the order of a report."""
    return tuple(METRICS)


def is_better(name: str, left: float | None, right: float | None) -> bool:
    """Say whether `left` beats `right` in this metric; a defined figure beats an undefined one."""
    if left is None:
        return False
    if right is None:
        return True
    return left < right if name in LOWER_IS_BETTER else left > right


def finite_number(value: float | int | None) -> float | int | None:
    """Keep integers as integers, turn non-finite floats into None."""
    return value if isinstance(value, int) else finite(value)


def _public_name(field_name: str) -> str:
    return "return" if field_name == "total_return" else field_name


def _ratio(numerator: float, denominator: float) -> float | None:
    if denominator <= 0.0:
        return None
    return finite(numerator / denominator)


def _longest_fall(daily: DailyEquity) -> int:
    if len(daily.days) == 0:
        return 0
    fall = drawdown_of(daily.days + 1, daily.values, daily.start, int(daily.days[0]))
    return fall.longest


def _turnover(daily: DailyEquity, totals: TradeTotals) -> float | None:
    if len(daily.values) == 0:
        return None
    return _ratio(totals.notional, float(daily.values.mean()))


def _payoff(totals: TradeTotals) -> float | None:
    win = _ratio(totals.gross_profit, totals.wins)
    loss = _ratio(totals.gross_loss, totals.trades - totals.wins)
    return None if win is None or loss is None else _ratio(win, loss)


METRICS: dict[str, str] = {_public_name(field.name): field.name for field in fields(Metrics)}
LOWER_IS_BETTER = frozenset(
    {
        "max_drawdown",
        "max_drawdown_days",
        "volatility",
        "fees",
        "turnover",
        "turnover_per_year",
        "losses",
        "ambiguous_share",
        "exposure",
    }
)
