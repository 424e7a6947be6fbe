"""Runs signals through the kernel: what research, live trading and parity all call."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairlead.kernel.apply import DAY_MS
from fairlead.kernel.jit import source_hash
from fairlead.kernel.loops import over_bars, over_grid
from fairlead.kernel.reasons import VETO_COUNT, Veto
from fairlead.kernel.records import FILL, LAYOUT, LEG, POSITION, SLOTS, State, new_state
from fairlead.kernel.series import Bars
from fairlead.kernel.signals import Signals
from fairlead.kernel.step import MOST_FILLS
from fairlead.kernel.trades import trades_of

Records = NDArray[np.void]
Column = NDArray[Any]
Tables = tuple[Column, Column, Column, Column]
SETS_PER_TASK = 8
NO_FUNDING = np.empty(0, np.float64)
NO_FUNDING.flags.writeable = False


@dataclass(frozen=True, slots=True)
class Simulation:
    """What one run gave: FILL and TRADE records, marked equity (n,), the final state.

    `vetoes` counts the refused entry signals by their reason.
    """

    fills: Records
    trades: Records
    equity: NDArray[np.float64]
    state: State
    vetoes: dict[Veto, int]


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep gave: BOOK records (k,), daily equity (k, days), session days (days,).

    A day is counted from 1970-01-01 in the venue's session days; its equity is that of the
    last bar in it. `cancelled` says that the sweep was stopped: the sets not run are zero.
    """

    books: Records
    daily_equity: NDArray[np.float64]
    days: NDArray[np.int64]
    cancelled: bool


