"""Change a series: merge rows into its parts, then switch to the new state in one step."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from fairlead.kernel.timeframe import parse_timeframe
from fairlead.market.cache import drop_cache
from fairlead.market.calendars import load_calendar
from fairlead.market.durable import remove_all, sync_folder
from fairlead.market.grid import Grid
from fairlead.market.manifest import (
    Manifest,
    Part,
    SeriesFolder,
    reject_name,
    write_manifest,
)
from fairlead.market.parts import bars_of_rows, read_part, split_periods, write_part
from fairlead.market.quality import QualityCounter
from fairlead.market.screening import Rows
from fairlead.market.staging import same_values
from fairlead.market.tail import EMPTY, append_tail, read_tail


@dataclass(slots=True)
class Merge:
    """The next state of a series while it is put together, and what happened to the rows.

    `conflicts` are rows that say something else than the lake for the same time.
    """

    manifest: Manifest
    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    conflicts: list[Rows] = field(default_factory=list)


def grid_of(manifest: Manifest) -> Grid:
    """Return the grid on which the bars of a series open."""
    return Grid(parse_timeframe(manifest.timeframe).ms, manifest.phases_ms)


def counter_of(manifest: Manifest) -> QualityCounter:
    """Return a counter that stands where the parts of the series end."""
    return QualityCounter(load_calendar(manifest.calendar), grid_of(manifest), manifest.counter)


def merge_rows(
    folder: SeriesFolder, merge: Merge, period: str, rows: Rows, *, replace_old: bool
) -> None:
    """Merge ascending, distinct `rows` of one period; writes a part, commits nothing."""
    parts = {part.period: part for part in merge.manifest.parts}
    if period not in parts:
        merge.added += len(rows)
        parts[period] = write_part(folder, merge.manifest, period, rows)
        merge.manifest = _with_parts(merge.manifest, parts.values())
        return
    old = read_part(folder, parts[period])
    at = np.minimum(np.searchsorted(old["ts"], rows["ts"]), len(old) - 1)
    known = old["ts"][at] == rows["ts"]
    equal = known & same_values(old[at], rows)
    different = known & ~equal
    merge.unchanged += int(np.count_nonzero(equal))
    merge.added += int(np.count_nonzero(~known))
    if replace_old:
        merge.replaced += int(np.count_nonzero(different))
        old[at[different]] = rows[different]
    elif different.any():
        merge.conflicts.append(rows[different])
    if known.all() and not (replace_old and different.any()):
        return
    merged = np.concatenate((old, rows[~known]))
    merged = merged[np.argsort(merged["ts"], kind="stable")]
    parts[period] = write_part(folder, merge.manifest, period, merged)
    merge.manifest = _with_parts(merge.manifest, parts.values())


def roll_tail(folder: SeriesFolder, merge: Merge, *, keep_from: str = "~") -> None:
    """Move the tail's rows of periods before `keep_from` into parts and open a new tail.

    Nothing of the old state is touched: the new tail is another file. "~" sorts behind every
    period, so by default everything moves.
    """
    rows, _ = read_tail(folder.path / merge.manifest.tail)
    if not len(rows):
        return
    kept: list[Rows] = []
    moved = Merge(merge.manifest)
    for period, part in split_periods(rows, parse_timeframe(merge.manifest.timeframe)):
        if period >= keep_from:
            kept.append(part)
            continue
        merge_rows(folder, moved, period, part, replace_old=False)
    tail = f"tail-{merge.manifest.generation + 1}.bin"
    merge.manifest = replace(moved.manifest, tail=tail)
    remove_all([folder.path / tail])
    if kept:
        append_tail(folder.path / tail, EMPTY, np.concatenate(kept))


def commit(folder: SeriesFolder, merge: Merge) -> Manifest:
    """Count the quality of all parts, switch to the new state, and clear what it left behind."""
    manifest = replace(merge.manifest, generation=merge.manifest.generation + 1)
    counter = QualityCounter(load_calendar(manifest.calendar), grid_of(manifest))
    timeframe_ms = parse_timeframe(manifest.timeframe).ms
    for part in manifest.parts:
        counter.feed(bars_of_rows(read_part(folder, part), timeframe_ms))
    manifest = replace(manifest, counter=counter.state)
    if manifest.parts:
        sync_folder(folder.parts)
    write_manifest(folder, manifest)
    return manifest


def clear_leftovers(folder: SeriesFolder, manifest: Manifest | None) -> None:
    """Remove files that `manifest` does not name, or all where there is none; the lock is held.

    They come from replaced states, and from writers that failed or were killed before a commit.
    """
    parts = {part.name for part in manifest.parts} if manifest is not None else set()
    tail = manifest.tail if manifest is not None else ""
    entries = manifest.imports if manifest is not None else ()
    rejects = {reject_name(entry.sha256) for entry in entries if entry.rejected}
    stale: list[Path] = [path for path in folder.parts.glob("*") if path.name not in parts]
    stale += [path for path in folder.path.glob("tail-*.bin") if path.name != tail]
    stale += [path for path in folder.rejects.glob("*") if path.name not in rejects]
    stale += folder.path.glob("*.tmp")
    remove_all(stale)
    drop_cache(folder)


def _with_parts(manifest: Manifest, parts: Iterable[Part]) -> Manifest:
    return replace(manifest, parts=tuple(sorted(parts, key=lambda part: part.period)))
