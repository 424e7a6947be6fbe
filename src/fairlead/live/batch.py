"""The books of one partition as arrays, and the events they still have to fold."""

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

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.int8]
EventColumns = tuple[
    Integers,
    Integers,
    Integers,
    Floats,
    Floats,
    Floats,
    Floats,
    Flags,
    Floats,
    Floats,
    Floats,
    Flags,
]


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is in a partition and by which rules; changes seldom, so workers keep it.

    `users`, `subscriptions` and `connections` are V16 of shape (N,), sorted by user, then by
    subscription; `policies` is POLICY (N, L), `limits` LIMITS (N,).
    """

    version: int
    users: Records
    subscriptions: Records
    connections: Records
    policies: Records
    limits: Records


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

    def put(self, rows: Integers, other: "Batch") -> None:
        """Write the states of `other` into the named rows."""
        self.books[rows] = other.books
        self.legs[rows] = other.legs
        self.positions[rows] = other.positions

    def state(self, row: int) -> State:
        """Return one book's state, sharing this batch's memory."""
        return State(self.books[row : row + 1], self.legs[row], self.positions[row])


@dataclass(frozen=True, slots=True)
class Events:
    """Closed bars with their signals, sorted by (close time, leg); columns of shape (E,)."""

    closed_at: Integers
    leg: Integers
    ts: Integers
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    action: Flags
    stop: Floats
    target: Floats
    atr: Floats
    last_of_session: Flags

    def __len__(self) -> int:
        return int(self.ts.shape[0])

    def between(self, after_ms: int, until_ms: int) -> "Events":
        """Return the events whose close lies in (after_ms, until_ms]."""
        keep = (self.closed_at > after_ms) & (self.closed_at <= until_ms)
        return Events(*(getattr(self, name)[keep] for name in self.__slots__))

    def columns(self) -> EventColumns:
        """Return the columns in the order in which the kernel takes them."""
        return (
            self.closed_at,
            self.leg,
            self.ts,
            self.open,
            self.high,
            self.low,
            self.close,
            self.action,
            self.stop,
            self.target,
            self.atr,
            self.last_of_session,
        )


def state_dtype(legs: int) -> "np.dtype[np.void]":
    """Return the layout of one stored state as `State.to_bytes` writes it."""
    return np.dtype(
        [("book", BOOK), ("legs", LEG, (legs,)), ("positions", POSITION, (legs, SLOTS))]
    )


def unpack(states: Records) -> Batch:
    """Return stored states (N,) as contiguous arrays of their parts."""
    return Batch(
        np.ascontiguousarray(states["book"]),
        np.ascontiguousarray(states["legs"]),
        np.ascontiguousarray(states["positions"]),
    )


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


def unsound_rules(policies: Records, limits: Records) -> dict[int, str]:
    """Return, by row, why a book's policy or limits cannot be traded by."""
    problems: dict[int, str] = {}
    for records, what in ((policies, "policy"), (limits.reshape(-1, 1), "limits")):
        for name in records.dtype.names or ():
            values = records[name]
            wrong = ~np.isfinite(values) | (values < _least(name))
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
