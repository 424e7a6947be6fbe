"""How fast candles come off the disk: the lake's mapped columns beside its Parquet parts."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import polars as pl

from benchmarks.figures import Figure, peak_memory_mb, wall_median_s
from benchmarks.market import seeded_bars
from fairlead.kernel.series import Bars
from fairlead.market.lake import Lake

BARS = 2_000_000
INSTRUMENT = "bench:SEED-USD"
TIMEFRAME = "1m"
COLUMNS = ("open", "high", "low", "close", "volume")


def storage_figures(count: int = BARS) -> list[Figure]:
    """Import generated bars as a file, then read them mapped and as Parquet."""
    bars = seeded_bars(count, gaps=20)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "bars.parquet"
        _frame(bars).write_parquet(source, compression="zstd")
        lake = Lake(Path(folder) / "lake")
        begin = time.perf_counter()
        lake.import_file(source, INSTRUMENT, TIMEFRAME)
        import_s = time.perf_counter() - begin
        parts = sorted((Path(folder) / "lake").rglob("*.parquet"))
        mapped_s = wall_median_s(lambda: _touch(lake.bars(INSTRUMENT, TIMEFRAME)))
        parquet_s = wall_median_s(lambda: _touch_frame(pl.read_parquet(parts)))
        size_mb = sum(part.stat().st_size for part in parts) / 1e6
    million = len(bars) / 1e6
    return [
        Figure("read mapped columns", mapped_s / million * 1e3, "ms / M bars"),
        Figure("read Parquet parts", parquet_s / million * 1e3, "ms / M bars"),
        Figure("mapped beside Parquet", parquet_s / mapped_s, "x faster", floor=5),
        Figure("import of a Parquet file", million / import_s, "M bars / s"),
        Figure("size on disk, Parquet", size_mb / million, "MB / M bars"),
        Figure("peak memory of this run", peak_memory_mb(), "MB"),
    ]


def _frame(bars: Bars) -> pl.DataFrame:
    values = {name: getattr(bars, name) for name in COLUMNS}
    times = pl.Series("ts", bars.ts).cast(pl.Datetime("ms", "UTC"))
    return pl.DataFrame({"ts": times, **values})


def _touch(bars: Bars) -> float:
    """Read every value, so that the pages are really there."""
    return float(bars.ts.sum()) + sum(float(getattr(bars, name).sum()) for name in COLUMNS)


def _touch_frame(frame: pl.DataFrame) -> float:
    return sum(float(frame[name].to_numpy().sum()) for name in COLUMNS)
