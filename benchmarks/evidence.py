"""Does AutoBuild find an edge where there is one, and nothing where there is none?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.edges import REGIMES, STRENGTHS, Edge, Kind, edge_bars
from benchmarks.figures import Figure
from fairlead.infra.clock import SystemClock
from fairlead.market.instruments import default_instrument
from fairlead.market.lake import Lake
from fairlead.research.autobuild.choosing import daily_sharpes
from fairlead.research.autobuild.cluster import DaskExecutor
from fairlead.research.autobuild.constraints import read_constraints
from fairlead.research.autobuild.outcome import InstrumentOutcome
from fairlead.research.autobuild.pipeline import run_autobuild
from fairlead.research.autobuild.ports import (
    LakeCandles,
    LakeUniverse,
    MemoryCheckpoints,
    MemoryHoldouts,
    MemoryLedger,
    Ports,
)
from fairlead.research.autobuild.searching import open_searches, run_grid
from fairlead.research.autobuild.steps import never, unheard
from fairlead.research.jsonable import Json

YEARS = 5
BARS = YEARS * 365 * 24
SEED = 20_200
NOISE_MAX, EDGE_MIN = 5.0, 80.0
# what is left of the gates when those against overfitting are switched off
NAIVE = ("trades", "in_sample")
FREE: dict[str, Json] = {"costs": {"fee": 0.0, "slippage_bps": 0.0}}


@dataclass(frozen=True, slots=True)
class Size:
    """Say how much is run: a sample, or everything."""

    noise: int
    seeds: int
    edges: int
    histories: int


SAMPLE, FULL = Size(noise=30, seeds=1, edges=6, histories=0), Size(200, 5, 30, 12)


def evidence_figures(full: bool = False) -> list[Figure]:
    """Run AutoBuild over noise and over planted edges, with a fresh ledger for every seed."""
    size = FULL if full else SAMPLE
    return [*_noise_figures(size), *_edge_figures(size)]


def accepted_of(
    names: Mapping[str, tuple[str, Edge, int]], document: Mapping[str, Json]
) -> list[InstrumentOutcome]:
    """Write a market for every name, run one AutoBuild over all of them, return its outcomes."""
    with tempfile.TemporaryDirectory() as folder:
        lake, clock = Lake(Path(folder)), SystemClock()
        for name, (regime, edge, seed) in names.items():
            lake.append(name, "1h", edge_bars(BARS, seed, regime, edge))
        ports = Ports(
            universe=LakeUniverse(lake),
            candles=LakeCandles(lake),
            ledger=MemoryLedger(),
            checkpoints=MemoryCheckpoints(),
            holdouts=MemoryHoldouts(),
            executor=DaskExecutor(clock),
            clock=clock,
        )
        budget: dict[str, Json] = {"instruments": len(names), "seconds": 10**6}
        constraints = read_constraints({"budget": budget, **document})
        result = run_autobuild(constraints, ports, unheard, never)
    if result.failures:
        raise RuntimeError(f"expected no failures, found {result.failures[0]}")
    return list(result.outcomes)


def _noise_figures(size: Size) -> list[Figure]:
    figures = []
    regimes = list(REGIMES)
    for seed in range(size.seeds):
        names = {
            f"lab:noise-{at:03}": (regimes[at % len(regimes)], Edge(), SEED + 1_000 * seed + at)
            for at in range(size.noise)
        }
        outcomes = accepted_of(names, {})
        note = f"{size.noise} random walks of {YEARS} years, all regimes, default costs"
        figures.append(_noise(f"noise accepted, seed {seed}", outcomes, note))
        figures.append(
            Figure(f"  without the gates, seed {seed}", _naive(outcomes), "%", note=_why(outcomes))
        )
        if seed == 0:
            free = accepted_of(names, FREE)
            figures.append(_noise("noise accepted, free of costs", free, "the same, harder case"))
            figures.append(Figure("  without the gates", _naive(free), "%", note=_why(free)))
    return figures


def _edge_figures(size: Size) -> list[Figure]:
    names = {
        f"lab:{kind}-{regime}-{level}-{at:02}": (
            regime,
            Edge(kind, strength),
            SEED + 100_000 + 1_000 * level + at,
        )
        for (kind, regime), strengths in STRENGTHS.items()
        for level, strength in strengths.items()
        for at in range(size.edges)
    }
    outcomes = accepted_of(names, {})
    figures = []
    for level in (1, 2, 3):
        found = [each for each in outcomes if f"-{level}-" in each.instrument]
        floor = EDGE_MIN if level == 3 else None
        figures.append(
            Figure(
                f"edge of Sharpe {level} accepted",
                _share(each.accepted for each in found),
                "%",
                floor=floor,
                note=_why(found),
            )
        )
        figures += [_cell(kind, regime, level, found, size) for kind, regime in STRENGTHS]
    return figures


def _cell(
    kind: Kind, regime: str, level: int, outcomes: list[InstrumentOutcome], size: Size
) -> Figure:
    own = [each for each in outcomes if each.instrument.startswith(f"lab:{kind}-{regime}-")]
    note = f"{len(own)} histories of {YEARS} years"
    if size.histories:
        true = true_sharpe(Edge(kind, STRENGTHS[kind, regime][level]), regime, size.histories)
        note += f"; the best set's true Sharpe ratio is {true:.2f}"
    return Figure(f"  {kind}, {regime}", _share(each.accepted for each in own), "%", note=note)


def true_sharpe(edge: Edge, regime: str, histories: int) -> float:
    """Return the best set's annual net Sharpe ratio over many other histories together."""
    constraints = read_constraints({})
    instrument = default_instrument("lab:true")
    parts = []
    for seed in range(histories):
        bars = edge_bars(BARS, seed, regime, edge)
        searched = open_searches(constraints, bars, instrument, len(bars))
        parts.append(run_grid(searched, len(bars), never).returns)
    sharpes = daily_sharpes(np.concatenate(parts, axis=1))
    return float(np.nanmax(sharpes) * np.sqrt(365.0))


def _noise(name: str, outcomes: list[InstrumentOutcome], note: str) -> Figure:
    share = _share(each.accepted for each in outcomes)
    return Figure(name, share, "%", ceiling=NOISE_MAX, note=note)


def _naive(outcomes: list[InstrumentOutcome]) -> float:
    return _share(
        bool(each.template) and all(gate.passed for gate in each.gates if gate.name in NAIVE)
        for each in outcomes
    )


def _share(passed: Iterable[bool]) -> float:
    flags = list(passed)
    return 100.0 * sum(flags) / len(flags)


def _why(outcomes: list[InstrumentOutcome]) -> str:
    """Return how many pass each gate, in percent."""
    names = [gate.name for gate in outcomes[0].gates]
    shares = {
        name: _share(gate.passed for each in outcomes for gate in each.gates if gate.name == name)
        for name in names
    }
    return "passing: " + ", ".join(f"{name} {share:.0f}" for name, share in shares.items())
