"""Misbehaviour that can be switched on: what, for which requests, and how often."""

import threading
from dataclasses import dataclass, replace
from enum import StrEnum

from fairlead.infra.errors import InvalidInput

MOST_HANG_S = 600.0


class FaultKind(StrEnum):
    """How a venue can fail."""

    HANG = "hang"
    HTTP_403 = "http_403"
    HTTP_429 = "http_429"
    HTTP_500 = "http_500"
    RATE_LIMIT = "rate_limit"
    CUT_BODY = "cut_body"
    UNSORTED = "unsorted"
    DUPLICATE = "duplicate"
    IMPOSSIBLE = "impossible"
    WRONG_TIMEFRAME = "wrong_timeframe"
    EMPTY = "empty"


WRONG_ROWS = frozenset(
    {
        FaultKind.UNSORTED,
        FaultKind.DUPLICATE,
        FaultKind.IMPOSSIBLE,
        FaultKind.WRONG_TIMEFRAME,
        FaultKind.EMPTY,
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour; `path` and `symbol` "" mean any, `times` 0 until it is switched off."""

    kind: FaultKind
    path: str = ""
    symbol: str = ""
    times: int = 0
    hang_s: float = MOST_HANG_S

    def meets(self, path: str, symbol: str) -> bool:
        """Tell whether the fault is meant for this request."""
        return path.startswith(self.path) and self.symbol in ("", symbol)


class Faults:
    """The faults switched on, oldest first; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def all(self) -> tuple[Fault, ...]:
        """Return what is switched on."""
        with self._lock:
            return tuple(self._faults)

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Switch everything off."""
        with self._lock:
            self._faults.clear()

    def take(self, path: str, symbol: str) -> Fault | None:
        """Return the fault that this request meets, and count it."""
        with self._lock:
            for at, fault in enumerate(self._faults):
                if not fault.meets(path, symbol):
                    continue
                if fault.times == 1:
                    del self._faults[at]
                elif fault.times:
                    self._faults[at] = replace(fault, times=fault.times - 1)
                return fault
        return None


def read_fault(body: object) -> Fault:
    """Read a fault as the control endpoint gets it; raise InvalidInput."""
    if not isinstance(body, dict) or body.get("kind") not in set(FaultKind):
        raise InvalidInput(
            "This is no fault.",
            expected="kind: one of " + ", ".join(FaultKind),
            found=repr(body)[:80],
            path="kind",
        )
    times, hang_s = body.get("times", 0), body.get("hang_s", MOST_HANG_S)
    if not isinstance(times, int) or not isinstance(hang_s, int | float):
        raise InvalidInput("`times` and `hang_s` are numbers.", path="times")
    return Fault(
        FaultKind(body["kind"]),
        str(body.get("path", "")),
        str(body.get("symbol", "")),
        max(0, times),
        min(MOST_HANG_S, float(hang_s)),
    )
