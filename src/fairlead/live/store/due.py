"""Closed candles that lineups have not had their turn on."""

from dataclasses import dataclass
from uuid import UUID

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


@dataclass(frozen=True, slots=True)
class Due:
    """Where the turns of a series stand, and the candles after that, oldest first."""

    boundary_ms: int
    bars: list[ClosedBar]


def due_bars(connection: Connection, instrument: str, timeframe: str, most: int) -> Due:
    """Return the candles of a series after its lineups' latest turns."""
    series = {"instrument": instrument, "timeframe": timeframe}
    behind = connection.execute(_BEHIND, series).one()
    if behind.boundary_ms is None:
        return Due(0, [])
    after = behind.boundary_ms - behind.timeframe_ms
    bars = [
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
    return Due(behind.boundary_ms, bars)


_OVERDUE = text("""
SELECT l.id, l.boundary_ms AS stands, e.ts + g.timeframe_ms AS boundary_ms
FROM lineups l JOIN lineup_legs g ON g.lineup_id = l.id
JOIN evaluations e ON e.version_id = g.version_id AND e.signal_key = g.signal_key
 AND e.instrument = g.instrument AND e.timeframe = g.timeframe
 AND e.ts > l.boundary_ms - g.timeframe_ms AND e.status <> 'RUNNING'
WHERE (SELECT count(*) FROM lineup_legs n WHERE n.lineup_id = l.id) > 1
GROUP BY l.id, l.boundary_ms, e.ts + g.timeframe_ms
HAVING min(e.completed_at) < clock_timestamp() - make_interval(secs => :deadline_s)
ORDER BY boundary_ms, l.id
""")


def overdue_turns(connection: Connection, deadline_s: float) -> list[tuple[UUID, int]]:
    """Return (lineup, boundary) where some legs have spoken and the others kept them waiting."""
    rows = connection.execute(_OVERDUE, {"deadline_s": deadline_s})
    return [(row.id, row.boundary_ms) for row in rows]
