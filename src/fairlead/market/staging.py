"""Hold the good rows of a file on their way into the lake, by period, in bounded memory."""

import csv
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fairlead.infra.ids import uuid7
from fairlead.kernel.timeframe import Timeframe
from fairlead.market.durable import file_lock, full_disk_as_error, try_file_lock
from fairlead.market.parts import split_periods
from fairlead.market.reports import Reject, RejectedRow
from fairlead.market.screening import FIELDS, ROW, Rows, reject_rows

_MEMORY_ROWS = 150_000
_COMPACT_ROWS = 150_000
_SAMPLES = 20
_HEADER = ("line", "reason", "detail", "ts", "open", "high", "low", "close", "volume")


class Distinct(NamedTuple):
    """Rows with one time each, in order; and the rows left out because theirs was taken."""

    rows: Rows
    duplicates: Rows
    conflicts: Rows


def distinct(rows: Rows) -> Distinct:
    """Sort rows by time and keep the first of the file for each.

    The others are duplicates when they say the same, conflicts when they do not.
    """
    ordered = rows[np.lexsort((rows["line"], rows["ts"]))]
    if not len(ordered):
        return Distinct(ordered, ordered, ordered)
    is_first = np.concatenate((np.ones(1, dtype=np.bool_), np.diff(ordered["ts"]) != 0))
    kept = ordered[is_first]
    other = ordered[~is_first]
    equal = same_values(other, kept[np.cumsum(is_first)[~is_first] - 1])
    return Distinct(kept, other[equal], other[~equal])


def same_values(left: Rows, right: Rows) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Tell for each pair of rows whether prices and volume are equal."""
    equal = np.ones(len(left), dtype=np.bool_)
    for name in FIELDS:
        equal &= left[name] == right[name]
    return equal


class RejectLog:
    """Write rows kept aside to a CSV file and count them by reason."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)
        self._writer.writerow(_HEADER)
        self.path = path
        self.total = 0
        self.reasons: dict[str, int] = {}
        self.samples: list[RejectedRow] = []

    def add(self, rejected: Iterable[RejectedRow]) -> None:
        """Write `rejected` in the order given."""
        for row in rejected:
            with full_disk_as_error(self.path):
                self._writer.writerow((row.line, row.reason.value, row.detail, *row.fields))
            self.total += 1
            self.reasons[row.reason.value] = self.reasons.get(row.reason.value, 0) + 1
            if len(self.samples) < _SAMPLES:
                self.samples.append(row)

    def count(self, *reasons: Reject) -> int:
        """Return how many rows were kept aside for one of `reasons`."""
        return sum(self.reasons.get(reason.value, 0) for reason in reasons)

    def close(self) -> None:
        """Finish the file and wait until it is on disk."""
        if self._file.closed:
            return
        with full_disk_as_error(self.path):
            try:
                self._file.flush()
                if self.path.is_file():  # the null device cannot be synced
                    os.fsync(self._file.fileno())
            finally:
                self._file.close()


class Buckets:
    """Collect rows by period: in memory while they are few, in files beyond that.

    A period holds at most one row for each bar once it is compacted, so memory stays bounded by
    the longest period, whatever the length, order or repetition of the file.
    """

    def __init__(self, folder: Path, timeframe: Timeframe, rejects: RejectLog) -> None:
        self._folder = folder
        self._timeframe = timeframe
        self._rejects = rejects
        self._memory: dict[str, list[Rows]] = {}
        self._in_memory = 0
        self._on_disk: dict[str, int] = {}

    def add(self, rows: Rows) -> None:
        """Take rows in file order."""
        for period, part in split_periods(rows, self._timeframe):
            self._memory.setdefault(period, []).append(part)
        self._in_memory += len(rows)
        if self._in_memory >= _MEMORY_ROWS:
            self._spill()

    def periods(self) -> list[str]:
        """Return the periods seen, in order."""
        return sorted(self._memory.keys() | self._on_disk.keys())

    def take(self, period: str) -> Rows:
        """Return the distinct rows of `period` in order of time; log the others."""
        pieces = self._memory.pop(period, [])
        if period in self._on_disk:
            pieces.insert(0, self._load(period))
        return self._distinct(np.concatenate(pieces))

    def _distinct(self, rows: Rows) -> Rows:
        found = distinct(rows)
        note = "the same bar stands earlier in the file"
        self._rejects.add(reject_rows(found.duplicates, Reject.DUPLICATE, note))
        note = "another bar of this time stands earlier in the file"
        self._rejects.add(reject_rows(found.conflicts, Reject.DUPLICATE_CONFLICT, note))
        return found.rows

    def _spill(self) -> None:
        for period, pieces in self._memory.items():
            path = self._folder / f"{period}.rows"
            with full_disk_as_error(path), path.open("ab") as file:
                for piece in pieces:
                    file.write(piece.tobytes())
            rows = sum(len(piece) for piece in pieces)
            self._on_disk[period] = self._on_disk.get(period, 0) + rows
            if self._on_disk[period] >= _COMPACT_ROWS:
                self._compact(period, path)
        self._memory.clear()
        self._in_memory = 0

    def _compact(self, period: str, path: Path) -> None:
        rows = self._distinct(self._load(period))
        with full_disk_as_error(path):
            path.write_bytes(rows.tobytes())
        self._on_disk[period] = len(rows)

    def _load(self, period: str) -> Rows:
        return np.fromfile(self._folder / f"{period}.rows", dtype=ROW)


@contextmanager
def staging_folder(parent: Path) -> Iterator[Path]:
    """Give an import a folder of its own, removed at its end however it ends.

    What killed imports left behind is removed first: a lock that nobody holds marks the dead.
    """
    folder = parent / uuid7().hex
    with full_disk_as_error(folder), file_lock(parent / ".lock"):
        _remove_dead(parent)
        folder.mkdir()
        alive = try_file_lock(folder / ".alive")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _release(alive)


def _release(descriptor: int | None) -> None:
    if descriptor is not None:
        os.close(descriptor)


def _remove_dead(parent: Path) -> None:
    for folder in filter(Path.is_dir, parent.iterdir()):
        lock = try_file_lock(folder / ".alive")
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            _release(lock)
