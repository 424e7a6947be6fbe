"""Which books still need their point of equity for a day."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from fairlead.live.store.reading import SubscriptionRow

_MISSING = text("""
SELECT s.user_id, s.id, s.strategy_id, s.strategy_name, s.version_id, s.signal_key, s.instrument,
       s.timeframe, s.status, s.capital, s.parameters, s.risk_profile, s.fault, s.created_at,
       s.started_at, s.paused_at, s.cancelled_at, s.revision, s.partition, s.connection_id,
       (s.legs -> 0 ->> 'timeframe_ms')::bigint AS timeframe_ms, b.state, c.close, c.ts AS close_ts
FROM books b JOIN subscriptions s ON s.user_id = b.user_id AND s.id = b.subscription_id
CROSS JOIN LATERAL (
    SELECT close, ts FROM closed_bars k
    WHERE k.instrument = s.instrument AND k.timeframe = s.timeframe AND k.ts < :ts
    ORDER BY ts DESC LIMIT 1) c
WHERE b.partition > 0 AND s.started_at < to_timestamp(:ts / 1000.0)
  AND NOT EXISTS (SELECT 1 FROM equity_points p WHERE p.user_id = b.user_id
                  AND p.subscription_id = b.subscription_id AND p.ts = :ts)
LIMIT :most
""")


def books_without_point(
    connection: Connection, ts: int, most: int
) -> list[tuple[UUID, SubscriptionRow]]:
    """Return (user, subscription) of books that have no point at `ts`, marked just before it."""
    return [_row(row) for row in connection.execute(_MISSING, {"ts": ts, "most": most})]


def _row(row: Row[Any]) -> tuple[UUID, SubscriptionRow]:
    values = dict(row._mapping)
    user_id: UUID = values.pop("user_id")
    values["state"] = bytes(values["state"])
    return user_id, SubscriptionRow(**values)
