"""What the catalog says about an indicator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

from fairlead.kernel.series import Bars, Float64s

Values = Mapping[str, float]
Columns = tuple[Float64s, ...]

PRICES: Final = ("open", "high", "low", "close", "volume")
SOURCES: Final = (*PRICES, "hl2", "hlc3", "ohlc4", "body_ratio")
"""Series that indicators and conditions can read from bars."""


def read_only(column: Float64s) -> Float64s:
    """Return a view that cannot be written to.

    Columns of the lake are mapped read-only, and compiled code counts that as a type of its own:
    with views of one kind everything is compiled once.
    """
    view = column.view()
    view.flags.writeable = False
    return view


def read_only_bars(bars: Bars) -> Bars:
    """Return bars whose columns cannot be written to, as views."""
    ts = bars.ts.view()
    ts.flags.writeable = False
    return Bars(
        ts,
        read_only(bars.open),
        read_only(bars.high),
        read_only(bars.low),
        read_only(bars.close),
        read_only(bars.volume),
        bars.timeframe_ms,
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """One number that an indicator needs: its bounds (inclusive) and its usual value."""

    name: str
    low: float
    high: float
    default: float
    whole: bool = True

    def fault(self, value: float) -> str | None:
        """Return what was expected where `value` does not fit, else None."""
        fits = isfinite(value) and self.low <= value <= self.high
        if fits and (not self.whole or value == int(value)):
            return None
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.low:.12g} to {self.high:.12g}"


@dataclass(frozen=True, slots=True)
class Feed:
    """What an indicator reads: bars, the chosen source, and when the venue's day begins."""

    bars: Bars
    x: Float64s
    day_offset_ms: int = 0


@dataclass(frozen=True, slots=True)
class Indicator:
    """One entry of the catalog.

    `source` is the series read where none is chosen; with `selectable` another one may be.
    `first` is the index of the first bar
    that has a value: NaN before, never after. `settled(values, timeframe_ms)` is the number of
    bars after a series' start from which on no value depends on that start. `ascending` names
    pairs of parameters of which the first must be below the second.
    """

    name: str
    title: str
    reference: str
    source: str
    selectable: bool
    parameters: tuple[Setting, ...]
    outputs: tuple[str, ...]
    first: Callable[[Values], int]
    settled: Callable[[Values, int], int]
    ascending: tuple[tuple[str, str], ...] = ()

    def filled(self, values: Values) -> dict[str, float]:
        """Return `values` with defaults for what is missing.

        Raises `ValueError` for an unknown name, a value out of bounds, or a wrong order.
        """
        known = {setting.name: setting for setting in self.parameters}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"{self.name} has no parameter {name!r}: expected {list(known)}")
            fault = known[name].fault(value)
            if fault is not None:
                raise ValueError(f"{self.name}.{name}: expected {fault}, found {value!r}")
        full = {name: values.get(name, setting.default) for name, setting in known.items()}
        for lower, upper in self.ascending:
            if full[lower] >= full[upper]:
                raise ValueError(
                    f"{self.name}: expected {lower} below {upper}, "
                    f"found {full[lower]:g} and {full[upper]:g}"
                )
        return full

    def scan(
        self, bars: Bars, values: Values, source: str | None = None, day_offset_ms: int = 0
    ) -> Columns:
        """Return one column of shape (n,) for each output.

        Raises `ValueError` as `filled` does, and for a source that cannot be chosen.
        """
        full = self.filled(values)
        if source is not None and source != self.source and not self.selectable:
            raise ValueError(f"{self.name} reads {self.source} only, found source {source!r}")
        # the catalog itself is read where nothing is computed: forms, the API
        from fairlead.indicators.scans import SCANS
        from fairlead.indicators.sources import source_of

        frozen = read_only_bars(bars)
        x = read_only(source_of(frozen, source or self.source))
        return SCANS[self.name](Feed(frozen, x, day_offset_ms), full)

    def warm_up(self, values: Values, timeframe_ms: int) -> int:
        """Return after how many bars no value depends on where the series starts."""
        return self.settled(self.filled(values), timeframe_ms)
