"""Closed candles that lineups have not had their turn on."""

from sqlalchemy import Connection, text

from fairlead.live.clock import ClosedBar

_BEHIND = text("""
SELECT min(l.boundary_ms) AS boundary_ms, min(g.timeframe_ms) AS timeframe_ms
FROM lineup_legs g JOIN lineups l ON l.id = g.lineup_id
WHERE g.instrument = :instrument AND g.timeframe = :timeframe
  AND EXISTS (SELECT 1 FROM partitions p WHERE p.lineup_id = l.id AND p.books > 0)
""")

_BARS = text("""
SELECT b.ts, b.open, b.high, b.low, b.close, b.closed_at,
       COALESCE(f.kind NOT IN ('simulated', 'replay'), true) AS is_live,
       (SELECT max(ts) FROM closed_bars n
        WHERE n.instrument = b.instrument AND n.timeframe = b.timeframe) AS newest
FROM closed_bars b LEFT JOIN feeds f ON f.name = b.feed
WHERE b.instrument = :instrument AND b.timeframe = :timeframe AND b.ts > :after
ORDER BY b.ts LIMIT :most
""")


def due_bars(connection: Connection, instrument: str, timeframe: str, most: int) -> list[ClosedBar]:
    """Return the candles of a series after its lineups' latest turns, oldest first."""
    series = {"instrument": instrument, "timeframe": timeframe}
    behind = connection.execute(_BEHIND, series).one()
    if behind.boundary_ms is None:
        return []
    after = behind.boundary_ms - behind.timeframe_ms
    return [
        ClosedBar(
            instrument=instrument,
            timeframe=timeframe,
            timeframe_ms=behind.timeframe_ms,
            ts=row.ts,
            open=row.open,
            high=row.high,
            low=row.low,
            close=row.close,
            closed_at=row.closed_at,
            is_live=row.is_live,
            is_newest=row.ts == row.newest,
        )
        for row in connection.execute(_BARS, series | {"after": after, "most": most})
    ]
