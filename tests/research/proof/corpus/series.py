"""Small pieces from which the strategies of the corpus are made; none looks ahead by itself."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from fairlead.kernel.series import Bars, Float64s, Int64s

Actions = NDArray[np.float64]
DAY_MS = 86_400_000
HOUR_MS = 3_600_000


def rolling(x: Float64s, window: int) -> NDArray[np.float64]:
    """Return the windows of the last `window` values, shape (n, window); NaN before the first."""
    padded = np.concatenate((np.full(window - 1, np.nan), x))
    return sliding_window_view(padded, window)


def average(x: Float64s, window: int) -> Float64s:
    mean: Float64s = rolling(x, window).mean(axis=1)
    return mean


def exponential(x: Float64s, window: int) -> Float64s:
    out, weight = np.empty(len(x)), 2.0 / (window + 1)
    value = x[0]
    for i, each in enumerate(x.tolist()):
        value += weight * (each - value)
        out[i] = value
    return out


def true_range(bars: Bars) -> Float64s:
    before = np.concatenate((bars.close[:1], bars.close[:-1]))
    reach: Float64s = np.maximum(bars.high, before) - np.minimum(bars.low, before)
    return reach


def days(bars: Bars) -> Int64s:
    """Return a number for each bar's day, UTC, counted from 0."""
    return blocks(bars, DAY_MS)


def blocks(bars: Bars, longer_ms: int) -> Int64s:
    """Return a number for the longer bar that each bar opens in, counted from 0."""
    number: Int64s = np.unique(bars.ts // longer_ms, return_inverse=True)[1].astype(np.int64)
    return number


def last_of_block(block: Int64s) -> Int64s:
    """Return for each block the index of its last bar."""
    ends: Int64s = np.flatnonzero(np.append(np.diff(block) > 0, True)).astype(np.int64)
    return ends


def side(score: Float64s) -> Actions:
    """Return 1 above zero, -1 below, 0 at zero and where there is no value."""
    return np.nan_to_num(np.sign(score))


def outside(score: Float64s, least: float) -> Actions:
    """Return the side of scores beyond `least`, 0 for the others."""
    return np.where(np.abs(score) > least, side(score), 0.0)
