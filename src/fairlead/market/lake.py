"""The candle lake: closed bars of every instrument and timeframe below one folder.

Parquet parts are the truth, a tail takes live closes one by one, and columns mapped from a cache
serve readers. Every change is one replacement of `series.json`, so a reader sees the old state or
the new one, and a crash leaves the old one. Any number of processes may use one lake.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from fairlead.infra.errors import InvalidInput, Unavailable
from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import Timeframe, parse_timeframe
from fairlead.market.cache import read_columns
from fairlead.market.calendars import Calendar, load_calendar
from fairlead.market.commit import (
    Merge,
    clear_leftovers,
    commit,
    counter_of,
    grid_of,
    merge_rows,
    roll_tail,
)
from fairlead.market.durable import file_lock
from fairlead.market.grid import find_grid
from fairlead.market.importing import ImportPlan, Progress, import_candles
from fairlead.market.instruments import default_instrument
from fairlead.market.manifest import (
    Manifest,
    SeriesFolder,
    SeriesKey,
    folder_of,
    list_series,
    read_manifest,
    require_manifest,
)
from fairlead.market.parts import bars_of_rows, period_of, read_part, rows_of, split_periods
from fairlead.market.quality import quality_of
from fairlead.market.reports import Coverage, ImportReport
from fairlead.market.screening import Rows, first_impossible
from fairlead.market.staging import same_values
from fairlead.market.tail import append_tail, peek, read_tail

_BULK_ROWS = 1_000
T = TypeVar("T")
_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did; `conflicts` are bars that contradict the lake and were not taken."""

    added: int
    unchanged: int
    conflicts: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Which bars a series has when it is whole; `begun` tells whether there is any bar yet."""

    calendar: Calendar
    phase_ms: int
    begun: bool


class Lake:
    """Read and write the series below `root`; the folder is made at the first write."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def series(self) -> list[SeriesKey]:
        """Return the keys of all series, in order."""
        return [key for key, _ in list_series(self.root)]

    def has(self, instrument: str, timeframe: str | Timeframe) -> bool:
        """Tell whether the lake holds that series."""
        return read_manifest(self._folder(_key(instrument, timeframe))) is not None

    def bars(
        self,
        instrument: str,
        timeframe: str | Timeframe,
        start_ms: int | None = None,
        end_ms: int | None = None,
    ) -> Bars:
        """Return the bars that open in [start_ms, end_ms), all of them by default.

        The columns are contiguous, memory-mapped, int64 and float64, and stay valid whatever is
        written later. Raises NotFound when there is no such series.
        """
        key = _key(instrument, timeframe)
        bars = self._settled(key, read_columns)
        if start_ms is None and end_ms is None:
            return bars
        start = 0 if start_ms is None else int(np.searchsorted(bars.ts, start_ms))
        stop = len(bars) if end_ms is None else int(np.searchsorted(bars.ts, end_ms))
        return bars.slice(start, max(start, stop))

    def last_ts(self, instrument: str, timeframe: str | Timeframe) -> int | None:
        """Return the open time of the last bar, or None when there is none."""
        folder = self._folder(_key(instrument, timeframe))
        manifest = read_manifest(folder)
        if manifest is None:
            return None
        rows, _ = read_tail(folder.path / manifest.tail)
        if len(rows):
            return int(rows["ts"][-1])
        return manifest.parts[-1].last_ts if manifest.parts else None

    def layout(self, instrument: str, timeframe: str | Timeframe) -> Layout:
        """Return calendar and grid of a series; those of its venue where there is none yet."""
        key = _key(instrument, timeframe)
        known = read_manifest(self._folder(key))
        if known is not None:
            return Layout(load_calendar(known.calendar), known.phases_ms[0], True)
        calendar = load_calendar(default_instrument(instrument).calendar)
        return Layout(calendar, calendar.anchor(key.timeframe.ms), False)

    def coverage(self, instrument: str | None = None, *, source: str = "shared") -> list[Coverage]:
        """Return what each series covers, of all instruments or of one; no bars are read.

        Only the open tail is counted on the spot; everything else was counted at the last commit.
        """
        return [
            replace(self._settled(key, _coverage_of), source=source)
            for key, _ in list_series(self.root)
            if instrument is None or key.instrument == instrument
        ]

    def import_file(
        self,
        path: Path,
        instrument: str,
        timeframe: str | Timeframe,
        progress: Progress | None = None,
        *,
        timezone: str = "",
        replace: bool = False,
        calendar: str = "",
        file_name: str = "",
    ) -> ImportReport:
        """Import a CSV, Parquet or Feather file of any size; all of its good rows, or nothing.

        `timezone` reads times that carry no offset; `replace` lets the file stand above what the
        lake holds; `calendar` stands above the venue's own for a new series; `file_name` is what
        the report calls the file. `progress` is called with the share done and the rows read.
        """
        key = _key(instrument, timeframe)
        folder = self._folder(key)
        known = read_manifest(folder)
        name = calendar or default_instrument(instrument).calendar
        if known is not None:
            _refuse_other_calendar(known, calendar)
            name = known.calendar
        called = file_name or path.name
        plan = ImportPlan(path, called, key, load_calendar(name), timezone, replace)
        return import_candles(folder, plan, progress or _ignore)

    def append(self, instrument: str, timeframe: str | Timeframe, bars: Bars) -> Appended:
        """Add closed bars, each once, whatever was added before; returns when they are on disk.

        Bars later than all others go to the tail; others, and many at once, are merged into the
        parts. A bar whose time is taken by another one is not taken and counted as a conflict.
        Raises InvalidInput for bars that are impossible, not ascending, or off the grid.
        """
        key = _key(instrument, timeframe)
        rows = _checked(bars, key)
        if not len(rows):
            return Appended(0, 0, 0)
        folder = self._folder(key)
        with file_lock(folder.lock):
            manifest = self._manifest_for(folder, key, rows)
            try:
                return _append(folder, manifest, rows)
            finally:
                clear_leftovers(folder, read_manifest(folder))

    def _folder(self, key: SeriesKey) -> SeriesFolder:
        return folder_of(self.root, key)

    def _settled(self, key: SeriesKey, read: Callable[[SeriesFolder, Manifest], T]) -> T:
        """Read a state that no commit replaces meanwhile; one that is replaced is read again."""
        folder = self._folder(key)
        for _ in range(_ATTEMPTS):
            manifest = require_manifest(folder, key)
            try:
                return read(folder, manifest)
            except FileNotFoundError:
                current = read_manifest(folder)
                if current is not None and current.generation == manifest.generation:
                    raise
        raise Unavailable(
            f"{key.instrument} at {key.timeframe} is being rewritten all the time.",
            action="Try again in a moment.",
        )

    def _manifest_for(self, folder: SeriesFolder, key: SeriesKey, rows: Rows) -> Manifest:
        known = read_manifest(folder)
        if known is None:
            calendar = load_calendar(default_instrument(key.instrument).calendar)
            grid = find_grid(rows["ts"], calendar, key.timeframe)
            fresh = Manifest(key.instrument, str(key.timeframe), calendar.name, grid.phases_ms)
            known = commit(folder, Merge(fresh))
        off = grid_of(known).off(rows["ts"], load_calendar(known.calendar))
        if off.any():
            raise InvalidInput(
                f"A bar does not open on the grid of {key.timeframe}.",
                found=f"open time {int(rows['ts'][off][0])} ms",
                action="Give bars of this timeframe.",
            )
        return known


