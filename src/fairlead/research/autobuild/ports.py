"""What an AutoBuild needs from outside, as narrow ports with implementations over a lake."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fairlead.infra.clock import Clock
from fairlead.infra.errors import InvalidInput
from fairlead.market.instruments import default_instrument
from fairlead.market.lake import Lake
from fairlead.market.membership import Interval
from fairlead.market.universe import Universe, members_of, rank_by_liquidity
from fairlead.market.zones import DAY_MS
from fairlead.research.autobuild.executor import Executor
from fairlead.research.autobuild.fields import ANY_VENUE
from fairlead.research.autobuild.outcome import InstrumentOutcome
from fairlead.research.autobuild.series import SeriesOnDisk, locate
from fairlead.research.autobuild.terms import Constraints, WalkShape
from fairlead.research.autobuild.trials import KnownTrials, TrialRecord, Tried


class UniverseSource(Protocol):
    """Find instruments."""

    def members(self, constraints: Constraints) -> list[str]:
        """Return instruments, the most liquid first, as it was known before any test began."""

    def memberships(self, constraints: Constraints) -> dict[str, tuple[Interval, ...]]:
        """Return when each instrument belonged to the universe, ranked again and again.

        Asked only where the constraints name a rebalance.
        """


class SeriesSource(Protocol):
    """Bring the bars of one instrument to where workers can map them."""

    def ensure(self, instrument: str, constraints: Constraints) -> SeriesOnDisk:
        """Return the series; fetch what is missing where a provider is there.

        May take its time and may raise anything: it costs this instrument.
        """


class Ledger(Protocol):
    """Count the trials of the past, and take those of this run."""

    def count(self, families: tuple[str, ...], instrument: str) -> KnownTrials:
        """Return the trials of these families on an instrument, without those of this run."""

    def record(self, trials: tuple[TrialRecord, ...]) -> None:
        """Keep the trials of one instrument; the same ones again change nothing."""


class Checkpoints(Protocol):
    """Keep outcomes, so that a run that was killed goes on where it was."""

    def load(self) -> dict[str, InstrumentOutcome]:
        """Return what earlier attempts of this run have finished, by instrument."""

    def save(self, outcome: InstrumentOutcome) -> None:
        """Keep one outcome; called right after its trials were recorded."""


class Holdouts(Protocol):
    """Guard the ranges at the end of histories, each of which opens once."""

    def open(self, instrument: str, timeframe: str, start_ms: int, end_ms: int) -> bool:
        """Return whether this run may look: False when another one did before."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Bring together everything from outside."""

    universe: UniverseSource
    candles: SeriesSource
    ledger: Ledger
    checkpoints: Checkpoints
    holdouts: Holdouts
    executor: Executor
    clock: Clock


@dataclass(frozen=True, slots=True)
class LakeUniverse:
    """Rank what a lake holds by quote volume; each instrument as of the end of its first fit."""

    lake: Lake

    def members(self, constraints: Constraints) -> list[str]:
        """Return the whitelist in its order, or the most liquid instruments first."""
        if constraints.universe.mode == "whitelist":
            return list(constraints.universe.whitelist)
        volumes = self.volumes(constraints)
        return sorted(volumes, key=lambda name: (-volumes[name], name))

    def memberships(self, constraints: Constraints) -> dict[str, tuple[Interval, ...]]:
        """Return when each instrument of the lake belonged."""
        return memberships_of({self.lake: self.held(constraints)}, constraints)

    def volumes(self, constraints: Constraints) -> dict[str, float]:
        """Return the quote volume of every allowed instrument, which ranks it.

        It is that of the days before the instrument's own first test, so that no volume of the
        tests decides whether it is tested.
        """
        volumes = {}
        for name, start_ms, end_ms in self.held(constraints):
            as_of = start_ms + int((end_ms - start_ms) * first_fit_share(constraints.walk))
            found = rank_by_liquidity(
                self.lake,
                [name],
                constraints.timeframe,
                as_of,
                constraints.universe.liquidity_days,
            )
            volumes[name] = found[0].quote_volume if found else 0.0
        return volumes

    def held(self, constraints: Constraints) -> list[tuple[str, int, int]]:
        """Return every allowed instrument with its first and last moment within the period."""
        held = []
        for entry in self.lake.coverage():
            if entry.timeframe != constraints.timeframe or entry.bars == 0:
                continue
            if not _allowed(entry.instrument, constraints):
                continue
            first, last = entry.first_ts or 0, entry.last_ts or 0
            start_ms = max(first, constraints.period.start_ms)
            end_ms = min(last + 1, constraints.period.end_ms)
            if start_ms < end_ms:
                held.append((entry.instrument, start_ms, end_ms))
        return held


