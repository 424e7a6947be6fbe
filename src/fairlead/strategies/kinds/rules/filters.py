"""Filters of entries as comparisons: trend, entry quality, body ratio, session window."""

from collections.abc import Callable
from typing import Final

from fairlead.indicators.catalog import INDICATORS
from fairlead.kernel.program import ALL, ANY, GE, GT, LONG_ENTRY, LT
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.strategies.kinds.rules.document import QUALITY_PRESETS, TREND_MODES
from fairlead.strategies.kinds.rules.lower import ColumnKey, Lowered
from fairlead.strategies.kinds.rules.values import Choice, minutes_of, reference_of

BODY_RATIO: Final = ColumnKey("", "body_ratio")
MINUTE_OF_DAY: Final = ColumnKey("minute_of_day", "close")

# preset -> (least body as a fraction of the range, least volume against the average of 20 bars,
# least ADX of 14 bars); 0 asks for nothing.
QUALITY: Final[dict[str, tuple[float, float, float]]] = {
    "off": (0.0, 0.0, 0.0),
    "relaxed": (0.3, 0.0, 0.0),
    "balanced": (0.45, 1.0, 0.0),
    "strict": (0.6, 1.2, 20.0),
}


def lower_filters(into: Lowered, slot: int) -> None:
    """Append the filters of an entry; each one is combined with the flag on the stack."""
    for lower in FILTERS.values():
        lower(into, slot)


def chosen(into: Lowered, value: Choice, words: tuple[str, ...]) -> str:
    """Return the word that stands at a place, or the one that its parameter has chosen."""
    reference = reference_of(value)
    if reference is None:
        return value
    choices = into.document.parameters[reference].choices
    word = choices[int(into.values[reference])]
    return word if word in words else words[0]


def _least(into: Lowered, key: ColumnKey, least: float) -> None:
    if least > 0.0:
        into.compare(GE, key, least)
        into.emit(ALL, 2)


def _body(into: Lowered, _: int) -> None:
    _least(into, BODY_RATIO, into.number(into.document.filters.body_ratio))


def _trend(into: Lowered, slot: int) -> None:
    trend = into.document.filters.trend
    mode = chosen(into, trend.mode, TREND_MODES)
    if mode == "off":
        return
    longer_ms = 0 if trend.timeframe is None else parse_timeframe(trend.timeframe).ms
    values = (("window", into.number(trend.window)),)
    average = ColumnKey(mode, INDICATORS[mode].source, values, 0, longer_ms)
    into.compare(GT if slot == LONG_ENTRY else LT, ColumnKey("", "close"), average)
    into.emit(ALL, 2)


def _quality(into: Lowered, _: int) -> None:
    preset = chosen(into, into.document.filters.entry_quality, QUALITY_PRESETS)
    body, volume, strength = QUALITY[preset]
    _least(into, BODY_RATIO, body)
    _least(into, ColumnKey("relative_volume", "volume", (("window", 20.0),)), volume)
    _least(into, ColumnKey("adx", "close", (("window", 14.0),)), strength)


def _session_window(into: Lowered, _: int) -> None:
    window = into.document.filters.session_window
    if window is None:
        return
    start, end = _minute(into, window.start), _minute(into, window.end)
    into.compare(GE, MINUTE_OF_DAY, start)
    into.compare(LT, MINUTE_OF_DAY, end)
    # a window such as 22:00 to 02:00 goes over midnight
    into.emit(ALL if start <= end else ANY, 2)
    into.emit(ALL, 2)


def _minute(into: Lowered, clock: str) -> float:
    reference = reference_of(clock)
    return float(minutes_of(clock)) if reference is None else into.values[reference]


FILTERS: Final[dict[str, Callable[[Lowered, int], None]]] = {
    "trend": _trend,
    "entry_quality": _quality,
    "body_ratio": _body,
    "session_window": _session_window,
}
