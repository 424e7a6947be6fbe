"""Columns of indicators over bars, each computed once."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fairlead.indicators.catalog import INDICATORS
from fairlead.indicators.higher import Higher, higher_bars, join_higher
from fairlead.indicators.indicator import PRICES, read_only, read_only_bars
from fairlead.indicators.sources import source_of
from fairlead.kernel.series import Bars, Float64s
from fairlead.strategies.kinds.rules.lower import ColumnKey
from fairlead.strategies.sessions import EVERYWHERE, VenueDay, sessions_of

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
        self._venue = EVERYWHERE
        self._kept: OrderedDict[Hashable, tuple[Column, ...]] = OrderedDict()
        self._bytes = 0
        self.computed = 0

    def of(self, bars: Bars, venue: VenueDay) -> "ColumnCache":
        """Return the cache, emptied if it held columns of other bars or of another venue's day."""
        if self._bars is not bars or self._venue != venue:
            self._kept.clear()
            self._bytes = 0
            self._bars, self._venue = bars, venue
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


def column_of(bars: Bars, key: ColumnKey, cache: ColumnCache, venue: VenueDay) -> Float64s:
    """Return one column, shape (n,); `cache` was asked for these bars and this venue.

    Raises `ValueError` for values that do not fit the indicator, or a timeframe that is no
    multiple of the bars'.
    """
    if key.timeframe_ms not in (0, bars.timeframe_ms):
        return _longer_column(bars, key, cache, venue)
    if key.longer_ago:
        return cache.get(key, lambda: (_shifted(bars, key, cache, venue),))[0]
    if not key.kind and key.source in PRICES:
        return source_of(bars, key.source)
    return cache.get(_whole(key), lambda: _scanned(bars, key, venue))[key.output]


def _whole(key: ColumnKey) -> Hashable:
    """Return the key of all outputs of an indicator on its own bars."""
    return (key.kind, key.source, key.values, key.timeframe_ms)


def _scanned(bars: Bars, key: ColumnKey, venue: VenueDay) -> tuple[Float64s, ...]:
    if not key.kind:
        return (source_of(read_only_bars(bars), key.source),)
    return INDICATORS[key.kind].scan(bars, dict(key.values), key.source, venue.offset_ms)


def _shifted(bars: Bars, key: ColumnKey, cache: ColumnCache, venue: VenueDay) -> Float64s:
    """Return a column of the bars' own timeframe as it was `longer_ago` bars before."""
    column = column_of(bars, replace(key, longer_ago=0), cache, venue)
    return join_higher(read_only(column), np.arange(1, len(bars) + 1), key.longer_ago)


def _longer_column(bars: Bars, key: ColumnKey, cache: ColumnCache, venue: VenueDay) -> Float64s:
    higher = _higher(bars, key.timeframe_ms, cache, venue)

    def scanned() -> tuple[Column, ...]:
        return _scanned(higher.bars, key, venue)

    def joined() -> tuple[Column, ...]:
        column = cache.get(_whole(key), scanned)[key.output]
        return (join_higher(read_only(column), higher.closed, key.longer_ago),)

    return cache.get(("joined", key), joined)[0]


def _higher(bars: Bars, timeframe_ms: int, cache: ColumnCache, venue: VenueDay) -> Higher:
    def build() -> tuple[Column, ...]:
        made = higher_bars(bars, timeframe_ms, venue.offset_ms, sessions_of(venue.calendar))
        longer = made.bars
        return (
            made.closed, longer.ts, longer.open, longer.high, longer.low, longer.close,
            longer.volume,
        )  # fmt: skip

    closed, *columns = cache.get(("higher", timeframe_ms), build)
    ts, open_, high, low, close, volume = columns
    return Higher(Bars(ts, open_, high, low, close, volume, timeframe_ms), closed)