@dataclass(frozen=True, slots=True)
class LakeCandles:
    """Take series as a lake holds them; nothing is fetched."""

    lake: Lake

    def ensure(self, instrument: str, constraints: Constraints) -> SeriesOnDisk:
        """Return the series within the period; raises `NotFound`, `InvalidInput` for no bars."""
        period = constraints.period
        found = locate(self.lake, instrument, constraints.timeframe, period.start_ms, period.end_ms)
        if found.bars == 0:
            raise InvalidInput(
                f"{instrument} has no bars in the range.",
                expected="at least one bar",
                found="0 bars",
                action="Choose a range that the coverage page lists.",
            )
        return found


@dataclass(slots=True)
class MemoryLedger:
    """Keep trials in memory: for tests, and for runs that are the first of their tenant."""

    records: dict[tuple[str, str], TrialRecord] = field(default_factory=dict)
    before: dict[tuple[str, str], KnownTrials] = field(default_factory=dict)

    def count(self, families: tuple[str, ...], instrument: str) -> KnownTrials:
        """Return the sum over the families of what was there before this run."""
        found = [self.before.get((family, instrument), Tried()) for family in families]
        return Tried(
            sum(each.trials for each in found),
            sum(each.effective for each in found),
            all(each.known for each in found),
        )

    def record(self, trials: tuple[TrialRecord, ...]) -> None:
        """Keep the records by family and instrument."""
        self.records.update({(each.family, each.instrument): each for each in trials})


@dataclass(slots=True)
class MemoryCheckpoints:
    """Keep outcomes in memory."""

    outcomes: dict[str, InstrumentOutcome] = field(default_factory=dict)

    def load(self) -> dict[str, InstrumentOutcome]:
        """Return a copy of what was saved."""
        return dict(self.outcomes)

    def save(self, outcome: InstrumentOutcome) -> None:
        """Keep one outcome by its instrument."""
        self.outcomes[outcome.instrument] = outcome


@dataclass(slots=True)
class MemoryHoldouts:
    """Remember which holdouts were opened."""

    opened: set[tuple[str, str, int, int]] = field(default_factory=set)

    def open(self, instrument: str, timeframe: str, start_ms: int, end_ms: int) -> bool:
        """Return True the first time."""
        key = (instrument, timeframe, start_ms, end_ms)
        fresh = key not in self.opened
        self.opened.add(key)
        return fresh


def memberships_of(
    held: Mapping[Lake, list[tuple[str, int, int]]], constraints: Constraints
) -> dict[str, tuple[Interval, ...]]:
    """Return when instruments of several lakes belonged; a later lake stands above earlier ones."""
    sources = {name: lake for lake, found in held.items() for name, _, _ in found}
    spans = [(start, end) for found in held.values() for _, start, end in found]
    if not spans:
        return {}
    chosen = constraints.universe
    universe = Universe(
        "", "", constraints.budget.instruments, chosen.rebalance_days * DAY_MS,
        chosen.liquidity_days,
    )  # fmt: skip
    start_ms, end_ms = min(start for start, _ in spans), max(end for _, end in spans)
    return members_of(sources, universe, constraints.timeframe, start_ms, end_ms)


def first_fit_share(walk: WalkShape) -> float:
    """Return where in a range the first test begins, as a share of it."""
    odds = walk.fit / (1.0 - walk.fit)
    return (1.0 - walk.holdout) * odds / (walk.windows + odds)


def _allowed(instrument: str, constraints: Constraints) -> bool:
    whitelist = constraints.universe.whitelist
    venue = default_instrument(instrument).venue
    return (not whitelist or instrument in whitelist) and (
        ANY_VENUE in constraints.venues or venue in constraints.venues
    )
