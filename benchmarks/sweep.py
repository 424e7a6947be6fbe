"""How fast parameter sets run over the same bars, on one thread and on two."""

from __future__ import annotations

import numpy as np

from benchmarks.crossover import compiled_crossover, crossover_signals, plain_terms
from benchmarks.figures import Figure, cpu_median_s, peak_memory_mb, wall_median_s
from benchmarks.market import seeded_bars
from benchmarks.peer import Request
from fairlead.kernel.signals import Signals
from fairlead.strategies.run import Sweep, sweep

BARS = 210_000
FASTS = (5, 10, 15, 20, 25)
SLOWS = (40, 60, 80, 100)
STOPS = tuple(0.005 * step for step in range(1, 11))
REPEATS = 3


def sweep_figures() -> list[Figure]:
    """Measure 200 parameter sets: 20 distinct signal columns, ten stops each."""
    bars = seeded_bars(BARS)
    compiled = compiled_crossover()
    requests = [Request(fast=fast, slow=slow) for fast in FASTS for slow in SLOWS]
    policies = np.concatenate(
        [plain_terms(Request(stop=stop, target=2 * stop)).policy for stop in STOPS] * len(requests)
    )
    index = np.repeat(np.arange(len(requests)), len(STOPS))
    terms = plain_terms(requests[0])

    def all_signals() -> list[Signals]:
        return [crossover_signals(compiled, bars, request) for request in requests]

    def run(signals: list[Signals], threads: int) -> Sweep:
        return sweep(
            bars,
            signals,
            index,
            policies,
            terms.limits,
            terms.instrument,
            terms.cash,
            threads=threads,
        )

    steps = len(bars) * len(policies)
    cpu_s = cpu_median_s(lambda: run(all_signals(), 1), REPEATS)
    signals = all_signals()
    one_s = wall_median_s(lambda: run(signals, 1), REPEATS)
    two_s = wall_median_s(lambda: run(signals, 2), REPEATS)
    note = f"{len(bars):,} bars, {len(policies)} sets, 20 signal columns computed once each"
    return [
        Figure(
            "sweep, signals included",
            cpu_s / steps * 1e9,
            "ns / bar and set",
            ceiling=15,
            note=note,
        ),
        Figure("two threads beside one", one_s / two_s, "x", floor=1.9),
        Figure("parameter sets", len(policies) / two_s, "sets / s", note="two threads"),
        Figure("peak memory of this run", peak_memory_mb(), "MB"),
    ]
