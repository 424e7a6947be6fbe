"""Columns of indicators over bars, each computed once."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final

from numpy.typing import NDArray

from fairlead.indicators.catalog import INDICATORS
from fairlead.indicators.higher import Higher, higher_bars, join_higher
from fairlead.indicators.indicator import PRICES, read_only_bars
from fairlead.indicators.sources import source_of
from fairlead.kernel.series import Bars, Float64s
from fairlead.strategies.kinds.rules.lower import ColumnKey

Column = NDArray[Any]
CACHE_BYTES: Final = 256 * 1024**2


class ColumnCache:
    """Keep columns of one series of bars, the least recently used ones leaving first.

    A sweep that passes one cache computes each distinct column once, and equal columns are the
    same object. Asking with other bars empties it. Not for use from several threads at once.
    """

    def __init__(self, limit_bytes: int = CACHE_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._bars: Bars | None = None
        self._day_offset_ms = 0
        self._kept: OrderedDict[Hashable, tuple[Column, ...]] = OrderedDict()
        self._bytes = 0
        self.computed = 0

    def of(self, bars: Bars, day_offset_ms: int) -> "ColumnCache":
        """Return the cache, emptied if it held columns of other bars or of another day."""
        if self._bars is not bars or self._day_offset_ms != day_offset_ms:
            self._kept.clear()
            self._bytes = 0
            self._bars, self._day_offset_ms = bars, day_offset_ms
        return self

    @property
    def held_bytes(self) -> int:
        """Return the size of all columns that are kept."""
        return self._bytes

    def get(self, key: Hashable, build: Callable[[], tuple[Column, ...]]) -> tuple[Column, ...]:
        """Return the columns kept under `key`, built where there are none."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        columns = build()
        self.computed += 1
        self._kept[key] = columns
        self._bytes += sum(column.nbytes for column in columns)
        while self._bytes > self._limit_bytes and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= sum(column.nbytes for column in dropped)
        return columns


def column_of(bars: Bars, key: ColumnKey, cache: ColumnCache, day_offset_ms: int) -> Float64s:
    """Return one column, shape (n,).

    Raises `ValueError` for values that do not fit the indicator, or a timeframe that is no
    multiple of the bars'.
    """
    if not key.kind:
        return source_of(bars, key.source) if key.source in PRICES else _kept(bars, key, cache)
    whole = (key.kind, key.source, key.values, key.timeframe_ms)
    columns = cache.get(whole, lambda: _outputs(bars, key, cache, day_offset_ms))
    return columns[key.output]


def _kept(bars: Bars, key: ColumnKey, cache: ColumnCache) -> Float64s:
    return cache.get(key, lambda: (source_of(read_only_bars(bars), key.source),))[0]


def _outputs(
    bars: Bars, key: ColumnKey, cache: ColumnCache, day_offset_ms: int
) -> tuple[Float64s, ...]:
    indicator = INDICATORS[key.kind]
    if key.timeframe_ms in (0, bars.timeframe_ms):
        return indicator.scan(bars, dict(key.values), key.source, day_offset_ms)
    higher = _higher(bars, key.timeframe_ms, cache, day_offset_ms)
    columns = indicator.scan(higher.bars, dict(key.values), key.source, day_offset_ms)
    return tuple(join_higher(column, higher.closed) for column in columns)


def _higher(bars: Bars, timeframe_ms: int, cache: ColumnCache, day_offset_ms: int) -> Higher:
    def build() -> tuple[Column, ...]:
        made = higher_bars(bars, timeframe_ms, day_offset_ms)
        longer = made.bars
        return (
            made.closed, longer.ts, longer.open, longer.high, longer.low, longer.close,
            longer.volume,
        )  # fmt: skip

    closed, *columns = cache.get(("higher", timeframe_ms), build)
    ts, open_, high, low, close, volume = columns
    return Higher(Bars(ts, open_, high, low, close, volume, timeframe_ms), closed)
