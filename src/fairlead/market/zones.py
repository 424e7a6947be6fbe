"""Move whole columns of times between UTC and the clock of a time zone."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Int64s

DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001, the clock on a wall has no zone
Flags = NDArray[np.bool_]


class UtcTimes(NamedTuple):
    """Times in UTC; `certain` is False where the wall clock skipped or repeated that time."""

    ts: Int64s
    certain: Flags


def find_zone(name: str) -> ZoneInfo:
    """Return the IANA zone `name`; raise InvalidInput when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(
            f"There is no time zone {name!r}.",
            expected="an IANA name such as UTC, Asia/Kolkata or America/New_York",
            found=name,
            action="Correct --timezone.",
        ) from error


def to_utc(local_ms: Int64s, zone: ZoneInfo) -> UtcTimes:
    """Read wall-clock milliseconds in `zone` as UTC.

    A day without a change of the clock has one offset; on the few other days each time is asked
    for on its own (PEP 495: where the two folds differ, the time is skipped or repeated).
    """
    days, which = np.unique(local_ms // DAY_MS, return_inverse=True)
    offsets = np.zeros(len(days), dtype=np.int64)
    changing = np.zeros(len(days), dtype=np.bool_)
    for index, day in enumerate(days.tolist()):
        edges = {
            _wall_offset_ms(edge, zone, fold)
            for edge in (day * DAY_MS, (day + 1) * DAY_MS)
            for fold in (0, 1)
        }
        offsets[index] = min(edges)
        changing[index] = len(edges) > 1
    utc = local_ms - offsets[which]
    certain = np.ones(len(local_ms), dtype=np.bool_)
    for row in np.flatnonzero(changing[which]).tolist():
        wall_ms = int(local_ms[row])
        first, second = (_wall_offset_ms(wall_ms, zone, fold) for fold in (0, 1))
        utc[row] = wall_ms - first
        certain[row] = first == second
    return UtcTimes(utc, certain)


def to_local(utc_ms: Int64s, zone: ZoneInfo) -> Int64s:
    """Return what the clock in `zone` shows at each time, as milliseconds."""
    days, which = np.unique(utc_ms // DAY_MS, return_inverse=True)
    offsets = np.zeros(len(days), dtype=np.int64)
    changing = np.zeros(len(days), dtype=np.bool_)
    for index, day in enumerate(days.tolist()):
        offsets[index] = _offset_ms(day * DAY_MS, zone)
        changing[index] = offsets[index] != _offset_ms((day + 1) * DAY_MS, zone)
    local = utc_ms + offsets[which]
    for row in np.flatnonzero(changing[which]).tolist():
        local[row] = int(utc_ms[row]) + _offset_ms(int(utc_ms[row]), zone)
    return local


def _wall_offset_ms(wall_ms: int, zone: ZoneInfo, fold: int) -> int:
    wall = (_EPOCH + timedelta(milliseconds=wall_ms)).replace(tzinfo=zone, fold=fold)
    return (wall.utcoffset() or timedelta(0)) // timedelta(milliseconds=1)


def _offset_ms(utc_ms: int, zone: ZoneInfo) -> int:
    moment = (_EPOCH + timedelta(milliseconds=utc_ms)).replace(tzinfo=UTC)
    return (moment.astimezone(zone).utcoffset() or timedelta(0)) // timedelta(milliseconds=1)
