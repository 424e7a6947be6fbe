"""When the tenant's subscriptions at a venue began to trade, and when they ended."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

_SPANS = text("""
SELECT s.legs, s.started_at, s.cancelled_at FROM subscriptions s
JOIN connections c ON c.user_id = s.user_id AND c.id = s.connection_id
WHERE c.venue = :venue AND s.started_at IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class TradingSpan:
    """One subscription's time: its legs as (version, instrument, timeframe)."""

    legs: frozenset[tuple[str, str, str]]
    started_at: datetime
    ended_at: datetime | None


def trading_spans(connection: Connection, venue: str) -> list[TradingSpan]:
    """Return the spans of the tenant's subscriptions that got a book at this venue."""
    return [
        TradingSpan(
            frozenset((leg["version_id"], leg["instrument"], leg["timeframe"]) for leg in row.legs),
            row.started_at,
            row.cancelled_at,
        )
        for row in connection.execute(_SPANS, {"venue": venue})
    ]
