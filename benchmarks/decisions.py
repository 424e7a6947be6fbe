"""How long one closed bar takes a live book: one call from Python, and one book of many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.crossover import plain_terms
from benchmarks.figures import Figure, cpu_median_s
from benchmarks.peer import Request
from fairlead.kernel.boundaries import over_books
from fairlead.kernel.records import FILL, INTENT, SLOTS, Records, new_state

MINUTE_MS = 60_000
CALLS = 5_000
BOOKS = 10_000


@dataclass(slots=True)
class Turn:
    """Books of one leg each, and one closed bar after the other for all of them."""

    books: Records
    legs: Records
    positions: Records
    policies: Records
    limits: Records
    instruments: Records
    minute: int = 0

    def columns(self) -> list[np.ndarray[tuple[int], np.dtype[np.generic]]]:
        """Return the events of the next turn: one bar that nothing happens on."""
        self.minute += 1
        opened = np.array([self.minute * MINUTE_MS])
        prices = [np.array([price]) for price in (100.0, 100.1, 99.9, 100.0)]
        nothing = [np.zeros(1) for _ in range(3)]
        closed, leg = opened + MINUTE_MS, np.zeros(1, np.int64)
        quiet = np.zeros(1, np.int8)
        return [closed, leg, opened, *prices, quiet, *nothing, quiet]


def decision_figures() -> list[Figure]:
    """Measure the live entry points with bars on which nothing is traded."""
    one, many = _turn(1), _turn(BOOKS)
    call_s = cpu_median_s(lambda: _run(one, CALLS)) / CALLS
    book_s = cpu_median_s(lambda: _run(many, 20)) / 20 / BOOKS
    return [
        Figure("live decision, one subscriber", call_s * 1e6, "us / call", ceiling=1),
        Figure(f"live turn over {BOOKS:,} books", book_s * 1e9, "ns / book", ceiling=40),
    ]


def _turn(count: int) -> Turn:
    terms = plain_terms(Request())
    seed = new_state(terms.cash)
    return Turn(
        books=np.repeat(seed.book, count),
        legs=np.repeat(seed.legs, count).reshape(count, 1),
        positions=np.repeat(seed.positions, count).reshape(count, 1, SLOTS),
        policies=np.repeat(terms.policy, count).reshape(count, 1),
        limits=np.repeat(terms.limits, count),
        instruments=terms.instrument,
    )


def _run(turn: Turn, times: int) -> None:
    count = len(turn.books)
    fills, intents = np.zeros(count + 1, FILL), np.zeros(count + 1, INTENT)
    vetoes, touched = np.zeros((count, 1), np.int64), np.zeros(count, np.int64)
    timeframes = np.array([MINUTE_MS])
    columns = turn.columns()
    for _ in range(times):
        for place in (0, 2):
            columns[place] += MINUTE_MS  # type: ignore[operator]  # the two columns of times
        over_books(
            turn.books,
            turn.legs,
            turn.positions,
            turn.policies,
            turn.limits,
            turn.instruments,
            timeframes,
            *columns,
            fills,
            intents,
            vetoes,
            touched,
        )
    turn.minute = int(columns[2][0]) // MINUTE_MS
