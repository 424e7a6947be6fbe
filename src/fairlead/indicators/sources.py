"""Series that indicators and conditions can read from bars."""

import numpy as np

from fairlead.indicators.indicator import SOURCES
from fairlead.kernel.jit import jit
from fairlead.kernel.series import Bars, Float64s


@jit
def mean_of_two(a: Float64s, b: Float64s) -> Float64s:
    """Return the mean of two columns, shape (n,)."""
    out = np.empty(a.shape[0])
    for i in range(a.shape[0]):
        out[i] = 0.5 * (a[i] + b[i])
    return out


@jit
def mean_of_three(a: Float64s, b: Float64s, c: Float64s) -> Float64s:
    """Return the mean of three columns, shape (n,)."""
    out = np.empty(a.shape[0])
    for i in range(a.shape[0]):
        out[i] = c[i] + ((a[i] - c[i]) + (b[i] - c[i])) / 3.0
    return out


@jit
def mean_of_four(a: Float64s, b: Float64s, c: Float64s, d: Float64s) -> Float64s:
    """Return the mean of four columns, shape (n,)."""
    out = np.empty(a.shape[0])
    for i in range(a.shape[0]):
        out[i] = 0.25 * ((a[i] + b[i]) + (c[i] + d[i]))
    return out


@jit
def body_ratio(open: Float64s, high: Float64s, low: Float64s, close: Float64s) -> Float64s:
    """Return a candle's body as a fraction of its range, 0 for a bar without range, shape (n,)."""
    out = np.empty(open.shape[0])
    for i in range(open.shape[0]):
        reach = high[i] - low[i]
        out[i] = abs(close[i] - open[i]) / reach if reach > 0.0 else 0.0
    return out


def source_of(bars: Bars, name: str) -> Float64s:
    """Return the series called `name`, shape (n,); bars' own columns are not copied.

    Raises `ValueError` for a name that is not in `SOURCES`.
    """
    columns = {
        "open": bars.open,
        "high": bars.high,
        "low": bars.low,
        "close": bars.close,
        "volume": bars.volume,
    }
    if name in columns:
        return columns[name]
    if name == "hl2":
        return mean_of_two(bars.high, bars.low)
    if name == "hlc3":
        return mean_of_three(bars.high, bars.low, bars.close)
    if name == "ohlc4":
        return mean_of_four(bars.open, bars.high, bars.low, bars.close)
    if name == "body_ratio":
        return body_ratio(bars.open, bars.high, bars.low, bars.close)
    raise ValueError(f"expected one of {', '.join(SOURCES)}, found {name!r}")
