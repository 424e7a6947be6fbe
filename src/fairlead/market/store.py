"""All SQL of market data: instruments by date, feeds, closed bars, gaps, imports of tenants."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, text

from fairlead.kernel.timeframe import Timeframe, parse_timeframe
from fairlead.market.candles import Candle
from fairlead.market.instruments import Instrument, parse_key
from fairlead.market.reports import JsonObject

_INSTRUMENT = """key, tick, lot, min_notional, currency, calendar, day_offset_ms, shorting,
    max_leverage"""
_INSTRUMENT_AT = text(f"""
    SELECT {_INSTRUMENT} FROM instruments WHERE key = :key AND valid_from <= :at
    ORDER BY valid_from DESC LIMIT 1
""")
_INSTRUMENTS_AT = text(f"""
    SELECT DISTINCT ON (key) {_INSTRUMENT} FROM instruments WHERE valid_from <= :at
    ORDER BY key, valid_from DESC
""")
_PUT_INSTRUMENT = text(f"""
    INSERT INTO instruments ({_INSTRUMENT}, valid_from)
    VALUES (:key, :tick, :lot, :min_notional, :currency, :calendar, :day_offset_ms, :shorting,
            :max_leverage, COALESCE(CAST(:valid_from AS timestamptz), '-infinity'))
    ON CONFLICT (key, valid_from) DO NOTHING
""")
_FEED = """name, kind, config, enabled, cursor, fence, status, detail, heartbeat_at, last_bar_at,
    late_ticks"""
_FEEDS = text(f"SELECT {_FEED} FROM feeds ORDER BY name")
_PUT_FEED = text("""
    INSERT INTO feeds (name, kind, config) VALUES (:name, :kind, CAST(:config AS jsonb))
    ON CONFLICT (name) DO NOTHING
""")
_SET_ENABLED = text("UPDATE feeds SET enabled = :enabled WHERE name = :name")
_CLAIM = text(f"""
    UPDATE feeds SET fence = fence + 1, status = 'starting', detail = '',
                     heartbeat_at = clock_timestamp()
    WHERE name = :name AND enabled AND status <> 'finished'
      AND (status IN ('new', 'stopped', 'failed') OR heartbeat_at IS NULL
           OR heartbeat_at < clock_timestamp() - make_interval(secs => :lease_s))
    RETURNING {_FEED}
""")
_BEAT = text("""
    UPDATE feeds SET heartbeat_at = clock_timestamp(), status = :status, detail = :detail,
                     late_ticks = late_ticks + :late
    WHERE name = :name AND fence = :fence
""")
_ADVANCE = text("""
    UPDATE feeds SET cursor = CAST(:cursor AS jsonb), heartbeat_at = clock_timestamp(),
                     last_bar_at = CASE WHEN :closed THEN clock_timestamp() ELSE last_bar_at END
    WHERE name = :name AND fence = :fence
""")
_INSERT_BARS = text("""
    INSERT INTO closed_bars (instrument, timeframe, ts, open, high, low, close, volume, feed)
    SELECT * FROM unnest(
        CAST(:instruments AS text[]), CAST(:timeframes AS text[]), CAST(:ts AS bigint[]),
        CAST(:open AS float8[]), CAST(:high AS float8[]), CAST(:low AS float8[]),
        CAST(:close AS float8[]), CAST(:volume AS float8[]), CAST(:feeds AS text[]))
    ON CONFLICT (instrument, timeframe, ts) DO NOTHING
    RETURNING instrument, timeframe, ts, closed_at
""")
_BARS_AFTER = text("""
    SELECT ts, open, high, low, close, volume FROM closed_bars
    WHERE instrument = :instrument AND timeframe = :timeframe AND ts > :after AND ts <= :until
    ORDER BY ts LIMIT :limit
""")
_CLOSED_SERIES = text("SELECT DISTINCT instrument, timeframe FROM closed_bars ORDER BY 1, 2")
_PRUNE = text("""
    DELETE FROM closed_bars WHERE instrument = :instrument AND timeframe = :timeframe
      AND ts <= :kept_ts AND closed_at < clock_timestamp() - make_interval(days => :days)
""")
_PUT_GAP = text("""
    INSERT INTO feed_gaps (feed, instrument, timeframe, from_ts, to_ts, reason)
    VALUES (:feed, :instrument, :timeframe, :from_ts, :to_ts, :reason)
    ON CONFLICT (feed, instrument, timeframe, from_ts) DO NOTHING
