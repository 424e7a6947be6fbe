"""Points of equity at each day's end, for books that hold something overnight."""

from datetime import datetime

import numpy as np
from sqlalchemy import Connection

from fairlead.live.model import uuid_column
from fairlead.live.standing import standing_of
from fairlead.live.store import points
from fairlead.live.store.facts import insert_equity_points

BATCH = 2_000


def write_daily_points(connection: Connection, now: datetime) -> int:
    """Write yesterday's last equity of up to a batch of books; return how many points.

    A day is one of UTC. Books that are flat have their latest point from their last fill.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = points.books_without_point(connection, int(midnight.timestamp() * 1000), BATCH)
    if not rows:
        return 0
    ts = int(midnight.timestamp() * 1000)
    insert_equity_points(
        connection,
        uuid_column([user_id for user_id, _ in rows]),
        uuid_column([row.id for _, row in rows]),
        np.full(len(rows), ts, np.int64),
        np.array([standing_of(row).equity for _, row in rows]),
    )
    return len(rows)
