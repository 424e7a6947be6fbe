"""Read a column of times in any usual form; what has no time zone is never guessed."""

import re
from collections.abc import Callable
from datetime import date
from enum import IntEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fairlead.kernel.series import Int64s
from fairlead.market.arrow import column_of, floats_of, integers_of
from fairlead.market.zones import DAY_MS, to_utc

_DATE = re.compile(r"(\d{4})([-/.]?)(\d{2})\2(\d{2})")
_REST = re.compile(
    r"(?:[T ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?"
    r"\s*(?:(Z|z|UTC|GMT)|([+-])(\d{2})(?::?(\d{2}))?)?\s*"
)
_WHOLE = re.compile(r"\d{8,18}")
_FRACTION = re.compile(r"\d{8,18}\.\d+")
_EPOCH_DAY = date(1970, 1, 1).toordinal()
# Times from 1973 to 2100 in seconds, milliseconds, microseconds and nanoseconds do not overlap.
_FIRST_S, _LAST_S = 94_694_400, 4_102_444_800
_UNITS = (("seconds", 1), ("milliseconds", 10**3), ("microseconds", 10**6), ("nanoseconds", 10**9))
_UNREADABLE = -(2**62)
# unit of an Arrow timestamp -> milliseconds in one, and how many make a millisecond
_TICKS = {"s": (1_000, 1), "ms": (1, 1), "us": (1, 1_000), "ns": (1, 1_000_000)}


class TimeState(IntEnum):
    """How far a time could be read."""

    GOOD = 0
    UNREADABLE = 1
    NAIVE = 2
    UNCERTAIN = 3


class Times(NamedTuple):
    """Epoch milliseconds, a `TimeState` for each, and what to tell about how they were written.

    `inexact` marks times that are no whole millisecond.
    """

    ts: Int64s
    state: NDArray[np.int8]
    inexact: NDArray[np.bool_]
    notes: frozenset[str]


def read_times(values: pa.Array, zone: ZoneInfo | None) -> Times:
    """Read a column of times: numbers since 1970, ISO 8601 text, Arrow timestamps or dates.

    `zone` reads times without an offset; without it they are marked NAIVE.
    """
    kind = values.type
    if pa.types.is_dictionary(kind):
        return read_times(values.dictionary_decode(), zone)
    if pa.types.is_timestamp(kind):
        return _from_timestamps(values, zone)
    if pa.types.is_date(kind):
        days = _whole(pc.cast(values, pa.date32()).cast(pa.int32()).cast(pa.int64()))
        local = np.where(days == _UNREADABLE, _UNREADABLE, days * DAY_MS)
        return _from_local(local, zone)
    if pa.types.is_integer(kind):
        return _from_numbers(_whole(values.cast(pa.int64(), safe=False)), zone)
    if pa.types.is_floating(kind):
        return _from_fractions(floats_of(pc.fill_null(values.cast(pa.float64()), np.nan)))
    return _from_texts(values.cast(pa.string()), zone)


def _whole(values: pa.Array) -> Int64s:
    return integers_of(pc.fill_null(values, _UNREADABLE))


