"""Run one feed: its ticks become candles, its candles become rows, and its heart beats."""

import json
import logging
import threading
from typing import Protocol

import numpy as np

from fairlead.infra.errors import FairleadError
from fairlead.infra.metrics import counter
from fairlead.kernel.timeframe import Timeframe
from fairlead.market.calendars import Calendar, load_calendar
from fairlead.market.candles import Candle, CandleBuilder, Rollup, Tick, candles_of
from fairlead.market.closing import Closer, MarketContext, Span, Superseded, repair_series
from fairlead.market.feeds.catalog import open_feed
from fairlead.market.feeds.port import Feed, Step
from fairlead.market.instruments import default_instrument
from fairlead.market.store import FeedRow, beat, put_instrument

POLL_S = 0.1
BEAT_S = 1.0
STALL_S = 30.0
_TICK_S = 0.25
_log = logging.getLogger(__name__)

TICKS = counter("fairlead_ticks_total", "Ticks received", ["feed"])
LATE = counter("fairlead_late_ticks_total", "Ticks for bars already closed", ["feed"])
CLOSED = counter("fairlead_bars_closed_total", "Bars closed", ["feed"])
STALLS = counter("fairlead_feed_stalls_total", "Feeds that fell silent", ["feed"])


class Stopping(Protocol):
    """An event that tells threads to end."""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float | None = None) -> bool: ...


