"""Drives one seeded case through each loop of the kernel and hands back comparable bytes."""

import hashlib
from dataclasses import dataclass

import numpy as np

from fairlead.kernel.boundaries import over_books, over_portfolio
from fairlead.kernel.records import (
    BOOK,
    EVENT,
    FILL,
    INTENT,
    LEG,
    POSITION,
    SLOTS,
    Records,
    State,
    new_state,
    state_from_bytes,
)
from fairlead.kernel.single import new_single, state_of, step_bar
from fairlead.strategies.run import simulate, sweep
from tests.kernel.markets import Case

CASH = 10_000.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """A final state and all fills, as bytes."""

    state: bytes
    fills: bytes

    def digest(self) -> str:
        return hashlib.sha256(self.state + self.fills).hexdigest()


def through_bars(case: Case) -> Outcome:
    result = simulate(case.bars, case.signals, case.policy, case.limits, case.instrument, CASH)
    return Outcome(result.state.to_bytes(), result.fills.tobytes())


def through_grid(case: Case, sets: int = 3) -> list[bytes]:
    """Return the book of each of several equal parameter sets."""
    result = sweep(
        case.bars,
        [case.signals],
        np.zeros(sets, np.int64),
        np.repeat(case.policy, sets),
        case.limits,
        case.instrument,
        CASH,
    )
    return [book.tobytes() for book in result.books]


def events(case: Case) -> Records:
    """Return the case's bars as events of leg 0."""
    records = np.zeros(len(case.bars), EVENT)
    records["closed_at"] = case.bars.ts + case.bars.timeframe_ms
    for name in ("ts", "open", "high", "low", "close"):
        records[name] = getattr(case.bars, name)
    for name in ("action", "stop", "target", "atr", "last_of_session"):
        records[name] = getattr(case.signals, name)
    return records


def through_portfolio(case: Case) -> Outcome:
    state = new_state(CASH)
    fills = np.zeros(3 * len(case.bars) + 3, FILL)
    count, _ = over_portfolio(
        state.book,
        state.legs,
        state.positions,
        case.policy,
        case.limits,
        case.instrument,
        np.array([case.bars.timeframe_ms]),
        events(case),
        fills,
        np.zeros(2 * len(case.bars) + 2, INTENT),
        np.empty(0, np.float64),
        np.zeros(len(case.bars), np.int64),
    )
    return Outcome(state.to_bytes(), fills[:count].tobytes())


def through_books(
    case: Case, *, copies: int = 3, restore: bool = False, lag: int = 1
) -> list[Outcome]:
    """Run several equal books turn by turn.

    With `restore` every state goes through its bytes between turns; with `lag` above 1 the
    books are given that many bars at once, as one that catches up is.
    """
    states = [new_state(CASH) for _ in range(copies)]
    written: list[list[bytes]] = [[] for _ in range(copies)]
    due = events(case)
    for first in range(0, len(case.bars), lag):
        states = _turn(case, states, due[first : first + lag], written)
        if restore:
            states = [state_from_bytes(state.to_bytes()) for state in states]
    return [
        Outcome(state.to_bytes(), b"".join(fills))
        for state, fills in zip(states, written, strict=True)
    ]


def through_single(case: Case) -> Outcome:
    """Step one record bar by bar, as Python code that holds one book does."""
    rules = (case.policy, case.limits, case.instrument, case.bars.timeframe_ms)
    single = new_single(new_state(CASH), *rules)
    written: list[bytes] = []
    for event in events(case)[:, None]:
        step_bar(single, event)
        written.append(single["fills"][0, : int(single["fill_count"][0])].tobytes())
    return Outcome(state_of(single).to_bytes(), b"".join(written))


def _turn(
    case: Case,
    states: list[State],
    window: Records,
    written: list[list[bytes]],
) -> list[State]:
    count, bars = len(states), window.shape[0]
    books = np.concatenate([state.book for state in states])
    legs = np.stack([state.legs for state in states])
    positions = np.stack([state.positions for state in states])
    fills = np.zeros(3 * count * bars + 3, FILL)
    total, _ = over_books(
        books,
        legs,
        positions,
        np.repeat(case.policy, count).reshape(count, 1),
        np.repeat(case.limits, count),
        case.instrument,
        np.array([case.bars.timeframe_ms]),
        window,
        fills,
        np.zeros(2 * count * bars + 2, INTENT),
        np.empty((count, 0), np.float64),
        np.zeros((count, bars), np.int64),
        np.zeros(count, np.int64),
    )
    for fill in fills[:total]:
        book = int(fill["book"])
        fill["book"] = 0
        written[book].append(fill.tobytes())
    assert (books.dtype, legs.dtype, positions.shape[2]) == (BOOK, LEG, SLOTS)
    assert positions.dtype == POSITION
    return [
        State(books[k : k + 1].copy(), legs[k].copy(), positions[k].copy()) for k in range(count)
    ]
