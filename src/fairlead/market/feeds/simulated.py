"""A live simulated market: history first, then ticks, faster than life until it has caught up."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.market.calendars import AlwaysOpen
from fairlead.market.candles import Tick, roll_up
from fairlead.market.feeds.config import integer, number, texts
from fairlead.market.feeds.port import Step
from fairlead.market.feeds.simulated_market import (
    HOUR_MS,
    MINUTE_MS,
    Hour,
    MarketState,
    SimulatedInstrument,
    first_state,
    minute_columns,
    trade_hour,
)
from fairlead.market.lake import Lake
from fairlead.market.reports import JsonObject
from fairlead.market.zones import DAY_MS

INSTRUMENTS = (
    SimulatedInstrument("sim:BTC-USDT", 64_000.0, 0.01, 0.55, 0.85, 0.08),
    SimulatedInstrument("sim:ETH-USDT", 3_200.0, 0.01, 0.70, 0.75, 0.9),
    SimulatedInstrument("sim:SOL-USDT", 150.0, 0.001, 0.95, 0.65, 14.0),
)
_NAMES = {instrument.key: instrument for instrument in INSTRUMENTS}
_SETTLE_MS = 2_000
_BEAT_HOURS = 500


@dataclass(frozen=True, slots=True)
class SimulatedConfig:
    """How the market runs.

    A minute of the market takes `minute_s` seconds while it is behind the present, where it begins
    `behind_days` back; in the present it takes a minute. `minute_days` of minutes and `hour_days`
    of hours stand in the lake before that.
    """

    instruments: tuple[SimulatedInstrument, ...]
    seed: int
    minute_s: float
    behind_days: int
    minute_days: int
    hour_days: int
    longer_ms: tuple[int, ...]


def read_config(config: JsonObject) -> SimulatedConfig:
    """Read a feed's configuration; raise InvalidInput for values that cannot be."""
    names = texts(config, "instruments", tuple(_NAMES))
    unknown = [name for name in names if name not in _NAMES]
    if unknown or not names:
        raise InvalidInput(
            "The simulated market has no such instrument.",
            expected=" or ".join(_NAMES),
            found=", ".join(unknown) or "none",
            path="instruments",
        )
    longer = texts(config, "timeframes", ("5m", "15m", "1h", "4h", "1d"))
    return SimulatedConfig(
        instruments=tuple(_NAMES[name] for name in names),
        seed=integer(config, "seed", 20_240_101, 0, 2**63 - 1),
        minute_s=number(config, "minute_s", 2.0, 0.001, 60.0),
        behind_days=integer(config, "behind_days", 30, 0, 3_650),
        minute_days=integer(config, "minute_days", 10, 1, 365),
        hour_days=integer(config, "hour_days", 200, 1, 3_650),
        longer_ms=tuple(parse_timeframe(text).ms for text in longer),
    )


