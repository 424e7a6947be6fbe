"""What a condition compares: numbers, parameters, prices and outputs of indicators."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from fairlead.kernel.timeframe import parse_timeframe
from fairlead.strategies.kinds.rules.values import (
    NAME_PATTERN,
    REFERENCE_PATTERN,
    Bounded,
    Number,
    reference_of,
)

LARGEST_CONSTANT = 1e15
_OUTPUT, _LONGER, _AGO = r"\.[a-z_]{1,20}", r"@\d{1,5}[mhd]?", r"\[\d{1,4}\]"
PLAIN_SERIES_PATTERN = rf"^{NAME_PATTERN}({_OUTPUT})?({_AGO})?$"
SERIES_PATTERN = rf"^{NAME_PATTERN}({_OUTPUT})?({_LONGER})?({_AGO})?$"
_SERIES = re.compile(
    rf"^({NAME_PATTERN})(?:\.([a-z_]{{1,20}}))?(?:@(\d{{1,5}}[mhd]?))?(?:\[(\d{{1,4}})\])?$"
)
_MEMBERS = {"series", "timeframe"}
_LITERAL = Bounded(-LARGEST_CONSTANT, LARGEST_CONSTANT)


@dataclass(frozen=True, slots=True)
class Operand:
    """Accept a series by name and, unless `only_series`, a number or a parameter."""

    only_series: bool = False

    @property
    def expected(self) -> str:
        """Return in words what is accepted."""
        series = (
            'a series such as "close", "fast", "bands.upper", "close[1]" (one bar ago) or '
            '"close@4h" (of a longer timeframe)'
        )
        return (
            series if self.only_series else f'a number, a parameter such as "$level", or {series}'
        )

    def read(self, value: object) -> Number:
        """Return the operand in its one form; raise the error for anything else."""
        if isinstance(value, Mapping):
            value = _joined(value)
        if isinstance(value, str) and _SERIES.match(value):
            return _normal(value)
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
        text = {"type": "string", "pattern": SERIES_PATTERN}
        longer = {
            "type": "object",
            "description": "A series of a longer timeframe, visible once its bar has closed.",
            "properties": {
                "series": {"type": "string", "pattern": PLAIN_SERIES_PATTERN},
                "timeframe": {
                    "anyOf": [
                        {"type": "integer"},
                        {"type": "string", "pattern": r"^\d{1,5}[mhd]?$"},
                    ]
                },
            },
            "required": ["series", "timeframe"],
            "additionalProperties": False,
        }
        series = {"anyOf": [text, longer]}
        if self.only_series:
            return series
        number = {"type": "number", "minimum": -LARGEST_CONSTANT, "maximum": LARGEST_CONSTANT}
        return {"anyOf": [number, text, longer, {"type": "string", "pattern": REFERENCE_PATTERN}]}


@dataclass(frozen=True, slots=True)
class SeriesName:
    """A parsed series: an indicator or a price, which output, how many bars ago.

    With a `timeframe` it is read on longer bars, and `ago` counts those.
    """

    name: str
    output: str | None
    ago: int
    timeframe: str | None = None


def parse_series(text: str) -> SeriesName:
    """Return the parts of a series such as `bands.upper@4h[1]`; raise ValueError otherwise."""
    match = _SERIES.match(text)
    if match is None:
        raise ValueError(f"expected {Operand(only_series=True).expected}, found {text!r}")
    return SeriesName(match[1], match[2], int(match[4] or 0), match[3])


def _joined(value: Mapping[object, object]) -> str:
    """Return `{"series": "close[1]", "timeframe": "4h"}` as `close@4h[1]`."""
    series, timeframe = value.get("series"), value.get("timeframe")
    match = _SERIES.match(series) if isinstance(series, str) else None
    if set(value) != _MEMBERS or match is None or match[3] or not _is_timeframe(timeframe):
        expected = '{"series": "close", "timeframe": "4h"} and nothing else'
        raise PydanticCustomError("operand", "{expected}", {"expected": expected})
    output, ago = f".{match[2]}" if match[2] else "", f"[{match[4]}]" if match[4] else ""
    return f"{match[1]}{output}@{timeframe}{ago}"


def _is_timeframe(value: object) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)


def _normal(text: str) -> str:
    """Return a series in the one form that is stored: `close@240m[0]` is `close@4h`."""
    series = parse_series(text)
    longer = ""
    if series.timeframe is not None:
        try:
            longer = f"@{parse_timeframe(series.timeframe)}"
        except ValueError as error:
            expected = 'a timeframe from 1m to 31d such as "4h" or "1d" after the @'
            raise PydanticCustomError("operand", "{expected}", {"expected": expected}) from error
    output = f".{series.output}" if series.output else ""
    return f"{series.name}{output}{longer}" + (f"[{series.ago}]" if series.ago else "")
