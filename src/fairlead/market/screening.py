"""Tell good rows from bad ones, with the reason, without changing either."""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fairlead.kernel.series import Float64s, Int64s
from fairlead.market.arrow import column_of, flags_of, floats_of
from fairlead.market.columns import PRICES
from fairlead.market.reading import RawBatch
from fairlead.market.reports import Reject, RejectedRow
from fairlead.market.times import Times, TimeState, read_times
from fairlead.market.zones import Flags

ROW = np.dtype(
    [
        ("ts", "<i8"),
        ("open", "<f8"),
        ("high", "<f8"),
        ("low", "<f8"),
        ("close", "<f8"),
        ("volume", "<f8"),
        ("line", "<i8"),
    ]
)
FIELDS = (*PRICES, "volume")
Rows = NDArray[np.void]
_PLAIN_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$|^[+-]?(?i:nan|inf|infinity)$"
_SHOWN = 80
_QUOTE = ord('"')
_DESCRIBED_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True)
class Screened:
    """The rows of one batch: `good` as ROW records in file order, the others with their reason.

    `naive` counts rows whose only fault is a time without a zone.
    """

    good: Rows
    rejected: tuple[RejectedRow, ...]
    naive: int
    notes: frozenset[str]


def screen(batch: RawBatch, zone: ZoneInfo | None) -> Screened:
    """Check every row of `batch`; `zone` reads times without an offset."""
    columns, times = stamped(batch, zone)
    count = len(batch.lines)
    reason = np.zeros(count, dtype=np.int8)
    _mark(reason, Reject.BAD_TIME, times.state == TimeState.UNREADABLE)
    _mark(reason, Reject.NO_TIME_ZONE, times.state == TimeState.NAIVE)
    _mark(reason, Reject.UNCERTAIN_LOCAL_TIME, times.state == TimeState.UNCERTAIN)
    rows = np.zeros(count, dtype=ROW)
    rows["ts"], rows["line"] = times.ts, batch.lines
    for name in FIELDS:
        if name in columns:
            rows[name], readable = _as_numbers(columns[name])
            _mark(reason, Reject.NOT_A_NUMBER, ~readable)
    _mark_impossible(reason, rows)
    _mark(reason, Reject.OFF_GRID, times.inexact)
    rejected = tuple(_describe(columns, batch.lines, reason))
    naive = int(np.count_nonzero(reason == _CODES[Reject.NO_TIME_ZONE]))
    return Screened(rows[reason == 0], batch.malformed + rejected, naive, times.notes)


def stamped(batch: RawBatch, zone: ZoneInfo | None) -> tuple[dict[str, pa.Array], Times]:
    """Return the columns of `batch` as values or text by role, and its times as far as readable."""
    columns = {role: _as_text(column) for role, column in batch.columns.items()}
    time = columns["time"]
    if "clock" in columns:
        time = pc.binary_join_element_wise(
            _plain(columns["time"]), _plain(columns["clock"]), " ", null_handling="replace"
        )
    return columns, read_times(time, zone)


def reject_rows(rows: Rows, reason: Reject, detail: str) -> Iterator[RejectedRow]:
    """Describe parsed rows that are kept aside for `reason`, a few thousand at a time."""
    for start in range(0, len(rows), _DESCRIBED_AT_ONCE):
        part = rows[start : start + _DESCRIBED_AT_ONCE]
        stamps = np.datetime_as_string(part["ts"].astype("datetime64[ms]")).tolist()
        values = [map(repr, part[name].tolist()) for name in FIELDS]
        for line, stamp, *fields in zip(part["line"].tolist(), stamps, *values, strict=True):
            yield RejectedRow(line, reason, detail, (f"{stamp}Z", *fields))


def first_impossible(rows: Rows) -> Reject | None:
    """Return why the first impossible one of `rows` is impossible, or None."""
    reason = np.zeros(len(rows), dtype=np.int8)
    _mark_impossible(reason, rows)
    bad = np.flatnonzero(reason)
    return _ORDER[int(reason[bad[0]]) - 1] if len(bad) else None


def iso_time(ts: int) -> str:
    """Return epoch milliseconds as ISO 8601 in UTC."""
    return f"{np.datetime64(ts, 'ms')}Z"


_ORDER = tuple(Reject)
_CODES = {reason: index + 1 for index, reason in enumerate(_ORDER)}


def _mark(reason: NDArray[np.int8], why: Reject, rows: Flags) -> None:
    reason[rows & (reason == 0)] = _CODES[why]


