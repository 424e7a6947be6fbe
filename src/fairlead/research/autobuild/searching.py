"""All parameter sets of all allowed templates over one instrument, as daily returns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairlead.kernel.records import Records
from fairlead.kernel.series import Bars
from fairlead.market.instruments import Instrument
from fairlead.research.autobuild.steps import Stop
from fairlead.research.autobuild.terms import Constraints, Search
from fairlead.research.candidates import Candidates, batches_of, candidates_of
from fairlead.research.columns import signal_table
from fairlead.research.daily import Floats, Ints, returns_of_sets, session_days
from fairlead.research.model import FAR_FUTURE_MS, Period
from fairlead.research.progress import RunCancelled
from fairlead.research.setting import RunSetting, open_setting
from fairlead.research.sweep import limits_of, policies_of
from fairlead.strategies.kinds.rules.parameters import Resolved
from fairlead.strategies.model import Setting
from fairlead.strategies.run import sweep
from fairlead.strategies.templates import load_template


@dataclass(frozen=True, slots=True)
class Searched:
    """Hold one template on one instrument: what it runs with, and its sets.

    `first` is the place of its first set among the sets of all templates.
    """

    search: Search
    setting: RunSetting
    candidates: Candidates
    first: int

    @property
    def sets(self) -> int:
        """Return how many sets it has."""
        return len(self.candidates.sets)


@dataclass(frozen=True, slots=True)
class GridRun:
    """Hold the run of every set over the same bars.

    `returns` are simple daily returns (sets, days), `days` the session days, `day_stops` the
    index after the last bar of each day, `books` the BOOK of every set.
    """

    searched: tuple[Searched, ...]
    returns: Floats
    days: Ints
    day_stops: Ints
    books: Records

    def owner(self, index: int) -> tuple[Searched, int]:
        """Return the template of a set and the set's place in it."""
        for each in self.searched:
            if index < each.first + each.sets:
                return each, index - each.first
        raise IndexError(index)

    def chosen(self, index: int) -> tuple[Searched, Resolved, dict[str, Setting]]:
        """Return a set: its template, its values, and those of its axes as they were written."""
        owner, place = self.owner(index)
        return owner, owner.candidates.sets[place], owner.candidates.varied(place)


def open_searches(
    constraints: Constraints, bars: Bars, instrument: Instrument, stop: int
) -> tuple[Searched, ...]:
    """Prepare every template to run over `bars[:stop]`; later bars stay at hand, unread.

    Raises `InvalidInput` for an axis that a template does not have, a value out of its bounds,
    or too few bars.
    """
    found: list[Searched] = []
    first = 0
    for search in constraints.searches:
        document = load_template(search.template)
        period = Period(int(bars.ts[0]) if len(bars) else 0, FAR_FUTURE_MS)
        setting = open_setting(
            document, bars, period, constraints.timeframe, instrument, constraints.account
        )
        candidates = candidates_of(setting.compiled, search.axes, search.fixed, stop)
        found.append(Searched(search, setting, candidates, first))
        first += len(candidates.sets)
    return tuple(found)


def run_grid(searched: tuple[Searched, ...], stop: int, halt: Stop) -> GridRun:
    """Run every set on fresh state over `bars[:stop]`; raises `RunCancelled` when halted."""
    bars = searched[0].setting.bars.slice(0, stop)
    days, day_stops = day_edges(bars, searched[0].setting.instrument.day_offset_ms)
    equity, books = [], []
    for each in searched:
        part_equity, part_books = _run_search(each, bars, len(days), halt)
        equity.append(part_equity)
        books.append(part_books)
    cash = float(searched[0].setting.account.cash)
    returns = np.ascontiguousarray(returns_of_sets(np.concatenate(equity), cash).T)
    return GridRun(searched, returns, days, day_stops, np.concatenate(books))


def day_edges(bars: Bars, day_offset_ms: int) -> tuple[Ints, Ints]:
    """Return the session days of bars, and the index after the last bar of each."""
    number = session_days(bars.ts, day_offset_ms)
    edges = np.flatnonzero(np.diff(number)) + 1
    stops = np.append(edges, len(bars)).astype(np.int64)
    return number[stops - 1], stops


def _run_search(each: Searched, bars: Bars, days: int, halt: Stop) -> tuple[Floats, Records]:
    setting = each.setting
    equity = np.empty((each.sets, days))
    books: dict[int, Records] = {}
    for batch in batches_of(setting.compiled, each.candidates, len(bars), days):
        if halt():
            raise RunCancelled
        sets = [each.candidates.sets[index] for index in batch]
        table = signal_table(setting, bars, sets)
        run = sweep(
            bars,
            table.signals,
            table.index,
            policies_of(setting, sets, int(bars.ts[-1])),
            limits_of(setting, sets),
            setting.record,
            float(setting.account.cash),
            setting.instrument.day_offset_ms,
            threads=1,
            cancelled=halt,
        )
        if run.cancelled:
            raise RunCancelled
        equity[batch] = run.daily_equity
        books.update({index: run.books[at : at + 1] for at, index in enumerate(batch)})
    return equity, np.concatenate([books[index] for index in range(each.sets)])


def neighbours_of(searched: tuple[Searched, ...]) -> NDArray[np.int64]:
    """Return for every set the sets one step away on any axis, diagonals included; -1 pads."""
    rows: list[list[int]] = []
    for each in searched:
        places = np.array(each.candidates.places)
        for place in places:
            near = (np.abs(places - place) <= 1).all(axis=1)
            near[len(rows) - each.first] = False
            rows.append((np.flatnonzero(near) + each.first).tolist())
    width = max(1, max(len(row) for row in rows))
    return np.array([row + [-1] * (width - len(row)) for row in rows], np.int64)
