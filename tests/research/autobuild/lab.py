"""A small lake, quick constraints and ports in memory for the tests of the pipeline."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.edges import Edge, edge_bars
from fairlead.infra.clock import ManualClock
from fairlead.kernel.series import Bars
from fairlead.market.lake import Lake
from fairlead.research.autobuild.constraints import Constraints, read_constraints
from fairlead.research.autobuild.executor import InProcess, Result, Task
from fairlead.research.autobuild.optimise import optimise_instrument
from fairlead.research.autobuild.outcome import InstrumentOutcome
from fairlead.research.autobuild.ports import (
    LakeCandles,
    LakeUniverse,
    MemoryCheckpoints,
    MemoryHoldouts,
    MemoryLedger,
    Ports,
)
from fairlead.research.autobuild.series import SeriesOnDisk, locate
from fairlead.research.autobuild.steps import StepEvent, Stop, never, unheard
from fairlead.research.autobuild.trials import NO_TRIALS, KnownTrials
from fairlead.research.jsonable import Json
from tests.research.samples import walk_bars

HOUR_BARS = 24 * 365
CROSSOVER: Json = [
    {"template": "sma_crossover", "grid": {"fast": [3, 5, 8], "slow": [12, 24]}, "parameters": {}}
]
FAR = (-(2**62), 2**62)


def quick(**changes: Json) -> Constraints:
    """Return constraints of six sets and three windows over at least 60 days."""
    document: dict[str, Json] = {
        "history": {"minimum_days": 60},
        "templates": CROSSOVER,
        "walk_forward": {"windows": 3},
        **changes,
    }
    return read_constraints(document)


def stocked(folder: Path, count: int = 4, bars: int = 2_400) -> Lake:
    """Return a lake with random walks lab:a0, lab:a1, ..."""
    lake = Lake(folder)
    for at in range(count):
        lake.append(f"lab:a{at}", "1h", walk_bars(bars, seed=at + 1))
    return lake


def planted(lake: Lake, name: str, regime: str, edge: Edge, seed: int, years: float = 5) -> None:
    """Write a market with that edge into the lake."""
    lake.append(name, "1h", edge_bars(int(years * HOUR_BARS), seed, regime, edge))


def series_of(lake: Lake, name: str) -> SeriesOnDisk:
    """Return where a whole series lies."""
    return locate(lake, name, "1h", *FAR)


def optimised(
    lake: Lake, name: str, constraints: Constraints, trials: KnownTrials = NO_TRIALS
) -> InstrumentOutcome:
    """Optimise one instrument here."""
    return optimise_instrument(series_of(lake, name), constraints, trials, never, unheard)


@dataclass(slots=True)
class Told:
    """Keep every event."""

    events: list[StepEvent] = field(default_factory=list)

    def __call__(self, event: StepEvent) -> None:
        self.events.append(event)

    def kinds(self) -> list[str]:
        """Return the kinds of all events in order."""
        return [event.kind for event in self.events]


@dataclass(slots=True)
class Backwards:
    """Carry tasks out in the opposite order, all taken first: another executor."""

    workers: int = 3

    def map(self, tasks: Iterable[Task], stop: Stop) -> Iterator[tuple[str, Result]]:
        yield from InProcess(ManualClock()).map(list(tasks)[::-1], stop)


@dataclass(slots=True)
class DiesAfter:
    """Keep outcomes, and stop the process, so to speak, when there are that many."""

    limit: int
    kept: MemoryCheckpoints = field(default_factory=MemoryCheckpoints)

    def load(self) -> dict[str, InstrumentOutcome]:
        return self.kept.load()

    def save(self, outcome: InstrumentOutcome) -> None:
        if len(self.kept.outcomes) == self.limit:
            raise KeyboardInterrupt
        self.kept.save(outcome)


class Deadly(SeriesOnDisk):
    """A series that kills every process that opens it."""

    def open(self) -> Bars:
        os.kill(os.getpid(), signal.SIGKILL)
        return super().open()


@dataclass(slots=True)
class Provider:
    """Give the lake's series, but treat some instruments in their own way."""

    lake: Lake
    special: dict[str, Callable[[], SeriesOnDisk]]

    def ensure(self, instrument: str, constraints: Constraints) -> SeriesOnDisk:
        own = self.special.get(instrument)
        return LakeCandles(self.lake).ensure(instrument, constraints) if own is None else own()


def ports_of(lake: Lake) -> Ports:
    """Return ports in memory over a lake, with a clock that stands still."""
    clock = ManualClock()
    return Ports(
        universe=LakeUniverse(lake),
        candles=LakeCandles(lake),
        ledger=MemoryLedger(),
        checkpoints=MemoryCheckpoints(),
        holdouts=MemoryHoldouts(),
        executor=InProcess(clock),
        clock=clock,
    )