def _from_timestamps(values: pa.Array, zone: ZoneInfo | None) -> Times:
    times_ms, per_ms = _TICKS[values.type.unit]
    raw = _whole(values.cast(pa.int64()))
    unreadable = raw == _UNREADABLE
    ts = np.where(unreadable, _UNREADABLE, raw * times_ms // per_ms)
    inexact = raw % per_ms != 0
    if values.type.tz is None:
        return _from_local(ts, zone)._replace(inexact=inexact & ~unreadable)
    state = np.where(unreadable, TimeState.UNREADABLE, TimeState.GOOD).astype(np.int8)
    return Times(ts, state, inexact & ~unreadable, frozenset({f"Times are in {values.type.tz}."}))


def _from_local(local_ms: Int64s, zone: ZoneInfo | None) -> Times:
    unreadable = local_ms == _UNREADABLE
    exact = np.zeros(len(local_ms), dtype=np.bool_)
    if zone is None:
        state = np.where(unreadable, TimeState.UNREADABLE, TimeState.NAIVE).astype(np.int8)
        return Times(local_ms, state, exact, frozenset())
    utc, certain = to_utc(np.where(unreadable, 0, local_ms), zone)
    state = np.where(certain, TimeState.GOOD, TimeState.UNCERTAIN)
    state = np.where(unreadable, TimeState.UNREADABLE, state).astype(np.int8)
    note = f"Times without an offset are read as {zone.key}, as asked."
    return Times(utc, state, exact, frozenset({note}))


def _from_numbers(numbers: Int64s, zone: ZoneInfo | None) -> Times:
    ts = np.full(len(numbers), _UNREADABLE, dtype=np.int64)
    inexact = np.zeros(len(numbers), dtype=np.bool_)
    notes = set()
    for name, per_s in _UNITS:
        chosen = (numbers >= _FIRST_S * per_s) & (numbers < _LAST_S * per_s)
        if not chosen.any():
            continue
        notes.add(f"Times are {name} since 1970.")
        per_ms = max(1, per_s // 1_000)
        ts[chosen] = numbers[chosen] // per_ms * (1_000 if per_s == 1 else 1)
        inexact[chosen] = numbers[chosen] % per_ms != 0
    state = np.where(ts == _UNREADABLE, TimeState.UNREADABLE, TimeState.GOOD).astype(np.int8)
    times = Times(ts, state, inexact, frozenset(notes))
    compact = (numbers >= 19_000_101) & (numbers <= 21_001_231)
    return _with_compact_dates(times, numbers, compact, zone) if compact.any() else times


def _with_compact_dates(
    times: Times, numbers: Int64s, compact: NDArray[np.bool_], zone: ZoneInfo | None
) -> Times:
    dashed = [
        f"{n // 10_000}-{n // 100 % 100:02d}-{n % 100:02d}" for n in numbers[compact].tolist()
    ]
    return _merge(times, compact, _from_mixed_texts(pa.array(dashed), zone))


def _from_fractions(numbers: NDArray[np.float64]) -> Times:
    readable = np.isfinite(numbers) & (np.abs(numbers) < 2.0**62)
    safe = np.where(readable, numbers, 0.0)
    # Only seconds carry fractions; above 2**53 a float holds no exact nanoseconds anyway.
    seconds = (safe >= _FIRST_S) & (safe < _LAST_S)
    scaled = np.where(seconds, np.round(safe * 1_000, 3), safe)
    whole = np.floor(scaled)
    times = _from_numbers(whole.astype(np.int64), None)
    naive = times.state == TimeState.NAIVE
    times.state[naive | ~readable] = TimeState.UNREADABLE
    return times._replace(inexact=times.inexact | (readable & (whole != scaled)))


def _from_texts(texts: pa.Array, zone: ZoneInfo | None) -> Times:
    trimmed = pc.utf8_trim_whitespace(pc.fill_null(texts, ""))
    try:
        return _from_numbers(_whole(trimmed.cast(pa.int64())), zone)
    except pa.ArrowInvalid:
        return _from_mixed_texts(trimmed, zone)


def _from_mixed_texts(texts: pa.Array, zone: ZoneInfo | None) -> Times:
    # Series repeat few dates and few times of day: each distinct one is read once.
    days = _distinct(pc.utf8_slice_codeunits(texts, 0, 10), _day_of)
    rests = _distinct(pc.utf8_slice_codeunits(texts, 10), _rest_of)
    local = days[:, 0] + rests[:, 0]
    readable = (days[:, 1] == 1) & (rests[:, 1] == 1)
    aware = readable & (rests[:, 2] != _UNREADABLE)
    naive = readable & ~aware
    ts = np.where(aware, local - rests[:, 2], _UNREADABLE)
    state = np.where(aware, TimeState.GOOD, TimeState.UNREADABLE).astype(np.int8)
    times = Times(ts, state, (rests[:, 3] == 1) & readable, _offset_notes(rests[aware, 2]))
    if naive.any():
        times = _merge(times, naive, _from_local(local[naive], zone))
    left = np.flatnonzero(days[:, 1] == 0)
    return _with_odd_texts(times, texts, left, zone) if len(left) else times


def _merge(times: Times, chosen: NDArray[np.bool_] | Int64s, part: Times) -> Times:
    times.ts[chosen], times.state[chosen] = part.ts, part.state
    times.inexact[chosen] = part.inexact
    return times._replace(notes=times.notes | part.notes)


def _distinct(texts: pa.Array, read: Callable[[str], tuple[int, ...]]) -> Int64s:
    encoded = texts.dictionary_encode()
    rows = [read(text) for text in encoded.dictionary.to_pylist()]
    table = np.array(rows, dtype=np.int64).reshape(len(rows), -1)
    return np.asarray(table[integers_of(encoded.indices.cast(pa.int64()))])


def _day_of(text: str) -> tuple[int, int]:
    match = _DATE.fullmatch(text)
    if match is None or not match[2]:
        return 0, 0
    try:
        day = date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        return 0, 0
    return (day.toordinal() - _EPOCH_DAY) * DAY_MS, 1


def _rest_of(text: str) -> tuple[int, int, int, int]:
    """Return milliseconds of the day, readable, offset in ms, and whether digits were cut."""
    match = _REST.fullmatch(text)
    if match is None:
        return 0, 0, _UNREADABLE, 0
    hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3))
    fraction = (match[4] or "").ljust(9, "0")
    if hour > 23 or minute > 59 or second > 59 or (match[1] is None and match[6]):
        return 0, 0, _UNREADABLE, 0
    ms = ((hour * 60 + minute) * 60 + second) * 1_000 + int(fraction[:3])
    cut = int(int(fraction[3:]) != 0)
    if match[5]:
        return ms, 1, 0, cut
    if not match[6]:
        return ms, 1, _UNREADABLE, cut
    if int(match[7]) > 15 or int(match[8] or 0) > 59:
        return 0, 0, _UNREADABLE, 0
    offset = (int(match[7]) * 60 + int(match[8] or 0)) * 60_000
    return ms, 1, offset if match[6] == "+" else -offset, cut


def _offset_notes(offsets: Int64s) -> frozenset[str]:
    if not len(offsets):
        return frozenset()
    minutes = [offset // 60_000 for offset in np.unique(offsets).tolist()]
    names = [f"{'-' if m < 0 else '+'}{abs(m) // 60:02d}:{abs(m) % 60:02d}" for m in minutes]
    return frozenset(f"Times carry the offset {name}." for name in names)


def _with_odd_texts(times: Times, texts: pa.Array, left: Int64s, zone: ZoneInfo | None) -> Times:
    """Read what is neither whole numbers throughout nor a dashed date: mixed or compact forms."""
    for row, text in zip(left.tolist(), texts.take(column_of(left)).to_pylist(), strict=True):
        compact = _DATE.match(text)
        at = np.array([row])
        if _WHOLE.fullmatch(text):
            times = _merge(times, at, _from_numbers(np.array([int(text)]), zone))
        elif _FRACTION.fullmatch(text):
            times = _merge(times, at, _from_fractions(np.array([float(text)])))
        elif compact is not None and not compact[2] and len(text) > 8:
            dashed = f"{compact[1]}-{compact[3]}-{compact[4]}{text[8:]}"
            times = _merge(times, at, _from_mixed_texts(pa.array([dashed]), zone))
    return times
