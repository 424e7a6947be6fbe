"""Statistics of a return series and of an equity curve, with their sources and edge cases.

A figure that has no meaning for its input (no returns, no variance, no loss) is None. It is
never NaN, never infinite and never a made-up zero.
"""

import math
from dataclasses import dataclass

import numpy as np

from fairlead.research.daily import DAY_MS, Floats, Ints

YEAR_DAYS = 365.25
# Below this a standard deviation is rounding noise of equal returns, not risk.
DEVIATION_FLOOR = 1e-12


@dataclass(frozen=True, slots=True)
class Drawdown:
    """Hold the deepest fall from a peak, and the longest time below one.

    `depth` is a positive fraction of the peak (0.25 = a quarter lost). `peak_ts` and
    `trough_ts` bound the deepest fall. `longest` runs from a peak to the first moment at or
    above it, or to the end of the series when it never came back.
    """

    depth: float
    peak_ts: int
    trough_ts: int
    longest: int


def growth_rate(start: float, end: float, elapsed_ms: int) -> float | None:
    """Return the compound annual growth rate, `(end / start) ** (1 / years) - 1`.

    A year has 365.25 days. Ruin (`end <= 0`) is -1. None for an empty range, a start that is
    not positive, or a growth beyond what a float can hold.
    """
    if elapsed_ms <= 0 or start <= 0.0:
        return None
    if end <= 0.0:
        return -1.0
    years = elapsed_ms / (YEAR_DAYS * DAY_MS)
    exponent = math.log(end / start) / years
    return math.expm1(exponent) if exponent < 700.0 else None


def sharpe_ratio(returns: Floats, days_per_year: int) -> float | None:
    """Return the annualised Sharpe ratio over a zero risk-free rate.

    `mean(r) / stdev(r, n - 1) * sqrt(days_per_year)` (W. F. Sharpe, "The Sharpe Ratio", Journal
    of Portfolio Management, 1994). None below two returns or without variance.
    """
    deviation = sample_deviation(returns)
    if deviation is None or deviation < DEVIATION_FLOOR:
        return None
    return float(returns.mean()) / deviation * math.sqrt(days_per_year)


def sortino_ratio(returns: Floats, days_per_year: int) -> float | None:
    """Return the annualised Sortino ratio against a target of zero.

    `mean(r) / sqrt(mean(min(r, 0)^2)) * sqrt(days_per_year)`: the downside deviation divides by
    all returns, not by the losing ones (F. Sortino and L. Price, "Performance Measurement in a
    Downside Risk Framework", Journal of Investing, 1994). None without a losing day.
    """
    if len(returns) < 2:
        return None
    downside = math.sqrt(float(np.square(np.minimum(returns, 0.0)).mean()))
    if downside < DEVIATION_FLOOR:
        return None
    return float(returns.mean()) / downside * math.sqrt(days_per_year)


def calmar_ratio(growth: float | None, depth: float) -> float | None:
    """Return annual growth over maximum drawdown (T. W. Young, "Calmar Ratio", Futures, 1991).

    Taken over the whole range rather than the last 36 months. None without a drawdown.
    """
    if growth is None or depth <= 0.0:
        return None
    return growth / depth


def sample_deviation(returns: Floats) -> float | None:
    """Return the sample standard deviation (n - 1), None below two returns."""
    return float(returns.std(ddof=1)) if len(returns) >= 2 else None


def annual_volatility(returns: Floats, days_per_year: int) -> float | None:
    """Return `stdev(r, n - 1) * sqrt(days_per_year)`, None below two returns."""
    deviation = sample_deviation(returns)
    return None if deviation is None else deviation * math.sqrt(days_per_year)


def skewness(returns: Floats) -> float | None:
    """Return the moment coefficient `m3 / m2^1.5`, None below three returns or flat ones.

    The form that the deflated Sharpe ratio uses (D. Bailey and M. Lopez de Prado, 2014).
    """
    return _standard_moment(returns, 3)


def kurtosis(returns: Floats) -> float | None:
    """Return `m4 / m2^2` (3 for a normal), None below three returns or flat ones."""
    return _standard_moment(returns, 4)


def drawdown_of(ts: Ints, equity: Floats, start: float, start_ts: int) -> Drawdown:
    """Measure the falls of an equity curve whose first peak is `start` at `start_ts`.

    `depth = max(1 - equity / running peak)` (M. Magdon-Ismail and A. Atiya, "Maximum Drawdown",
    Risk, 2004); more than 1 where a leveraged account ends below zero.
    """
    if len(equity) == 0 or start <= 0.0:
        return Drawdown(0.0, start_ts, start_ts, 0)
    times = np.concatenate(([start_ts], ts))
    levels = np.concatenate(([start], equity))
    peaks = np.maximum.accumulate(levels)
    fall = 1.0 - levels / peaks
    trough = int(np.argmax(fall))
    at_peak = levels >= peaks
    marks = np.flatnonzero(at_peak)
    peak = int(marks[np.searchsorted(marks, trough, side="right") - 1])
    return Drawdown(
        float(fall[trough]), int(times[peak]), int(times[trough]), _longest(times, marks, at_peak)
    )


def underwater(equity: Floats, start: float) -> Floats:
    """Return each point's fall from the running peak as a fraction, 0 at a peak."""
    if len(equity) == 0:
        return np.empty(0, np.float64)
    peaks = np.maximum(np.maximum.accumulate(equity), start)
    return np.asarray(1.0 - equity / peaks, np.float64)


def _longest(times: Ints, marks: Ints, at_peak: np.ndarray) -> int:
    stops = np.append(marks[1:], len(times) - 1)
    spans = times[stops] - times[marks]
    below = stops > marks + 1
    # The last stretch ends at the series' end: below water unless that end is itself a peak.
    below[-1] = not at_peak[-1]
    return int(spans[below].max(initial=0))


def _standard_moment(returns: Floats, order: int) -> float | None:
    if len(returns) < 3:
        return None
    centred = returns - returns.mean()
    squared = np.square(centred)
    variance = float(squared.mean())
    if variance < DEVIATION_FLOOR**2:
        return None
    powered = squared * (centred if order == 3 else squared)
    return float(powered.mean() / variance ** (order / 2))
