"""Bars of a longer timeframe made from a base series, joined in without looking ahead."""

from dataclasses import dataclass

import numpy as np

from fairlead.indicators.blocks import Sessions, clock_blocks, session_blocks
from fairlead.indicators.indicator import read_only_bars
from fairlead.kernel.jit import jit
from fairlead.kernel.series import Bars, Float64s, Int64s


@dataclass(frozen=True, slots=True)
class Higher:
    """Longer bars of shape (m,), and for each base bar how many of them had closed, (n,)."""

    bars: Bars
    closed: Int64s


def higher_bars(
    bars: Bars, timeframe_ms: int, day_offset_ms: int = 0, sessions: Sessions | None = None
) -> Higher:
    """Return the bars of `timeframe_ms` that `bars` make up, on the venue's clock.

    A longer bar counts as closed at the first base bar that closes at or after its own end, so
    it never holds anything that was not known. With `sessions` none spans two of them, and the
    last of a session ends with it. Raises `ValueError` for a timeframe that is not a multiple of
    the bars' own.
    """
    if timeframe_ms <= bars.timeframe_ms or timeframe_ms % bars.timeframe_ms:
        raise ValueError(
            f"expected a multiple of the bars' {bars.timeframe_ms} ms, found {timeframe_ms} ms"
        )
    bars = read_only_bars(bars)
    if sessions is None:
        blocks = clock_blocks(bars.ts, timeframe_ms, day_offset_ms)
    else:
        blocks = session_blocks(bars.ts, bars.timeframe_ms, timeframe_ms, day_offset_ms, sessions)
    size = len(bars)
    ts, closed = np.empty(size, np.int64), np.empty(size, np.int64)
    prices = np.empty((5, size), np.float64)
    count = _aggregate(
        (bars.ts, blocks.start, blocks.end),
        (closed, ts),
        (bars.open, bars.high, bars.low, bars.close, bars.volume),
        prices,
        bars.timeframe_ms,
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
    made: tuple[Int64s, Int64s],
    base: tuple[Float64s, Float64s, Float64s, Float64s, Float64s],
    out: Float64s,
    timeframe_ms: int,
) -> int:
    """Fill longer bars and the number closed at each base bar; return how many there are.

    A longer bar that has closed takes nothing in any more, whatever the blocks say.
    """
    ts, start, end = times
    closed, opened = made
    open_, high, low, close, volume = base
    last = -1
    for i in range(ts.shape[0]):
        if i == 0 or start[i] != start[i - 1] or closed[i - 1] > last:
            last += 1
            opened[last] = start[i] if last == 0 else max(start[i], opened[last - 1] + 1)
            out[0, last], out[1, last], out[2, last] = open_[i], high[i], low[i]
            out[4, last] = 0.0
        out[1, last] = max(out[1, last], high[i])
        out[2, last] = min(out[2, last], low[i])
        out[3, last] = close[i]
        out[4, last] += volume[i]
        closed[i] = last + 1 if ts[i] + timeframe_ms >= end[i] else last
    return last + 1


@jit
def join_higher(column: Float64s, closed: Int64s, ago: int = 0) -> Float64s:
    """Return for each base bar the latest closed value of a longer column, shape (n,).

    `ago` counts longer bars back from there; NaN where there is none yet.
    """
    out = np.full(closed.shape[0], np.nan)
    for i in range(closed.shape[0]):
        if closed[i] > ago:
            out[i] = column[closed[i] - 1 - ago]
    return out


@jit
def known_from(column: Float64s) -> int:
    """Return the index of the first value that is not NaN, the length where there is none."""
    for i in range(column.shape[0]):
        if not np.isnan(column[i]):
            return i
    return int(column.shape[0])
