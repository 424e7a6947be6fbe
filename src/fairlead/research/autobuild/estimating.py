"""What an AutoBuild will take, told from what the lake covers before anything is read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from fairlead.infra.errors import InvalidInput, NotFound
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.market.instruments import parse_key
from fairlead.market.reports import Coverage
from fairlead.research.autobuild.fields import ANY_VENUE
from fairlead.research.autobuild.series import BYTES_PER_VALUE, COLUMNS
from fairlead.research.autobuild.terms import Constraints
from fairlead.research.daily import DAY_MS
from fairlead.research.estimates import bytes_of, duration, seconds_of
from fairlead.research.grid import grid_size

PROCESSES = 2
COLUMNS_A_SET = 0.5  # sets share the columns of their signal axes
SECONDS_AN_INSTRUMENT = 0.1
SECONDS_MAX = 86_400.0
BYTES_A_PROCESS = 350 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """Hold one series that would be worked on, its bars counted within the range."""

    instrument: str
    timeframe: str
    bars: int
    first_ts: int
    last_ts: int


@dataclass(frozen=True, slots=True)
class AutoBuildEstimate:
    """Say what an AutoBuild will take: `sets` over all instruments, `bytes` of memory."""

    found: tuple[Found, ...]
    sets: int
    bars: int
    seconds: float
    bytes: int
    warnings: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the estimate in words."""
        return (
            f"{len(self.found):,} instruments with {self.bars:,} bars, {self.sets:,} parameter "
            f"sets: about {duration(self.seconds)} and {self.bytes / 1024**2:,.0f} MB"
        )


def estimate_of(
    constraints: Constraints, coverage: Sequence[Coverage], as_of_ms: int
) -> AutoBuildEstimate:
    """Estimate the work on the series that the constraints allow; nothing found is a warning."""
    short: list[str] = []
    found: list[Found] = []
    for entry in _allowed(constraints, coverage):
        series = _within(constraints, entry, as_of_ms)
        if series is None or series.last_ts - series.first_ts < constraints.minimum_days * DAY_MS:
            short.append(entry.instrument)
        else:
            found.append(series)
    kept = _largest(found, constraints.budget.instruments)
    sets_each = sum(grid_size(search.axes) for search in constraints.searches)
    columns = max(1, round(sets_each * COLUMNS_A_SET))
    seconds = sum(
        seconds_of(sets_each, columns, each.bars) + SECONDS_AN_INSTRUMENT / PROCESSES
        for each in kept
    )
    longest = max((each.bars for each in kept), default=0)
    held = bytes_of(sets_each, columns, longest) + longest * COLUMNS * BYTES_PER_VALUE
    return AutoBuildEstimate(
        found=tuple(kept),
        sets=sets_each * len(kept),
        bars=sum(each.bars for each in kept),
        seconds=seconds,
        bytes=PROCESSES * (BYTES_A_PROCESS + held) if kept else 0,
        warnings=tuple(_warnings(constraints, coverage, found, short, seconds)),
    )


def refuse_hopeless(
    constraints: Constraints, estimate: AutoBuildEstimate, fetched: Collection[str] = ()
) -> None:
    """Raise `NotFound` when there is nothing to work on, `InvalidInput` for too much work.

    Bars of instruments on the whitelist whose venue is among `fetched` are still to come.
    """
    whitelist = constraints.universe.whitelist
    to_come = any(parse_key(instrument)[0] in fetched for instrument in whitelist)
    if not estimate.found and not to_come:
        raise NotFound(
            f"No instrument has {constraints.minimum_days} days of {constraints.timeframe} bars "
            "under these constraints, so there is nothing to build on.",
            found=" ".join(estimate.warnings) or None,
            action="Import candles, allow more venues, or lower /history/minimum_days.",
            path="/universe",
        )
    if estimate.seconds > SECONDS_MAX:
        raise InvalidInput(
            f"This is too much for one AutoBuild: {estimate.text}.",
            expected=f"at most {duration(SECONDS_MAX)} of work",
            found=duration(estimate.seconds),
            action="Lower /budget/instruments, use smaller grids or a longer timeframe.",
            path="/budget",
        )


def _allowed(constraints: Constraints, coverage: Sequence[Coverage]) -> list[Coverage]:
    """Return one entry for each allowed instrument, a tenant's own standing above the shared."""
    wanted = set(constraints.universe.whitelist)
    timeframe = parse_timeframe(constraints.timeframe)
    chosen: dict[str, Coverage] = {}
    for entry in coverage:
        venue, _ = parse_key(entry.instrument)
        right = parse_timeframe(entry.timeframe) == timeframe
        open_venue = ANY_VENUE in constraints.venues or venue in constraints.venues
        if right and open_venue and (not wanted or entry.instrument in wanted):
            chosen.setdefault(entry.instrument, entry)
    return list(chosen.values())


def _within(constraints: Constraints, entry: Coverage, as_of_ms: int) -> Found | None:
    """Count the bars within the range, taking them as evenly spread."""
    if entry.first_ts is None or entry.last_ts is None:
        return None
    start = max(entry.first_ts, constraints.period.start_ms)
    stop = min(entry.last_ts, constraints.period.end_ms - 1, as_of_ms)
    if stop <= start:
        return None
    share = (stop - start) / max(1, entry.last_ts - entry.first_ts)
    bars = max(1, round(entry.bars * min(1.0, share)))
    return Found(entry.instrument, entry.timeframe, bars, start, stop)


def _largest(found: list[Found], most: int) -> list[Found]:
    """Return the series that take the longest, at most as many as the budget allows."""
    kept = sorted(found, key=lambda each: (-each.bars, each.instrument))[:most]
    return sorted(kept, key=lambda each: each.instrument)


def _warnings(
    constraints: Constraints,
    coverage: Sequence[Coverage],
    found: list[Found],
    short: list[str],
    seconds: float,
) -> list[str]:
    warnings = []
    there = {entry.instrument for entry in coverage}
    missing = [key for key in constraints.universe.whitelist if key not in there]
    if missing:
        warnings.append(f"There are no candles of {_names(missing)}.")
    if short:
        warnings.append(
            f"{_names(short)}: less than {constraints.minimum_days} days in the range; left out."
        )
    if len(found) > constraints.budget.instruments:
        warnings.append(
            f"{len(found):,} instruments qualify; the budget allows "
            f"{constraints.budget.instruments:,}, the most liquid ones."
        )
    if seconds > constraints.budget.seconds:
        warnings.append(
            f"The budget of {duration(constraints.budget.seconds)} will probably not last for "
            "all instruments."
        )
    if not found and not short and not missing:
        warnings.append(f"There are no {constraints.timeframe} candles on these venues.")
    return warnings


def _names(keys: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(keys[:most])
    return shown if len(keys) <= most else f"{shown} and {len(keys) - most:,} more"
