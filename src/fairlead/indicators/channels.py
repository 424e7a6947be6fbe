"""Channels: highest and lowest of a window, Donchian's channel."""

import numpy as np

from fairlead.indicators.windows import (
    FIRST_BOUNDARY,
    block_end,
    highest_before,
    lowest_before,
    window_span,
)
from fairlead.kernel.jit import jit
from fairlead.kernel.series import Float64s, Int64s


@jit
def highest_scan(ts: Int64s, x: Float64s, window: int, timeframe_ms: int) -> Float64s:
    """Return the highest value of the last `window` bars, the bar itself included, shape (n,)."""
    out = np.empty(x.shape[0])
    tail = np.zeros(window)
    span = window_span(window, timeframe_ms)
    boundary = FIRST_BOUNDARY
    held, head = 0, 0.0
    for i in range(x.shape[0]):
        if ts[i] >= boundary or held == window:
            boundary = block_end(ts[i], span)
            held, head = 0, x[i]
            highest_before(x, i, window, tail)
        held += 1
        head = max(head, x[i])
        out[i] = max(head, tail[window - held])
    out[: window - 1] = np.nan
    return out


@jit
def lowest_scan(ts: Int64s, x: Float64s, window: int, timeframe_ms: int) -> Float64s:
    """Return the lowest value of the last `window` bars, the bar itself included, shape (n,)."""
    out = np.empty(x.shape[0])
    tail = np.zeros(window)
    span = window_span(window, timeframe_ms)
    boundary = FIRST_BOUNDARY
    held, head = 0, 0.0
    for i in range(x.shape[0]):
        if ts[i] >= boundary or held == window:
            boundary = block_end(ts[i], span)
            held, head = 0, x[i]
            lowest_before(x, i, window, tail)
        held += 1
        head = min(head, x[i])
        out[i] = min(head, tail[window - held])
    out[: window - 1] = np.nan
    return out


@jit
def donchian_scan(
    ts: Int64s, high: Float64s, low: Float64s, window: int, timeframe_ms: int
) -> tuple[Float64s, Float64s, Float64s]:
    """Return lower, middle and upper channel (Donchian 1960), each of shape (n,).

    The bar itself is part of its channel: a breakout compares with the channel one bar ago.
    """
    lower = lowest_scan(ts, low, window, timeframe_ms)
    upper = highest_scan(ts, high, window, timeframe_ms)
    middle = np.empty(high.shape[0])
    for i in range(high.shape[0]):
        middle[i] = lower[i] + 0.5 * (upper[i] - lower[i])
    return lower, middle, upper