class SimulatedFeed:
    """Deliver the trades of the simulated market; resumes from its cursor to the digit."""

    def __init__(self, config: SimulatedConfig, cursor: JsonObject, now_ms: int) -> None:
        self._config = config
        if cursor:
            self._until_ms = integer(cursor, "until_ms", 0, 0, 2**62)
            self._state = _state_from(cursor)
        else:
            self._until_ms = (now_ms // HOUR_MS) * HOUR_MS - config.behind_days * DAY_MS
            hour = self._until_ms // HOUR_MS - config.hour_days * 24
            self._state = first_state(config.instruments, hour)
        self._market_ms = float(self._until_ms)
        self._asked_ms = now_ms
        self._states = {self._state.hour: self._state}
        self._hour: Hour | None = None
        self._given = np.zeros(len(config.instruments), dtype=np.int64)

    @property
    def instruments(self) -> tuple[str, ...]:
        return tuple(instrument.key for instrument in self._config.instruments)

    @property
    def timeframe_ms(self) -> int:
        return MINUTE_MS

    @property
    def longer_ms(self) -> tuple[int, ...]:
        return self._config.longer_ms

    @property
    def settle_ms(self) -> int:
        return _SETTLE_MS

    @property
    def closed_until_ms(self) -> int:
        return self._until_ms

    def prepare(self, lake: Lake, alive: Callable[[], None]) -> None:
        """Make the history on first start, which takes some seconds.

        A cursor whose state lies hours before its time is one whose history is not yet made.
        """
        if self._state.hour >= self._until_ms // HOUR_MS:
            return
        minutes: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = []
        times = []
        while self._state.hour < self._until_ms // HOUR_MS:
            if self._state.hour % _BEAT_HOURS == 0:
                alive()
            hour = trade_hour(self._config.instruments, self._config.seed, self._state)
            ts, columns = minute_columns(hour)
            times.append(ts)
            minutes.append(columns)
            self._state = hour.after
        self._states = {self._state.hour: self._state}
        ts, columns = np.concatenate(times), np.concatenate(minutes, axis=1)
        for index, instrument in enumerate(self.instruments):
            prices = (np.ascontiguousarray(column) for column in columns[index].T)
            opened, high, low, close, volume = prices
            bars = Bars(ts, opened, high, low, close, volume, timeframe_ms=MINUTE_MS)
            self._keep_history(lake, instrument, bars, alive)

    def _keep_history(
        self, lake: Lake, instrument: str, minutes: Bars, alive: Callable[[], None]
    ) -> None:
        recent_ms = self._until_ms - self._config.minute_days * DAY_MS
        lake.append(instrument, "1m", minutes.between(recent_ms, self._until_ms))
        for longer_ms in self._config.longer_ms:
            rolled = roll_up(minutes, longer_ms, AlwaysOpen(), self._until_ms)
            alive()
            since = recent_ms if longer_ms < HOUR_MS else 0
            timeframe = parse_timeframe(longer_ms // MINUTE_MS)
            lake.append(instrument, timeframe, rolled.between(since, self._until_ms))

    def step(self, now_ms: int) -> Step:
        """Return the trades up to the market's present."""
        passed_ms = max(0, now_ms - self._asked_ms)
        self._asked_ms = max(now_ms, self._asked_ms)
        speed = MINUTE_MS / (self._config.minute_s * 1_000)
        present = max(self._market_ms, float(now_ms))
        self._market_ms = min(self._market_ms + passed_ms * speed, present)
        ticks: list[Tick] = []
        while self._take(int(self._market_ms), ticks):
            pass
        return Step(tuple(ticks), (), int(self._market_ms))

    def _take(self, until_ms: int, ticks: list[Tick]) -> bool:
        """Give the trades of the current hour before `until_ms`; True when it is used up."""
        if self._hour is None:
            self._open_hour()
        hour = self._hour
        assert hour is not None
        for index, instrument in enumerate(self.instruments):
            start = int(self._given[index])
            stop = int(np.searchsorted(hour.ts[index], until_ms))
            rows = zip(
                hour.ts[index, start:stop].tolist(),
                hour.price[index, start:stop].tolist(),
                hour.size[index, start:stop].tolist(),
                strict=True,
            )
            ticks.extend(Tick(instrument, *row) for row in rows)
            self._given[index] = stop
        if until_ms < hour.after.hour * HOUR_MS:
            return False
        self._state, self._hour = hour.after, None
        return True

    def _open_hour(self) -> None:
        self._states[self._state.hour] = self._state
        self._states = dict(sorted(self._states.items())[-3:])
        self._hour = trade_hour(self._config.instruments, self._config.seed, self._state)
        # after a restart: what was closed before is not given again
        self._given = np.array(
            [np.searchsorted(ts, self._until_ms) for ts in self._hour.ts], dtype=np.int64
        )

    def cursor_at(self, until_ms: int) -> JsonObject:
        """Return where to resume: the state at the start of the hour that holds `until_ms`."""
        state = self._states.get(until_ms // HOUR_MS, self._state)
        return {
            "until_ms": until_ms,
            "hour": state.hour,
            "prices": list(state.prices),
            "mood": state.mood,
            "drift": state.drift,
        }


def _state_from(cursor: JsonObject) -> MarketState:
    prices = cursor.get("prices")
    if not isinstance(prices, list):
        raise InvalidInput("The cursor of the simulated market holds no prices.", path="prices")
    return MarketState(
        integer(cursor, "hour", 0, 0, 2**40),
        tuple(float(str(price)) for price in prices),
        number(cursor, "mood", 0.0, -10.0, 10.0),
        number(cursor, "drift", 0.0, -1e6, 1e6),
    )