""")
_GAPS = text("""
    SELECT feed, instrument, timeframe, from_ts, to_ts, reason, noticed_at FROM feed_gaps
    ORDER BY noticed_at DESC LIMIT :limit
""")
_PUT_IMPORT = text("""
    INSERT INTO data_imports (user_id, id, file_name, instrument, timeframe, scope, report)
    VALUES (:user_id, :id, :file_name, :instrument, :timeframe, :scope, CAST(:report AS jsonb))
    RETURNING created_at
""")
_IMPORTS = text("""
    SELECT id, file_name, instrument, timeframe, scope, report, created_at FROM data_imports
    WHERE user_id = :user_id AND (CAST(:before AS uuid) IS NULL OR id < CAST(:before AS uuid))
    ORDER BY id DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One row of the table of feeds."""

    name: str
    kind: str
    config: JsonObject
    enabled: bool
    cursor: JsonObject
    fence: int
    status: str
    detail: str
    heartbeat_at: datetime | None
    last_bar_at: datetime | None
    late_ticks: int


@dataclass(frozen=True, slots=True)
class FeedGap:
    """A stretch [from_ts, to_ts) without bars, and why."""

    feed: str
    instrument: str
    timeframe: str
    from_ts: int
    to_ts: int
    reason: str
    noticed_at: datetime


@dataclass(frozen=True, slots=True)
class ClosedBar:
    """A candle that has just become a row, and when."""

    candle: Candle
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class DataImport:
    """One import that a tenant made."""

    id: UUID
    file_name: str
    instrument: str
    timeframe: str
    scope: str
    report: JsonObject
    created_at: datetime


def instrument_at(connection: Connection, key: str, at: datetime) -> Instrument | None:
    """Return the terms of `key` that hold at `at`, or None when the catalogue has none."""
    row = connection.execute(_INSTRUMENT_AT, {"key": key, "at": at}).one_or_none()
    return None if row is None else _instrument(tuple(row))


def instruments_at(connection: Connection, at: datetime) -> list[Instrument]:
    """Return all instruments of the catalogue with the terms that hold at `at`, by key."""
    return [_instrument(tuple(row)) for row in connection.execute(_INSTRUMENTS_AT, {"at": at})]


def put_instrument(
    connection: Connection, instrument: Instrument, valid_from: datetime | None
) -> bool:
    """List terms from a moment on (None: always); False when there are terms of that moment."""
    values = {name: getattr(instrument, name) for name in instrument.__slots__}
    del values["venue"], values["symbol"], values["entries"]
    return connection.execute(_PUT_INSTRUMENT, {**values, "valid_from": valid_from}).rowcount == 1


def _instrument(row: tuple[object, ...]) -> Instrument:
    key, tick, lot, min_notional, currency, calendar, day_offset_ms, shorting, leverage = row
    venue, symbol = parse_key(str(key))
    return Instrument(
        key=str(key),
        venue=venue,
        symbol=symbol,
        tick=None if tick is None else Decimal(str(tick)),
        lot=Decimal(str(lot)),
        min_notional=Decimal(str(min_notional)),
        currency=str(currency),
        calendar=str(calendar),
        day_offset_ms=int(str(day_offset_ms)),
        shorting=bool(shorting),
        max_leverage=int(str(leverage)),
    )


def list_feeds(connection: Connection) -> list[FeedRow]:
    """Return all feeds, by name."""
    return [FeedRow(*row) for row in connection.execute(_FEEDS)]


def put_feed(connection: Connection, name: str, kind: str, config: JsonObject) -> bool:
    """Add a feed; False when there is one of that name."""
    values = {"name": name, "kind": kind, "config": json.dumps(config)}
    return connection.execute(_PUT_FEED, values).rowcount == 1


def set_feed_enabled(connection: Connection, name: str, *, enabled: bool) -> bool:
    """Switch a feed on or off; False when there is none of that name."""
    return connection.execute(_SET_ENABLED, {"name": name, "enabled": enabled}).rowcount == 1


def claim_feed(connection: Connection, name: str, lease_s: float) -> FeedRow | None:
    """Take over a feed that nobody runs, raising its fence; None when somebody does.

    Somebody runs it while its heart has beaten within `lease_s` seconds.
    """
    row = connection.execute(_CLAIM, {"name": name, "lease_s": lease_s}).one_or_none()
    return None if row is None else FeedRow(*row)


def beat(
    connection: Connection, name: str, fence: int, status: str, detail: str = "", late: int = 0
) -> bool:
    """Say that the feed is alive, how it is, and how many late ticks came since the last time.

    False when another one has taken it over.
    """
    values = {"name": name, "fence": fence, "status": status, "detail": detail, "late": late}
    return connection.execute(_BEAT, values).rowcount == 1


def advance(
    connection: Connection, name: str, fence: int, cursor: JsonObject, *, closed: bool
) -> bool:
    """Move the feed's cursor in the transaction that closes its bars; False when fenced off."""
    values = {"name": name, "fence": fence, "cursor": json.dumps(cursor), "closed": closed}
    return connection.execute(_ADVANCE, values).rowcount == 1


