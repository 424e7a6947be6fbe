"""Bars of a longer timeframe made from a base series, joined in without looking ahead."""

from dataclasses import dataclass

import numpy as np

from fairlead.indicators.indicator import read_only_bars
from fairlead.indicators.windows import FIRST_BOUNDARY, block_end
from fairlead.kernel.jit import jit
from fairlead.kernel.series import Bars, Float64s, Int64s


@dataclass(frozen=True, slots=True)
class Higher:
    """Longer bars of shape (m,), and for each base bar how many of them had closed, (n,)."""

    bars: Bars
    closed: Int64s


def higher_bars(bars: Bars, timeframe_ms: int, day_offset_ms: int = 0) -> Higher:
    """Return the bars of `timeframe_ms` that `bars` make up, on the venue's clock.

    A longer bar counts as closed at the first base bar that closes at or after its own end, so
    it never holds anything that was not known. Raises `ValueError` for a timeframe that is not
    a multiple of the bars' own.
    """
    if timeframe_ms <= bars.timeframe_ms or timeframe_ms % bars.timeframe_ms:
        raise ValueError(
            f"expected a multiple of the bars' {bars.timeframe_ms} ms, found {timeframe_ms} ms"
        )
    bars = read_only_bars(bars)
    size = len(bars)
    ts, closed = np.empty(size, np.int64), np.empty(size, np.int64)
    prices = np.empty((5, size), np.float64)
    count = _aggregate(
        (bars.ts, closed, ts),
        (bars.open, bars.high, bars.low, bars.close, bars.volume),
        prices,
        bars.timeframe_ms,
        timeframe_ms,
        day_offset_ms,
    )
    longer = Bars(
        ts[:count],
        prices[0, :count],
        prices[1, :count],
        prices[2, :count],
        prices[3, :count],
        prices[4, :count],
        timeframe_ms,
    )
    return Higher(longer, closed)


@jit
def _aggregate(
    times: tuple[Int64s, Int64s, Int64s],
    base: tuple[Float64s, Float64s, Float64s, Float64s, Float64s],
    out: Float64s,
    timeframe_ms: int,
    longer_ms: int,
    day_offset_ms: int,
) -> int:
    """Fill longer bars and the number closed at each base bar; return how many there are."""
    ts, closed, opened = times
    open_, high, low, close, volume = base
    boundary = FIRST_BOUNDARY
    last = -1
    for i in range(ts.shape[0]):
        local = ts[i] + day_offset_ms
        if local >= boundary:
            boundary = block_end(local, longer_ms)
            last += 1
            opened[last] = boundary - longer_ms - day_offset_ms
            out[0, last], out[1, last], out[2, last] = open_[i], high[i], low[i]
            out[4, last] = 0.0
        out[1, last] = max(out[1, last], high[i])
        out[2, last] = min(out[2, last], low[i])
        out[3, last] = close[i]
        out[4, last] += volume[i]
        closed[i] = last + 1 if local + timeframe_ms >= boundary else last
    return last + 1


@jit
def join_higher(column: Float64s, closed: Int64s) -> Float64s:
    """Return for each base bar the latest closed value of a longer column, shape (n,)."""
    out = np.full(closed.shape[0], np.nan)
    for i in range(closed.shape[0]):
        if closed[i] > 0:
            out[i] = column[closed[i] - 1]
    return out


@jit
def known_from(column: Float64s) -> int:
    """Return the index of the first value that is not NaN, the length where there is none."""
    for i in range(column.shape[0]):
        if not np.isnan(column[i]):
            return i
    return int(column.shape[0])
