"""Make bars, files and lakes for the tests of market data."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from fairlead.kernel.series import Bars

HOUR = 3_600_000
MINUTE = 60_000
DAY = 86_400_000
START = 1_704_067_200_000  # 2024-01-01 00:00 UTC, a Monday
HEADER = "ts,open,high,low,close,volume"


def make_bars(count: int, *, start: int = START, timeframe_ms: int = HOUR, seed: int = 1) -> Bars:
    """Return `count` bars without holes whose prices wander."""
    rng = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.01, count))), 4)
    opened = np.concatenate((np.array([100.0]), close[:-1]))[:count]
    spread = np.abs(rng.normal(0, 0.2, count))
    return Bars(
        ts=start + np.arange(count, dtype=np.int64) * timeframe_ms,
        open=opened,
        high=np.round(np.maximum(opened, close) + spread, 4),
        low=np.round(np.minimum(opened, close) - spread, 4),
        close=close,
        volume=np.round(rng.uniform(1, 100, count), 3),
        timeframe_ms=timeframe_ms,
    )


def csv_rows(bars: Bars) -> list[str]:
    """Return one line of CSV for each bar."""
    columns = (bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [",".join(str(value) for value in row) for row in rows]


def write_csv(path: Path, rows: Iterable[str], header: str = HEADER) -> Path:
    """Write a CSV file and return its path."""
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def pick(bars: Bars, keep: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.int64]]) -> Bars:
    """Return the bars at the positions `keep`."""
    at = np.asarray(keep, dtype=np.int64)
    return Bars(
        ts=bars.ts[at],
        open=bars.open[at],
        high=bars.high[at],
        low=bars.low[at],
        close=bars.close[at],
        volume=bars.volume[at],
        timeframe_ms=bars.timeframe_ms,
    )


def same_bars(left: Bars, right: Bars) -> bool:
    """Tell whether two series are equal to the bit."""
    names = ("ts", "open", "high", "low", "close", "volume")
    return left.timeframe_ms == right.timeframe_ms and all(
        np.array_equal(getattr(left, name), getattr(right, name)) for name in names
    )


def read_rejects(path: str | None) -> dict[int, str]:
    """Return line -> reason of the rows kept aside."""
    if path is None:
        return {}
    lines = Path(path).read_text().splitlines()[1:]
    return {int(line.split(",")[0]): line.split(",")[1] for line in lines}
