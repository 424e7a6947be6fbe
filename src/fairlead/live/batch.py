"""The books of one partition as arrays, and by which rules they trade."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairlead.kernel.records import (
    BOOK,
    BY_QUANTITY,
    BY_RISK,
    LEG,
    LIMITS,
    POLICY,
    POSITION,
    SLOTS,
    Records,
    State,
)

LARGEST_RULE = 1e12

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rules:
    """By which rules books trade: POLICY (N, L), LIMITS (N,)."""

    policies: Records
    limits: Records

    def pick(self, rows: Integers) -> "Rules":
        """Return the rules of the named rows as a copy."""
        return Rules(self.policies[rows], self.limits[rows])


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is in a partition and by which rules; changes seldom, so workers keep it.

    `users`, `subscriptions` and `connections` are V16 of shape (N,), sorted by user, then by
    subscription.
    """

    version: int
    users: Records
    subscriptions: Records
    connections: Records
    rules: Rules
    unsound: dict[int, str]  # row -> why the book cannot be traded by its rules


@dataclass(frozen=True, slots=True)
class Batch:
    """The states of a roster: `books` BOOK (N,), `legs` LEG (N, L), `positions` (N, L, SLOTS)."""

    books: Records
    legs: Records
    positions: Records

    def copy(self) -> "Batch":
        """Return a batch that shares no memory with this one."""
        return Batch(self.books.copy(), self.legs.copy(), self.positions.copy())

    def pick(self, rows: Integers) -> "Batch":
        """Return the named rows as a copy."""
        return Batch(self.books[rows], self.legs[rows], self.positions[rows])

    def oldest_ms(self) -> int:
        """Return the earliest boundary a book still stands at; damaged ones do not count."""
        as_of = self.books["as_of"]
        known = as_of[as_of > 0]
        return int(known.min()) if known.shape[0] else int(as_of.max(initial=0))

    def put(self, rows: Integers, other: "Batch") -> None:
        """Write the states of `other` into the named rows."""
        self.books[rows] = other.books
        self.legs[rows] = other.legs
        self.positions[rows] = other.positions

    def state(self, row: int) -> State:
        """Return one book's state, sharing this batch's memory."""
        return State(self.books[row : row + 1], self.legs[row], self.positions[row])


def between(events: Records, after_ms: int, until_ms: int) -> Records:
    """Return the EVENTs whose close lies in (after_ms, until_ms], as a copy."""
    closed_at = events["closed_at"]
    kept: Records = events[(closed_at > after_ms) & (closed_at <= until_ms)]
    return kept


def state_dtype(legs: int) -> "np.dtype[np.void]":
    """Return the layout of one stored state as `State.to_bytes` writes it."""
    return np.dtype(
        [("book", BOOK), ("legs", LEG, (legs,)), ("positions", POSITION, (legs, SLOTS))]
    )


def unpack(states: Records) -> Batch:
    """Return stored states (N,) as contiguous arrays of their parts, which may be changed."""
    return Batch(states["book"].copy(), states["legs"].copy(), states["positions"].copy())


def pack(batch: Batch) -> Records:
    """Return the states of a batch as they are stored, shape (N,)."""
    states = np.zeros(batch.books.shape[0], state_dtype(batch.legs.shape[1]))
    states["book"] = batch.books
    states["legs"] = batch.legs
    states["positions"] = batch.positions
    return states


def batch_of(states: list[State]) -> Batch:
    """Return single states, all of as many legs, as one batch."""
    return Batch(
        np.concatenate([state.book for state in states]),
        np.stack([state.legs for state in states]),
        np.stack([state.positions for state in states]),
    )


def read_policies(blobs: Records, legs: int) -> Records:
    """Return stored policies (V bytes, N) as POLICY (N, legs)."""
    return np.frombuffer(blobs.tobytes(), POLICY).reshape(-1, legs).copy()


def read_limits(blobs: Records) -> Records:
    """Return stored limits (V bytes, N) as LIMITS (N,)."""
    return np.frombuffer(blobs.tobytes(), LIMITS).copy()


def unsound_rules(rules: Rules) -> dict[int, str]:
    """Return, by row, why a book's policy or limits cannot be traded by."""
    policies, limits = rules.policies, rules.limits
    problems: dict[int, str] = {}
    for records, what in ((policies, "policy"), (limits.reshape(-1, 1), "limits")):
        for name in records.dtype.names or ():
            values = records[name]
            wrong = ~np.isfinite(values) | (values < _least(name)) | (values > LARGEST_RULE)
            _note(problems, wrong, f"the {what} has no usable {name}")
    sizing = policies["sizing"]
    _note(problems, (sizing < BY_QUANTITY) | (sizing > BY_RISK), "the policy has no known sizing")
    for name in ("size", "leverage"):
        _note(problems, policies[name] <= 0, f"the policy has no positive {name}")
    return problems


def _least(name: str) -> float:
    return -86_400_000.0 if name == "day_offset_ms" else 0.0


def _note(problems: dict[int, str], wrong: NDArray[np.bool_], text: str) -> None:
    if wrong.any():
        for row in np.flatnonzero(wrong.any(axis=1)):
            problems.setdefault(int(row), text)