def _key(instrument: str, timeframe: str | Timeframe) -> SeriesKey:
    default_instrument(instrument)
    try:
        return SeriesKey(instrument, parse_timeframe(timeframe))
    except ValueError as error:
        raise InvalidInput(
            f"{error}.", action="Give the length of a bar, such as --timeframe 1h."
        ) from error


def _ignore(done: float, rows: int) -> None:
    """Take no notice of progress."""


def _checked(bars: Bars, key: SeriesKey) -> Rows:
    rows = rows_of(bars)
    if bars.timeframe_ms != key.timeframe.ms:
        raise InvalidInput(
            "The bars have another timeframe than the series.",
            expected=f"{key.timeframe.ms} ms",
            found=f"{bars.timeframe_ms} ms",
        )
    if len(rows) > 1 and not bool((np.diff(rows["ts"]) > 0).all()):
        raise InvalidInput("Bars to append must ascend in time.", action="Sort them by open time.")
    reason = first_impossible(rows)
    if reason is not None:
        raise InvalidInput(
            f"A bar of {key.instrument} is impossible: {reason.value}.",
            expected="finite, positive prices with low <= open, close <= high",
        )
    return rows


def _append(folder: SeriesFolder, manifest: Manifest, rows: Rows) -> Appended:
    path = folder.path / manifest.tail
    tail, mark = read_tail(path)
    last = int(tail["ts"][-1]) if len(tail) else _last_of_parts(manifest)
    old, fresh = rows[rows["ts"] <= last], rows[rows["ts"] > last]
    unchanged = _count_known(folder, manifest, tail, old)
    if unchanged < len(old) or len(fresh) > _BULK_ROWS:
        return _merge_all(folder, manifest, rows)
    if not len(fresh):
        return Appended(0, unchanged, 0)
    timeframe = parse_timeframe(manifest.timeframe)
    newest = period_of(int(fresh["ts"][-1]), timeframe)
    if len(tail) and period_of(int(tail["ts"][0]), timeframe) < newest:
        merge = Merge(manifest)
        roll_tail(folder, merge, keep_from=newest)
        manifest = commit(folder, merge)
        path = folder.path / manifest.tail
        _, mark = read_tail(path)
    append_tail(path, mark, fresh)
    return Appended(len(fresh), unchanged, 0)


