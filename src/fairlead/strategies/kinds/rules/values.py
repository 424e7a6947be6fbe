"""Values of a definition that may be a literal or name a parameter: `0.02` or `"$stop"`."""

import re
from dataclasses import dataclass
from math import isfinite
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

NAME_PATTERN = r"[a-z][a-z0-9_]{0,39}"
REFERENCE_PATTERN = rf"^\${NAME_PATTERN}$"
_REFERENCE = re.compile(REFERENCE_PATTERN)

Number = float | str
Choice = str
Flag = bool | str


def reference_of(value: object) -> str | None:
    """Return the parameter that a value names, None for a literal."""
    if isinstance(value, str) and _REFERENCE.match(value):
        return value[1:]
    return None


@dataclass(frozen=True, slots=True)
class Bounded:
    """Accept a number from `low` to `high`, or a reference to a parameter."""

    low: float
    high: float
    whole: bool = False

    @property
    def expected(self) -> str:
        """Return in words what is accepted."""
        kind = "a whole number" if self.whole else "a number"
        return f'{kind} from {self.low:.12g} to {self.high:.12g}, or a parameter such as "$name"'

    def fits(self, value: float) -> bool:
        """Tell whether a number is finite, within bounds, and whole where it has to be."""
        inside = isfinite(value) and self.low <= value <= self.high
        return inside and (not self.whole or value == int(value))

    def read(self, value: object) -> Number:
        """Return the value in its one form; raise the error for anything else."""
        if reference_of(value) is not None:
            return str(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.fits(value):
            raise PydanticCustomError("bounds", "{expected}", {"expected": self.expected})
        return int(value) if self.whole else float(value) + 0.0

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        kind = "integer" if self.whole else "number"
        literal = {"type": kind, "minimum": self.low, "maximum": self.high}
        return {"anyOf": [literal, {"type": "string", "pattern": REFERENCE_PATTERN}]}


@dataclass(frozen=True, slots=True)
class OneOf:
    """Accept one of a few words, or a reference to a parameter of type choice."""

    words: tuple[str, ...]

    @property
    def expected(self) -> str:
        """Return in words what is accepted."""
        return f'{", ".join(self.words)}, or a parameter such as "$name"'

    def read(self, value: object) -> str:
        """Return the word; raise the error for anything else."""
        if isinstance(value, str) and (value in self.words or reference_of(value) is not None):
            return value
        raise PydanticCustomError("choice", "{expected}", {"expected": self.expected})

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        literal = {"type": "string", "enum": list(self.words)}
        return {"anyOf": [literal, {"type": "string", "pattern": REFERENCE_PATTERN}]}


@dataclass(frozen=True, slots=True)
class Switch:
    """Accept true or false, or a reference to a parameter of type bool."""

    expected = 'true, false, or a parameter such as "$name"'

    def read(self, value: object) -> Flag:
        """Return the value; raise the error for anything else."""
        if isinstance(value, bool):
            return value
        if reference_of(value) is not None:
            return str(value)
        raise PydanticCustomError("switch", "{expected}", {"expected": self.expected})

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": REFERENCE_PATTERN}]}


CLOCK_PATTERN = r"^([01]\d|2[0-3]):[0-5]\d$"
_CLOCK = re.compile(CLOCK_PATTERN)
MINUTES_OF_DAY = Bounded(0, 1439, whole=True)


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """Accept `"HH:MM"` on the venue's clock, or a reference to a parameter in minutes."""

    expected = 'a time such as "09:30", or a parameter such as "$name"'

    def read(self, value: object) -> str:
        """Return the value; raise the error for anything else."""
        if isinstance(value, str) and (_CLOCK.match(value) or reference_of(value) is not None):
            return value
        raise PydanticCustomError("time_of_day", "{expected}", {"expected": self.expected})

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        text = {"type": "string", "pattern": CLOCK_PATTERN}
        return {"anyOf": [text, {"type": "string", "pattern": REFERENCE_PATTERN}]}


def minutes_of(clock: str) -> int:
    """Return the minute of the day of `"HH:MM"`."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
