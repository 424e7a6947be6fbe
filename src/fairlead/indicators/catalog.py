"""All indicators by name: bounds, outputs, warm-up and the source of each formula."""

from typing import Final

from fairlead.indicators import memory
from fairlead.indicators.averages import ema_scan, sma_scan, wma_scan
from fairlead.indicators.channels import donchian_scan, highest_scan, lowest_scan
from fairlead.indicators.indicator import Columns, Feed, Indicator, Setting, Values
from fairlead.indicators.momentum import macd_scan, ratio_scan, roc_scan, rsi_scan
from fairlead.indicators.session import DAY_MS, minute_scan, vwap_scan
from fairlead.indicators.trend import adx_scan, supertrend_scan
from fairlead.indicators.volatility import atr_scan, bands_scan, spread_scan

LONGEST: Final = 5_000
"""Bars in the longest window: a bound on time and memory, beyond any use seen."""


def _window(default: int, low: int = 2) -> Setting:
    return Setting("window", low, LONGEST, default)


def _last(values: Values) -> int:
    return int(values["window"]) - 1


def _after(values: Values) -> int:
    return int(values["window"])


def _sma(feed: Feed, values: Values) -> Columns:
    return (sma_scan(feed.bars.ts, feed.x, int(values["window"]), feed.bars.timeframe_ms),)


def _wma(feed: Feed, values: Values) -> Columns:
    return (wma_scan(feed.bars.ts, feed.x, int(values["window"]), feed.bars.timeframe_ms),)


def _ema(feed: Feed, values: Values) -> Columns:
    window = int(values["window"])
    kept = memory.ema_memory(window)
    block = memory.block_bars(kept)
    return (ema_scan(feed.bars.ts, feed.x, window, kept, block, feed.bars.timeframe_ms),)


def _rsi(feed: Feed, values: Values) -> Columns:
    window = int(values["window"])
    kept = memory.wilder_memory(window)
    block = memory.block_bars(kept)
    return (rsi_scan(feed.bars.ts, feed.x, window, kept, block, feed.bars.timeframe_ms),)


def _atr(feed: Feed, values: Values) -> Columns:
    bars, window = feed.bars, int(values["window"])
    kept = memory.wilder_memory(window)
    block = memory.block_bars(kept)
    column = atr_scan(
        bars.ts, bars.high, bars.low, bars.close, window, kept, block, bars.timeframe_ms
    )
    return (column,)


def _adx(feed: Feed, values: Values) -> Columns:
    bars, window = feed.bars, int(values["window"])
    kept = memory.adx_memory(window)
    block = memory.block_bars(kept)
    return adx_scan(
        bars.ts, bars.high, bars.low, bars.close, window, kept, block, bars.timeframe_ms
    )


def _macd_memory(values: Values) -> int:
    return memory.macd_memory(int(values["slow"]), int(values["signal"]))


def _macd(feed: Feed, values: Values) -> Columns:
    kept = _macd_memory(values)
    windows = (int(values["fast"]), int(values["slow"]), int(values["signal"]))
    block = memory.block_bars(kept)
    return macd_scan(feed.bars.ts, feed.x, windows, kept, block, feed.bars.timeframe_ms)


def _supertrend_memory(values: Values) -> int:
    return memory.supertrend_memory(int(values["window"]), values["multiple"])


def _supertrend(feed: Feed, values: Values) -> Columns:
    bars, window = feed.bars, int(values["window"])
    kept = _supertrend_memory(values)
    return supertrend_scan(
        bars.ts,
        bars.high,
        bars.low,
        bars.close,
        window,
        float(values["multiple"]),
        (kept, memory.wilder_memory(window)),
        memory.block_bars(kept),
        bars.timeframe_ms,
    )


def _deviation(feed: Feed, values: Values) -> Columns:
    window = int(values["window"])
    return (spread_scan(feed.bars.ts, feed.x, window, feed.bars.timeframe_ms)[1],)


def _bollinger(feed: Feed, values: Values) -> Columns:
    window, multiple = int(values["window"]), float(values["multiple"])
    lower, middle, upper = bands_scan(
        feed.bars.ts, feed.x, window, multiple, feed.bars.timeframe_ms
    )
    return middle, lower, upper


def _highest(feed: Feed, values: Values) -> Columns:
    return (highest_scan(feed.bars.ts, feed.x, int(values["window"]), feed.bars.timeframe_ms),)


def _lowest(feed: Feed, values: Values) -> Columns:
    return (lowest_scan(feed.bars.ts, feed.x, int(values["window"]), feed.bars.timeframe_ms),)


def _donchian(feed: Feed, values: Values) -> Columns:
    bars = feed.bars
    lower, middle, upper = donchian_scan(
        bars.ts, bars.high, bars.low, int(values["window"]), bars.timeframe_ms
    )
    return middle, lower, upper


def _roc(feed: Feed, values: Values) -> Columns:
    return (roc_scan(feed.x, int(values["window"])),)


def _relative_volume(feed: Feed, values: Values) -> Columns:
    return (ratio_scan(feed.x, _sma(feed, values)[0]),)


def _vwap(feed: Feed, _: Values) -> Columns:
    return (vwap_scan(feed.bars.ts, feed.x, feed.bars.volume, feed.day_offset_ms),)


def _minute(feed: Feed, _: Values) -> Columns:
    return (minute_scan(feed.bars.ts, feed.day_offset_ms),)


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
        columns=_sma,
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
        columns=_ema,
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
        columns=_wma,
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
        columns=_rsi,
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
        columns=_atr,
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
        columns=_adx,
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
        columns=_macd,
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
        columns=_supertrend,
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
        columns=_deviation,
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
        columns=_bollinger,
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
        columns=_highest,
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
        columns=_lowest,
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
        columns=_donchian,
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
        columns=_roc,
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
        columns=_sma,
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
        columns=_relative_volume,
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
        columns=_vwap,
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
        columns=_minute,
        first=lambda _: 0,
        settled=lambda _values, _ms: 0,
    ),
)

INDICATORS: Final[dict[str, Indicator]] = {entry.name: entry for entry in _ENTRIES}
