"""Closing candles: rows and cursor together, the lake behind them, news last."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from fairlead.infra.errors import NotFound, StorageFull
from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import Timeframe
from fairlead.market.candles import Candle, candles_of
from fairlead.market.closing import CHANNEL, Closer, Superseded, repair_series
from fairlead.market.instruments import default_instrument
from fairlead.market.lake import Appended, Lake
from fairlead.market.nexus import prune
from fairlead.market.recent import bars_until
from fairlead.market.store import (
    bars_after,
    beat,
    claim_feed,
    insert_bars,
    instrument_at,
    instruments_at,
    list_feeds,
    list_gaps,
    put_feed,
    put_instrument,
    set_feed_enabled,
)
from tests.market.conftest import NexusParts
from tests.market.makers import HOUR, START, make_bars, pick, same_bars

ReadRows = Callable[[str], list[tuple[object, ...]]]
ONE_HOUR = Timeframe(HOUR)


def claimed(context: NexusParts, name: str) -> Closer:
    """Add a feed, claim it, and return what closes its candles."""
    with context.database.engine_transaction() as connection:
        put_feed(connection, name, "replay", {})
        row = claim_feed(connection, name, 5.0)
    assert row is not None
    return Closer(context, name, row.fence)


def candles(name: str, start: int, stop: int) -> list[Candle]:
    return candles_of(make_bars(200).slice(start, stop), f"x:{name}")


def cursor_of(context: NexusParts, name: str) -> object:
    with context.database.engine_transaction() as connection:
        return next(row.cursor for row in list_feeds(connection) if row.name == name)


def test_closing_writes_rows_cursor_and_lake(
    context: NexusParts, name: str, rows_of_feed: ReadRows
) -> None:
    closer = claimed(context, name)
    closed = closer.close(candles(name, 0, 10), {"until_ms": 7})
    assert [bar.candle for bar in closed] == candles(name, 0, 10)
    assert len(rows_of_feed(name)) == 10
    assert cursor_of(context, name) == {"until_ms": 7}
    assert same_bars(context.lake.bars(f"x:{name}", "1h"), make_bars(200).slice(0, 10))


def test_closing_again_announces_and_writes_nothing_twice(
    context: NexusParts, name: str, rows_of_feed: ReadRows
) -> None:
    closer = claimed(context, name)
    closer.close(candles(name, 0, 10), {})
    again = closer.close(candles(name, 5, 12), {"until_ms": 1})
    assert [bar.candle.ts for bar in again] == [START + 10 * HOUR, START + 11 * HOUR]
    assert len(rows_of_feed(name)) == 12
    changed = [replace(candle, volume=9.0) for candle in candles(name, 0, 3)]
    assert closer.close(changed, {}) == []
    assert same_bars(context.lake.bars(f"x:{name}", "1h"), make_bars(200).slice(0, 12))


def test_holder_that_was_fenced_off_writes_nothing(
    context: NexusParts, name: str, rows_of_feed: ReadRows
) -> None:
    old = claimed(context, name)
    old.close(candles(name, 0, 3), {"until_ms": 3})
    with context.database.engine_transaction() as connection:
        assert claim_feed(connection, name, 60.0) is None
        taken = claim_feed(connection, name, 0.0)
    assert taken is not None
    with pytest.raises(Superseded):
        old.close(candles(name, 3, 6), {"until_ms": 6})
    assert len(rows_of_feed(name)) == 3
    assert cursor_of(context, name) == {"until_ms": 3}
    assert len(context.lake.bars(f"x:{name}", "1h")) == 3
    Closer(context, name, taken.fence).close(candles(name, 3, 6), {"until_ms": 6})
    assert len(rows_of_feed(name)) == 6
    with context.database.engine_transaction() as connection:
        assert not beat(connection, name, taken.fence - 1, "running")


def test_bars_are_announced_with_their_values(context: NexusParts, name: str) -> None:
    closer = claimed(context, name)
    heard: list[dict[str, object]] = []
    listening, stop = threading.Event(), threading.Event()

    def listen() -> None:
        for news in context.bus.subscribe([CHANNEL], stop):
            listening.set()
            if news is not None and json.loads(news[1])["instrument"] == f"x:{name}":
                heard.append(json.loads(news[1]))
                stop.set()

    listener = threading.Thread(target=listen)
    listener.start()
    assert listening.wait(10)
    closer.close(candles(name, 4, 5), {})
    listener.join(10)
    candle = candles(name, 4, 5)[0]
    assert heard[0]["ts"] == candle.ts
    assert (heard[0]["timeframe"], heard[0]["close"]) == ("1h", candle.close)


class FullLake(Lake):
    """A lake on a disk that has no space left for a while."""

    is_full = False

    def append(self, instrument: str, timeframe: str | Timeframe, bars: Bars) -> Appended:
        if self.is_full:
            raise StorageFull("No space left.")
        return super().append(instrument, timeframe, bars)


def test_lake_on_a_full_disk_is_brought_up_to_the_rows_later(
    context: NexusParts, name: str, rows_of_feed: ReadRows
) -> None:
    lake = FullLake(context.lake.root)
    context = replace(context, lake=lake)
    closer = claimed(context, name)
    closer.close(candles(name, 0, 3), {})
    lake.is_full = True
    closer.close(candles(name, 3, 6), {})
    closer.close(candles(name, 6, 7), {})
    assert (len(rows_of_feed(name)), closer.behind) == (7, 1)
    assert len(lake.bars(f"x:{name}", "1h")) == 3
    lake.is_full = False
    closer.close(candles(name, 7, 8), {})
    assert closer.behind == 0
    assert same_bars(lake.bars(f"x:{name}", "1h"), make_bars(200).slice(0, 8))


def test_lake_that_lost_its_end_is_repaired_from_the_rows(context: NexusParts, name: str) -> None:
    with context.database.engine_transaction() as connection:
        insert_bars(connection, name, candles(name, 0, 50))
    context.lake.append(f"x:{name}", "1h", make_bars(200).slice(0, 20))
    assert repair_series(context, f"x:{name}", ONE_HOUR) == 30
    assert repair_series(context, f"x:{name}", ONE_HOUR) == 0
    assert same_bars(context.lake.bars(f"x:{name}", "1h"), make_bars(200).slice(0, 50))


def test_bars_until_a_closed_one_do_not_wait_for_the_lake(context: NexusParts, name: str) -> None:
    key = f"x:{name}"
    with context.database.engine_transaction() as connection:
        insert_bars(connection, name, candles(name, 0, 30))
        with pytest.raises(NotFound):
            bars_until(context.lake, connection, key, "1h", START - HOUR)
        for in_lake in (0, 10, 30):
            context.lake.append(key, "1h", make_bars(200).slice(0, in_lake))
            found = bars_until(context.lake, connection, key, "1h", START + 20 * HOUR)
            assert same_bars(found, make_bars(200).slice(0, 21))
            late = bars_until(
                context.lake, connection, key, "1h", START + 20 * HOUR, START + 15 * HOUR
            )
            assert same_bars(late, make_bars(200).slice(15, 21))


def test_old_rows_are_forgotten_only_when_the_lake_has_them(context: NexusParts, name: str) -> None:
    with context.database.engine_transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO closed_bars (instrument, timeframe, ts, open, high, low, close, "
                "volume, feed, closed_at) SELECT :key, '1h', :start + g * 3600000, 1, 1, 1, 1, 1, "
                ":feed, now() - CASE WHEN g < 8 THEN interval '8 days' ELSE interval '0' END "
                "FROM generate_series(0, 9) g"
            ),
            {"key": f"x:{name}", "feed": name, "start": START},
        )
        kept = bars_after(connection, f"x:{name}", ONE_HOUR, -1)
    context.lake.append(f"x:{name}", "1h", pick(_flat(), [0, 1, 2, 3, 4]))
    prune(context)
    with context.database.engine_transaction() as connection:
        left = bars_after(connection, f"x:{name}", ONE_HOUR, -1)
    assert [candle.ts for candle in left] == [candle.ts for candle in kept[5:]]


def _flat() -> Bars:
    bars = make_bars(10)
    for column in (bars.open, bars.high, bars.low, bars.close, bars.volume):
        column[:] = 1.0
    return bars


def test_gaps_are_recorded_with_their_reason(context: NexusParts, name: str) -> None:
    closer = claimed(context, name)
    candle = candles(name, 5, 6)[0]
    span = (START + 2 * HOUR, candle.ts)
    for _ in range(2):
        closer.close([candle], {}, [(candle, span, "down")])
    with context.database.engine_transaction() as connection:
        gaps = [gap for gap in list_gaps(connection, 1_000) if gap.feed == name]
    assert [(gap.from_ts, gap.to_ts, gap.reason) for gap in gaps] == [(*span, "down")]


def test_feed_is_claimed_by_one_at_a_time_and_only_while_enabled(
    context: NexusParts, name: str
) -> None:
    with context.database.engine_transaction() as connection:
        assert put_feed(connection, name, "simulated", {"seed": 1})
        assert not put_feed(connection, name, "simulated", {})
        first = claim_feed(connection, name, 5.0)
        assert first is not None
        assert first.config == {"seed": 1}
        assert beat(connection, name, first.fence, "stopped")
        second = claim_feed(connection, name, 5.0)
        assert second is not None
        assert second.fence == first.fence + 1
        set_feed_enabled(connection, name, enabled=False)
        assert claim_feed(connection, name, 0.0) is None


def test_terms_of_an_instrument_hold_from_their_date_on(context: NexusParts, name: str) -> None:
    always = default_instrument(f"nse:{name}")
    later = replace(always, tick=None, lot=Decimal("25"))
    turn = datetime(2024, 6, 1, tzinfo=UTC)
    with context.database.engine_transaction() as connection:
        assert put_instrument(connection, always, None)
        assert not put_instrument(connection, later, None)
        assert put_instrument(connection, later, turn)
        assert instrument_at(connection, always.key, turn - timedelta(days=1)) == always
        assert instrument_at(connection, always.key, turn) == later
        assert instrument_at(connection, "nse:NONE", turn) is None
        assert later in instruments_at(connection, turn)
