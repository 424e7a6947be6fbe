"""Runs the signals of many legs through the kernel as one book: one account, one set of limits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairlead.kernel.boundaries import over_portfolio
from fairlead.kernel.intents import MOST_INTENTS
from fairlead.kernel.reasons import Veto
from fairlead.kernel.records import EVENT, FILL, INTENT, Records, State, new_state
from fairlead.kernel.series import Bars
from fairlead.kernel.signals import Signals
from fairlead.kernel.step import MOST_FILLS
from fairlead.kernel.trades import trades_of
from fairlead.strategies.run import with_day_offset
from fairlead.strategies.sharing import stacked

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_BAR_COLUMNS = ("ts", "open", "high", "low", "close")
_SIGNAL_COLUMNS = ("action", "stop", "target", "atr", "last_of_session")


@dataclass(frozen=True, slots=True)
class LegInput:
    """One leg as the kernel takes it; `policy` and `instrument` have shape (1,)."""

    bars: Bars
    signals: Signals
    policy: Records
    instrument: Records


@dataclass(frozen=True, slots=True)
class PortfolioSimulation:
    """What a portfolio's run gave.

    `fills` and `trades` name their leg. At each boundary, a moment at which bars close, there are
    `closed_at`, `opened` (the latest open of the bars that closed, never falling) and the marked
    `equity`. `vetoes` counts each leg's refused entries by reason.
    """

    fills: Records
    trades: Records
    closed_at: Integers
    opened: Integers
    equity: Floats
    state: State
    vetoes: tuple[dict[Veto, int], ...]


def simulate_portfolio(
    legs: Sequence[LegInput], limits: Records, cash: float, day_offset_ms: int = 0
) -> PortfolioSimulation:
    """Run one book of many legs over all their bars, merged by close time, then by leg.

    `limits` has shape (1,). A leg that starts late, ends early or has gaps is due only where it
    has bars; between them its position keeps its last mark. Raises `ValueError` for cash that is
    not positive.
    """
    events = merged_events(legs)
    limits = with_day_offset(limits, day_offset_ms)
    policies = stacked([leg.policy for leg in legs])
    instruments = stacked([leg.instrument for leg in legs])
    timeframes = np.array([leg.bars.timeframe_ms for leg in legs], np.int64)
    capacity = min(len(events), max(1024, len(events) // 8))
    while True:
        state = new_state(cash, len(legs))
        fills = np.zeros(capacity + MOST_FILLS, FILL)
        equity = np.zeros(len(events), np.float64)
        vetoes = np.zeros(len(events), np.int64)
        written, _ = over_portfolio(
            state.book,
            state.legs,
            state.positions,
            policies,
            limits,
            instruments,
            timeframes,
            events,
            fills,
            np.zeros(MOST_INTENTS, INTENT),
            equity,
            vetoes,
        )
        if int(state.book["fills"][0]) <= capacity:
            break
        capacity = MOST_FILLS * len(events)
    kept = fills[:written].copy()
    ends = _boundary_ends(events)
    return PortfolioSimulation(
        fills=kept,
        trades=trades_of(kept),
        closed_at=np.ascontiguousarray(events["closed_at"][ends]),
        opened=np.maximum.accumulate(events["ts"])[ends],
        equity=equity[ends],
        state=state,
        vetoes=_veto_counts(vetoes, events, len(legs)),
    )


def merged_events(legs: Sequence[LegInput]) -> Records:
    """Return the bars and signals of all legs as EVENTs, by close time, then by leg."""
    parts = [_events_of(place, leg) for place, leg in enumerate(legs)]
    events = np.concatenate(parts)
    # each part ascends, and the parts come in the order of legs: a stable sort by time is enough
    return events[np.argsort(events["closed_at"], kind="stable")]


def _events_of(place: int, leg: LegInput) -> Records:
    records = np.zeros(len(leg.bars), EVENT)
    records["leg"] = place
    records["closed_at"] = leg.bars.ts + leg.bars.timeframe_ms
    for name in _BAR_COLUMNS:
        records[name] = getattr(leg.bars, name)
    for name in _SIGNAL_COLUMNS:
        records[name] = getattr(leg.signals, name)
    return records


def _boundary_ends(events: Records) -> Integers:
    """Return the index of the last event of each boundary."""
    closed_at = events["closed_at"]
    return np.append(np.flatnonzero(np.diff(closed_at)), len(closed_at) - 1)


def _veto_counts(vetoes: Integers, events: Records, legs: int) -> tuple[dict[Veto, int], ...]:
    counts: list[dict[Veto, int]] = [{} for _ in range(legs)]
    for index in np.flatnonzero(vetoes):
        own, veto = counts[int(events["leg"][index])], Veto(int(vetoes[index]))
        own[veto] = own.get(veto, 0) + 1
    return tuple(counts)