def _mark_impossible(reason: NDArray[np.int8], rows: Rows) -> None:
    finite = np.ones(len(rows), dtype=np.bool_)
    for name in FIELDS:
        finite &= np.isfinite(rows[name])
    _mark(reason, Reject.NOT_FINITE, ~finite)
    opened, high, low, close = (rows[name] for name in PRICES)
    positive = (opened > 0) & (high > 0) & (low > 0) & (close > 0)
    _mark(reason, Reject.NOT_POSITIVE, ~positive)
    _mark(reason, Reject.NEGATIVE_VOLUME, rows["volume"] < 0)
    _mark(reason, Reject.HIGH_BELOW_LOW, high < low)
    _mark(reason, Reject.OPEN_OUTSIDE_RANGE, (opened > high) | (opened < low))
    _mark(reason, Reject.CLOSE_OUTSIDE_RANGE, (close > high) | (close < low))


def _as_text(column: pa.Array) -> pa.Array:
    """Read bytes of a CSV field as UTF-8 without the quotes around them.

    Where that fails, row by row with the bad bytes shown.
    """
    if not pa.types.is_binary(column.type):
        return column
    try:
        texts = column.cast(pa.string())
    except pa.ArrowInvalid:
        shown = [value.decode("utf-8", errors="backslashreplace") for value in column.to_pylist()]
        texts = pa.array(shown, pa.string())
    data = texts.buffers()[2]
    quoted = data is not None and bool((np.frombuffer(data, np.uint8) == _QUOTE).any())
    return pc.utf8_trim(texts, '"') if quoted else texts


def _plain(column: pa.Array) -> pa.Array:
    if pa.types.is_date(column.type) or pa.types.is_time(column.type):
        return column.cast(pa.string())
    return pc.utf8_trim_whitespace(column.cast(pa.string()))


def _as_numbers(column: pa.Array) -> tuple[Float64s, Flags]:
    """Return the values, NaN where there is none, and which of them are numbers at all."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_numbers(column.dictionary_decode())
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or _is_decimal(kind)):
            return np.zeros(len(column)), np.zeros(len(column), dtype=np.bool_)
        present = flags_of(pc.is_valid(column))
        return floats_of(pc.fill_null(column.cast(pa.float64(), safe=False), np.nan)), present
    try:
        numbers = floats_of(pc.fill_null(column, "").cast(pa.float64()))
        return numbers, np.ones(len(column), dtype=np.bool_)
    except (pa.ArrowInvalid, ValueError):
        trimmed = pc.utf8_trim_whitespace(pc.fill_null(column, ""))
        readable = pc.match_substring_regex(trimmed, _PLAIN_NUMBER)
        values = pc.if_else(readable, trimmed, "nan").cast(pa.float64())
        return floats_of(values), flags_of(readable)


def _is_decimal(kind: pa.DataType) -> bool:
    return bool(pa.types.is_decimal(kind))


def _describe(
    columns: dict[str, pa.Array], lines: Int64s, reason: NDArray[np.int8]
) -> Iterator[RejectedRow]:
    bad = np.flatnonzero(reason)
    said = {role: column.take(column_of(bad)).to_pylist() for role, column in columns.items()}
    nothing = [None] * len(bad)
    times = zip(said["time"], said.get("clock", nothing), strict=True)
    values = zip(*(said.get(role, nothing) for role in FIELDS), strict=True)
    whys = (_ORDER[code - 1] for code in reason[bad].tolist())
    for line, why, time, fields in zip(lines[bad].tolist(), whys, times, values, strict=True):
        stamp = " ".join(_shown(part) for part in time if part is not None)
        yield RejectedRow(line, why, _DETAILS[why], (stamp, *map(_shown, fields)))


def _shown(value: object) -> str:
    return "" if value is None else str(value)[:_SHOWN]


_DETAILS: dict[Reject, str] = {
    Reject.BAD_TIME: "expected ISO 8601 or a number since 1970",
    Reject.NO_TIME_ZONE: "the time has no offset; give --timezone",
    Reject.UNCERTAIN_LOCAL_TIME: "the clock skipped or repeated this time",
    Reject.NOT_A_NUMBER: "a price or the volume is no number",
    Reject.NOT_FINITE: "a price or the volume is not finite",
    Reject.NOT_POSITIVE: "a price is zero or negative",
    Reject.NEGATIVE_VOLUME: "the volume is negative",
    Reject.HIGH_BELOW_LOW: "high is below low",
    Reject.OPEN_OUTSIDE_RANGE: "open is outside of low and high",
    Reject.CLOSE_OUTSIDE_RANGE: "close is outside of low and high",
    Reject.OFF_GRID: "the time is no whole millisecond",
}
