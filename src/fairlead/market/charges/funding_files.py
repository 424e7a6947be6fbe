"""Funding rates in files: read what people have, keep each instrument's series in the lake."""

import io
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from fairlead.infra.errors import InvalidInput, NotFound
from fairlead.market.arrow import column_of, floats_of, integers_of
from fairlead.market.charges.funding import FundingSeries, check_funding
from fairlead.market.columns import normalise
from fairlead.market.durable import file_lock, write_file
from fairlead.market.instruments import parse_key
from fairlead.market.times import TimeState, read_times
from fairlead.market.zones import find_zone

TIME_NAMES = (
    "ts", "time", "timestamp", "fundingtime", "funding_time", "fundingratetimestamp", "calc_time",
)  # fmt: skip
RATE_NAMES = ("rate", "funding_rate", "fundingrate", "last_funding_rate")
ROWS_MAX = 5_000_000


def read_funding(path: Path, timezone: str = "") -> FundingSeries:
    """Read a CSV or Parquet file of times and rates; raises `NotFound` or `InvalidInput`."""
    table = _table(path)
    if table.num_rows > ROWS_MAX:
        raise InvalidInput(
            f"{path.name} has {table.num_rows:,} rows.", expected=f"at most {ROWS_MAX:,}"
        )
    zone = find_zone(timezone) if timezone else None
    times = _times(path, _column(table, "time", TIME_NAMES), zone)
    raw = pc.cast(_column(table, "rate", RATE_NAMES), pa.float64())
    return check_funding(times, floats_of(pc.fill_null(raw, np.nan)))


def import_funding(root: Path, instrument: str, fresh: FundingSeries) -> tuple[int, int]:
    """Join a series with what the lake has; return how many payments are new and how many there.

    What is known stays: raises `InvalidInput` where a rate contradicts it, and changes nothing.
    """
    path = _place(root, instrument)
    with file_lock(path.with_name(".funding.lock")):
        known = load_funding(root, instrument)
        if known is not None:
            ts = np.concatenate((known.ts, fresh.ts))
            fresh = check_funding(ts, np.concatenate((known.rates, fresh.rates)))
        out = io.BytesIO()
        columns = {"ts": column_of(fresh.ts), "rate": column_of(fresh.rates)}
        pq.write_table(pa.table(columns), out, compression="zstd")
        write_file(path, out.getvalue())
    return len(fresh) - (0 if known is None else len(known)), len(fresh)


def load_funding(root: Path, instrument: str) -> FundingSeries | None:
    """Return the funding of an instrument below the root of a lake, or None."""
    path = _place(root, instrument)
    if not path.exists():
        return None
    table = pq.read_table(path)
    ts, rates = (table[name].combine_chunks() for name in ("ts", "rate"))
    return FundingSeries(integers_of(ts), floats_of(rates))


def require_funding(root: Path, instrument: str) -> FundingSeries:
    """Return the funding of an instrument; raises `NotFound` with the way to import it."""
    series = load_funding(root, instrument)
    if series is None:
        raise NotFound(
            f"There are no funding rates of {instrument}.",
            action=f"Import them: fairlead data funding import FILE --instrument {instrument}",
            path="funding",
        )
    return series


def _place(root: Path, instrument: str) -> Path:
    venue, symbol = parse_key(instrument)
    return root / venue / quote(symbol, safe="") / "funding.parquet"


def _table(path: Path) -> pa.Table:
    if not path.exists():
        raise NotFound(f"There is no file {path}.", action="Check the name.")
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return pq.read_table(path)
        return pa_csv.read_csv(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InvalidInput(
            f"{path.name} cannot be read: {str(error).splitlines()[0]}",
            expected="a CSV file with a header, or a Parquet file",
        ) from error


def _column(table: pa.Table, role: str, names: tuple[str, ...]) -> pa.Array:
    found = [name for name in table.column_names if normalise(name) in names]
    if not found:
        raise InvalidInput(
            f"The file has no column for the {role} of funding.",
            expected=f"a column named {' or '.join(names)}",
            found=", ".join(table.column_names)[:200],
            action="Rename the column.",
        )
    column = table[found[0]].combine_chunks()
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _times(path: Path, column: pa.Array, zone: ZoneInfo | None) -> np.ndarray:
    read = read_times(column, zone)
    bad = np.flatnonzero(read.state != TimeState.GOOD)
    if len(bad):
        naive = read.state[bad[0]] == TimeState.NAIVE
        raise InvalidInput(
            f"A time in {path.name} {'has no time zone' if naive else 'cannot be read'}.",
            found=f"{column[int(bad[0])]} in row {int(bad[0]) + 1}",
            action="Name the zone: --timezone UTC." if naive else "Correct the row.",
        )
    return read.ts