def simulate(
    bars: Bars,
    signals: Signals,
    policy: Records,
    limits: Records,
    instrument: Records,
    cash: float,
    day_offset_ms: int = 0,
    funding: Column | None = None,
    changes: Sequence[tuple[int, Records]] = (),
) -> Simulation:
    """Run one book over `bars`; `policy`, `limits` and `instrument` have shape (1,).

    `funding` is the rate due at each bar's open (n,); `changes` are policies with the index of
    the bar from which each counts, in order. Raises `ValueError` for cash that is not positive.
    """
    limits = with_day_offset(limits, day_offset_ms)
    funded = NO_FUNDING if funding is None else sealed(funding)
    starts = [0, *(start for start, _ in changes)]
    stops = [*starts[1:], len(bars)]
    policies = [policy, *(changed for _, changed in changes)]
    capacity = min(len(bars), max(1024, len(bars) // 8))
    while True:
        state = new_state(cash)
        fills = np.empty(capacity + MOST_FILLS, FILL)
        equity = np.empty(len(bars), np.float64)
        vetoes = np.zeros(VETO_COUNT, np.int64)
        written = 0
        for start, stop, terms in zip(starts, stops, policies, strict=True):
            written += over_bars(
                state.book,
                state.legs,
                state.positions[:, 0],
                terms,
                limits,
                instrument,
                bars.timeframe_ms,
                *bar_columns(bars.slice(start, stop)),
                *signal_columns(signals.slice(start, stop)),
                funded[start:stop],
                fills[written:],
                equity[start:stop],
                np.empty(0, np.float64),
                vetoes,
            )
        if int(state.book["fills"][0]) <= capacity:
            break
        capacity = MOST_FILLS * len(bars)
    kept = fills[:written].copy()
    counts = {veto: int(vetoes[veto]) for veto in Veto if veto and vetoes[veto]}
    return Simulation(kept, trades_of(kept), equity, state, counts)


def sweep(
    bars: Bars,
    signal_sets: Sequence[Signals],
    signal_index: NDArray[np.int64],
    policies: Records,
    limits: Records,
    instrument: Records,
    cash: float,
    day_offset_ms: int = 0,
    threads: int = 2,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    funding: Column | None = None,
) -> Sweep:
    """Run k parameter sets; `policies` has shape (k,), `limits` (k,) or (1,).

    `signal_index[j]` names the signal set of parameter set j. `funding` is as in
    `simulate`. `progress` receives the number of sets done so far, `cancelled` is asked between
    tasks of a few sets each.
    """
    k = policies.shape[0]
    limits = with_day_offset(np.ascontiguousarray(np.broadcast_to(limits, k)), day_offset_ms)
    days = np.unique((bars.ts + day_offset_ms) // DAY_MS)
    books = np.repeat(new_state(cash).book, k)
    legs, positions = np.zeros(k, LEG), np.zeros(k, POSITION)
    daily_equity = np.zeros((k, days.shape[0]), np.float64)
    vetoes = np.zeros((k, VETO_COUNT), np.int64)
    columns, rows = _shared_columns(signal_sets, signal_index)
    no_equity = np.empty(0, np.float64)
    funded = NO_FUNDING if funding is None else sealed(funding)

    def run(first: int, last: int) -> None:
        over_grid(
            books,
            legs,
            positions,
            policies,
            limits,
            instrument,
            bars.timeframe_ms,
            *bar_columns(bars),
            *columns,
            sealed(signal_sets[0].last_of_session),
            funded,
            rows,
            first,
            last,
            np.empty(MOST_FILLS, FILL),
            no_equity,
            daily_equity,
            vetoes,
        )

    done = _in_threads(run, k, threads, progress, cancelled)
    return Sweep(books, daily_equity, days, done < k)


def _in_threads(
    run: Callable[[int, int], None],
    sets: int,
    threads: int,
    progress: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> int:
    """Run all sets a few at a time; return how many were done before it was cancelled."""

    def task(first: int) -> int:
        if cancelled is not None and cancelled():
            return 0
        last = min(first + SETS_PER_TASK, sets)
        run(first, last)
        return last - first

    done = 0
    with ThreadPoolExecutor(threads) as pool:
        for finished in pool.map(task, range(0, sets, SETS_PER_TASK)):
            done += finished
            if progress is not None:
                progress(done)
    return done


def _shared_columns(
    signal_sets: Sequence[Signals], signal_index: NDArray[np.int64]
) -> tuple[Tables, NDArray[np.int64]]:
    """Return each distinct column once, as four tables, and the rows of every parameter set.

    The tables hold actions, stops, targets and ATRs; columns count as equal when they are the
    same object, which is how a column cache hands them out.
    """
    tables: list[Column] = []
    rows = np.empty((signal_index.shape[0], 4), np.int64)
    for place, name in enumerate(("action", "stop", "target", "atr")):
        columns = [getattr(signals, name) for signals in signal_sets]
        distinct = {id(column): column for column in columns}
        order = {key: row for row, key in enumerate(distinct)}
        tables.append(sealed(np.stack(list(distinct.values()))))
        row_of_set = np.array([order[id(column)] for column in columns], np.int64)
        rows[:, place] = row_of_set[signal_index]
    return (tables[0], tables[1], tables[2], tables[3]), rows


def bar_columns(bars: Bars) -> tuple[Column, Column, Column, Column, Column]:
    """Return the columns of bars in the order in which the loops take them."""
    return (
        sealed(bars.ts),
        sealed(bars.open),
        sealed(bars.high),
        sealed(bars.low),
        sealed(bars.close),
    )


def signal_columns(signals: Signals) -> tuple[Column, Column, Column, Column, Column]:
    """Return the columns of signals in the order in which the loops take them."""
    return (
        sealed(signals.action),
        sealed(signals.stop),
        sealed(signals.target),
        sealed(signals.atr),
        sealed(signals.last_of_session),
    )


def sealed(column: Column) -> Column:
    """Return a read-only view: mapped files are read-only, and one type is compiled once."""
    view = column.view()
    view.flags.writeable = False
    return view


def with_day_offset(limits: Records, day_offset_ms: int) -> Records:
    """Return a copy of LIMITS whose days begin where the venue's do."""
    changed = limits.copy()
    changed["day_offset_ms"] = day_offset_ms
    return changed


def kernel_hash() -> str:
    """Return the hash of the code that decides: its sources, the layout and the compiler."""
    return hashlib.sha256(f"{source_hash()} layout {LAYOUT} slots {SLOTS}".encode()).hexdigest()
