"""What is put to the proof: anything that takes bars and says a decision for each of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Bars
from fairlead.kernel.signals import NAMES, Signals

Column = NDArray[np.float64]
Decisions = dict[str, Column]
COLUMNS = ("ts", "open", "high", "low", "close", "volume")
CODES = {name: float(code) for code, name in NAMES.items()}
LONGER_MS = (3_600_000, 14_400_000, 86_400_000)


class Subject(Protocol):
    """Decide on bars, each time from nothing but the bars.

    `warm_up` is what it claims to need, None where it claims nothing; `longer_ms` are the longer
    timeframes it reads or may read.
    """

    @property
    def warm_up(self) -> int | None:
        """Return the declared warm-up in bars."""

    @property
    def longer_ms(self) -> tuple[int, ...]:
        """Return longer timeframes inside whose bars it has to be cut."""

    def decide(self, bars: Bars) -> Decisions:
        """Return columns of decisions, one value for each bar."""


@runtime_checkable
class Frame(Protocol):
    """A table with named columns, of whatever library."""

    @property
    def columns(self) -> Iterable[object]:
        """Return the names of the columns."""

    def __getitem__(self, name: object, /) -> object:
        """Return one column."""


class Changed(Exception):
    """Say that a callable changed the bars it was given."""


class GivenBars(Bars):
    """Bars of one's own that also read like a mapping: `bars["close"]`, `dict(bars)`.

    Columns are `ts` (open times, epoch milliseconds, UTC), `open`, `high`, `low`, `close` and
    `volume`; `timeframe_ms` is an attribute alone.
    """

    __slots__ = ()

    def keys(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return COLUMNS

    def __iter__(self) -> Iterator[str]:
        return iter(COLUMNS)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in COLUMNS:
            raise KeyError(name)
        column: NDArray[Any] = getattr(self, name)
        return column


@dataclass(frozen=True, slots=True)
class CallableSubject:
    """A function `signals(bars)` that runs in this process."""

    signals: Callable[[Bars], object]
    longer_ms: tuple[int, ...]
    warm_up: int | None = None

    def decide(self, bars: Bars) -> Decisions:
        """Return what the function says; raise `Changed` where it wrote into its bars."""
        given = _copied(bars)
        decisions = read_decisions(self.signals(given), len(bars))
        for name in COLUMNS:
            if getattr(given, name).tobytes() != getattr(bars, name).tobytes():
                raise Changed(name)
        return decisions


def _copied(bars: Bars) -> GivenBars:
    return GivenBars(
        bars.ts.copy(),
        bars.open.copy(),
        bars.high.copy(),
        bars.low.copy(),
        bars.close.copy(),
        bars.volume.copy(),
        bars.timeframe_ms,
    )


def longer_timeframes(timeframe_ms: int) -> tuple[int, ...]:
    """Return the usual longer timeframes that bars of this length make up."""
    return tuple(ms for ms in LONGER_MS if ms > timeframe_ms and ms % timeframe_ms == 0)


def signal_decisions(signals: Signals) -> Decisions:
    """Return all columns of signals."""
    return {
        name: np.asarray(getattr(signals, name), np.float64)
        for name in ("action", "stop", "target", "atr", "last_of_session")
    }


def read_decisions(result: object, bars: int) -> Decisions:
    """Read what a function returned: one column of decisions, or several by name.

    A column is anything like an array with one value for each bar: numbers, booleans, or words
    such as `enter_long`. NaN and None stand for no value. Raises `InvalidInput` for anything
    else.
    """
    if isinstance(result, Signals):
        return signal_decisions(result)
    if isinstance(result, Mapping):
        columns = {str(name): values for name, values in result.items()}
    elif isinstance(result, Frame):
        columns = {str(name): result[name] for name in result.columns}
    else:
        columns = {"action": result}
    if not columns:
        raise _unusable("no column at all", bars)
    return {name: _column(name, values, bars) for name, values in columns.items()}


def _column(name: str, values: object, bars: int) -> Column:
    if values is None or isinstance(values, str | bytes):
        raise _unusable(f"{values!r} for {name}", bars)
    raw = np.asarray(values)
    if raw.shape != (bars,):
        raise _unusable(f"an array of shape {raw.shape} for {name}", bars)
    if raw.dtype.kind in "OUS":
        return np.array([_number(value, bars) for value in _listed(raw)], np.float64)
    if raw.dtype.kind not in "biuf":
        raise _unusable(f"values of type {raw.dtype} for {name}", bars)
    numbers = raw.astype(np.float64) + 0.0  # no negative zero
    numbers[np.isnan(numbers)] = np.nan
    return numbers


def _listed(raw: NDArray[Any]) -> Sequence[object]:
    listed: list[object] = raw.tolist()
    return listed


def _number(value: object, bars: int) -> float:
    if value is None or value != value:  # NaN of any library
        return np.nan
    if isinstance(value, str) and value in CODES:
        return CODES[value]
    if isinstance(value, bool | int | float):
        return float(value) + 0.0
    raise _unusable(f"the value {value!r}", bars)


def _unusable(found: str, bars: int) -> InvalidInput:
    return InvalidInput(
        f"signals(bars) returned {found}.",
        expected=f"{bars} values, one for each bar: -1, 0, 1 or " + ", ".join(CODES),
        found=found,
        action="Return one value for each bar, also where there is nothing to do (0).",
        path="signals",
    )
