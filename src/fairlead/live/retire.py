"""Takes books of ended subscriptions out of their partitions once they are flat."""

import numpy as np
from sqlalchemy import Connection

from fairlead.live.cache import Cache
from fairlead.live.model import uuid_at
from fairlead.live.store import books, lineups


def retire_ended(connection: Connection, cache: Cache, partition: int) -> int:
    """Move the flat books of cancelled subscriptions aside; return how many.

    Their history stays; a partition without books is not evaluated any more.
    """
    locked = lineups.lock_partition(connection, partition)
    plan = cache.plan(connection, locked.lineup_id)
    roster = cache.roster(connection, partition, locked.roster, plan.legs)
    ended = books.ended_rows(connection, partition)
    if not ended:
        return 0
    batch = books.read_states(connection, partition, roster, plan.legs)
    idle = (batch.positions["side"] == 0).all(axis=(1, 2))
    idle &= ((batch.legs["entry_lots"] == 0) & (batch.legs["exit_lots"] == 0)).all(axis=1)
    rows = [
        int(row) for row in np.flatnonzero(idle) if uuid_at(roster.subscriptions, int(row)) in ended
    ]
    for row in rows:
        books.retire(
            connection,
            partition,
            uuid_at(roster.users, row),
            uuid_at(roster.subscriptions, row),
        )
    if rows:
        lineups.count_books(connection, partition, -len(rows))
        cache.forget_roster(partition)
    return len(rows)
