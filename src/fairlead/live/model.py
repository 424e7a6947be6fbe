"""Words and rules of live trading that need neither a database nor a clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from fairlead.kernel.reasons import Purpose, Reason
from fairlead.kernel.records import Records
from fairlead.kernel.signals import ENTER_LONG, ENTER_SHORT, EXIT_LONG, EXIT_SHORT

PARTITION_BOOKS = 2_500
MAX_LEGS = 50
CHUNK_NEW, CHUNK_DONE, CHUNK_FAILED = 0, 1, 2
COMMAND_NEW, COMMAND_DONE, COMMAND_FAILED = 0, 1, 2

# Fills of the levels that a book watches itself; there was no order before the fill.
LEVEL_REASONS = (int(Reason.STOP), int(Reason.TARGET), int(Reason.TRAIL), int(Reason.BREAK_EVEN))


class OrderStatus(IntEnum):
    """Where an order is; the stored number of each is part of the schema."""

    NEW = 1
    SENDING = 2
    WORKING = 3
    PARTIAL = 4
    FILLED = 5
    CANCELLED = 6
    REFUSED = 7
    UNKNOWN = 8
    EXPIRED = 9


TERMINAL = (
    OrderStatus.FILLED,
    OrderStatus.CANCELLED,
    OrderStatus.REFUSED,
    OrderStatus.EXPIRED,
)


class OrderKind(IntEnum):
    """How an order meets the market; stored."""

    MARKET = 1
    LIMIT = 2
    STOP = 3


class Act(IntEnum):
    """What a command asks of one book; stored."""

    PAUSE = 1
    RESUME = 2
    KILL = 3
    RELEASE = 4
    CLOSE = 5
    CANCEL_ENTRY = 6
    JOIN = 7
    OUTCOME_REFUSED = 20
    OUTCOME_CANCELLED = 21
    OUTCOME_EXPIRED = 22
    CANCEL_ORDER = 30


# What a turn folds before its bar: these take orders away and give none.
BEFORE_TURN = (
    Act.PAUSE,
    Act.RESUME,
    Act.KILL,
    Act.RELEASE,
    Act.OUTCOME_REFUSED,
    Act.OUTCOME_CANCELLED,
    Act.OUTCOME_EXPIRED,
)
# What may be folded at any time between two turns. Refusals wait for the turn: a refused exit is
# wanted again then, so it is tried once a candle and not all the time.
BETWEEN_TURNS = (
    Act.PAUSE,
    Act.RESUME,
    Act.KILL,
    Act.RELEASE,
    Act.OUTCOME_CANCELLED,
    Act.OUTCOME_EXPIRED,
    Act.CLOSE,
    Act.CANCEL_ENTRY,
)


@dataclass(frozen=True, slots=True)
class LegDraft:
    """One leg as a tenant asked for it; parameters are as people write them.

    `weight` is its share of the book's equity; None shares equally with the other legs.
    """

    version_id: UUID
    instrument: str
    timeframe: str
    timeframe_ms: int
    parameters: tuple[tuple[str, float | str | bool], ...]
    weight: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LegPlan:
    """One leg of a lineup: which version says what, on which series, from which bar on."""

    version_id: UUID
    signal_key: str
    parameters: tuple[tuple[str, float], ...]
    instrument: str
    timeframe: str
    timeframe_ms: int
    warm_from_ms: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A subscription made ready to trade; `policies` holds one POLICY a leg, `limits` LIMITS."""

    legs: tuple[LegPlan, ...]
    policies: bytes
    limits: bytes


@dataclass(frozen=True, slots=True)
class Lineup:
    """The legs a group of books holds in common, in the order in which they are applied."""

    id: UUID
    legs: tuple[LegPlan, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """One turn of one partition."""

    turn_id: UUID
    lineup_id: UUID
    partition: int
    seq: int
    roster: int
    boundary_ms: int
    last_boundary_ms: int
    is_late: bool
    attempts: int
    valid_until: datetime
    owner_id: UUID


def without_entries(action: int) -> int:
    """Return what is left of a signal that comes too late: exits run, entries do not.

    An entry against a position closes it, as where shorting is not allowed.
    """
    if action == ENTER_LONG:
        return EXIT_SHORT
    if action == ENTER_SHORT:
        return EXIT_LONG
    return action


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", np.uint8)
UInt64s = NDArray[np.uint64]


def _mixed(value: UInt64s) -> UInt64s:
    """Scramble 64 bits (the finaliser of SplitMix64, Steele, Lea, Flood 2014); a bijection."""
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return value ^ (value >> np.uint64(31))


def _halves(ids: Records) -> tuple[UInt64s, UInt64s]:
    halves = np.frombuffer(ids.tobytes(), ">u8").astype(np.uint64).reshape(-1, 2)
    return halves[:, 0], halves[:, 1]


def _digest(parts: tuple[UInt64s, ...], seed: int) -> UInt64s:
    state = np.full(parts[0].shape, seed, np.uint64)
    for part in parts:
        state = _mixed((state ^ part) + _GOLDEN)
    return state


def client_ids(
    causes: Records,
    subscriptions: Records,
    legs: NDArray[np.int64],
    purposes: NDArray[np.int64],
    numbers: NDArray[np.int64],
) -> NDArray[np.bytes_]:
    """Return one client id of 20 base32 characters for each order, as an array of bytes S20.

    `causes` and `subscriptions` are UUIDs as V16. The same order has the same id in every
    process and at every attempt; 100 bits make two orders with one id practically impossible.
    """
    cause_high, cause_low = _halves(causes)
    high, low = _halves(subscriptions)
    place = (legs.astype(np.uint64) << np.uint64(8)) | purposes.astype(np.uint64)
    parts = (cause_high, cause_low, high, low, place, numbers.astype(np.uint64))
    first, second = _digest(parts, 1), _digest(parts, 2)
    characters = np.empty((numbers.shape[0], 20), np.uint8)
    for k in range(10):
        shift = np.uint64(5 * k)
        characters[:, k] = _ALPHABET[(first >> shift) & np.uint64(31)]
        characters[:, k + 10] = _ALPHABET[(second >> shift) & np.uint64(31)]
    return characters.reshape(-1).view("S20")


def ranks(
    causes: Records, subscriptions: Records, purposes: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Return the place of each order in the queue: exits first, then in an order that rotates.

    Who comes first is drawn anew at every cause, so no subscriber is always ahead.
    """
    parts = (*_halves(causes), *_halves(subscriptions))
    drawn = (_digest(parts, 3) & np.uint64((1 << 30) - 1)).astype(np.int32)
    return np.where(purposes == int(Purpose.ENTRY), drawn | np.int32(1 << 30), drawn)


def uuid_column(ids: Sequence[UUID]) -> Records:
    """Return UUIDs as an array of V16."""
    return np.frombuffer(b"".join(item.bytes for item in ids), "V16")


def uuid_at(column: Records, k: int) -> UUID:
    """Return one UUID of a V16 column."""
    return UUID(bytes=column[k].tobytes())
