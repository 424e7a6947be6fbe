"""What a condition compares: numbers, parameters, prices and outputs of indicators."""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from fairlead.strategies.kinds.rules.values import (
    NAME_PATTERN,
    REFERENCE_PATTERN,
    Bounded,
    Number,
    reference_of,
)

LARGEST_CONSTANT = 1e15
SERIES_PATTERN = rf"^{NAME_PATTERN}(\.[a-z_]{{1,20}})?(\[\d{{1,4}}\])?$"
_SERIES = re.compile(rf"^({NAME_PATTERN})(?:\.([a-z_]{{1,20}}))?(?:\[(\d{{1,4}})\])?$")
_LITERAL = Bounded(-LARGEST_CONSTANT, LARGEST_CONSTANT)


@dataclass(frozen=True, slots=True)
class Operand:
    """Accept a series by name and, unless `only_series`, a number or a parameter."""

    only_series: bool = False

    @property
    def expected(self) -> str:
        """Return in words what is accepted."""
        series = 'a series such as "close", "fast", "bands.upper" or "close[1]" (one bar ago)'
        return (
            series if self.only_series else f'a number, a parameter such as "$level", or {series}'
        )

    def read(self, value: object) -> Number:
        """Return the operand in its one form; raise the error for anything else."""
        if isinstance(value, str) and _SERIES.match(value):
            return value.removesuffix("[0]")
        if not self.only_series and reference_of(value) is not None:
            return str(value)
        if not self.only_series and isinstance(value, int | float):
            return _LITERAL.read(value)
        raise PydanticCustomError("operand", "{expected}", {"expected": self.expected})

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        series = {"type": "string", "pattern": SERIES_PATTERN}
        if self.only_series:
            return series
        number = {"type": "number", "minimum": -LARGEST_CONSTANT, "maximum": LARGEST_CONSTANT}
        return {"anyOf": [number, series, {"type": "string", "pattern": REFERENCE_PATTERN}]}


@dataclass(frozen=True, slots=True)
class SeriesName:
    """A parsed series: an indicator or a price, which output, how many bars ago."""

    name: str
    output: str | None
    ago: int


def parse_series(text: str) -> SeriesName:
    """Return the parts of a series such as `bands.upper[1]`; raise ValueError otherwise."""
    match = _SERIES.match(text)
    if match is None:
        raise ValueError(f"expected {Operand(only_series=True).expected}, found {text!r}")
    return SeriesName(match[1], match[2], int(match[3] or 0))
