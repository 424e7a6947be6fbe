"""Volatility: standard deviation, Bollinger bands, average true range."""

from math import sqrt

import numpy as np

from fairlead.indicators.windows import (
    FIRST_BOUNDARY,
    block_end,
    squares_before,
    sums_before,
    window_span,
)
from fairlead.kernel.jit import jit, jit_inline
from fairlead.kernel.series import Float64s, Int64s


@jit_inline
def spread_of(total: float, squares: float, window: int) -> float:
    """Return the population standard deviation from sums of distances and of their squares.

    Distances are taken from a value inside the window, so the relative error of the variance
    stays below 4 * window**2 * 2**-53.
    """
    variance = (squares - total * total / window) / window
    return sqrt(variance) if variance > 0.0 else 0.0


@jit
def spread_scan(
    ts: Int64s, x: Float64s, window: int, timeframe_ms: int
) -> tuple[Float64s, Float64s]:
    """Return mean and population standard deviation of each window, each of shape (n,)."""
    n = x.shape[0]
    means, spreads = np.empty(n), np.empty(n)
    sums, squares = np.zeros(window), np.zeros(window)
    span = window_span(window, timeframe_ms)
    boundary = FIRST_BOUNDARY
    held, origin, head, head_squares = 0, 0.0, 0.0, 0.0
    for i in range(n):
        if ts[i] >= boundary or held == window:
            boundary = block_end(ts[i], span)
            held, origin, head, head_squares = 0, x[i], 0.0, 0.0
            sums_before(x, i, window, origin, sums)
            squares_before(x, i, window, origin, squares)
        held += 1
        distance = x[i] - origin
        head += distance
        head_squares += distance * distance
        total = head + sums[window - held]
        means[i] = origin + total / window
        spreads[i] = spread_of(total, head_squares + squares[window - held], window)
    means[: window - 1] = np.nan
    spreads[: window - 1] = np.nan
    return means, spreads


@jit
def bands_scan(
    ts: Int64s, x: Float64s, window: int, multiple: float, timeframe_ms: int
) -> tuple[Float64s, Float64s, Float64s]:
    """Return the lower, middle and upper Bollinger band (Bollinger 2001), each of shape (n,)."""
    middle, spread = spread_scan(ts, x, window, timeframe_ms)
    lower, upper = np.empty(x.shape[0]), np.empty(x.shape[0])
    for i in range(x.shape[0]):
        lower[i] = middle[i] - multiple * spread[i]
        upper[i] = middle[i] + multiple * spread[i]
    return lower, middle, upper


@jit_inline
def true_range(high: float, low: float, previous_close: float) -> float:
    """Return the largest of high - low and the distances of both to the previous close."""
    return max(high, previous_close) - min(low, previous_close)


@jit_inline
def atr_update(average: float, high: float, low: float, previous: float, weight: float) -> float:
    """Move Wilder's average true range by one bar."""
    return average + weight * (true_range(high, low, previous) - average)


@jit_inline
def atr_before(
    high: Float64s, low: Float64s, close: Float64s, i: int, memory: int, weight: float
) -> float:
    """Return the average true range of the `memory` bars before bar `i`."""
    first = i - memory
    average = true_range(high[first], low[first], close[first - 1])
    for k in range(first + 1, i):
        average = atr_update(average, high[k], low[k], close[k - 1], weight)
    return average


@jit_inline
def atr_of_first(high: Float64s, low: Float64s, close: Float64s, window: int) -> float:
    """Return the mean true range of bars 1 to `window`: how TA-Lib starts."""
    total = 0.0
    for k in range(1, window + 1):
        total += true_range(high[k], low[k], close[k - 1])
    return total / window


@jit
def atr_scan(
    ts: Int64s,
    high: Float64s,
    low: Float64s,
    close: Float64s,
    window: int,
    memory: int,
    block: int,
    timeframe_ms: int,
) -> Float64s:
    """Return the average true range (Wilder 1978) in price units, shape (n,)."""
    out = np.full(close.shape[0], np.nan)
    if close.shape[0] <= window:
        return out
    average = atr_of_first(high, low, close, window)
    out[window] = average
    weight = 1.0 / window
    span = block * timeframe_ms
    boundary = FIRST_BOUNDARY
    for i in range(window + 1, close.shape[0]):
        if ts[i] >= boundary:
            boundary = block_end(ts[i], span)
            if i > memory:
                average = atr_before(high, low, close, i, memory, weight)
        average = atr_update(average, high[i], low[i], close[i - 1], weight)
        out[i] = average
    return out
