"""Import a file of candles into a series: everything that is good, once, or nothing at all."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from fairlead.infra.errors import InvalidInput, NotFound
from fairlead.kernel.series import Int64s
from fairlead.kernel.timeframe import Timeframe
from fairlead.market.calendars import Calendar
from fairlead.market.commit import Merge, clear_leftovers, commit, merge_rows, roll_tail
from fairlead.market.durable import file_lock, full_disk_as_error, sync_folder
from fairlead.market.grid import Grid, find_grid, refuse_other_timeframe
from fairlead.market.manifest import (
    ImportEntry,
    Manifest,
    SeriesFolder,
    SeriesKey,
    read_manifest,
    reject_name,
)
from fairlead.market.quality import quality_of
from fairlead.market.reading import open_candles
from fairlead.market.reports import IMPOSSIBLE, ImportReport, Reject, RejectedRow
from fairlead.market.screening import Rows, reject_rows, screen
from fairlead.market.staging import Buckets, RejectLog, staging_folder
from fairlead.market.zones import find_zone

Progress = Callable[[float, int], None]
_HASH_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What to import, whereto, and how: `timezone` "" refuses times without an offset."""

    path: Path
    file_name: str
    key: SeriesKey
    calendar: Calendar
    timezone: str = ""
    replace: bool = False

    def zone(self) -> ZoneInfo | None:
        """Return the zone of times without an offset."""
        return find_zone(self.timezone) if self.timezone else None


@dataclass(slots=True)
class RowStream:
    """Screen a file batch by batch; counts rows as it goes."""

    path: Path
    file_name: str
    zone: ZoneInfo | None
    timeframe: Timeframe | None
    calendar: Calendar
    grid: Grid | None
    rejects: RejectLog
    rows: int = 0
    good: int = 0
    unsorted: int = 0
    notes: set[str] = field(default_factory=set)
    _latest: int = -(2**62)

    def batches(self, progress: Progress) -> Iterator[Rows]:
        """Yield the good rows of each batch in file order; bad ones go to the log.

        The first batch with good rows settles the grid where the series has none yet.
        """
        with open_candles(self.path, self.file_name) as opened:
            self.notes.update(opened.notes, opened.columns.notes)
            for batch in opened.batches:
                screened = screen(batch, self.zone)
                self.rows += len(batch.lines) + len(batch.malformed)
                self.rejects.add(screened.rejected)
                self.notes.update(screened.notes)
                self._refuse_naive(screened.naive, len(screened.good), screened.rejected)
                if len(screened.good):
                    yield self._on_grid(screened.good)
                progress(batch.done, self.rows)
        self._refuse_nothing_good()

    def _on_grid(self, rows: Rows) -> Rows:
        self._count_unsorted(rows["ts"])
        if self.timeframe is None:
            self.good += len(rows)
            return rows
        if not self.good:
            refuse_other_timeframe(rows["ts"], self.timeframe)
        if self.grid is None:
            self.grid = find_grid(rows["ts"], self.calendar, self.timeframe)
        off = self.grid.off(rows["ts"], self.calendar)
        if off.any():
            detail = f"the bar does not open on the grid of {self.timeframe}"
            self.rejects.add(reject_rows(rows[off], Reject.OFF_GRID, detail))
            rows = rows[~off]
        self.good += len(rows)
        return rows

    def _count_unsorted(self, ts: Int64s) -> None:
        latest = np.maximum.accumulate(np.concatenate((np.array([self._latest]), ts)))
        self.unsorted += int(np.count_nonzero(ts < latest[:-1]))
        self._latest = int(latest[-1])

    def _refuse_naive(self, naive: int, good: int, rejected: tuple[RejectedRow, ...]) -> None:
        if not naive or good or self.good:
            return
        first = next(row for row in rejected if row.reason is Reject.NO_TIME_ZONE)
        raise InvalidInput(
            "The times in the file have no time zone, and none is guessed.",
            expected="times with an offset, or a time zone for all of them",
            found=f"line {first.line}: {first.fields[0]}",
            action="Give the zone, such as --timezone UTC or --timezone Asia/Kolkata.",
            path=f"line {first.line}",
        )

    def _refuse_nothing_good(self) -> None:
        if self.good:
            return
        samples = self.rejects.samples
        why = f"line {samples[0].line}: {samples[0].detail}" if samples else "no rows"
        raise InvalidInput(
            f"No row of {self.file_name} can be used; nothing was imported.",
            expected="bars with a time, positive prices and low <= open, close <= high",
            found=f"{self.rows} rows; {why}",
            action="Check the file, its columns and the timeframe.",
        )


