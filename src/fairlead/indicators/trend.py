"""Trend: directional movement (ADX, +DI, -DI) and SuperTrend."""

import numpy as np

from fairlead.indicators.volatility import atr_of_first, atr_update, true_range
from fairlead.indicators.windows import FIRST_BOUNDARY, block_end
from fairlead.kernel.jit import jit, jit_inline
from fairlead.kernel.series import Float64s, Int64s

Movement = tuple[float, float, float, float]
"""Decaying sums of upward movement, downward movement and true range; the ADX so far."""


@jit_inline
def movement_update(
    up: float,
    down: float,
    total: float,
    rise: float,
    fall: float,
    bar_range: float,
    keep: float,
) -> tuple[float, float, float]:
    """Fold a bar's rise of the high, fall of the low and true range into Wilder's sums."""
    gained = rise if rise > 0.0 and rise > fall else 0.0
    lost = fall if fall > 0.0 and fall > rise else 0.0
    return up * keep + gained, down * keep + lost, total * keep + bar_range


@jit_inline
def dx_value(up: float, down: float) -> float:
    """Return the directional index in 0..100, or -1 where nothing moved in any direction."""
    both = up + down
    return 100.0 * abs(up - down) / both if both > 0.0 else -1.0


@jit_inline
def di_value(moved: float, total: float) -> float:
    """Return a directional indicator in 0..100, 0 where there was no range at all."""
    return 100.0 * moved / total if total > 0.0 else 0.0


@jit_inline
def movement_before(
    high: Float64s, low: Float64s, close: Float64s, i: int, memory: int, window: int
) -> Movement:
    """Return sums and ADX folded from the `memory` bars before bar `i`."""
    keep, weight = 1.0 - 1.0 / window, 1.0 / window
    up, down, total, adx = 0.0, 0.0, 0.0, 0.0
    for k in range(i - memory, i):
        bar_range = true_range(high[k], low[k], close[k - 1])
        rise, fall = high[k] - high[k - 1], low[k - 1] - low[k]
        up, down, total = movement_update(up, down, total, rise, fall, bar_range, keep)
        dx = dx_value(up, down)
        if dx >= 0.0:
            adx += weight * (dx - adx)
    return up, down, total, adx


@jit
def adx_scan(
    ts: Int64s,
    high: Float64s,
    low: Float64s,
    close: Float64s,
    window: int,
    memory: int,
    block: int,
    timeframe_ms: int,
) -> tuple[Float64s, Float64s, Float64s]:
    """Return ADX, +DI and -DI (Wilder 1978), each of shape (n,).

    They start as in TA-Lib: the indicators at bar `window`, the ADX as the mean of the first
    `window` directional indices at bar `2 * window - 1`; NaN before. A bar without movement in
    either direction leaves the ADX where it was.
    """
    n = close.shape[0]
    strength, plus, minus = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    keep, weight = 1.0 - 1.0 / window, 1.0 / window
    span = block * timeframe_ms
    boundary = FIRST_BOUNDARY
    up, down, total, adx = 0.0, 0.0, 0.0, 0.0
    for i in range(1, n):
        if ts[i] >= boundary:
            boundary = block_end(ts[i], span)
            if i > memory:
                up, down, total, adx = movement_before(high, low, close, i, memory, window)
        bar_range = true_range(high[i], low[i], close[i - 1])
        rise, fall = high[i] - high[i - 1], low[i - 1] - low[i]
        decay = keep if i >= window else 1.0
        up, down, total = movement_update(up, down, total, rise, fall, bar_range, decay)
        if i < window:
            continue
        plus[i], minus[i] = di_value(up, total), di_value(down, total)
        dx = dx_value(up, down)
        if i < 2 * window:
            adx += max(dx, 0.0) * weight
        elif dx >= 0.0:
            adx += weight * (dx - adx)
        if i >= 2 * window - 1:
            strength[i] = adx
    return strength, plus, minus


Bands = tuple[float, float, float]
"""Lower band, upper band, direction: 1 above the lower band, -1 below the upper one."""


@jit_inline
def supertrend_update(
    lower: float,
    upper: float,
    direction: float,
    middle: float,
    reach: float,
    previous_close: float,
    close: float,
) -> Bands:
    """Tighten the bands around `middle` by `reach`; turn where the close leaves them."""
    if middle - reach > lower or previous_close < lower:
        lower = middle - reach
    if middle + reach < upper or previous_close > upper:
        upper = middle + reach
    if direction > 0.0 and close < lower:
        direction = -1.0
    elif direction < 0.0 and close > upper:
        direction = 1.0
    return lower, upper, direction


@jit_inline
def first_bands(middle: float, reach: float, close: float) -> Bands:
    """Return untightened bands; the direction is up for a close above the bar's middle."""
    return middle - reach, middle + reach, 1.0 if close >= middle else -1.0


@jit_inline
def supertrend_before(
    high: Float64s,
    low: Float64s,
    close: Float64s,
    i: int,
    memories: tuple[int, int],
    window: int,
    multiple: float,
) -> tuple[float, float, float, float]:
    """Return ATR and bands folded from memory before bar `i`: that of both, that of the ATR."""
    both, ranges = memories
    weight = 1.0 / window
    first = i - both
    average = true_range(high[first], low[first], close[first - 1])
    lower, upper, direction = 0.0, 0.0, 1.0
    for k in range(first + 1, i):
        average = atr_update(average, high[k], low[k], close[k - 1], weight)
        middle = 0.5 * (high[k] + low[k])
        if k <= first + ranges:
            lower, upper, direction = first_bands(middle, multiple * average, close[k])
        else:
            lower, upper, direction = supertrend_update(
                lower, upper, direction, middle, multiple * average, close[k - 1], close[k]
            )
    return average, lower, upper, direction


@jit
def supertrend_scan(
    ts: Int64s,
    high: Float64s,
    low: Float64s,
    close: Float64s,
    window: int,
    multiple: float,
    memories: tuple[int, int],
    block: int,
    timeframe_ms: int,
) -> tuple[Float64s, Float64s]:
    """Return the SuperTrend line and its direction (1 up, -1 down), each of shape (n,).

    After O. Seban: bands of `multiple` average true ranges around the bar's middle that only
    tighten while the close stays inside. NaN in the first `window` bars.
    """
    n = close.shape[0]
    line, side = np.full(n, np.nan), np.full(n, np.nan)
    if n <= window:
        return line, side
    average = atr_of_first(high, low, close, window)
    middle = 0.5 * (high[window] + low[window])
    lower, upper, direction = first_bands(middle, multiple * average, close[window])
    side[window] = direction
    line[window] = lower if direction > 0.0 else upper
    weight = 1.0 / window
    span = block * timeframe_ms
    boundary = FIRST_BOUNDARY
    for i in range(window + 1, n):
        if ts[i] >= boundary:
            boundary = block_end(ts[i], span)
            if i > memories[0]:
                average, lower, upper, direction = supertrend_before(
                    high, low, close, i, memories, window, multiple
                )
        average = atr_update(average, high[i], low[i], close[i - 1], weight)
        middle = 0.5 * (high[i] + low[i])
        lower, upper, direction = supertrend_update(
            lower, upper, direction, middle, multiple * average, close[i - 1], close[i]
        )
        side[i] = direction
        line[i] = lower if direction > 0.0 else upper
    return line, side
