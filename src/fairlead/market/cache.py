"""Columns of a series as plain memory-mapped files, made from the parts and the tail.

`current.json` names a folder of six raw little-endian columns and what they were made from: a key
over the parts (name, size, time of change) and a mark in the tail. When either differs from the
series, the missing tail is appended or the columns are made again; losing the cache loses nothing.
"""

import hashlib
import json
import mmap
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from fairlead.infra.errors import StorageFull, Unavailable
from fairlead.infra.ids import uuid7
from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.market.durable import file_lock, full_disk_as_error
from fairlead.market.manifest import Manifest, SeriesFolder, read_manifest
from fairlead.market.parts import bars_of_rows, read_part
from fairlead.market.screening import FIELDS, ROW, Rows
from fairlead.market.tail import EMPTY, Mark, peek, read_tail, sum_at

_NAMES = ("ts", *FIELDS)
_CURRENT = "current.json"
_PATIENCE_S = 10.0
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class _Made:
    """What the columns in `folder` were made from.

    `boot` stands for the caution of not waiting for the disk: after a crash of the machine the
    columns may hold anything, so those of an earlier boot are not used.
    """

    folder: str
    key: str
    boot: str
    rows: int
    tail_records: int
    tail_check: int


def read_columns(folder: SeriesFolder, manifest: Manifest) -> Bars:
    """Return all bars of the series, mapped from the cache, which is brought up to date first.

    Where the cache cannot be written (a full disk, a folder that is read-only) the columns are
    read into memory instead. Raises FileNotFoundError when a newer state has replaced `manifest`.
    """
    timeframe_ms = parse_timeframe(manifest.timeframe).ms
    key = _key_of(folder, manifest)
    end = peek(folder.path / manifest.tail)
    made = _read_made(folder)
    if made is None or not _is_current(made, key, end):
        try:
            with file_lock(folder.lock, _PATIENCE_S):
                _refuse_replaced(folder, manifest)
                made = _bring_up(folder, manifest, key)
        except FileNotFoundError:
            raise
        except (StorageFull, Unavailable, OSError):
            return bars_of_rows(_all_rows(folder, manifest), timeframe_ms)
    return _map(folder.cache / made.folder, made.rows, timeframe_ms)


def _refuse_replaced(folder: SeriesFolder, manifest: Manifest) -> None:
    current = read_manifest(folder)
    if current is None or current.generation != manifest.generation:
        raise FileNotFoundError(f"{folder.path}: a newer state was committed meanwhile")


def drop_cache(folder: SeriesFolder) -> None:
    """Remove columns that no longer stand for the series; readers keep what they have mapped."""
    made = _read_made(folder)
    for path in folder.cache.glob("*"):
        if path.is_dir() and (made is None or path.name != made.folder):
            shutil.rmtree(path, ignore_errors=True)
        elif path.suffix == ".tmp":
            path.unlink(missing_ok=True)


def _key_of(folder: SeriesFolder, manifest: Manifest) -> str:
    digest = hashlib.sha256(manifest.tail.encode())
    for part in manifest.parts:
        found = (folder.parts / part.name).stat()
        digest.update(f"{part.name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:24]


def _boot() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return "unknown"


def _read_made(folder: SeriesFolder) -> _Made | None:
    try:
        content = json.loads((folder.cache / _CURRENT).read_bytes())
        made = _Made(**content)
    except (OSError, ValueError, TypeError):
        return None
    return made if made.boot == _boot() and (folder.cache / made.folder).is_dir() else None


def _write_made(folder: SeriesFolder, made: _Made) -> None:
    draft = folder.cache / f"{_CURRENT}.{os.getpid()}.tmp"
    draft.write_text(json.dumps(asdict(made)))
    draft.replace(folder.cache / _CURRENT)


def _is_current(made: _Made, key: str, end: Mark) -> bool:
    return made.key == key and Mark(made.tail_records, made.tail_check) == end


def _bring_up(folder: SeriesFolder, manifest: Manifest, key: str) -> _Made:
    """Extend or remake the columns; the caller holds the series' lock."""
    made = _read_made(folder)
    tail = folder.path / manifest.tail
    if made is not None and made.key == key and sum_at(tail, made.tail_records) == made.tail_check:
        return _extend(folder, made, tail)
    rows, end = read_tail(tail, EMPTY)
    made = _Made(uuid7().hex, key, _boot(), manifest.rows + len(rows), *end)
    target = folder.cache / made.folder
    with full_disk_as_error(target):
        target.mkdir(parents=True)
        try:
            _write_columns(target, folder, manifest, rows)
            _write_made(folder, made)
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)
            raise
    drop_cache(folder)
    return made


def _write_columns(target: Path, folder: SeriesFolder, manifest: Manifest, tail: Rows) -> None:
    at = 0
    for part in manifest.parts:
        at = _put(target, at, read_part(folder, part))
    _put(target, at, tail)


def _extend(folder: SeriesFolder, made: _Made, tail: Path) -> _Made:
    rows, end = read_tail(tail, Mark(made.tail_records, made.tail_check))
    if not len(rows):
        return made
    with full_disk_as_error(folder.cache):
        total = _put(folder.cache / made.folder, made.rows, rows)
        longer = _Made(made.folder, made.key, made.boot, total, *end)
        _write_made(folder, longer)
    return longer


def _put(target: Path, at: int, rows: Rows) -> int:
    """Write `rows` from position `at` on; what readers have mapped lies before it."""
    for name in _NAMES:
        with (target / name).open("r+b" if at else "wb") as file:
            file.seek(at * 8)
            file.write(np.ascontiguousarray(rows[name]).tobytes())
    return at + len(rows)


def _map(target: Path, rows: int, timeframe_ms: int) -> Bars:
    if not rows:
        return bars_of_rows(np.zeros(0, dtype=ROW), timeframe_ms)
    ts, *prices = (_map_file(target / name, rows) for name in _NAMES)
    opened, high, low, close, volume = (np.frombuffer(mapped, np.float64) for mapped in prices)
    return Bars(
        np.frombuffer(ts, np.int64), opened, high, low, close, volume, timeframe_ms=timeframe_ms
    )


def _map_file(path: Path, rows: int) -> mmap.mmap:
    # Copy on write: compiled loops see an ordinary writable array (a read-only one would be
    # compiled again), yet nobody can change the file through it.
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), rows * 8, access=mmap.ACCESS_COPY)


def _all_rows(folder: SeriesFolder, manifest: Manifest) -> Rows:
    pieces = [read_part(folder, part) for part in manifest.parts]
    pieces.append(read_tail(folder.path / manifest.tail)[0])
    _refuse_replaced(folder, manifest)
    return np.concatenate(pieces)
