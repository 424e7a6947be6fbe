"""When an instrument belonged to a universe, and what that allows."""

from collections.abc import Iterable

import numpy as np

from fairlead.kernel.series import Int64s
from fairlead.market.zones import Flags

Interval = tuple[int, int]


def entries_allowed(ts: Int64s, timeframe_ms: int, intervals: Iterable[Interval]) -> Flags:
    """Mark the bars at whose close an instrument belonged; entries at all others are vetoed."""
    close = ts + timeframe_ms
    allowed = np.zeros(len(ts), dtype=np.bool_)
    for start, end in intervals:
        allowed |= (close >= start) & (close < end)
    return allowed
