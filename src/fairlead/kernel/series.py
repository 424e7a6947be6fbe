"""Bars of one instrument as contiguous columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]
Float64s = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bars:
    """Closed bars in ascending order of open time.

    `ts` holds open times in epoch milliseconds (UTC), shape (n,); the prices and the volume
    are float64 of shape (n,), finite and contiguous. `timeframe_ms` is a bar's length.
    """

    ts: Int64s
    open: Float64s
    high: Float64s
    low: Float64s
    close: Float64s
    volume: Float64s
    timeframe_ms: int

    def __len__(self) -> int:
        return int(self.ts.shape[0])

    def slice(self, start: int, stop: int) -> "Bars":
        """Return bars `start` to `stop - 1` as views."""
        return Bars(
            self.ts[start:stop],
            self.open[start:stop],
            self.high[start:stop],
            self.low[start:stop],
            self.close[start:stop],
            self.volume[start:stop],
            self.timeframe_ms,
        )

    def between(self, start_ms: int, end_ms: int) -> "Bars":
        """Return the bars whose open time is in [start_ms, end_ms) as views."""
        start, stop = np.searchsorted(self.ts, np.array([start_ms, end_ms]))
        return self.slice(int(start), int(stop))


def bars_of(
    ts: Int64s,
    open: Float64s,
    high: Float64s,
    low: Float64s,
    close: Float64s,
    volume: Float64s,
    timeframe_ms: int,
) -> Bars:
    """Build `Bars` from array-likes; columns become contiguous int64 and float64.

    Raises `ValueError` when lengths differ, times do not ascend, or a value is not finite.
    """
    times = np.ascontiguousarray(ts, dtype=np.int64)
    bars = Bars(
        times,
        _floats(open),
        _floats(high),
        _floats(low),
        _floats(close),
        _floats(volume),
        timeframe_ms,
    )
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    if any(column.shape != times.shape for column in columns):
        raise ValueError("expected columns of equal length, one value for each bar")
    if times.shape[0] > 1 and not bool((np.diff(times) > 0).all()):
        raise ValueError("expected strictly ascending open times")
    if not all(bool(np.isfinite(column).all()) for column in columns):
        raise ValueError("expected finite prices and volumes")
    return bars


def _floats(column: Float64s) -> Float64s:
    return np.ascontiguousarray(column, dtype=np.float64)
