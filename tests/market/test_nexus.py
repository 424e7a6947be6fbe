"""The nexus: kill -9 at any step loses no bar and doubles none."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from fairlead.infra.bus import Bus
from fairlead.infra.clock import SystemClock
from fairlead.infra.db import Database
from fairlead.infra.roles import role_urls
from fairlead.infra.settings import Settings
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.market import closing, feed_runner, nexus
from fairlead.market.calendars import AlwaysOpen
from fairlead.market.candles import Candle, CandleBuilder, Rollup, Tick
from fairlead.market.feed_runner import FeedRunner
from fairlead.market.feeds.catalog import FEEDS, open_feed
from fairlead.market.feeds.port import Feed, Step
from fairlead.market.lake import Lake
from fairlead.market.reports import JsonObject
from fairlead.market.store import (
    FeedRow,
    claim_feed,
    list_feeds,
    list_gaps,
    put_feed,
    set_feed_enabled,
)
from tests.market.conftest import NexusParts
from tests.market.makers import DAY, HOUR, MINUTE, START, make_bars

ReadRows = Callable[[str], list[tuple[object, ...]]]
QUICK: JsonObject = {"hour_days": 1, "minute_days": 1, "behind_days": 2, "minute_s": 0.02,
                     "timeframes": ["5m", "15m"], "instruments": ["sim:BTC-USDT"]}  # fmt: skip


def live(settings: Settings, lake: Path, name: str, bars: int, plant: Callable[[], None]) -> None:
    """Run a feed in this process until it has closed some bars."""
    plant()
    assert settings.database_url is not None
    assert settings.redis_url is not None
    database = Database.open(role_urls(settings.database_url, settings.secret_key))
    context = NexusParts(settings, SystemClock(), database, Bus(settings.redis_url), Lake(lake))
    with database.engine_transaction() as connection:
        row = claim_feed(connection, name, 0.0)
    assert row is not None
    runner = FeedRunner(context, row, _StopAfter(context, name, bars))
    runner.run()


class _StopAfter:
    """An event that is set once a number of bars of a feed have closed."""

    def __init__(self, context: NexusParts, name: str, bars: int) -> None:
        self._context = context
        self._name = name
        self._bars = bars

    def is_set(self) -> bool:
        with self._context.database.engine_transaction() as connection:
            statement = text("SELECT count(*) FROM closed_bars WHERE feed = :feed")
            found: int = connection.execute(statement, {"feed": self._name}).scalar_one()
        return found >= self._bars

    def wait(self, timeout: float | None = None) -> bool:
        time.sleep(0.02)
        return self.is_set()


def in_child(act: Callable[[], None]) -> int:
    """Run `act` in a child process; return 0, or minus the signal it died of."""
    child = os.fork()
    if child == 0:
        try:
            act()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def die_at(module: object, attribute: str, occurrence: int, *, before: bool) -> None:
    """Make this process die just before or just after the n-th call of a function."""
    right = getattr(module, attribute)
    calls = 0

    def deadly(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        if before and calls == occurrence:
            os.kill(os.getpid(), signal.SIGKILL)
        result = right(*args, **kwargs)
        if calls == occurrence:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, attribute, deadly)


BOUNDARIES: dict[str, tuple[object, str, int, bool]] = {
    "before the first claim is used": (feed_runner, "open_feed", 1, True),
    "while history is made": (Lake, "append", 3, False),
    "before the rows": (closing, "insert_bars", 4, True),
    "after the rows, before the cursor": (closing, "insert_bars", 4, False),
    "after the cursor, before the commit": (closing, "advance", 4, False),
    "after the commit, before the lake": (closing, "append_candles", 3, True),
    "after the lake, before the news": (closing, "append_candles", 3, False),
    "after the news": (Bus, "publish_all", 9, False),
}


def expected_rows(lake: Path, cursor: JsonObject) -> list[tuple[object, ...]]:
    """Return the bars of a life without any crash, from the feed's beginning on."""
    present_ms = int(str(cursor["until_ms"])) + 10 * DAY
    feed = open_feed("simulated", QUICK, cursor, present_ms, Lake(lake))
    builder = CandleBuilder(MINUTE, feed.settle_ms, feed.closed_until_ms)
    rollups = [Rollup("sim:BTC-USDT", ms, AlwaysOpen()) for ms in feed.longer_ms]
    feed.prepare(Lake(lake.parent / "other"), lambda: None)
    step = feed.step(present_ms + 10_000)
    for tick in step.ticks:
        builder.add(tick)
    candles: list[Candle] = []
    for candle in builder.close_due(step.now_ms):
        candles.append(candle)
        candles += [closed for rollup in rollups for closed in rollup.add(candle)]
    return sorted(
        (c.instrument, str(parse_timeframe(c.timeframe_ms // MINUTE)), c.ts, c.open, c.high, c.low,
         c.close, c.volume)
        for c in candles
    )  # fmt: skip


def is_whole(lake: Path, found: list[tuple[object, ...]], cursor: JsonObject) -> bool:
    """Tell whether the rows are those of a life without crash, and the lake has each of them."""
    expected = expected_rows(lake, cursor)
    for timeframe in ("1m", "5m", "15m"):
        rows = [row for row in found if row[1] == timeframe]
        wanted = [row for row in expected if row[1] == timeframe]
        if rows != wanted[: len(rows)] or not rows:
            return False
        bars = Lake(lake).bars("sim:BTC-USDT", timeframe, int(str(rows[0][2])))
        if bars.ts.tolist() != [row[2] for row in rows]:
            return False
        if bars.close.tolist() != [row[6] for row in rows]:
            return False
    return True


def begin(context: NexusParts, name: str) -> None:
    """Start from a table without closed bars of the simulated market."""
    with context.database.engine_transaction() as connection:
        connection.execute(text("DELETE FROM closed_bars WHERE instrument = 'sim:BTC-USDT'"))
        put_feed(connection, name, "simulated", QUICK)


def first_cursor(context: NexusParts, name: str) -> JsonObject:
    """Let the feed settle where it begins, without a bar, and return the cursor."""
    now_ms = context.clock.now_ms()
    feed = open_feed("simulated", QUICK, {}, now_ms, context.lake)
    cursor = feed.cursor_at(feed.closed_until_ms)
    with context.database.engine_transaction() as connection:
        connection.execute(
            text("UPDATE feeds SET cursor = CAST(:cursor AS jsonb) WHERE name = :name"),
            {"cursor": json.dumps(cursor), "name": name},
        )
    return cursor


@pytest.mark.parametrize("boundary", sorted(BOUNDARIES))
def test_kill_at_every_boundary_loses_and_doubles_no_bar(
    context: NexusParts, settings: Settings, name: str, rows_of_feed: ReadRows, boundary: str
) -> None:
    begin(context, name)
    cursor = first_cursor(context, name)
    module, attribute, occurrence, before = BOUNDARIES[boundary]
    lake = context.lake.root

    def deadly() -> None:
        die_at(module, attribute, occurrence, before=before)

    died = in_child(lambda: live(settings, lake, name, 400, deadly))
    assert died == -signal.SIGKILL
    assert in_child(lambda: live(settings, lake, name, 80, lambda: None)) == 0
    assert is_whole(lake, rows_of_feed(name), cursor)


def plant_cursor_before_rows() -> None:
    """Move the cursor in a transaction of its own, ahead of the rows."""
    right = closing.Closer.close

    def wrong(self: closing.Closer, candles: list[Candle], cursor: JsonObject,
              gaps: object = ()) -> object:  # fmt: skip
        right(self, [], cursor)
        return right(self, candles, cursor)

    setattr(closing.Closer, "close", wrong)  # noqa: B010  # the fault is planted here
    die_at(closing, "insert_bars", 8, before=True)


def plant_lake_without_repair() -> None:
    """Forget to bring the lake up to the rows after a start."""
    setattr(feed_runner, "repair_series", lambda *_: 0)  # noqa: B010  # the fault is planted here
    die_at(closing, "append_candles", 3, before=True)


@pytest.mark.parametrize("plant", [plant_cursor_before_rows, plant_lake_without_repair])
def test_planted_fault_is_caught(
    context: NexusParts,
    settings: Settings,
    name: str,
    rows_of_feed: ReadRows,
    plant: Callable[[], None],
) -> None:
    begin(context, name)
    cursor = first_cursor(context, name)
    lake = context.lake.root
    assert in_child(lambda: live(settings, lake, name, 400, plant)) == -signal.SIGKILL

    def without_repair() -> None:
        if plant is plant_lake_without_repair:
            setattr(feed_runner, "repair_series", lambda *_: 0)  # noqa: B010  # as above

    assert in_child(lambda: live(settings, lake, name, 80, without_repair)) == 0
    assert not is_whole(lake, rows_of_feed(name), cursor)


def test_nexus_runs_what_is_enabled_and_stops_in_time(
    context: NexusParts, name: str, rows_of_feed: ReadRows
) -> None:
    context.lake.append("x:SOURCE", "1h", make_bars(400))
    config: JsonObject = {"source": "x:SOURCE", "instrument": f"x:{name}", "timeframe": "1h",
                          "bars_per_s": 200, "timeframes": ["4h"], "warm_bars": 10}  # fmt: skip
    with context.database.engine_transaction() as connection:
        put_feed(connection, name, "replay", config)
    thread = threading.Thread(target=nexus.run, args=(context,))
    thread.start()
    try:
        wait_until(lambda: status_of(context, name) == "finished")
    finally:
        context.stopping.set()
        thread.join(10)
    assert not thread.is_alive()
    rows = rows_of_feed(name)
    hours = [row for row in rows if row[1] == "1h"]
    assert [row[2] for row in hours] == [START + k * HOUR for k in range(10, 400)]
    assert sorted(str(row[2]) for row in rows if row[1] == "4h")[0] == str(START + 8 * HOUR)
    assert len(context.lake.bars(f"x:{name}", "1h")) == 400


def test_feed_that_is_switched_off_stops_and_goes_on_where_it_was(
    context: NexusParts, name: str, rows_of_feed: ReadRows
) -> None:
    context.lake.append("x:SOURCE", "1h", make_bars(600))
    config: JsonObject = {"source": "x:SOURCE", "instrument": f"x:{name}", "bars_per_s": 60}
    with context.database.engine_transaction() as connection:
        put_feed(connection, name, "replay", {**config, "warm_bars": 0})
    thread = threading.Thread(target=nexus.run, args=(context,))
    thread.start()
    try:
        wait_until(lambda: len(rows_of_feed(name)) > 20)
        switch(context, name, enabled=False)
        wait_until(lambda: status_of(context, name) == "stopped")
        stood = len(rows_of_feed(name))
        switch(context, name, enabled=True)
        wait_until(lambda: len(rows_of_feed(name)) > stood + 20)
    finally:
        context.stopping.set()
        thread.join(10)
    found = [row[2] for row in rows_of_feed(name)]
    assert found == [START + k * HOUR for k in range(len(found))]


class Scripted:
    """A feed that plays a list of steps and then falls silent."""

    instruments = ("x:SCRIPT",)
    timeframe_ms = MINUTE
    longer_ms: tuple[int, ...] = ()
    settle_ms = 0

    def __init__(self, steps: list[Step], closed_until_ms: int) -> None:
        self._steps = steps
        self.closed_until_ms = closed_until_ms

    def prepare(self, lake: Lake, alive: Callable[[], None]) -> None:
        alive()

    def step(self, now_ms: int) -> Step:
        return self._steps.pop(0) if self._steps else Step((), (), START)

    def cursor_at(self, until_ms: int) -> JsonObject:
        return {"until_ms": until_ms}


def run_scripted(context: NexusParts, name: str, steps: list[Step], stall_s: float) -> None:
    """Run scripted steps under a new kind of feed until it is silent for too long."""

    def opened(_config: JsonObject, cursor: JsonObject, _now: int, _lake: Lake) -> Feed:
        return Scripted(steps, int(str(cursor.get("until_ms", START))))

    FEEDS["scripted"] = opened
    try:
        with context.database.engine_transaction() as connection:
            put_feed(connection, name, "scripted", {})
            row = claim_feed(connection, name, 0.0)
        assert row is not None
        FeedRunner(context, row, threading.Event(), stall_s).run()
    finally:
        del FEEDS["scripted"]


def test_silent_feed_is_noticed_late_ticks_are_counted_and_gaps_recorded(
    context: NexusParts, name: str, rows_of_feed: ReadRows
) -> None:
    with context.database.engine_transaction() as connection:
        connection.execute(text("DELETE FROM closed_bars WHERE instrument = 'x:SCRIPT'"))

    def tick(minute: float) -> Tick:
        return Tick("x:SCRIPT", START + int(minute * MINUTE), 10.0 + minute, 1.0)

    steps = [
        Step((tick(0.1), tick(0.5)), (), START + MINUTE),
        Step((tick(0.7), tick(1.2)), (), START + 2 * MINUTE),
        Step((tick(4.5),), (), START + 5 * MINUTE),
    ]
    run_scripted(context, name, steps, 0.3)
    row = row_of(context, name)
    assert (row.status, row.late_ticks) == ("failed", 1)
    assert "silent" in row.detail
    assert [found[2] for found in rows_of_feed(name)] == [
        START, START + MINUTE, START + 4 * MINUTE
    ]  # fmt: skip
    run_scripted(context, name, [Step((tick(9.5),), (), START + 10 * MINUTE)], 0.3)
    with context.database.engine_transaction() as connection:
        gaps = [gap for gap in list_gaps(connection, 10_000) if gap.feed == name]
    assert {(gap.from_ts, gap.to_ts, gap.reason) for gap in gaps} == {
        (START + 2 * MINUTE, START + 4 * MINUTE, "no_trades"),
        (START + 5 * MINUTE, START + 9 * MINUTE, "down"),
    }


def test_feed_of_an_unknown_kind_fails_in_words_and_alone(context: NexusParts, name: str) -> None:
    with context.database.engine_transaction() as connection:
        put_feed(connection, name, "nonsense", {})
        row = claim_feed(connection, name, 0.0)
    assert row is not None
    FeedRunner(context, row, threading.Event()).run()
    found = row_of(context, name)
    assert found.status == "failed"
    assert "no feed of kind" in found.detail
    switch(context, name, enabled=False)


def test_default_feeds_are_added_once(context: NexusParts, settings: Settings) -> None:
    asked = NexusParts(
        settings.with_changes(feeds="simulated, replay, nonsense"),
        context.clock, context.database, context.bus, context.lake,
    )  # fmt: skip
    for _ in range(2):
        nexus.add_default_feeds(asked)
    with context.database.engine_transaction() as connection:
        names = [row.name for row in list_feeds(connection)]
        set_feed_enabled(connection, "simulated", enabled=False)
    assert names.count("simulated") == 1
    assert "nonsense" not in names


def row_of(context: NexusParts, name: str) -> FeedRow:
    with context.database.engine_transaction() as connection:
        return next(row for row in list_feeds(connection) if row.name == name)


def status_of(context: NexusParts, name: str) -> str:
    return row_of(context, name).status


def switch(context: NexusParts, name: str, *, enabled: bool) -> None:
    with context.database.engine_transaction() as connection:
        set_feed_enabled(connection, name, enabled=enabled)


def wait_until(is_so: Callable[[], bool], timeout_s: float = 60.0) -> None:
    """Wait for something that another thread brings about; fail when it never comes."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