def insert_bars(connection: Connection, feed: str, candles: Sequence[Candle]) -> list[ClosedBar]:
    """Close `candles`; return those that were not closed before, in the order given."""
    if not candles:
        return []
    found = {(c.instrument, str(Timeframe(c.timeframe_ms)), c.ts): c for c in candles}
    values = {
        "instruments": [key[0] for key in found],
        "timeframes": [key[1] for key in found],
        "ts": [key[2] for key in found],
        "feeds": [feed] * len(found),
    }
    for name in ("open", "high", "low", "close", "volume"):
        values[name] = [getattr(candle, name) for candle in found.values()]
    rows = connection.execute(_INSERT_BARS, values)
    return [ClosedBar(found[row[0], row[1], row[2]], row[3]) for row in rows]


def bars_after(
    connection: Connection,
    instrument: str,
    timeframe: Timeframe,
    after: int,
    *,
    until: int = 2**62,
    limit: int = 10_000,
) -> list[Candle]:
    """Return closed bars that open behind `after` and not behind `until`, ascending."""
    values = {
        "instrument": instrument,
        "timeframe": str(timeframe),
        "after": after,
        "until": until,
        "limit": limit,
    }
    rows = connection.execute(_BARS_AFTER, values)
    return [Candle(instrument, timeframe.ms, *row) for row in rows]


def closed_series(connection: Connection) -> list[tuple[str, Timeframe]]:
    """Return the series of which bars have closed and are not yet pruned."""
    return [(row[0], parse_timeframe(row[1])) for row in connection.execute(_CLOSED_SERIES)]


def prune_bars(
    connection: Connection, instrument: str, timeframe: Timeframe, kept_ts: int, days: int
) -> int:
    """Forget bars older than `days` that the lake has, up to `kept_ts`; return how many."""
    values = {"instrument": instrument, "timeframe": str(timeframe), "kept_ts": kept_ts}
    return connection.execute(_PRUNE, {**values, "days": days}).rowcount


def put_gap(
    connection: Connection,
    feed: str,
    instrument: str,
    timeframe: Timeframe,
    span: tuple[int, int],
    reason: str,
) -> None:
    """Record that bars opening in [span) never closed, and why."""
    values = {"feed": feed, "instrument": instrument, "timeframe": str(timeframe)}
    span_values = {"from_ts": span[0], "to_ts": span[1], "reason": reason}
    connection.execute(_PUT_GAP, {**values, **span_values})


def list_gaps(connection: Connection, limit: int) -> list[FeedGap]:
    """Return the latest gaps, newest first."""
    return [FeedGap(*row) for row in connection.execute(_GAPS, {"limit": limit})]


def put_import(connection: Connection, tenant_id: UUID, entry: DataImport) -> datetime:
    """Keep what a tenant imported; return when."""
    values = {
        "user_id": tenant_id,
        "id": entry.id,
        "file_name": entry.file_name,
        "instrument": entry.instrument,
        "timeframe": entry.timeframe,
        "scope": entry.scope,
        "report": json.dumps(entry.report),
    }
    created_at: datetime = connection.execute(_PUT_IMPORT, values).scalar_one()
    return created_at


def list_imports(
    connection: Connection, tenant_id: UUID, before: UUID | None, limit: int
) -> list[DataImport]:
    """Return up to `limit` imports of a tenant older than `before`, newest first."""
    values = {"user_id": tenant_id, "before": before, "limit": limit}
    return [DataImport(*row) for row in connection.execute(_IMPORTS, values)]
