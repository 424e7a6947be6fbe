"""Words of strategies: a version, a parameter, and what can be set."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Axis = Literal["signal", "policy"]
ParameterType = Literal["int", "float", "bool", "choice"]
Setting = float | str | bool
"""What people write for a parameter; inside it is always a float."""
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One typed, bounded axis.

    A choice counts its `choices` from 0, a bool is 0 or 1. `axis` says whether it changes the
    shared signal or only the policy of a book.
    """

    name: str
    type: ParameterType
    low: float
    high: float
    default: float
    axis: Axis
    description: str
    choices: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """Return in words which values are accepted."""
        if self.type == "choice":
            return "one of " + ", ".join(self.choices)
        if self.type == "bool":
            return "true or false"
        kind = "a whole number" if self.type == "int" else "a number"
        return f"{kind} from {self.low:.12g} to {self.high:.12g}"

    def shown(self, value: float) -> Setting:
        """Return a value as people write it."""
        if self.type == "choice":
            return self.choices[int(value)]
        if self.type == "bool":
            return bool(value)
        return int(value) if self.type == "int" else value


Visibility = Literal["private", "public"]


@dataclass(frozen=True, slots=True)
class Strategy:
    """An idea with a name and an owner; only its versions run.

    `current_version` is what is offered; a rollback moves it back. `revision` counts edits.
    """

    user_id: UUID
    id: UUID
    slug: str
    name: str
    description: str
    tags: tuple[str, ...]
    active: bool
    visibility: Visibility
    current_version: int
    latest_version: int
    revision: int
    created_at: datetime
    updated_at: datetime
    subscriber_count: int


@dataclass(frozen=True, slots=True)
class Version:
    """An immutable, content-hashed definition; `definition` has all its defaults written out.

    `outside` says that it was sent by a program, so work on it may have been done elsewhere.
    """

    id: UUID
    strategy_id: UUID
    user_id: UUID
    number: int
    hash: str
    kind: str
    definition: Mapping[str, Json]
    note: str
    created_at: datetime
    deprecated_at: datetime | None
    outside: bool = False

    @property
    def deprecated(self) -> bool:
        """Tell whether the author advises against it; what runs on it goes on."""
        return self.deprecated_at is not None


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version as others may see it: everything but its definition.

    `withdrawn_at` says that it is no longer offered; `deprecated_at` as in `Version`.
    """

    version_id: UUID
    strategy_id: UUID
    author_id: UUID
    number: int
    hash: str
    timeframe: str
    instruments: tuple[str, ...]
    parameters: Json
    note: str
    published_at: datetime
    deprecated_at: datetime | None
    withdrawn_at: datetime | None

    @property
    def offered(self) -> bool:
        """Tell whether somebody may still begin to follow it."""
        return self.withdrawn_at is None and self.deprecated_at is None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Published figures of a version with an equity curve of [epoch ms, value] pairs."""

    kind: Literal["backtest", "live"]
    version_id: UUID
    figures: Json
    equity: Json
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One published strategy; `definition` is None unless its author shares it."""

    strategy_id: UUID
    author_id: UUID
    author_name: str
    version_id: UUID
    number: int
    hash: str
    kind: str
    slug: str
    name: str
    description: str
    tags: tuple[str, ...]
    timeframe: str
    instruments: tuple[str, ...]
    parameters: Json
    definition: Json
    published_at: datetime
    updated_at: datetime
    subscriber_count: int
    figures: Json


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two definitions; None stands for a place that is not there."""

    path: str
    before: Json
    after: Json
