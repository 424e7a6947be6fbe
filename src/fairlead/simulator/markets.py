"""Where the simulator's prices come from: a seeded noise of any moment, or the bars of a lake."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fairlead.kernel.series import Bars, Float64s, Int64s
from fairlead.kernel.timeframe import MINUTE_MS, Timeframe
from fairlead.market.calendars import AlwaysOpen
from fairlead.market.candles import roll_up
from fairlead.market.feeds.noise import bits_at
from fairlead.market.lake import Lake

_OCTAVES = 23  # the longest wave takes 2^22 minutes, eight years
_WICK = 0.35
_PRICE_DIGITS = 8


class Market(Protocol):
    """Give the bars of one instrument at any timeframe."""

    def bars(self, timeframe: Timeframe, start_ms: int, end_ms: int) -> Bars:
        """Return the bars that open in [start_ms, end_ms) on the grid of `timeframe`."""


@dataclass(frozen=True, slots=True)
class GeneratedMarket:
    """A price that follows from a seed and the minute alone, so that any stretch can be asked for.

    The logarithm of the price adds noise on waves of 1, 2, 4, ... minutes whose heights grow with
    the root of their length, as in a random walk; it is bounded, and no bar depends on another.
    """

    seed: int
    price: float
    tick: float
    volatility: float
    size: float
    born_ms: int

    def bars(self, timeframe: Timeframe, start_ms: int, end_ms: int) -> Bars:
        step = timeframe.ms // MINUTE_MS
        first = -(-max(start_ms, self.born_ms) // timeframe.ms) * timeframe.ms
        count = max(0, -(-(end_ms - first) // timeframe.ms))
        minutes = first // MINUTE_MS + np.arange(count * step + 1, dtype=np.int64)
        path = self._path(minutes)
        opened, closed = path[:-1], path[1:]
        wick = 1 + _WICK * self._per_minute() * self._uniform(minutes[:-1], 101)
        high = np.maximum(opened, closed) * wick
        low = np.minimum(opened, closed) / wick
        volume = self.size * np.exp(2 * self._uniform(minutes[:-1], 102) - 1)
        shape = (count, step)
        return Bars(
            ts=first + np.arange(count, dtype=np.int64) * timeframe.ms,
            open=self._priced(opened.reshape(shape)[:, 0]),
            high=self._priced(high.reshape(shape).max(axis=1)),
            low=self._priced(low.reshape(shape).min(axis=1)),
            close=self._priced(closed.reshape(shape)[:, -1]),
            volume=np.round(volume.reshape(shape).sum(axis=1), 6),
            timeframe_ms=timeframe.ms,
        )

    def _path(self, minutes: Int64s) -> Float64s:
        total = np.zeros(len(minutes))
        for octave in range(_OCTAVES):
            length = 2**octave
            place, within = minutes // length, (minutes % length) / length
            left = self._uniform(place, octave) - 0.5
            right = self._uniform(place + 1, octave) - 0.5
            total += (left + (right - left) * within) * np.sqrt(length)
        path: Float64s = self.price * np.exp(self._per_minute() * total)
        return path

    def _per_minute(self) -> float:
        return float(self.volatility / np.sqrt(525_600))

    def _priced(self, values: Float64s) -> Float64s:
        priced: Float64s = np.round(
            np.maximum(np.round(values / self.tick), 1.0) * self.tick, _PRICE_DIGITS
        )
        return priced

    def _uniform(self, places: Int64s, stream: int) -> Float64s:
        numbers: Float64s = (
            (bits_at(self.seed, stream, places) >> np.uint64(11)).astype(np.float64) + 0.5
        ) * 2.0**-53
        return numbers


@dataclass(frozen=True, slots=True)
class LakeMarket:
    """The bars of one instrument of a lake, and longer ones made of them."""

    lake: Lake
    instrument: str

    def bars(self, timeframe: Timeframe, start_ms: int, end_ms: int) -> Bars:
        held = [key.timeframe for key in self.lake.series() if key.instrument == self.instrument]
        shorter = [each for each in held if timeframe.ms % each.ms == 0]
        if not shorter:
            nothing = np.zeros(0)
            times = np.zeros(0, dtype=np.int64)
            return Bars(times, nothing, nothing, nothing, nothing, nothing, timeframe.ms)
        longest = max(shorter)
        bars = self.lake.bars(self.instrument, longest, start_ms, end_ms + timeframe.ms)
        if longest == timeframe:
            return bars.between(start_ms, end_ms)
        return roll_up(bars, timeframe.ms, AlwaysOpen(), 2**62).between(start_ms, end_ms)
