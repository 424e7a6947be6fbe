"""Build candles from ticks, and longer candles from shorter ones; pure, time is an argument."""

from dataclasses import dataclass, replace

import numpy as np

from fairlead.kernel.series import Bars, Float64s, Int64s
from fairlead.market.calendars import Calendar


@dataclass(frozen=True, slots=True)
class Tick:
    """One trade: `ts` in epoch milliseconds UTC, `price` and `size` above 0."""

    instrument: str
    ts: int
    price: float
    size: float


@dataclass(frozen=True, slots=True)
class Candle:
    """One closed bar of one instrument; `ts` is its open time."""

    instrument: str
    timeframe_ms: int
    ts: int
    open: float
    high: float
    low: float
    close: float
    volume: float

    @property
    def end(self) -> int:
        """Return the first millisecond behind the bar."""
        return self.ts + self.timeframe_ms


@dataclass(slots=True)
class _Open:
    """A candle that still grows; first and last are decided by time, not by arrival."""

    open: float
    high: float
    low: float
    close: float
    volume: float
    first_ts: int
    last_ts: int

    def add(self, tick: Tick) -> None:
        self.high = max(self.high, tick.price)
        self.low = min(self.low, tick.price)
        self.volume += tick.size
        if tick.ts < self.first_ts:
            self.open, self.first_ts = tick.price, tick.ts
        if tick.ts >= self.last_ts:
            self.close, self.last_ts = tick.price, tick.ts

    def closed(self, instrument: str, timeframe_ms: int, ts: int) -> Candle:
        return Candle(
            instrument, timeframe_ms, ts, self.open, self.high, self.low, self.close, self.volume
        )


class CandleBuilder:
    """Gather ticks of any number of instruments into candles of one timeframe.

    A candle takes ticks until `settle_ms` after its end, in any order; then it is closed, once.
    Ticks for closed candles are counted in `late` and change nothing. An interval without a tick
    has no candle. `closed_until_ms` starts a builder behind candles that were closed before.
    """

    def __init__(self, timeframe_ms: int, settle_ms: int, closed_until_ms: int = 0) -> None:
        self._timeframe_ms = timeframe_ms
        self._settle_ms = settle_ms
        self._open: dict[tuple[int, str], _Open] = {}
        self.closed_until_ms = closed_until_ms
        self.late = 0

    def add(self, tick: Tick) -> None:
        """Take one tick; nothing is kept of ticks that are late."""
        ts = tick.ts - tick.ts % self._timeframe_ms
        if ts < self.closed_until_ms:
            self.late += 1
            return
        growing = self._open.get((ts, tick.instrument))
        if growing is None:
            price = tick.price
            self._open[ts, tick.instrument] = _Open(
                price, price, price, price, tick.size, tick.ts, tick.ts
            )
            return
        growing.add(tick)

    def close_due(self, now_ms: int) -> list[Candle]:
        """Close every candle whose settle delay has passed at `now_ms`; by time, then name."""
        end = (now_ms - self._settle_ms) // self._timeframe_ms * self._timeframe_ms
        if end <= self.closed_until_ms:
            return []
        self.closed_until_ms = end
        due = sorted(key for key in self._open if key[0] < end)
        return [self._open.pop(key).closed(key[1], self._timeframe_ms, key[0]) for key in due]


class Rollup:
    """Gather closed candles of one instrument into one longer timeframe on the venue's grid.

    A longer candle closes with the bar that completes it, or when a later bar arrives, or when
    time has passed its end; each once.
    """

    def __init__(self, instrument: str, timeframe_ms: int, calendar: Calendar) -> None:
        self.timeframe_ms = timeframe_ms
        self._instrument = instrument
        self._calendar = calendar
        self._phase_ms = calendar.anchor(timeframe_ms)
        self._start = -1
        self._parts: list[Candle] = []

    def start_of(self, ts: int) -> int:
        """Return when the longer candle opens that holds a bar opening at `ts`."""
        local = int(self._calendar.local(np.array([ts], dtype=np.int64))[0])
        return ts - (local - self._phase_ms) % self.timeframe_ms

    def add(self, candle: Candle) -> list[Candle]:
        """Take the next closed candle; return what it closes, usually nothing."""
        start = self.start_of(candle.ts)
        closed = self._flush() if self._parts and start != self._start else []
        self._start = start
        self._parts.append(candle)
        return closed + self.close_due(candle.end)

    def close_due(self, now_ms: int) -> list[Candle]:
        """Close the candle under way if its end has passed at `now_ms`."""
        if self._parts and now_ms >= self._start + self.timeframe_ms:
            return self._flush()
        return []

    def _flush(self) -> list[Candle]:
        parts, self._parts = self._parts, []
        return [
            Candle(
                self._instrument,
                self.timeframe_ms,
                self._start,
                parts[0].open,
                max(part.high for part in parts),
                min(part.low for part in parts),
                parts[-1].close,
                sum(part.volume for part in parts),
            )
        ]


def roll_up(bars: Bars, longer_ms: int, calendar: Calendar, until_ms: int) -> Bars:
    """Return the longer candles made of `bars` that are whole and closed at `until_ms`.

    Equal, to the bit, to what a `Rollup` makes of the same bars one by one.
    """
    if not len(bars):
        return replace(bars, timeframe_ms=longer_ms)
    start = bars.ts - (calendar.local(bars.ts) - calendar.anchor(longer_ms)) % longer_ms
    first = np.flatnonzero(np.concatenate((np.ones(1, dtype=np.bool_), np.diff(start) != 0)))
    last = np.append(first[1:], len(bars)) - 1
    longer = Bars(
        ts=start[first],
        open=bars.open[first],
        high=np.maximum.reduceat(bars.high, first),
        low=np.minimum.reduceat(bars.low, first),
        close=bars.close[last],
        volume=_sum_in_order(bars.volume, first, last),
        timeframe_ms=longer_ms,
    )
    whole = (longer.ts >= int(bars.ts[0])) & (longer.ts + longer_ms <= until_ms)
    kept = np.flatnonzero(whole)
    return longer.slice(int(kept[0]), int(kept[-1]) + 1) if len(kept) else longer.slice(0, 0)


def _sum_in_order(values: Float64s, first: Int64s, last: Int64s) -> Float64s:
    total = np.zeros(len(first))
    for offset in range(int((last - first).max()) + 1):
        inside = first + offset <= last
        total[inside] += values[first[inside] + offset]
    return total


def candles_of(bars: Bars, instrument: str) -> list[Candle]:
    """Return `bars` as candles of `instrument`."""
    columns = (bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [Candle(instrument, bars.timeframe_ms, *row) for row in rows]


def bars_of_candles(candles: list[Candle], timeframe_ms: int) -> Bars:
    """Return ascending candles of one instrument as columns."""
    return Bars(
        ts=np.array([candle.ts for candle in candles], dtype=np.int64),
        open=np.array([candle.open for candle in candles], dtype=np.float64),
        high=np.array([candle.high for candle in candles], dtype=np.float64),
        low=np.array([candle.low for candle in candles], dtype=np.float64),
        close=np.array([candle.close for candle in candles], dtype=np.float64),
        volume=np.array([candle.volume for candle in candles], dtype=np.float64),
        timeframe_ms=timeframe_ms,
    )
