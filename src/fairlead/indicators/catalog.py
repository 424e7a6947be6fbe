"""All indicators by name: bounds, outputs, warm-up and the source of each formula."""

from typing import Final

from fairlead.indicators import memory
from fairlead.indicators.indicator import Indicator, Setting, Values

DAY_MS: Final = 86_400_000
LONGEST: Final = 5_000
"""Bars in the longest window: a bound on time and memory, beyond any use seen."""


def _window(default: int, low: int = 2) -> Setting:
    return Setting("window", low, LONGEST, default)


def _last(values: Values) -> int:
    return int(values["window"]) - 1


def _after(values: Values) -> int:
    return int(values["window"])


def _macd_memory(values: Values) -> int:
    return memory.macd_memory(int(values["slow"]), int(values["signal"]))


def _supertrend_memory(values: Values) -> int:
    return memory.supertrend_memory(int(values["window"]), values["multiple"])


def _bars_of_a_day(_: Values, timeframe_ms: int) -> int:
    return max(-(-DAY_MS // timeframe_ms), 1)


_ENTRIES: Final = (
    Indicator(
        name="sma",
        title="Simple moving average",
        reference="Murphy, Technical Analysis of the Financial Markets (1999), ch. 9",
        source="close",
        selectable=True,
        parameters=(_window(20, low=1),),
        outputs=("value",),
        first=_last,
        settled=lambda values, _: _last(values),
    ),
    Indicator(
        name="ema",
        title="Exponential moving average",
        reference="Murphy (1999), ch. 9; weight 2 / (window + 1), started as TA-Lib does",
        source="close",
        selectable=True,
        parameters=(_window(20),),
        outputs=("value",),
        first=_last,
        settled=lambda values, _: memory.settled_after(memory.ema_memory(int(values["window"]))),
    ),
    Indicator(
        name="wma",
        title="Linearly weighted moving average",
        reference="Murphy (1999), ch. 9; weights 1 (oldest) to window",
        source="close",
        selectable=True,
        parameters=(_window(20),),
        outputs=("value",),
        first=_last,
        settled=lambda values, _: _last(values),
    ),
    Indicator(
        name="rsi",
        title="Relative strength index",
        reference="Wilder, New Concepts in Technical Trading Systems (1978), section VI",
        source="close",
        selectable=True,
        parameters=(_window(14),),
        outputs=("value",),
        first=_after,
        settled=lambda values, _: memory.settled_after(memory.wilder_memory(int(values["window"]))),
    ),
    Indicator(
        name="atr",
        title="Average true range",
        reference="Wilder (1978), section III",
        source="close",
        selectable=False,
        parameters=(_window(14),),
        outputs=("value",),
        first=_after,
        settled=lambda values, _: memory.settled_after(memory.wilder_memory(int(values["window"]))),
    ),
    Indicator(
        name="adx",
        title="Average directional movement with +DI and -DI",
        reference="Wilder (1978), section IV",
        source="close",
        selectable=False,
        parameters=(_window(14),),
        outputs=("value", "plus", "minus"),
        first=lambda values: 2 * int(values["window"]) - 1,
        settled=lambda values, _: memory.settled_after(memory.adx_memory(int(values["window"]))),
    ),
    Indicator(
        name="macd",
        title="Moving average convergence divergence",
        reference="Appel, The Moving Average Convergence-Divergence Method (1979)",
        source="close",
        selectable=True,
        parameters=(
            Setting("fast", 2, LONGEST, 12),
            Setting("slow", 3, LONGEST, 26),
            Setting("signal", 2, LONGEST, 9),
        ),
        outputs=("value", "signal", "histogram"),
        first=lambda values: int(values["slow"] + values["signal"]) - 2,
        settled=lambda values, _: memory.settled_after(_macd_memory(values)),
        ascending=(("fast", "slow"),),
    ),
    Indicator(
        name="supertrend",
        title="SuperTrend",
        reference="O. Seban; bands around (high + low) / 2 that only tighten until left",
        source="close",
        selectable=False,
        parameters=(_window(10), Setting("multiple", 0.1, 20.0, 3.0, whole=False)),
        outputs=("value", "direction"),
        first=_after,
        settled=lambda values, _: memory.settled_after(_supertrend_memory(values)),
    ),
    Indicator(
        name="standard_deviation",
        title="Standard deviation of a window (population)",
        reference="Bollinger, Bollinger on Bollinger Bands (2001), ch. 7",
        source="close",
        selectable=True,
        parameters=(_window(20),),
        outputs=("value",),
        first=_last,
        settled=lambda values, _: _last(values),
    ),
    Indicator(
        name="bollinger",
        title="Bollinger bands",
        reference="Bollinger (2001), ch. 7; simple average and population deviation",
        source="close",
        selectable=True,
        parameters=(_window(20), Setting("multiple", 0.1, 20.0, 2.0, whole=False)),
        outputs=("middle", "lower", "upper"),
        first=_last,
        settled=lambda values, _: _last(values),
    ),
    Indicator(
        name="highest",
        title="Highest value of a window",
        reference="by definition; the bar itself is part of its window",
        source="high",
        selectable=True,
        parameters=(_window(20, low=1),),
        outputs=("value",),
        first=_last,
        settled=lambda values, _: _last(values),
    ),
    Indicator(
        name="lowest",
        title="Lowest value of a window",
        reference="by definition; the bar itself is part of its window",
        source="low",
        selectable=True,
        parameters=(_window(20, low=1),),
        outputs=("value",),
        first=_last,
        settled=lambda values, _: _last(values),
    ),
    Indicator(
        name="donchian",
        title="Donchian channel",
        reference="Donchian (1960); the bar itself is part of its channel",
        source="close",
        selectable=False,
        parameters=(_window(20, low=1),),
        outputs=("middle", "lower", "upper"),
        first=_last,
        settled=lambda values, _: _last(values),
    ),
    Indicator(
        name="roc",
        title="Rate of change in percent",
        reference="Murphy (1999), ch. 10",
        source="close",
        selectable=True,
        parameters=(_window(10, low=1),),
        outputs=("value",),
        first=_after,
        settled=lambda values, _: _after(values),
    ),
    Indicator(
        name="volume_average",
        title="Simple average of the volume",
        reference="Murphy (1999), ch. 7",
        source="volume",
        selectable=False,
        parameters=(_window(20, low=1),),
        outputs=("value",),
        first=_last,
        settled=lambda values, _: _last(values),
    ),
    Indicator(
        name="relative_volume",
        title="Volume as a multiple of its simple average",
        reference="Murphy (1999), ch. 7; 1 where nothing traded in the whole window",
        source="volume",
        selectable=False,
        parameters=(_window(20, low=1),),
        outputs=("value",),
        first=_last,
        settled=lambda values, _: _last(values),
    ),
    Indicator(
        name="vwap",
        title="Volume-weighted average price since the venue's day began",
        reference="Berkowitz, Logue and Noser, Journal of Finance 43 (1988), p. 97",
        source="hlc3",
        selectable=True,
        parameters=(),
        outputs=("value",),
        first=lambda _: 0,
        settled=_bars_of_a_day,
    ),
    Indicator(
        name="minute_of_day",
        title="Minute of the venue's day at which the bar opens",
        reference="by definition; 0 at the venue's midnight, 570 at 09:30",
        source="close",
        selectable=False,
        parameters=(),
        outputs=("value",),
        first=lambda _: 0,
        settled=lambda _values, _ms: 0,
    ),
)

INDICATORS: Final[dict[str, Indicator]] = {entry.name: entry for entry in _ENTRIES}
