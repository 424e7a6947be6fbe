"""Parquet parts of a series: the truth about its bars, one immutable file for each period."""

import hashlib
from collections.abc import Iterator
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from fairlead.infra.errors import InternalDefect
from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import Timeframe
from fairlead.market.arrow import column_of, floats_of, integers_of
from fairlead.market.durable import write_file
from fairlead.market.manifest import Manifest, Part, SeriesFolder
from fairlead.market.screening import FIELDS, ROW, Rows
from fairlead.market.zones import DAY_MS

_SCHEMA = pa.schema(
    [pa.field("ts", pa.timestamp("ms", tz="UTC"), nullable=False)]
    + [pa.field(name, pa.float64(), nullable=False) for name in FIELDS]
)


def period_unit(timeframe: Timeframe) -> Literal["Y", "M"]:
    """Return the unit of a part: a month, or a year where a month is a handful of bars."""
    return "Y" if timeframe.ms >= DAY_MS else "M"


def period_of(ts: int, timeframe: Timeframe) -> str:
    """Return the period that holds the bar opening at `ts`; periods sort like times."""
    return str(
        np.array(ts).astype("datetime64[ms]").astype(f"datetime64[{period_unit(timeframe)}]")
    )


def split_periods(rows: Rows, timeframe: Timeframe) -> Iterator[tuple[str, Rows]]:
    """Yield (period, rows of that period); mixed ones are parted in their order."""
    unit = period_unit(timeframe)
    number = rows["ts"].astype("datetime64[ms]").astype(f"datetime64[{unit}]").astype(np.int64)
    if bool((np.diff(number) < 0).any()):
        order = np.argsort(number, kind="stable")
        rows, number = rows[order], number[order]
    edges = np.flatnonzero(np.diff(number)) + 1
    starts = [0, *edges.tolist()] if len(rows) else []
    for start, stop in zip(starts, [*starts[1:], len(rows)], strict=True):
        yield str(np.array(number[start]).astype(f"datetime64[{unit}]")), rows[start:stop]


def write_part(folder: SeriesFolder, manifest: Manifest, period: str, rows: Rows) -> Part:
    """Write ascending ROW records as one part and return it; the manifest is left as it is.

    The name carries a hash of the content, so equal rows give the same file, and a new version
    never overwrites one that a reader may have open. The commit waits for the names.
    """
    columns = [column_of(rows["ts"].copy()).cast(_SCHEMA.field(0).type)]
    columns += [column_of(rows[name].copy()) for name in FIELDS]
    described = {"instrument": manifest.instrument, "timeframe": manifest.timeframe}
    table = pa.Table.from_arrays(columns, schema=_SCHEMA.with_metadata(described))
    sink = pa.BufferOutputStream()
    parquet.write_table(
        table, sink, compression="zstd", use_dictionary=False, write_page_checksum=True
    )
    content = sink.getvalue().to_pybytes()
    name = f"{period}.{hashlib.sha256(content).hexdigest()[:12]}.parquet"
    path = folder.parts / name
    if not path.exists() or path.stat().st_size != len(content):
        write_file(path, content, sync_name=False)
    return Part(name, period, len(rows), int(rows["ts"][0]), int(rows["ts"][-1]), len(content))


def read_part(folder: SeriesFolder, part: Part) -> Rows:
    """Return the bars of one part as ROW records with line 0.

    Raises FileNotFoundError when a newer state has replaced it, InternalDefect when it is damaged.
    """
    path = folder.parts / part.name
    try:
        table = parquet.ParquetFile(path, page_checksum_verification=True).read().combine_chunks()
    except (pa.ArrowInvalid, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise InternalDefect(
            f"{path} is damaged.",
            found=str(error).splitlines()[0][:200],
            action="Restore it from a backup.",
            path=str(path),
        ) from error
    rows = np.zeros(table.num_rows, dtype=ROW)
    rows["ts"] = integers_of(_only_chunk(table.column("ts").cast(pa.int64())))
    for name in FIELDS:
        rows[name] = floats_of(_only_chunk(table.column(name)))
    return rows


def _only_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def rows_of(bars: Bars) -> Rows:
    """Return `bars` as ROW records with line 0."""
    rows = np.zeros(len(bars), dtype=ROW)
    rows["ts"] = bars.ts
    for name in FIELDS:
        rows[name] = getattr(bars, name)
    return rows


def bars_of_rows(rows: Rows, timeframe_ms: int) -> Bars:
    """Return ROW records as contiguous columns."""
    return Bars(
        ts=np.ascontiguousarray(rows["ts"]),
        open=np.ascontiguousarray(rows["open"]),
        high=np.ascontiguousarray(rows["high"]),
        low=np.ascontiguousarray(rows["low"]),
        close=np.ascontiguousarray(rows["close"]),
        volume=np.ascontiguousarray(rows["volume"]),
        timeframe_ms=timeframe_ms,
    )
