"""How each indicator of the catalog is computed: one function for each name."""

from collections.abc import Callable
from typing import Final

from fairlead.indicators import memory
from fairlead.indicators.averages import ema_scan, sma_scan, wma_scan
from fairlead.indicators.channels import donchian_scan, highest_scan, lowest_scan
from fairlead.indicators.indicator import Columns, Feed, Values
from fairlead.indicators.momentum import macd_scan, ratio_scan, roc_scan, rsi_scan
from fairlead.indicators.session import minute_scan, vwap_scan
from fairlead.indicators.trend import adx_scan, supertrend_scan
from fairlead.indicators.volatility import atr_scan, bands_scan, spread_scan


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


def _macd(feed: Feed, values: Values) -> Columns:
    kept = memory.macd_memory(int(values["slow"]), int(values["signal"]))
    windows = (int(values["fast"]), int(values["slow"]), int(values["signal"]))
    block = memory.block_bars(kept)
    return macd_scan(feed.bars.ts, feed.x, windows, kept, block, feed.bars.timeframe_ms)


def _supertrend(feed: Feed, values: Values) -> Columns:
    bars, window = feed.bars, int(values["window"])
    kept = memory.supertrend_memory(window, values["multiple"])
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


SCANS: Final[dict[str, Callable[[Feed, Values], Columns]]] = {
    "sma": _sma,
    "ema": _ema,
    "wma": _wma,
    "rsi": _rsi,
    "atr": _atr,
    "adx": _adx,
    "macd": _macd,
    "supertrend": _supertrend,
    "standard_deviation": _deviation,
    "bollinger": _bollinger,
    "highest": _highest,
    "lowest": _lowest,
    "donchian": _donchian,
    "roc": _roc,
    "volume_average": _sma,
    "relative_volume": _relative_volume,
    "vwap": _vwap,
    "minute_of_day": _minute,
}
