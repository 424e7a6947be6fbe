"""Close candles exactly once: one transaction for the rows and the cursor, then lake and bus.

The row in `closed_bars` is the announcement. The lake follows it, and after a crash or a full disk
is brought up to it again; news on the bus only says where to look.
"""

import json
import logging
from collections.abc import Iterable
from typing import Protocol

from fairlead.infra.bus import Bus
from fairlead.infra.clock import Clock
from fairlead.infra.db import Database
from fairlead.infra.errors import FairleadError
from fairlead.kernel.timeframe import Timeframe
from fairlead.market.candles import Candle, bars_of_candles
from fairlead.market.lake import Lake
from fairlead.market.reports import JsonObject
from fairlead.market.store import ClosedBar, advance, bars_after, insert_bars, put_gap

CHANNEL = "bars"
_BATCH = 5_000
_log = logging.getLogger(__name__)

Span = tuple[int, int]


class MarketContext(Protocol):
    """What closing bars needs of a role's context."""

    @property
    def clock(self) -> Clock: ...

    @property
    def database(self) -> Database: ...

    @property
    def bus(self) -> Bus: ...

    @property
    def lake(self) -> Lake: ...


class Superseded(Exception):
    """Another process has taken the feed over; whatever this one still holds is void."""


class Closer:
    """Close the candles of one feed; `fence` is the number under which it holds the feed."""

    def __init__(self, context: MarketContext, feed: str, fence: int) -> None:
        self._context = context
        self._feed = feed
        self._fence = fence
        self._behind: set[tuple[str, int]] = set()

    def close(
        self,
        candles: list[Candle],
        cursor: JsonObject,
        gaps: Iterable[tuple[Candle, Span, str]] = (),
    ) -> list[ClosedBar]:
        """Write rows, gaps and cursor in one transaction, then bring lake and bus up to them.

        Returns the candles that were not closed before. Raises Superseded, with nothing written,
        when another process holds the feed.
        """
        with self._context.database.engine_transaction() as connection:
            closed = insert_bars(connection, self._feed, candles)
            for candle, span, reason in gaps:
                timeframe = Timeframe(candle.timeframe_ms)
                put_gap(connection, self._feed, candle.instrument, timeframe, span, reason)
            if not advance(connection, self._feed, self._fence, cursor, closed=bool(closed)):
                raise Superseded(self._feed)
        if len(closed) < len(candles):
            _log.warning("%s: %d bars were closed before", self._feed, len(candles) - len(closed))
        self._keep([bar.candle for bar in closed])
        self._context.bus.publish_all([(CHANNEL, announcement(bar)) for bar in closed])
        return closed

    def _keep(self, candles: list[Candle]) -> None:
        series: dict[tuple[str, int], list[Candle]] = {}
        for candle in candles:
            series.setdefault((candle.instrument, candle.timeframe_ms), []).append(candle)
        for key, bars in series.items():
            try:
                if key in self._behind:
                    repair_series(self._context, key[0], Timeframe(key[1]))
                else:
                    append_candles(self._context.lake, bars)
                self._behind.discard(key)
            except FairleadError as error:
                # the rows are safe in the database; the series is repaired with its next bar
                self._behind.add(key)
                _log.error("%s: %s stays behind: %s", self._feed, key[0], error.message)

    @property
    def behind(self) -> int:
        """Return how many series could not be written to the lake and wait for repair."""
        return len(self._behind)


def announcement(bar: ClosedBar) -> bytes:
    """Return what is published about a closed bar, as JSON."""
    candle = bar.candle
    return json.dumps(
        {
            "instrument": candle.instrument,
            "timeframe": str(Timeframe(candle.timeframe_ms)),
            "ts": candle.ts,
            "open": candle.open,
            "high": candle.high,
            "low": candle.low,
            "close": candle.close,
            "volume": candle.volume,
            "closed_at": bar.closed_at.isoformat(),
        }
    ).encode()


def append_candles(lake: Lake, candles: list[Candle]) -> None:
    """Append ascending candles of one series to the lake."""
    first = candles[0]
    timeframe = Timeframe(first.timeframe_ms)
    done = lake.append(first.instrument, timeframe, bars_of_candles(candles, timeframe.ms))
    if done.conflicts:
        _log.error(
            "%s %s: %d closed bars contradict the lake, which keeps its own",
            first.instrument,
            timeframe,
            done.conflicts,
        )


def repair_series(context: MarketContext, instrument: str, timeframe: Timeframe) -> int:
    """Append closed bars that the lake does not have yet; return how many."""
    repaired = 0
    while True:
        last = context.lake.last_ts(instrument, timeframe)
        after = last if last is not None else -1
        with context.database.engine_transaction() as connection:
            missing = bars_after(connection, instrument, timeframe, after, limit=_BATCH)
        if not missing:
            return repaired
        append_candles(context.lake, missing)
        repaired += len(missing)
