"""Play bars of the lake again as if they closed now, at some bars per second."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import Timeframe, parse_timeframe
from fairlead.market.candles import Candle, candles_of
from fairlead.market.feeds.config import integer, number, text, texts
from fairlead.market.feeds.port import Step
from fairlead.market.lake import Lake
from fairlead.market.reports import JsonObject


@dataclass(frozen=True, slots=True)
class ReplayConfig:
    """What to play: `source` bars under the name `instrument`, `bars_per_s` of them a second.

    Bars before `start_ms` are history from the beginning; 0 means after the first `warm_bars`.
    """

    source: str
    instrument: str
    timeframe: Timeframe
    bars_per_s: float
    start_ms: int
    warm_bars: int
    longer_ms: tuple[int, ...]


def read_config(config: JsonObject) -> ReplayConfig:
    """Read a feed's configuration; raise InvalidInput for values that cannot be."""
    source = text(config, "source", "")
    if not source:
        raise InvalidInput(
            "A replay needs a source.", expected="an instrument of the lake", path="source"
        )
    timeframe = parse_timeframe(text(config, "timeframe", "1h"))
    return ReplayConfig(
        source=source,
        instrument=text(config, "instrument", f"replay:{source}"),
        timeframe=timeframe,
        bars_per_s=number(config, "bars_per_s", 1.0, 0.001, 100_000.0),
        start_ms=integer(config, "start_ms", 0, 0, 2**62),
        warm_bars=integer(config, "warm_bars", 500, 0, 2**40),
        longer_ms=tuple(parse_timeframe(name).ms for name in texts(config, "timeframes", ())),
    )


class ReplayFeed:
    """Deliver bars of one series in order; resumes behind the last closed one."""

    def __init__(self, config: ReplayConfig, cursor: JsonObject, now_ms: int, lake: Lake) -> None:
        self._config = config
        self._bars: Bars = lake.bars(config.source, config.timeframe)
        self._asked_ms = now_ms
        self._due = 0.0
        self._until_ms = integer(cursor, "until_ms", self._first_ms(), 0, 2**62)
        self._next = int(np.searchsorted(self._bars.ts, self._until_ms))

    def _first_ms(self) -> int:
        if not len(self._bars):
            raise InvalidInput(
                f"{self._config.source} has no bars to play.", action="Import some first."
            )
        warm = min(self._config.warm_bars, len(self._bars) - 1)
        return self._config.start_ms or int(self._bars.ts[warm])

    @property
    def instruments(self) -> tuple[str, ...]:
        return (self._config.instrument,)

    @property
    def timeframe_ms(self) -> int:
        return self._config.timeframe.ms

    @property
    def longer_ms(self) -> tuple[int, ...]:
        return self._config.longer_ms

    @property
    def settle_ms(self) -> int:
        return 0

    @property
    def closed_until_ms(self) -> int:
        return self._until_ms

    def prepare(self, lake: Lake, alive: Callable[[], None]) -> None:
        """Copy what lies before the start, so that indicators are warm from the first bar."""
        alive()
        if self._config.instrument != self._config.source:
            history = self._bars.between(0, self._until_ms)
            lake.append(self._config.instrument, self._config.timeframe, history)

    def step(self, now_ms: int) -> Step:
        """Return the bars due since the last step."""
        self._due += max(0, now_ms - self._asked_ms) * self._config.bars_per_s / 1_000
        self._asked_ms = max(now_ms, self._asked_ms)
        count = min(int(self._due), len(self._bars) - self._next)
        self._due = min(self._due - count, 1.0)
        played = self._bars.slice(self._next, self._next + count)
        self._next += count
        candles: tuple[Candle, ...] = tuple(candles_of(played, self._config.instrument))
        until = candles[-1].end if candles else self._until_ms
        self._until_ms = max(until, self._until_ms)
        return Step((), candles, self._until_ms, self._next >= len(self._bars))

    def cursor_at(self, until_ms: int) -> JsonObject:
        """Return where to resume: the first bar that opens at or after `until_ms`."""
        return {"until_ms": until_ms}