def import_candles(folder: SeriesFolder, plan: ImportPlan, progress: Progress) -> ImportReport:
    """Import a file into a series and report what was found.

    Reading and sorting happen beside the series; only the last step, which merges whole periods
    and switches to the new state, holds its lock. Raises InvalidInput, NotFound, StorageFull or
    Unavailable; whatever is raised, and wherever the process dies, the series is as it was.
    """
    if not plan.path.exists():
        raise NotFound(f"There is no file {plan.path}.", action="Check the path.")
    with staging_folder(folder.staging) as stage:
        known = read_manifest(folder)
        rejects = RejectLog(stage / "rejects.csv")
        try:
            stream = RowStream(
                plan.path,
                plan.file_name,
                plan.zone(),
                plan.key.timeframe,
                plan.calendar,
                Grid(plan.key.timeframe.ms, known.phases_ms) if known is not None else None,
                rejects,
            )
            buckets = Buckets(stage, plan.key.timeframe, rejects)
            for rows in stream.batches(progress):
                buckets.add(rows)
            sha256 = _sha256(plan.path)
            with file_lock(folder.lock):
                try:
                    return _merge_and_commit(folder, plan, stream, buckets, sha256)
                finally:
                    clear_leftovers(folder, read_manifest(folder))
        finally:
            rejects.close()


def _merge_and_commit(
    folder: SeriesFolder, plan: ImportPlan, stream: RowStream, buckets: Buckets, sha256: str
) -> ImportReport:
    rejects = stream.rejects
    merge = Merge(_state_to_change(folder, plan, stream))
    roll_tail(folder, merge)
    for period in buckets.periods():
        merge_rows(folder, merge, period, buckets.take(period), replace_old=plan.replace)
    note = "the lake holds another bar of this time; import with --replace to change it"
    for rows in merge.conflicts:
        rejects.add(reject_rows(rows, Reject.LAKE_CONFLICT, note))
    rejects.close()
    kept = _keep_rejects(folder, rejects, sha256)
    notes = tuple(sorted(stream.notes | _grid_notes(merge.manifest, plan.key.timeframe)))
    merge.manifest = merge.manifest.with_import(
        ImportEntry(
            sha256=sha256,
            file=plan.file_name,
            duplicates=rejects.count(Reject.DUPLICATE, Reject.DUPLICATE_CONFLICT),
            unsorted=stream.unsorted,
            impossible=rejects.count(*IMPOSSIBLE),
            rejected=rejects.total,
            notes=notes,
        )
    )
    manifest = commit(folder, merge)
    return _report(plan, stream, merge, manifest, kept, notes)


def _state_to_change(folder: SeriesFolder, plan: ImportPlan, stream: RowStream) -> Manifest:
    known = read_manifest(folder)
    if known is not None:
        return known
    phases = stream.grid.phases_ms if stream.grid is not None else (0,)
    return Manifest(plan.key.instrument, str(plan.key.timeframe), plan.calendar.name, phases)


def _keep_rejects(folder: SeriesFolder, rejects: RejectLog, sha256: str) -> str | None:
    """Keep the rows set aside under the name of the file's content, so that it is there once."""
    if not rejects.total:
        return None
    target = folder.rejects / reject_name(sha256)
    with full_disk_as_error(target):
        folder.rejects.mkdir(parents=True, exist_ok=True)
        rejects.path.replace(target)
        sync_folder(folder.rejects)
    return str(target)


def _grid_notes(manifest: Manifest, timeframe: Timeframe) -> set[str]:
    main = manifest.phases_ms[0]
    if not main or timeframe.ms % 60_000:
        return set()
    clock = f"{main // 3_600_000:02d}:{main // 60_000 % 60:02d}"
    where = "UTC" if manifest.calendar == "always" else "the venue's clock"
    return {f"Bars open {clock} after the full {timeframe} of {where}."}


def _report(
    plan: ImportPlan,
    stream: RowStream,
    merge: Merge,
    manifest: Manifest,
    kept: str | None,
    notes: tuple[str, ...],
) -> ImportReport:
    rejects = stream.rejects
    return ImportReport(
        instrument=plan.key.instrument,
        timeframe=str(plan.key.timeframe),
        calendar=manifest.calendar,
        file=plan.file_name,
        sha256=manifest.imports[-1].sha256,
        rows=stream.rows,
        added=merge.added,
        replaced=merge.replaced,
        unchanged=merge.unchanged,
        rejected=rejects.total,
        duplicates=rejects.count(Reject.DUPLICATE, Reject.DUPLICATE_CONFLICT),
        conflicts=rejects.count(Reject.LAKE_CONFLICT),
        unsorted=stream.unsorted,
        reasons=dict(sorted(rejects.reasons.items())),
        rejects_file=kept,
        notes=notes,
        samples=tuple(rejects.samples),
        quality=quality_of(manifest.counter),
    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BYTES):
            digest.update(block)
    return digest.hexdigest()
