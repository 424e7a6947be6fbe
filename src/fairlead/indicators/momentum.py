"""Momentum: rate of change, RSI, MACD."""

import numpy as np

from fairlead.indicators.averages import ema_before, ema_update, mean_of_first
from fairlead.indicators.windows import FIRST_BOUNDARY, block_end
from fairlead.kernel.jit import jit, jit_inline
from fairlead.kernel.series import Float64s, Int64s

Triple = tuple[Float64s, Float64s, Float64s]


@jit_inline
def roc_update(x: float, earlier: float) -> float:
    """Return the change from `earlier` in percent, 0 where `earlier` is 0 (as TA-Lib)."""
    return (x / earlier - 1.0) * 100.0 if earlier != 0.0 else 0.0


@jit
def roc_scan(x: Float64s, window: int) -> Float64s:
    """Return the change over `window` bars in percent, shape (n,); NaN before."""
    out = np.full(x.shape[0], np.nan)
    for i in range(window, x.shape[0]):
        out[i] = roc_update(x[i], x[i - window])
    return out


@jit
def ratio_scan(x: Float64s, average: Float64s) -> Float64s:
    """Return `x` as a multiple of its average, 1 where the average is 0, shape (n,)."""
    out = np.empty(x.shape[0])
    for i in range(x.shape[0]):
        out[i] = x[i] / average[i] if average[i] != 0.0 else 1.0
    return out


@jit_inline
def rsi_update(gain: float, loss: float, change: float, weight: float) -> tuple[float, float]:
    """Move Wilder's average gain and average loss by one change."""
    up = change if change > 0.0 else 0.0
    down = -change if change < 0.0 else 0.0
    return gain + weight * (up - gain), loss + weight * (down - loss)


@jit_inline
def rsi_value(gain: float, loss: float) -> float:
    """Return RSI in 0..100; 50 for a market that did not move at all (TA-Lib says 0)."""
    total = gain + loss
    return 100.0 * gain / total if total > 0.0 else 50.0


@jit_inline
def gains_before(x: Float64s, i: int, memory: int, weight: float) -> tuple[float, float]:
    """Return average gain and loss of the `memory` changes before bar `i`."""
    first = x[i - memory] - x[i - memory - 1]
    gain, loss = max(first, 0.0), max(-first, 0.0)
    for k in range(i - memory + 1, i):
        gain, loss = rsi_update(gain, loss, x[k] - x[k - 1], weight)
    return gain, loss


@jit
def rsi_scan(
    ts: Int64s, x: Float64s, window: int, memory: int, block: int, timeframe_ms: int
) -> Float64s:
    """Return the relative strength index (Wilder 1978), shape (n,); NaN before `window`."""
    out = np.full(x.shape[0], np.nan)
    if x.shape[0] <= window:
        return out
    gain, loss = 0.0, 0.0
    for k in range(1, window + 1):
        change = x[k] - x[k - 1]
        gain += max(change, 0.0)
        loss += max(-change, 0.0)
    gain /= window
    loss /= window
    out[window] = rsi_value(gain, loss)
    weight = 1.0 / window
    span = block * timeframe_ms
    boundary = FIRST_BOUNDARY
    for i in range(window + 1, x.shape[0]):
        if ts[i] >= boundary:
            boundary = block_end(ts[i], span)
            if i > memory:
                gain, loss = gains_before(x, i, memory, weight)
        gain, loss = rsi_update(gain, loss, x[i] - x[i - 1], weight)
        out[i] = rsi_value(gain, loss)
    return out


@jit_inline
def signal_before(
    x: Float64s, i: int, memory: int, fast: float, slow: float, weight: float
) -> float:
    """Return the signal line of the `memory` bars before bar `i`; the three are weights."""
    quick, lazy, line = x[i - memory], x[i - memory], 0.0
    for k in range(i - memory + 1, i):
        quick = ema_update(quick, x[k], fast)
        lazy = ema_update(lazy, x[k], slow)
        line = ema_update(line, quick - lazy, weight)
    return line


@jit
def macd_scan(
    ts: Int64s,
    x: Float64s,
    windows: tuple[int, int, int],
    memory: int,
    block: int,
    timeframe_ms: int,
) -> Triple:
    """Return MACD line, signal line and histogram (Appel 1979), each of shape (n,).

    `windows` are those of the fast average, the slow average and the signal line (2 or more). As in
    TA-Lib all three start where the signal line does, NaN before; a line's first value is the
    mean of what it averages, the fast one's of the bars that end with the slow one's first.
    """
    fast, slow, smooth = windows
    n = x.shape[0]
    line, signal, histogram = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    first = slow + smooth - 2
    if n <= first:
        return line, signal, histogram
    fast_weight, slow_weight, weight = 2.0 / (fast + 1), 2.0 / (slow + 1), 2.0 / (smooth + 1)
    quick = mean_of_first(x[slow - fast :], fast)
    lazy = mean_of_first(x, slow)
    span = block * timeframe_ms
    boundary = FIRST_BOUNDARY
    average = (quick - lazy) / smooth
    for i in range(slow, n):
        if ts[i] >= boundary:
            boundary = block_end(ts[i], span)
            if i >= memory:
                quick = ema_before(x, i, memory, fast_weight)
                lazy = ema_before(x, i, memory, slow_weight)
                average = signal_before(x, i, memory, fast_weight, slow_weight, weight)
        quick = ema_update(quick, x[i], fast_weight)
        lazy = ema_update(lazy, x[i], slow_weight)
        if i <= first:
            average += (quick - lazy) / smooth
        else:
            average = ema_update(average, quick - lazy, weight)
        if i >= first:
            line[i] = quick - lazy
            signal[i] = average
            histogram[i] = line[i] - average
    return line, signal, histogram
