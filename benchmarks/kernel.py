"""How fast one backtest and one live decision are, beside two peers and the kernel in C."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.crossover import (
    Terms,
    compiled_crossover,
    crossover_signals,
    full_terms,
    plain_terms,
    run,
)
from benchmarks.decisions import decision_figures
from benchmarks.figures import Figure, cpu_median_s, peak_memory_mb
from benchmarks.limit_c import LimitKernel, NoCompiler, limit_kernel
from benchmarks.market import seeded_bars
from benchmarks.peer import (
    BACKTESTING,
    VECTORBT,
    PeersMissing,
    Request,
    prepare_peers,
    run_peer,
)
from fairlead.kernel.series import Bars

BARS = 1_000_000
BARS_OF_SLOW_PEERS = 50_000
MILLION = 1e6
REQUEST = Request(repeats=5)
ROOT = Path(__file__).resolve().parents[1]

FIRST_CALL = """
import time
from benchmarks.crossover import *
from benchmarks.market import seeded_bars
from benchmarks.peer import Request
bars, request = seeded_bars(2_000), Request()
begin = time.process_time()
run(bars, crossover_signals(compiled_crossover(), bars, request), plain_terms(request))
print(time.process_time() - begin)
"""


def kernel_figures() -> list[Figure]:
    """Measure backtests, decisions, compilation and memory."""
    bars = seeded_bars(BARS)
    plain_s, full_s = (_backtest_s(bars, terms(REQUEST)) for terms in (plain_terms, full_terms))
    speed = len(bars) / plain_s / MILLION
    unit = "M bars / CPU s"
    note = f"{len(bars):,} bars, SMA 20/50, stop, target, fee"
    return [
        Figure("backtest, indicators included", speed, unit, floor=40, note=note),
        Figure("  with every exit and limit", len(bars) / full_s / MILLION, unit, floor=20),
        *_beside_c(bars, plain_s, full_s),
        *_beside_peers(bars, speed),
        *decision_figures(),
        *_compile_figures(),
        Figure("peak memory of this run", peak_memory_mb(), "MB"),
    ]


def _backtest_s(bars: Bars, terms: Terms) -> float:
    compiled = compiled_crossover()
    return cpu_median_s(lambda: run(bars, crossover_signals(compiled, bars, REQUEST), terms))


def _beside_c(bars: Bars, plain_s: float, full_s: float) -> list[Figure]:
    try:
        with limit_kernel() as limit:
            return [
                _ratio_to_c(limit, bars, plain_terms(REQUEST), plain_s, ""),
                _ratio_to_c(limit, bars, full_terms(REQUEST), full_s, ", every exit and limit"),
            ]
    except NoCompiler as reason:
        return [Figure("time beside C -O3", math.nan, "x", note=f"SKIPPED: {reason}")]


def _ratio_to_c(limit: LimitKernel, bars: Bars, terms: Terms, ours_s: float, what: str) -> Figure:
    signals = crossover_signals(compiled_crossover(), bars, REQUEST)
    ours = run(bars, signals, terms)
    theirs = limit.simulate(bars, signals, terms)
    equal = (
        ours.state.to_bytes() == theirs.state.to_bytes()
        and ours.fills.tobytes() == theirs.fills.tobytes()
        and ours.equity.tobytes() == theirs.equity.tobytes()
        and signals.action.tobytes() == limit.crossings(bars, REQUEST).tobytes()
    )

    def in_c() -> None:
        limit.crossings(bars, REQUEST)
        limit.simulate(bars, signals, terms)

    note = "signals, fills, equity, state equal to the byte" if equal else "RESULTS DIFFER"
    ratio = ours_s / cpu_median_s(in_c)
    return Figure(f"time beside C -O3{what}", ratio, "x", ceiling=2.0, note=note)


def _beside_peers(bars: Bars, speed: float) -> list[Figure]:
    figures = []
    for name, floor, count in (
        (VECTORBT, 10, len(bars)),
        (BACKTESTING, 350, BARS_OF_SLOW_PEERS),
    ):
        try:
            prepare_peers()
            peer = run_peer(name, bars.slice(0, count), REQUEST)
        except PeersMissing as reason:
            figures.append(Figure(f"times {name}", math.nan, "x", note=f"SKIPPED: {reason}"))
            continue
        rate = count / peer.median_s / MILLION
        note = f"{rate:.3g} M bars / CPU s over {count:,} bars"
        figures.append(Figure(f"times {name}", speed / rate, "x", floor=floor, note=note))
    return figures


def _compile_figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as cache:
        first, second = (_first_call_s(cache) for _ in range(2))
    return [
        Figure("first compile", first, "CPU s", ceiling=15, note="once, then kept on disk"),
        Figure("cached load", second, "CPU s", ceiling=1),
    ]


def _first_call_s(cache: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_CALL],
        cwd=ROOT,
        env=os.environ | {"NUMBA_CACHE_DIR": cache},
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    )
    return float(done.stdout)
