"""Fewer points of a curve or fewer candles, without losing an extreme."""

import itertools

import numpy as np

from fairlead.kernel.series import Bars
from fairlead.research.daily import Ints


def kept_points(values: np.ndarray, limit: int) -> Ints:
    """Return ascending indices of at most about `limit` points of a curve.

    Each bucket keeps its lowest, its highest and its last point, so peaks, troughs and the end
    survive. Everything is kept when it fits.
    """
    count = len(values)
    if count <= limit:
        return np.arange(count, dtype=np.int64)
    edges = np.linspace(0, count, max(limit // 3, 1) + 1).astype(np.int64)
    kept = {0, count - 1}
    for start, stop in itertools.pairwise(edges.tolist()):
        bucket = values[start:stop]
        kept.update((start + int(bucket.argmin()), start + int(bucket.argmax()), stop - 1))
    return np.array(sorted(kept), dtype=np.int64)


def merge_bars(bars: Bars, limit: int) -> Bars:
    """Return at most `limit` candles, each covering an equal number of bars (the last fewer)."""
    count = len(bars)
    if count <= limit:
        return bars
    width = -(-count // limit)
    starts = np.arange(0, count, width)
    ends = np.minimum(starts + width, count) - 1
    return Bars(
        bars.ts[starts],
        bars.open[starts],
        np.maximum.reduceat(bars.high, starts),
        np.minimum.reduceat(bars.low, starts),
        bars.close[ends],
        np.add.reduceat(bars.volume, starts),
        bars.timeframe_ms * width,
    )


def bars_at(bars: Bars, kept: Ints) -> Bars:
    """Return the bars at these indices, unmerged."""
    return Bars(
        bars.ts[kept],
        bars.open[kept],
        bars.high[kept],
        bars.low[kept],
        bars.close[kept],
        bars.volume[kept],
        bars.timeframe_ms,
    )