class FeedRunner:
    """Drive a claimed feed until it is asked to stop, falls silent, ends, or is taken over."""

    def __init__(
        self, context: MarketContext, row: FeedRow, stopping: Stopping, stall_s: float = STALL_S
    ) -> None:
        self._context = context
        self._row = row
        self._stopping = stopping
        self._stall_s = stall_s
        self._closer = Closer(context, row.name, row.fence)
        self._last: dict[str, int] = {}
        self._calendars: dict[str, Calendar] = {}
        self._beaten_s = 0.0
        self._late = 0
        self._ticked_s: dict[str, float] = {}
        self._restarted = bool(row.cursor)

    def run(self) -> None:
        """Run to the end and say how it ended; never raises."""
        name = self._row.name
        status, detail = "stopped", ""
        try:
            status, detail = self._drive()
        except Superseded:
            _log.warning("%s was taken over by another process", name)
            return
        except FairleadError as error:
            status, detail = "failed", f"{error.message} {error.action or ''}".strip()
        except Exception as error:  # noqa: BLE001  # one feed's defect must not end the others
            _log.exception("%s failed", name)
            status, detail = "failed", repr(error)[:300]
        self._say_end(status, detail)

    def _say_end(self, status: str, detail: str) -> None:
        try:
            with self._context.database.engine_transaction() as connection:
                beat(connection, self._row.name, self._row.fence, status, detail, self._late)
        except FairleadError as error:
            _log.warning("%s: its end was not recorded: %s", self._row.name, error.message)

    def _drive(self) -> tuple[str, str]:
        context, row = self._context, self._row
        feed = open_feed(row.kind, row.config, row.cursor, context.clock.now_ms(), context.lake)
        builder = CandleBuilder(feed.timeframe_ms, feed.settle_ms, feed.closed_until_ms)
        # where a feed begins is settled before its first bar, also for one that is killed now
        self._closer.close([], feed.cursor_at(feed.closed_until_ms))
        feed.prepare(context.lake, lambda: self._beat("starting"))
        rollups = self._resume(feed)
        heard_s = context.clock.monotonic_s()
        while not self._stopping.is_set():
            step = feed.step(context.clock.now_ms())
            self._take(feed, builder, rollups, step)
            now_s = context.clock.monotonic_s()
            if step.ticks or step.bars:
                heard_s = now_s
            elif step.finished:
                return "finished", "all bars of the source were played"
            elif now_s - heard_s > self._stall_s:
                STALLS.labels(feed=row.name).inc()
                return "failed", f"silent for {self._stall_s:.0f} s; it is opened again"
            if now_s - self._beaten_s >= BEAT_S:
                self._beat("behind" if self._closer.behind else "running")
            self._stopping.wait(POLL_S)
        return "stopped", ""

    def _resume(self, feed: Feed) -> dict[str, list[Rollup]]:
        """Bring lake and longer candles to where the feed resumes."""
        rollups: dict[str, list[Rollup]] = {}
        timeframe = Timeframe(feed.timeframe_ms)
        with self._context.database.engine_transaction() as connection:
            for instrument in feed.instruments:
                put_instrument(connection, default_instrument(instrument), None)
        for instrument in feed.instruments:
            for length_ms in (feed.timeframe_ms, *feed.longer_ms):
                repair_series(self._context, instrument, Timeframe(length_ms))
            calendar = load_calendar(default_instrument(instrument).calendar)
            self._calendars[instrument] = calendar
            rollups[instrument] = [Rollup(instrument, ms, calendar) for ms in feed.longer_ms]
            last = self._context.lake.last_ts(instrument, timeframe)
            if last is None:
                continue
            self._last[instrument] = last
            for rollup in rollups[instrument]:
                start = rollup.start_of(feed.closed_until_ms)
                bars = self._context.lake.bars(instrument, timeframe, start, feed.closed_until_ms)
                for candle in candles_of(bars, instrument):
                    rollup.add(candle)
        return rollups

    def _take(
        self, feed: Feed, builder: CandleBuilder, rollups: dict[str, list[Rollup]], step: Step
    ) -> None:
        late_before = builder.late
        for tick in step.ticks:
            builder.add(tick)
        self._late += builder.late - late_before
        LATE.labels(feed=self._row.name).inc(builder.late - late_before)
        TICKS.labels(feed=self._row.name).inc(len(step.ticks))
        self._publish(step)
        candles = [*builder.close_due(step.now_ms), *step.bars]
        longer = [
            closed
            for candle in candles
            for rollup in rollups[candle.instrument]
            for closed in rollup.add(candle)
        ]
        until_ms = max([builder.closed_until_ms, *(candle.end for candle in candles)])
        for each in rollups.values():
            longer += [closed for rollup in each for closed in rollup.close_due(until_ms)]
        if not candles and not longer:
            return
        gaps = [gap for candle in candles for gap in self._gap_before(candle)]
        done = self._closer.close(candles + longer, feed.cursor_at(until_ms), gaps)
        CLOSED.labels(feed=self._row.name).inc(len(done))

    def _gap_before(self, candle: Candle) -> list[tuple[Candle, Span, str]]:
        """Return the stretch of expected bars that are missing before `candle`, if there is one."""
        last = self._last.get(candle.instrument)
        self._last[candle.instrument] = max(candle.ts, last if last is not None else candle.ts)
        if last is None or candle.ts <= last + candle.timeframe_ms:
            return []
        calendar = self._calendars[candle.instrument]
        at = np.array([last, candle.ts], dtype=np.int64)
        phase_ms = int(calendar.local(at)[1]) % candle.timeframe_ms
        before, after = calendar.slots(at, candle.timeframe_ms, phase_ms).slot.tolist()
        reason = "down" if self._restarted else "no_trades"
        self._restarted = False
        if before < 0 or after - before <= 1:
            return []
        return [(candle, (last + candle.timeframe_ms, candle.ts), reason)]

    def _publish(self, step: Step) -> None:
        latest = {
            candle.instrument: Tick(candle.instrument, candle.end, candle.close, 0.0)
            for candle in step.bars
        }
        latest.update({tick.instrument: tick for tick in step.ticks})
        now_s = self._context.clock.monotonic_s()
        due = [
            tick
            for tick in latest.values()
            if now_s - self._ticked_s.get(tick.instrument, -_TICK_S) >= _TICK_S
        ]
        self._ticked_s.update({tick.instrument: now_s for tick in due})
        self._context.bus.publish_all(
            [(f"ticks:{tick.instrument}", _as_json(tick)) for tick in due]
        )

    def _beat(self, status: str) -> None:
        detail = "the lake waits for space or repair" if status == "behind" else ""
        name, fence = self._row.name, self._row.fence
        with self._context.database.engine_transaction() as connection:
            if not beat(connection, name, fence, status, detail, self._late):
                raise Superseded(name)
        self._late = 0
        self._beaten_s = self._context.clock.monotonic_s()


def _as_json(tick: Tick) -> bytes:
    return json.dumps({"ts": tick.ts, "price": tick.price, "size": tick.size}).encode()


def start_thread(runner: FeedRunner, name: str) -> threading.Thread:
    """Run a feed in a thread of its own."""
    thread = threading.Thread(target=runner.run, name=f"feed {name}", daemon=True)
    thread.start()
    return thread
