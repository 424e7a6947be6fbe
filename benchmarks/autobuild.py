"""What a large AutoBuild costs: CPU, wall time and memory of the whole job, workers included."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.family import Meter
from benchmarks.figures import Figure
from benchmarks.market import seeded_bars
from fairlead.infra.clock import SystemClock
from fairlead.market.lake import Lake
from fairlead.research.autobuild.cluster import DaskExecutor
from fairlead.research.autobuild.constraints import Constraints, read_constraints
from fairlead.research.autobuild.optimise import optimise_instrument
from fairlead.research.autobuild.pipeline import run_autobuild
from fairlead.research.autobuild.ports import (
    LakeCandles,
    LakeUniverse,
    MemoryCheckpoints,
    MemoryHoldouts,
    MemoryLedger,
    Ports,
)
from fairlead.research.autobuild.series import locate
from fairlead.research.autobuild.steps import StepEvent, never, unheard
from fairlead.research.autobuild.trials import NO_TRIALS
from fairlead.research.jsonable import Json

INSTRUMENTS, BARS, PROCESSES = 500, 210_000, 2
SAMPLED, FEW = 12, 2
STOPS: list[Json] = [round(0.005 * step, 3) for step in range(1, 11)]
GRID: dict[str, Json] = {
    "fast": [5, 10, 15, 20, 25],
    "slow": [40, 60, 80, 100],
    "stop_loss_pct": STOPS,
}
PLAIN: dict[str, Json] = {"take_profit_pct": 0.02}
# every exit and limit at once
EVERY_RULE: dict[str, Json] = {
    **PLAIN,
    "trailing_stop_pct": 0.02,
    "break_even_pct": 0.01,
    "time_stop_bars": 300,
    "cool_down_bars": 5,
    "fee_gate_multiple": 1.0,
    "max_daily_loss": 0.05,
    "max_exposure": 2.5,
}


@dataclass(frozen=True, slots=True)
class Spent:
    """What a job took: CPU of all processes, wall time, and the most memory at one time."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    events: int


def autobuild_figures(full: bool = False) -> list[Figure]:
    """Measure a sample and extrapolate, or with `full` the whole job."""
    count = INSTRUMENTS if full else SAMPLED
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        for at in range(count):
            lake.append(_name(at), "1m", seeded_bars(BARS, seed=at))
        alone_s = _alone_cpu_s(lake, _constraints(count, PLAIN))
        every_s = _alone_cpu_s(lake, _constraints(count, EVERY_RULE))
        few = _spent(lake, _constraints(FEW, PLAIN))
        many = _spent(lake, _constraints(count, PLAIN))
    each_s = (many.cpu_s - few.cpu_s) / (count - FEW)
    start_s = max(few.cpu_s - FEW * each_s, 0.0)
    whole_s = start_s + INSTRUMENTS * each_s
    how = "measured" if full else f"from {FEW} and {count} instruments by extrapolation"
    figures = [
        Figure(
            "CPU of the whole job",
            whole_s / 60,
            "min",
            ceiling=6.0,
            note=f"{INSTRUMENTS} instruments x {BARS:,} bars x 200 sets; {how}",
        ),
        Figure("one instrument, bars to evidence", alone_s, "CPU s", note="in this process"),
        Figure(
            "events and Dask beside the work",
            100.0 * (whole_s / (alone_s * INSTRUMENTS) - 1.0),
            "%",
            ceiling=10.0,
            note=f"starting {PROCESSES} processes takes {start_s:.1f} s of CPU",
        ),
        Figure(
            "peak memory of all processes",
            many.peak_mb,
            "MB",
            ceiling=2048.0,
            note="PSS without pages of files",
        ),
        Figure(
            "the full rule set, one instrument",
            every_s,
            "CPU s",
            note=f"all {INSTRUMENTS}: {every_s * INSTRUMENTS / 60:.1f} min",
        ),
    ]
    wall_s = many.wall_s if full else few.wall_s + each_s * (INSTRUMENTS - FEW) / PROCESSES
    note = how if full else "the CPU time of the rest shared by two processes"
    figures.append(Figure("wall time, two processes", wall_s / 60, "min", ceiling=3.5, note=note))
    return figures


def _constraints(count: int, fixed: Mapping[str, Json]) -> Constraints:
    """Return 200 sets of the SMA crossover, with windows and gates as they are by default."""
    return read_constraints(
        {
            "universe": {"mode": "whitelist", "whitelist": [_name(at) for at in range(count)]},
            "timeframe": "1m",
            "history": {"minimum_days": 100},
            "trading": {"sizing": "fraction", "size": "0.5"},
            "templates": [{"template": "sma_crossover", "grid": GRID, "parameters": dict(fixed)}],
            "budget": {"instruments": count, "seconds": 10**6},
        }
    )


def _name(at: int) -> str:
    return f"lab:bench-{at:03}"


def _spent(lake: Lake, constraints: Constraints) -> Spent:
    clock = SystemClock()
    ports = Ports(
        universe=LakeUniverse(lake),
        candles=LakeCandles(lake),
        ledger=MemoryLedger(),
        checkpoints=MemoryCheckpoints(),
        holdouts=MemoryHoldouts(),
        executor=DaskExecutor(clock, PROCESSES),
        clock=clock,
    )
    told: list[StepEvent] = []
    begun_s, begun_cpu_s = time.perf_counter(), _cpu_s()
    with Meter() as meter:
        result = run_autobuild(constraints, ports, told.append, never)
    if result.failures:
        raise RuntimeError(f"expected no failures, found {result.failures[0]}")
    # its worker processes have ended by now, so that their time is in
    return Spent(_cpu_s() - begun_cpu_s, time.perf_counter() - begun_s, meter.peak_mb, len(told))


def _cpu_s() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _alone_cpu_s(lake: Lake, constraints: Constraints) -> float:
    """Return the median CPU time of one instrument here, after one to warm up."""
    series = [locate(lake, _name(at), "1m", -(2**62), 2**62) for at in range(SAMPLED // 2)]
    optimise_instrument(series[0], constraints, NO_TRIALS, never, unheard)
    seconds = []
    for each in series:
        begun_s = time.process_time()
        optimise_instrument(each, constraints, NO_TRIALS, never, unheard)
        seconds.append(time.process_time() - begun_s)
    return float(np.median(seconds))
