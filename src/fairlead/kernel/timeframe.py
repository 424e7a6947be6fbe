"""The canonical length of a bar."""

import re
from dataclasses import dataclass

MINUTE_MS = 60_000
_UNITS = {"m": MINUTE_MS, "h": 60 * MINUTE_MS, "d": 1440 * MINUTE_MS}
_FORM = re.compile(r"^\s*(\d{1,5})\s*([mhd]?)\s*$", re.IGNORECASE)
LONGEST_MS = 31 * _UNITS["d"]


@dataclass(frozen=True, slots=True, order=True)
class Timeframe:
    """A bar length in milliseconds; `str()` gives `5m`, `1h`, `1d`."""

    ms: int

    def __str__(self) -> str:
        for unit in ("d", "h", "m"):
            if self.ms % _UNITS[unit] == 0:
                return f"{self.ms // _UNITS[unit]}{unit}"
        raise ValueError(f"expected whole minutes, found {self.ms} ms")


def parse_timeframe(value: "str | int | Timeframe") -> Timeframe:
    """Read `5`, `"5"`, `"5m"`, `"1h"` or `"1d"`; a bare number counts minutes.

    Raises `ValueError` with what was expected and found.
    """
    if isinstance(value, Timeframe):
        return value
    match = _FORM.match(str(value))
    if match is None:
        raise ValueError(f"expected a timeframe like 5m, 1h or 1d, found {value!r}")
    ms = int(match[1]) * _UNITS[match[2].lower() or "m"]
    if not MINUTE_MS <= ms <= LONGEST_MS:
        raise ValueError(f"expected a timeframe from 1m to 31d, found {value!r}")
    return Timeframe(ms)
