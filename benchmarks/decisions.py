"""How long one closed bar takes a live book: one call from Python, and one book of many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.crossover import plain_terms
from benchmarks.figures import Figure, cpu_median_s
from benchmarks.peer import Request
from fairlead.kernel.boundaries import over_books
from fairlead.kernel.intents import MOST_INTENTS
from fairlead.kernel.records import EVENT, FILL, INTENT, SLOTS, Records, new_state
from fairlead.kernel.single import new_single, step_bar
from fairlead.kernel.step import MOST_FILLS

MINUTE_MS = 60_000
CALLS = 5_000
PARTITION = 1_000


@dataclass(frozen=True, slots=True)
class Turn:
    """Books of one leg each, as a partition of a live turn holds them."""

    books: Records
    legs: Records
    positions: Records
    policies: Records
    limits: Records
    instruments: Records


def decision_figures() -> list[Figure]:
    """Measure the live entry points with bars on which nothing is traded."""
    many = _turn(PARTITION)
    call_s = _call_s()
    book_s = cpu_median_s(lambda: _run(many, 200)) / 200 / PARTITION
    name = f"live turn over {PARTITION:,} books"
    return [
        Figure("live decision, one subscriber", call_s * 1e6, "us / call", ceiling=1),
        Figure(name, book_s * 1e9, "ns / book", ceiling=40, note="one partition of a turn"),
    ]


def _call_s() -> float:
    """Return the CPU seconds of one call for one book of one leg, the loop around it included."""
    terms = plain_terms(Request())
    rules = (terms.policy, terms.limits, terms.instrument, MINUTE_MS)
    single = new_single(new_state(terms.cash), *rules)

    def step_all(events: list[Records]) -> None:
        for event in events:
            step_bar(single, event)

    def building_s() -> float:
        return cpu_median_s(lambda: _quiet_events(single["book"], CALLS))

    stepping_s = cpu_median_s(lambda: step_all(_quiet_events(single["book"], CALLS)))
    return (stepping_s - building_s()) / CALLS


def compile_turn() -> None:
    """Compile what a turn needs, or load it, before anybody waits for it."""
    _run(_turn(1), 1)


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


def _quiet_events(books: Records, count: int) -> list[Records]:
    """Return the next bars after the books' latest one; nothing is traded on them."""
    events = np.zeros(count, EVENT)
    events["ts"] = int(books["as_of"][0]) + MINUTE_MS * np.arange(count)
    events["closed_at"] = events["ts"] + MINUTE_MS
    for name, price in (("open", 100.0), ("high", 100.1), ("low", 99.9), ("close", 100.0)):
        events[name] = price
    return [events[k : k + 1] for k in range(count)]


def _run(turn: Turn, times: int) -> None:
    count = len(turn.books)
    fills = np.zeros(count + MOST_FILLS, FILL)
    intents = np.zeros(count + MOST_INTENTS, INTENT)
    vetoes, touched = np.zeros((count, 1), np.int64), np.zeros(count, np.int64)
    timeframes, equity = np.array([MINUTE_MS]), np.empty((count, 0))
    for event in _quiet_events(turn.books, times):
        over_books(
            turn.books,
            turn.legs,
            turn.positions,
            turn.policies,
            turn.limits,
            turn.instruments,
            timeframes,
            event,
            fills,
            intents,
            equity,
            vetoes,
            touched,
        )
