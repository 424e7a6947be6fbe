"""The open end of a series: closed bars appended one by one, safe against torn writes.

A record is a bar and a running sum over all records up to it. What a crash left half written does
not carry the right sum, so it is not part of the tail, and the next append writes over it.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fairlead.market.durable import append_file
from fairlead.market.screening import FIELDS, ROW, Rows

RECORD = np.dtype([("ts", "<i8"), *((name, "<f8") for name in FIELDS), ("sum", "<u8")])
_WORDS = RECORD.itemsize // 8
_ODD = np.array(
    [
        0x9E3779B97F4A7C15,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0xD6E8FEB86659FD93,
        0xA0761D6478BD642F,
        0xE7037ED1A0B428DB,
    ],
    dtype=np.uint64,
)


class Mark(NamedTuple):
    """A position in a tail: how many records, and the sum at the last of them."""

    records: int
    check: int


EMPTY = Mark(0, 0)


def peek(path: Path) -> Mark:
    """Return the count of whole records and the last one's sum, without checking them."""
    try:
        with path.open("rb") as file:
            count = file.seek(0, 2) // RECORD.itemsize
            if not count:
                return EMPTY
            file.seek((count - 1) * RECORD.itemsize)
            last = np.frombuffer(file.read(RECORD.itemsize), dtype=RECORD)
    except FileNotFoundError:
        return EMPTY
    return Mark(count, int(last["sum"][0])) if len(last) else EMPTY


def sum_at(path: Path, count: int) -> int | None:
    """Return the sum stored with record `count`, or None when there is no such record."""
    if not count:
        return 0
    with path.open("rb") as file:
        file.seek((count - 1) * RECORD.itemsize)
        content = file.read(RECORD.itemsize)
    if len(content) < RECORD.itemsize:
        return None
    return int(np.frombuffer(content, dtype=RECORD)["sum"][0])


def read_tail(path: Path, after: Mark = EMPTY) -> tuple[Rows, Mark]:
    """Return the sound records behind `after` as ROW records, and the mark at their end."""
    try:
        with path.open("rb") as file:
            file.seek(after.records * RECORD.itemsize)
            content = file.read()
    except FileNotFoundError:
        return np.zeros(0, dtype=ROW), EMPTY
    whole = len(content) // RECORD.itemsize
    records = np.frombuffer(content, dtype=RECORD, count=whole)
    wrong = np.flatnonzero(_running_sums(records, after) != records["sum"])
    sound = records[: int(wrong[0])] if len(wrong) else records
    rows = np.zeros(len(sound), dtype=ROW)
    for name in ("ts", *FIELDS):
        rows[name] = sound[name]
    end = Mark(after.records + len(sound), int(sound["sum"][-1])) if len(sound) else after
    return rows, end


def append_tail(path: Path, after: Mark, rows: Rows) -> Mark:
    """Write ROW records behind `after`, cutting what stands there, and wait for the disk."""
    if not len(rows):
        return after
    records = np.zeros(len(rows), dtype=RECORD)
    for name in ("ts", *FIELDS):
        records[name] = rows[name]
    records["sum"] = _running_sums(records, after)
    append_file(path, after.records * RECORD.itemsize, records.tobytes())
    return Mark(after.records + len(records), int(records["sum"][-1]))


def _running_sums(records: NDArray[np.void], after: Mark) -> NDArray[np.uint64]:
    words = np.ascontiguousarray(records).view(np.uint64).reshape(-1, _WORDS)[:, :-1]
    position = np.arange(after.records, after.records + len(words), dtype=np.uint64)
    mixed = (words ^ (words >> np.uint64(31))) * _ODD
    mixed ^= mixed >> np.uint64(29)
    each = (mixed * _ODD[::-1]).sum(axis=1, dtype=np.uint64)
    weighted = (each | np.uint64(1)) * (position * np.uint64(2) + np.uint64(1))
    start = np.array([after.check], dtype=np.uint64)
    sums: NDArray[np.uint64] = np.cumsum(np.concatenate((start, weighted)), dtype=np.uint64)[1:]
    return sums
