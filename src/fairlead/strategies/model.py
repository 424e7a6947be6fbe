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
        return f"{kind} from {self.low:g} to {self.high:g}"

    def shown(self, value: float) -> Setting:
        """Return a value as people write it."""
        if self.type == "choice":
            return self.choices[int(value)]
        if self.type == "bool":
            return bool(value)
        return int(value) if self.type == "int" else value


@dataclass(frozen=True, slots=True)
class Version:
    """An immutable, content-hashed definition; `definition` is its canonical JSON form."""

    id: UUID
    strategy_id: UUID
    user_id: UUID
    number: int
    hash: str
    kind: str
    definition: Mapping[str, Json]
    deprecated: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two definitions; None stands for a place that is not there."""

    path: str
    before: Json
    after: Json
