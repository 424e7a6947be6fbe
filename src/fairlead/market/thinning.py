"""Show a long stretch of bars as fewer, longer candles."""

import numpy as np

from fairlead.kernel.series import Bars


def thin(bars: Bars, limit: int) -> tuple[Bars, int]:
    """Merge runs of equal length so that at most `limit` candles remain; return the length too.

    The latest run may be shorter. Nothing is lost of the extremes: highs and lows are of the run.
    """
    each = max(1, -(-len(bars) // limit))
    if each == 1:
        return bars, 1
    first = np.arange(0, len(bars), each)
    last = np.append(first[1:], len(bars)) - 1
    merged = Bars(
        ts=bars.ts[first],
        open=bars.open[first],
        high=np.maximum.reduceat(bars.high, first),
        low=np.minimum.reduceat(bars.low, first),
        close=bars.close[last],
        volume=np.add.reduceat(bars.volume, first),
        timeframe_ms=bars.timeframe_ms * each,
    )
    return merged, each