def _merge_all(folder: SeriesFolder, manifest: Manifest, rows: Rows) -> Appended:
    merge = Merge(manifest)
    roll_tail(folder, merge)
    for period, part in split_periods(rows, parse_timeframe(manifest.timeframe)):
        merge_rows(folder, merge, period, part, replace_old=False)
    if merge.added:
        commit(folder, merge)
    return Appended(merge.added, merge.unchanged, sum(len(part) for part in merge.conflicts))


def _count_known(folder: SeriesFolder, manifest: Manifest, tail: Rows, rows: Rows) -> int:
    """Return how many of `rows` are in the series with the same values."""
    if not len(rows):
        return 0
    first, last = int(rows["ts"][0]), int(rows["ts"][-1])
    pieces = [
        read_part(folder, part)
        for part in manifest.parts
        if part.first_ts <= last and part.last_ts >= first
    ]
    known = np.concatenate((*pieces, tail))
    if not len(known):
        return 0
    at = np.minimum(np.searchsorted(known["ts"], rows["ts"]), len(known) - 1)
    return int(np.count_nonzero((known["ts"][at] == rows["ts"]) & same_values(known[at], rows)))


def _last_of_parts(manifest: Manifest) -> int:
    return manifest.parts[-1].last_ts if manifest.parts else -(2**62)


def _coverage_of(folder: SeriesFolder, manifest: Manifest) -> Coverage:
    path = folder.path / manifest.tail
    state = manifest.counter
    if peek(path).records:
        rows, _ = read_tail(path)
        counter = counter_of(manifest)
        counter.feed(bars_of_rows(rows, parse_timeframe(manifest.timeframe).ms))
        state = counter.state
    quality = quality_of(state)
    imports = manifest.imports
    return Coverage(
        instrument=manifest.instrument,
        timeframe=manifest.timeframe,
        calendar=manifest.calendar,
        first_ts=quality.first_ts,
        last_ts=quality.last_ts,
        bars=quality.bars,
        gaps=quality.gaps,
        missing_bars=quality.missing_bars,
        longest_gap_bars=quality.longest_gap_bars,
        longest_gap_s=quality.longest_gap_s,
        zero_volume=quality.zero_volume,
        large_moves=quality.large_moves,
        largest_move=quality.largest_move,
        sessions=quality.sessions,
        missing_sessions=quality.missing_sessions,
        incomplete_sessions=quality.incomplete_sessions,
        outside_session=quality.outside_session,
        duplicates=sum(entry.duplicates for entry in imports),
        unsorted=sum(entry.unsorted for entry in imports),
        impossible=sum(entry.impossible for entry in imports),
        rejected=sum(entry.rejected for entry in imports),
        bytes=sum(part.bytes for part in manifest.parts)
        + (path.stat().st_size if path.exists() else 0),
        notes=tuple(sorted({note for entry in imports for note in entry.notes})),
    )


def _refuse_other_calendar(known: Manifest, calendar: str) -> None:
    if calendar and calendar != known.calendar:
        raise InvalidInput(
            f"{known.instrument} at {known.timeframe} was begun with the calendar "
            f"{known.calendar}.",
            expected=known.calendar,
            found=calendar,
            action="Leave --calendar away, or import under another instrument.",
        )
