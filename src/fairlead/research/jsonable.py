"""Plain JSON values: what a report may hold once it leaves Python."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]


def finite(value: float | None) -> float | None:
    """Return a finite float, or None for an undefined figure, so that NaN never reaches JSON."""
    if value is None or not math.isfinite(value):
        return None
    return float(value)


def dump_json(value: Json, indent: int | None = None) -> str:
    """Write JSON; raises `ValueError` if a NaN or infinity slipped in."""
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(value, allow_nan=False, indent=indent, separators=separators)
