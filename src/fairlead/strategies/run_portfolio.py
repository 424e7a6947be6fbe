"""Runs the signals of many legs through the kernel as one book: one account, one set of limits."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fairlead.kernel.boundaries import over_portfolio
from fairlead.kernel.costs import charge_funding
from fairlead.kernel.intents import MOST_INTENTS
from fairlead.kernel.reasons import Veto
from fairlead.kernel.records import EVENT, FILL, INTENT, Records, State, new_state
from fairlead.kernel.series import Bars
from fairlead.kernel.signals import Signals
from fairlead.kernel.step import MOST_FILLS
from fairlead.kernel.trades import trades_of
from fairlead.strategies.run import NO_FUNDING, with_day_offset
from fairlead.strategies.sharing import stacked

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_BAR_COLUMNS = ("ts", "open", "high", "low", "close")
_SIGNAL_COLUMNS = ("action", "stop", "target", "atr", "last_of_session")


CHARGE = np.dtype([("leg", "i8"), ("bar", "i8"), ("amount", "f8")])


@dataclass(frozen=True, slots=True)
class LegInput:
    """One leg as the kernel takes it; `policy` and `instrument` have shape (1,).

    `funding` is the rate due at each bar's open, (n,) or (0,); `changes` are later policies with
    the index of the bar from which each counts, in order.
    """

    bars: Bars
    signals: Signals
    policy: Records
    instrument: Records
    funding: Floats = field(default_factory=lambda: NO_FUNDING)
    changes: tuple[tuple[int, Records], ...] = ()


@dataclass(frozen=True, slots=True)
class PortfolioSimulation:
    """What a portfolio's run gave.

    `fills` and `trades` name their leg. At each boundary, a moment at which bars close, there are
    `closed_at`, `opened` (the latest open of the bars that closed, never falling) and the marked
    `equity`. `vetoes` counts each leg's refused entries by reason; `charges` is CHARGE, what
    funding took from each leg (below 0: gave), by the index of its bar.
    """

    fills: Records
    trades: Records
    closed_at: Integers
    opened: Integers
    equity: Floats
    state: State
    vetoes: tuple[dict[Veto, int], ...]
    charges: Records


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
    capacity = min(len(events), max(1024, len(events) // 8))
    while True:
        run = _Run(legs, events, limits, cash, capacity)
        run.all()
        if int(run.state.book["fills"][0]) <= capacity:
            break
        capacity = MOST_FILLS * len(events)
    kept = run.fills[: run.written].copy()
    ends = _boundary_ends(events)
    return PortfolioSimulation(
        fills=kept,
        trades=trades_of(kept),
        closed_at=np.ascontiguousarray(events["closed_at"][ends]),
        opened=np.maximum.accumulate(events["ts"])[ends],
        equity=run.equity[ends],
        state=run.state,
        vetoes=_veto_counts(run.vetoes, events, len(legs)),
        charges=np.array(run.charges, CHARGE),
    )


class _Run:
    """One book over all events, stopping where costs change or funding is due.

    Both belong to the open of a bar: they are brought about before the boundary at which that
    bar closes, on the positions that were held when it opened.
    """

    def __init__(
        self, legs: Sequence[LegInput], events: Records, limits: Records, cash: float, fills: int
    ) -> None:
        self.state = new_state(cash, len(legs))
        self.fills = np.zeros(fills + MOST_FILLS, FILL)
        self.equity = np.zeros(len(events), np.float64)
        self.vetoes = np.zeros(len(events), np.int64)
        self.charges: list[tuple[int, int, float]] = []
        self.written = 0
        self._legs = legs
        self._events = events
        self._limits = limits
        self._policies = stacked([leg.policy for leg in legs])
        self._instruments = stacked([leg.instrument for leg in legs])
        self._timeframes = np.array([leg.bars.timeframe_ms for leg in legs], np.int64)
        self._intents = np.zeros(MOST_INTENTS, INTENT)

    def all(self) -> None:
        """Run to the end."""
        stops = _stops(self._legs)
        closed_at = self._events["closed_at"]
        edges = np.searchsorted(closed_at, np.array(sorted(stops), np.int64)).tolist()
        first = 0
        for edge, time_ms in zip(edges, sorted(stops), strict=True):
            self._through(first, edge)
            first = edge
            for leg, bar in stops[time_ms]:
                self._change(leg, bar)
                self._charge(leg, bar)
        self._through(first, len(self._events))

    def _through(self, first: int, stop: int) -> None:
        if first == stop:
            return
        state = self.state
        written, _ = over_portfolio(
            state.book,
            state.legs,
            state.positions,
            self._policies,
            self._limits,
            self._instruments,
            self._timeframes,
            self._events[first:stop],
            self.fills[self.written :],
            self._intents,
            self.equity[first:stop],
            self.vetoes[first:stop],
        )
        self.written += written

    def _change(self, leg: int, bar: int) -> None:
        for start, policy in self._legs[leg].changes:
            if start == bar:
                self._policies[leg] = policy[0]

    def _charge(self, leg: int, bar: int) -> None:
        """Take funding from a position as the loop over one leg does."""
        given = self._legs[leg]
        rate = float(given.funding[bar]) if len(given.funding) else 0.0
        position = self.state.positions[leg, 0]
        if rate == 0.0 or int(position["side"]) == 0:
            return
        price = float(given.bars.open[bar])
        before = float(self.state.book["charges"][0])
        charge_funding(self.state.book[0], position, price, rate)
        amount = float(self.state.book["charges"][0]) - before
        self.charges.append((leg, bar, amount))


def _stops(legs: Sequence[LegInput]) -> dict[int, list[tuple[int, int]]]:
    """Return (leg, bar) by the time at which the bar closes, for bars that begin with something."""
    stops: dict[int, list[tuple[int, int]]] = {}
    for place, leg in enumerate(legs):
        due = set(np.flatnonzero(leg.funding).tolist()) | {start for start, _ in leg.changes}
        for bar in sorted(due):
            closed_at = int(leg.bars.ts[bar]) + leg.bars.timeframe_ms
            stops.setdefault(closed_at, []).append((place, bar))
    return stops


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
