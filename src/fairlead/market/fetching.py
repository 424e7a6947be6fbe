"""Find what the lake lacks and fetch it, through the same gate as every imported file."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fairlead.infra.errors import InvalidInput, StorageFull
from fairlead.kernel.series import Int64s
from fairlead.kernel.timeframe import Timeframe, parse_timeframe
from fairlead.market.durable import full_disk_as_error
from fairlead.market.failures import FailureGroup, FetchFailure, group_failures
from fairlead.market.instruments import ALWAYS
from fairlead.market.lake import Lake
from fairlead.market.manifest import SeriesKey, folder_of
from fairlead.market.providers.port import CandleProvider, FailureKind, FetchFailed, Row
from fairlead.market.reports import ImportReport, JsonObject, JsonValue
from fairlead.market.staging import staging_folder

# A bar counts as closed this long after its end: clocks differ, and venues settle.
SETTLE_MS = 10_000
MOST_BARS = 20_000_000
# Ranges that lie nearer to each other than this many bars are asked for in one go.
_NEAR_BARS = 200
_BARS_AROUND = 10
# Bars are committed in portions, so that a fetch that dies has kept almost everything.
_COMMIT_ROWS = 50_000
_HEADER = "ts,open,high,low,close,volume\n"
# After this many instruments in a row without any answer the upstream is not asked again.
_MOST_SILENT = 5


@dataclass(frozen=True, slots=True)
class MissingRange:
    """Expected bars that are not there: they open in [start_ms, end_ms), `bars` of them."""

    start_ms: int
    end_ms: int
    bars: int


@dataclass(frozen=True, slots=True)
class Filled:
    """What a fetch did to one series.

    `missing` bars were asked for, `added` came, `rejected` rows were kept aside for `reasons`,
    and `left` are missing still: the venue did not trade then, or gave nothing that can be true.
    """

    instrument: str
    missing: int
    added: int
    rejected: int
    left: int
    reasons: dict[str, int] = field(default_factory=dict)
    rejects_files: tuple[str, ...] = ()
    failure: FetchFailure | None = None

    def to_json(self) -> JsonObject:
        """Return it as JSON."""
        reasons: dict[str, JsonValue] = dict(sorted(self.reasons.items()))
        return {
            "instrument": self.instrument,
            "missing": self.missing,
            "added": self.added,
            "rejected": self.rejected,
            "left": self.left,
            "reasons": reasons,
            "failure": None if self.failure is None else self.failure.to_json(),
        }


@dataclass(frozen=True, slots=True)
class FillReport:
    """What a fetch did; `failures` are grouped by kind, each with what the user can do."""

    provider: str
    timeframe: str
    start_ms: int
    end_ms: int
    filled: tuple[Filled, ...]
    stopped: bool = False

    @property
    def failures(self) -> tuple[FailureGroup, ...]:
        """Return the failures, most instruments first."""
        return group_failures(each.failure for each in self.filled if each.failure is not None)

    def to_json(self) -> JsonObject:
        """Return the report as JSON."""
        return {
            "provider": self.provider,
            "timeframe": self.timeframe,
            "from": self.start_ms,
            "to": self.end_ms,
            "stopped": self.stopped,
            "added": sum(each.added for each in self.filled),
            "rejected": sum(each.rejected for each in self.filled),
            "instruments": [each.to_json() for each in self.filled],
            "failures": [group.to_json() for group in self.failures],
        }


def _never() -> bool:
    return False


def _quiet(done: int, total: int, filled: Filled) -> None:
    """Take no notice of progress."""


def missing_ranges(
    lake: Lake, instrument: str, timeframe: str | Timeframe, start_ms: int, end_ms: int
) -> tuple[MissingRange, ...]:
    """Return the stretches of expected bars in [start_ms, end_ms) that the lake lacks, in order.

    The venue's calendar says what to expect: nights, week-ends and holidays are no gaps.
    """
    step_ms = parse_timeframe(timeframe).ms
    layout = lake.layout(instrument, timeframe)
    expected = layout.calendar.expected(start_ms, end_ms, step_ms, layout.phase_ms)
    if not len(expected):
        return ()
    slots = layout.calendar.slots(expected, step_ms, layout.phase_ms).slot
    absent = np.ones(len(expected), dtype=np.bool_)
    if layout.begun:
        # one bar more on both sides: a series stamped at some midnight moves by an hour in summer
        bars = lake.bars(instrument, timeframe, start_ms - step_ms, end_ms + step_ms)
        present = layout.calendar.slots(bars.ts, step_ms, layout.phase_ms).slot
        absent = ~np.isin(slots, present)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], absent.astype(np.int8), [0]))))
    return tuple(
        MissingRange(int(expected[first]), int(expected[last - 1]) + step_ms, int(last - first))
        for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    )


def closed_until(now_ms: int, timeframe: Timeframe) -> int:
    """Return the time before which every bar that opens one length earlier has closed."""
    return now_ms - SETTLE_MS - timeframe.ms + 1


def fill(
    lake: Lake,
    provider: CandleProvider,
    instruments: Iterable[str],
    timeframe: str | Timeframe,
    start_ms: int,
    end_ms: int,
    *,
    now_ms: int,
    stop: Callable[[], bool] = _never,
    tell: Callable[[int, int, Filled], None] = _quiet,
) -> FillReport:
    """Fetch what the lake lacks of `instruments` in [start_ms, end_ms) and report each.

    What is there already is not asked for, so a fetch that was cut off carries on where it was.
    A failure costs its instrument alone; the bar that still runs is never stored; rows that
    cannot be true are kept aside by the import. `stop` is asked before each page.
    """
    length = parse_timeframe(timeframe)
    named = tuple(dict.fromkeys(instruments))
    end_ms = min(end_ms, closed_until(now_ms, length))
    _refuse_too_much(len(named), start_ms, end_ms, length)
    filled: list[Filled] = []
    silent = 0
    for instrument in named:
        if stop():
            return FillReport(provider.name, str(length), start_ms, end_ms, tuple(filled), True)
        one = _Series(lake, provider, instrument, length, silent >= _MOST_SILENT, stop)
        result = one.fill(start_ms, end_ms)
        kind = None if result.failure is None else result.failure.kind
        silent = silent + 1 if kind is FailureKind.TIMEOUT else 0
        filled.append(result)
        tell(len(filled), len(named), result)
    return FillReport(provider.name, str(length), start_ms, end_ms, tuple(filled), stop())


class _Series:
    """Fill one series; counts what comes of it."""

    def __init__(
        self,
        lake: Lake,
        provider: CandleProvider,
        instrument: str,
        timeframe: Timeframe,
        silent: bool,
        stop: Callable[[], bool],
    ) -> None:
        self._lake = lake
        self._provider = provider
        self._instrument = instrument
        self._timeframe = timeframe
        self._silent = silent
        self._stop = stop
        self._reports: list[ImportReport] = []

    def fill(self, start_ms: int, end_ms: int) -> Filled:
        """Fetch range by range; a failure ends it and is told, what came before is kept."""
        missing = self._missing(start_ms, end_ms)
        failure = None
        if missing and self._silent:
            failure = self._failed(
                FailureKind.TIMEOUT,
                f"The last {_MOST_SILENT} instruments got no answer; this one was not asked.",
            )
        elif missing:
            failure = self._fetch(missing)
        left = self._missing(start_ms, end_ms)
        nothing = missing and not self._reports and not self._stop()
        if failure is None and nothing and not self._holds_any(start_ms, end_ms):
            failure = self._failed(
                FailureKind.NO_DATA, f"{self._provider.name} has no bars of that time."
            )
        return self._filled(missing, left, failure)

    def _missing(self, start_ms: int, end_ms: int) -> tuple[MissingRange, ...]:
        return missing_ranges(self._lake, self._instrument, self._timeframe, start_ms, end_ms)

    def _fetch(self, missing: tuple[MissingRange, ...]) -> FetchFailure | None:
        folder = folder_of(self._lake.root, SeriesKey(self._instrument, self._timeframe))
        with staging_folder(folder.staging) as stage:
            rows: list[Row] = []
            failure = None
            try:
                for page in self._pages(missing):
                    rows.extend(page)
                    if len(rows) >= _COMMIT_ROWS:
                        portion, rows = rows, []
                        self._commit(stage, portion)
            except FetchFailed as failed:
                failure = self._failed(failed.kind, failed.message)
            except InvalidInput as refused:
                failure = self._failed(FailureKind.EXCEPTION, _sentence(refused))
            try:
                self._commit(stage, rows)
            except InvalidInput as refused:
                failure = failure or self._failed(FailureKind.EXCEPTION, _sentence(refused))
        return failure

    def _pages(self, missing: tuple[MissingRange, ...]) -> Iterator[tuple[Row, ...]]:
        """Yield the provider's pages; whatever it raises costs this instrument only."""
        for start, end in self._asked(missing):
            pages = self._provider.fetch(self._instrument, self._timeframe, start, end)
            while not self._stop():
                try:
                    page = next(pages, None)
                except (FetchFailed, StorageFull):
                    raise
                except Exception as error:
                    words = f"{type(error).__name__}: {error}"
                    raise FetchFailed(FailureKind.EXCEPTION, words) from error
                if page is None:
                    break
                yield page

    def _asked(self, missing: tuple[MissingRange, ...]) -> list[tuple[int, int]]:
        """Return what to ask for: near ranges as one, with some bars around that the lake has.

        Those show the length of the provider's bars where a single one is missing, and whether
        the provider agrees with the lake.
        """
        around_ms = _BARS_AROUND * self._timeframe.ms
        held = self._held()
        joined: list[tuple[int, int]] = []
        for each in missing:
            start, end = each.start_ms, each.end_ms
            edges = np.array([start - around_ms, start, end, end + around_ms], dtype=np.int64)
            at = np.searchsorted(held, edges)
            start -= around_ms if at[1] > at[0] else 0
            end += around_ms if at[3] > at[2] else 0
            if joined and start - joined[-1][1] < _NEAR_BARS * self._timeframe.ms:
                start = joined.pop()[0]
            joined.append((start, end))
        return joined

    def _holds_any(self, start_ms: int, end_ms: int) -> bool:
        first, stop = np.searchsorted(self._held(), np.array([start_ms, end_ms], dtype=np.int64))
        return bool(stop > first)

    def _held(self) -> Int64s:
        if not self._lake.has(self._instrument, self._timeframe):
            return np.zeros(0, dtype=np.int64)
        return self._lake.bars(self._instrument, self._timeframe).ts

    def _commit(self, stage: Path, rows: list[Row]) -> None:
        """Import `rows` as if they were a file; raise InvalidInput when none can be used."""
        if not rows:
            return
        self._refuse_other_grid(rows)
        path = stage / f"{len(self._reports)}.csv"
        with full_disk_as_error(path), path.open("w") as file:
            file.write(_HEADER)
            file.writelines(",".join(map(_text, row)) + "\n" for row in rows)
        name = f"{self._provider.name} {rows[0][0]}"
        self._reports.append(
            self._lake.import_file(path, self._instrument, self._timeframe, file_name=name)
        )

    def _refuse_other_grid(self, rows: list[Row]) -> None:
        """Keep a new series of a venue that never closes from beginning on a liar's grid."""
        layout = self._lake.layout(self._instrument, self._timeframe)
        if layout.begun or layout.calendar.name != ALWAYS:
            return
        step_ms = self._timeframe.ms
        times = [row[0] for row in rows if row and isinstance(row[0], int)]
        on = sum(1 for ts in times if ts % step_ms == layout.phase_ms)
        if 2 * on < len(times):
            raise InvalidInput(
                f"Most bars do not open on the full {self._timeframe}.",
                found=f"open time {times[0]} ms",
            )

    def _failed(self, kind: FailureKind, message: str) -> FetchFailure:
        return FetchFailure(self._instrument, kind, message)

    def _filled(
        self,
        missing: tuple[MissingRange, ...],
        left: tuple[MissingRange, ...],
        failure: FetchFailure | None,
    ) -> Filled:
        reasons: dict[str, int] = {}
        for report in self._reports:
            for reason, count in report.reasons.items():
                reasons[reason] = reasons.get(reason, 0) + count
        return Filled(
            instrument=self._instrument,
            missing=sum(each.bars for each in missing),
            added=sum(report.added for report in self._reports),
            rejected=sum(report.rejected for report in self._reports),
            left=sum(each.bars for each in left),
            reasons=reasons,
            rejects_files=tuple(r.rejects_file for r in self._reports if r.rejects_file),
            failure=failure,
        )


def _refuse_too_much(count: int, start_ms: int, end_ms: int, timeframe: Timeframe) -> None:
    bars = count * max(0, end_ms - start_ms) // timeframe.ms
    if bars > MOST_BARS:
        raise InvalidInput(
            "That is too much for one fetch.",
            expected=f"at most {MOST_BARS:,} bars of all instruments together",
            found=f"up to {bars:,}",
            action="Ask for fewer instruments, a shorter time, or a longer timeframe.",
        )


def _text(value: int | float | str | None) -> str:
    return "" if value is None else str(value)


def _sentence(error: InvalidInput) -> str:
    return " ".join(part for part in (error.message, error.found) if part)
