"""Moving averages: simple, linearly weighted, exponential."""

import numpy as np

from fairlead.indicators.windows import (
    FIRST_BOUNDARY,
    block_end,
    ramps_before,
    sums_before,
    window_span,
)
from fairlead.kernel.jit import jit, jit_inline
from fairlead.kernel.series import Float64s, Int64s


@jit_inline
def sma_update(
    head: float, origin: float, x: float, before: float, window: int
) -> tuple[float, float]:
    """Fold a bar into the head; return the head and the window's mean."""
    head += x - origin
    return head, origin + (head + before) / window


@jit
def sma_scan(ts: Int64s, x: Float64s, window: int, timeframe_ms: int) -> Float64s:
    """Return the simple moving average, shape (n,); NaN in the first `window - 1` bars."""
    out = np.empty(x.shape[0])
    tail = np.zeros(window)
    span = window_span(window, timeframe_ms)
    boundary = FIRST_BOUNDARY
    held, origin, head = 0, 0.0, 0.0
    for i in range(x.shape[0]):
        if ts[i] >= boundary or held == window:
            boundary = block_end(ts[i], span)
            held, origin, head = 0, x[i], 0.0
            sums_before(x, i, window, origin, tail)
        held += 1
        head, mean = sma_update(head, origin, x[i], tail[window - held], window)
        out[i] = mean
    out[: window - 1] = np.nan
    return out


@jit_inline
def wma_update(
    head: float, ramp: float, distance: float, held: int, older: int, before: float
) -> tuple[float, float, float]:
    """Fold a bar into head and ramp; return both and the weighted sum of the window.

    `older` bars lie before the anchor, with weights 1 to `older` and the weighted sum `before`.
    """
    head += distance
    ramp += held * distance
    return head, ramp, before + older * head + ramp


@jit
def wma_scan(ts: Int64s, x: Float64s, window: int, timeframe_ms: int) -> Float64s:
    """Return the linearly weighted average (weights 1 to `window`), shape (n,)."""
    out = np.empty(x.shape[0])
    tail = np.zeros(window)
    span = window_span(window, timeframe_ms)
    weight = window * (window + 1) / 2
    boundary = FIRST_BOUNDARY
    held, origin, head, ramp = 0, 0.0, 0.0, 0.0
    for i in range(x.shape[0]):
        if ts[i] >= boundary or held == window:
            boundary = block_end(ts[i], span)
            held, origin, head, ramp = 0, x[i], 0.0, 0.0
            ramps_before(x, i, window, origin, tail)
        held += 1
        older = window - held
        head, ramp, weighted = wma_update(head, ramp, x[i] - origin, held, older, tail[older])
        out[i] = origin + weighted / weight
    out[: window - 1] = np.nan
    return out


@jit_inline
def ema_update(average: float, x: float, weight: float) -> float:
    """Move an exponential average towards `x`; one that equals `x` stays exactly there."""
    return average + weight * (x - average)


@jit_inline
def ema_before(x: Float64s, i: int, memory: int, weight: float) -> float:
    """Return the exponential average of the `memory` bars before bar `i`."""
    average = x[i - memory]
    for k in range(i - memory + 1, i):
        average = ema_update(average, x[k], weight)
    return average


@jit_inline
def mean_of_first(x: Float64s, count: int) -> float:
    """Return the mean of the first `count` values: how TA-Lib starts an average."""
    total = 0.0
    for k in range(count):
        total += x[k] - x[0]
    return x[0] + total / count


@jit
def ema_scan(
    ts: Int64s, x: Float64s, window: int, memory: int, block: int, timeframe_ms: int
) -> Float64s:
    """Return the exponential average with weight 2 / (window + 1), shape (n,).

    It starts as the mean of the first `window` bars, as TA-Lib does; NaN before.
    """
    out = np.full(x.shape[0], np.nan)
    if x.shape[0] < window:
        return out
    weight = 2.0 / (window + 1)
    span = block * timeframe_ms
    average = mean_of_first(x, window)
    out[window - 1] = average
    boundary = FIRST_BOUNDARY
    for i in range(window, x.shape[0]):
        if ts[i] >= boundary:
            boundary = block_end(ts[i], span)
            if i >= memory:
                average = ema_before(x, i, memory, weight)
        average = ema_update(average, x[i], weight)
        out[i] = average
    return out
