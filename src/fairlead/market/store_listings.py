"""The SQL of the dated catalogue of instruments."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, Row, text

from fairlead.market.instruments import Instrument, parse_key
from fairlead.market.listing import Dated

_TERMS = """key, tick, lot, min_notional, currency, calendar, day_offset_ms, shorting,
    max_leverage"""
_COLUMNS = f"""{_TERMS}, status, NULLIF(valid_from, '-infinity') AS valid_from, source,
    venue_symbol, ends_at, renamed_to"""
_LATEST = text(f"""
    SELECT DISTINCT ON (key) {_COLUMNS} FROM instruments WHERE source = :source
    ORDER BY key, instruments.valid_from DESC
""")
# what was known at the moment, else the earliest word there is
_AS_OF = text(f"""
    SELECT {_COLUMNS} FROM instruments WHERE key = :key
    ORDER BY (instruments.valid_from <= :at) DESC,
             CASE WHEN instruments.valid_from <= :at THEN instruments.valid_from END DESC,
             instruments.valid_from
    LIMIT 1
""")
_HISTORY = text(f"""
    SELECT {_COLUMNS} FROM instruments WHERE key = :key ORDER BY instruments.valid_from
""")
_INSERT = text(f"""
    INSERT INTO instruments ({_TERMS}, status, valid_from, source, venue_symbol, ends_at,
                             renamed_to)
    VALUES (:key, :tick, :lot, :min_notional, :currency, :calendar, :day_offset_ms, :shorting,
            :max_leverage, :status, COALESCE(CAST(:valid_from AS timestamptz), '-infinity'),
            :source, :venue_symbol, :ends_at, :renamed_to)
    ON CONFLICT (key, valid_from) DO NOTHING
""")


def latest_of(connection: Connection, source: str) -> dict[str, Dated]:
    """Return the latest row of each instrument that `source` lists, by key."""
    rows = connection.execute(_LATEST, {"source": source})
    return {row.key: _dated_of(row) for row in rows}


def dated_at(connection: Connection, key: str, at: datetime) -> Dated | None:
    """Return what was known of `key` at a moment, or else first became known; None without."""
    row = connection.execute(_AS_OF, {"key": key, "at": at}).one_or_none()
    return None if row is None else _dated_of(row)


def history_of(connection: Connection, key: str) -> list[Dated]:
    """Return every row of `key`, the oldest first."""
    return [_dated_of(row) for row in connection.execute(_HISTORY, {"key": key})]


def put_dated(connection: Connection, rows: Iterable[Dated]) -> None:
    """Add rows; one of the same key and moment stays as it is."""
    values = [
        {
            **{name: getattr(row.instrument, name) for name in _NAMES},
            "status": row.status,
            "valid_from": row.valid_from,
            "source": row.source,
            "venue_symbol": row.venue_symbol,
            "ends_at": row.ends_at,
            "renamed_to": row.renamed_to,
        }
        for row in rows
    ]
    if values:
        connection.execute(_INSERT, values)


_NAMES = (
    "key", "tick", "lot", "min_notional", "currency", "calendar", "day_offset_ms", "shorting",
    "max_leverage",
)  # fmt: skip


def _dated_of(row: Row[tuple[object, ...]]) -> Dated:
    venue, symbol = parse_key(row.key)
    terms = Instrument(
        key=row.key,
        venue=venue,
        symbol=symbol,
        tick=None if row.tick is None else Decimal(row.tick),
        lot=Decimal(row.lot),
        min_notional=Decimal(row.min_notional),
        currency=row.currency,
        calendar=row.calendar,
        day_offset_ms=row.day_offset_ms,
        shorting=row.shorting,
        max_leverage=row.max_leverage,
    )
    return Dated(
        terms,
        row.status,
        row.valid_from,
        row.source,
        row.venue_symbol,
        row.ends_at,
        row.renamed_to,
    )
