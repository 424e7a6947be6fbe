"""Lineups, their legs and partitions: which books are stepped together."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from fairlead.infra.errors import NotFound
from fairlead.live.model import LegPlan, Lineup

_ENSURE = text("""
INSERT INTO lineups (id, key, owner_id, boundary_ms) VALUES (:id, :key, :owner, :boundary)
ON CONFLICT (key) DO NOTHING
""")

_LEG = text("""
INSERT INTO lineup_legs (lineup_id, leg, version_id, signal_key, parameters, instrument,
                         timeframe, timeframe_ms, warm_from_ms)
VALUES (:lineup, :leg, :version, :key, CAST(:parameters AS jsonb), :instrument, :timeframe,
        :timeframe_ms, :warm_from)
""")

_LEGS = text("""
SELECT version_id, signal_key, parameters, instrument, timeframe, timeframe_ms, warm_from_ms
FROM lineup_legs WHERE lineup_id = :id ORDER BY leg
""")

_HEAD = text("""
SELECT owner_id, boundary_ms,
       (SELECT COALESCE(sum(books), 0) FROM partitions WHERE lineup_id = lineups.id) AS books
FROM lineups WHERE id = :id FOR UPDATE
""")

_DUE = text("""
SELECT DISTINCT l.id FROM lineups l JOIN lineup_legs g ON g.lineup_id = l.id
WHERE g.instrument = :instrument AND g.timeframe = :timeframe
  AND EXISTS (SELECT 1 FROM partitions p WHERE p.lineup_id = l.id AND p.books > 0)
ORDER BY l.id
""")

_SERIES = text("""
SELECT DISTINCT g.instrument, g.timeframe FROM lineup_legs g
WHERE EXISTS (SELECT 1 FROM partitions p WHERE p.lineup_id = g.lineup_id AND p.books > 0)
ORDER BY 1, 2
""")

_WAKE = text("""
UPDATE lineups SET boundary_ms = :now WHERE id = :lineup AND boundary_ms < :now
  AND NOT EXISTS (SELECT 1 FROM partitions p WHERE p.lineup_id = lineups.id AND p.books > 0)
  AND NOT EXISTS (SELECT 1 FROM partitions p JOIN turn_chunks c ON c.partition = p.id
                  WHERE p.lineup_id = lineups.id AND c.status = 0)
""")

_WAKE_PARTITIONS = text("""
UPDATE partitions p SET boundary_ms = l.boundary_ms, seq = l.turn_seq
FROM lineups l WHERE l.id = :lineup AND p.lineup_id = l.id
""")

# The emptiest partition is not sought: one with room is enough, and the lock serialises joiners.
_ROOM = text("""
SELECT id, boundary_ms, books FROM partitions
WHERE lineup_id = :lineup AND books < :most ORDER BY id LIMIT 1 FOR UPDATE
""")

_NEW_PARTITION = text("""
INSERT INTO partitions (lineup_id, seq, boundary_ms)
SELECT id, turn_seq, boundary_ms FROM lineups WHERE id = :lineup
RETURNING id, boundary_ms, books
""")


def lineup_key(legs: tuple[LegPlan, ...]) -> str:
    """Return the text that two equal lineups share; the start of warm-up is not part of it."""
    return "|".join(
        f"{leg.version_id}/{leg.signal_key}/{leg.instrument}/{leg.timeframe}" for leg in legs
    )


def ensure_lineup(
    connection: Connection, lineup_id: UUID, owner_id: UUID, legs: tuple[LegPlan, ...], now_ms: int
) -> Lineup:
    """Return the lineup of these legs, made when there is none; its row is locked until commit.

    `now_ms` is the latest boundary of its series: turns begin after it.
    """
    key = lineup_key(legs)
    made = connection.execute(
        _ENSURE, {"id": lineup_id, "key": key, "owner": owner_id, "boundary": now_ms}
    )
    if made.rowcount:
        for number, leg in enumerate(legs):
            connection.execute(_LEG, _leg_row(lineup_id, number, leg))
    found = connection.execute(
        text("SELECT id FROM lineups WHERE key = :key FOR UPDATE"), {"key": key}
    ).scalar_one()
    return read_lineup(connection, found)


def _leg_row(lineup_id: UUID, number: int, leg: LegPlan) -> dict[str, object]:
    return {
        "lineup": lineup_id,
        "leg": number,
        "version": leg.version_id,
        "key": leg.signal_key,
        "parameters": json.dumps(dict(leg.parameters)),
        "instrument": leg.instrument,
        "timeframe": leg.timeframe,
        "timeframe_ms": leg.timeframe_ms,
        "warm_from": leg.warm_from_ms,
    }


def read_lineup(connection: Connection, lineup_id: UUID) -> Lineup:
    """Return a lineup with its legs in order; raise NotFound when there is none."""
    legs = tuple(
        LegPlan(
            row.version_id,
            row.signal_key,
            tuple(sorted((name, float(value)) for name, value in row.parameters.items())),
            row.instrument,
            row.timeframe,
            row.timeframe_ms,
            row.warm_from_ms,
        )
        for row in connection.execute(_LEGS, {"id": lineup_id})
    )
    if not legs:
        raise NotFound(f"There is no lineup {lineup_id}.")
    return Lineup(lineup_id, legs)


@dataclass(frozen=True, slots=True)
class LineupHead:
    """Who owns a lineup's strategy, how many books it has, where its turns stand."""

    owner_id: UUID
    books: int
    boundary_ms: int


def lock_lineup(connection: Connection, lineup_id: UUID) -> LineupHead:
    """Lock a lineup: turns of it begin, and books join it, one after another."""
    row = connection.execute(_HEAD, {"id": lineup_id}).one()
    return LineupHead(row.owner_id, row.books, row.boundary_ms)


def lineups_on(connection: Connection, instrument: str, timeframe: str) -> tuple[Lineup, ...]:
    """Return the lineups that hold a leg on this series and have books."""
    ids = connection.execute(_DUE, {"instrument": instrument, "timeframe": timeframe}).scalars()
    return tuple(read_lineup(connection, lineup_id) for lineup_id in ids.all())


def watched_series(connection: Connection) -> list[tuple[str, str]]:
    """Return (instrument, timeframe) of every series that some book depends on."""
    return [(row.instrument, row.timeframe) for row in connection.execute(_SERIES)]


def wake(connection: Connection, lineup_id: UUID, now_ms: int) -> None:
    """Bring a lineup that nobody followed for a while to `now_ms`; its row is locked.

    The candles between had no books: they are not evaluated after the fact. Nothing changes
    while a book or an unfinished turn is there.
    """
    moved = connection.execute(_WAKE, {"lineup": lineup_id, "now": now_ms}).rowcount
    if moved:
        connection.execute(_WAKE_PARTITIONS, {"lineup": lineup_id})


def room_for(connection: Connection, lineup_id: UUID, most: int) -> tuple[int, int, int]:
    """Return (id, boundary_ms, room) of a partition below `most` books, made when all are full.

    It is locked; the caller holds the lineup's lock too, so no turn can begin between.
    """
    row = connection.execute(_ROOM, {"lineup": lineup_id, "most": most}).one_or_none()
    if row is None:
        row = connection.execute(_NEW_PARTITION, {"lineup": lineup_id}).one()
    return row.id, row.boundary_ms, most - row.books


def count_books(connection: Connection, partition: int, added: int) -> None:
    """Note that `added` books joined (or left, below 0), so that workers read the roster again."""
    connection.execute(
        text(
            "UPDATE partitions SET books = books + :added, roster = roster + 1 "
            "WHERE id = :partition"
        ),
        {"added": added, "partition": partition},
    )


@dataclass(frozen=True, slots=True)
class LockedPartition:
    """A partition nobody else touches until commit, and the database's time."""

    lineup_id: UUID
    boundary_ms: int
    roster: int
    now: datetime


def lock_partition(connection: Connection, partition: int) -> LockedPartition:
    """Lock a partition against turns and commands."""
    row = connection.execute(
        text(
            "SELECT lineup_id, boundary_ms, roster, clock_timestamp() AS now FROM partitions "
            "WHERE id = :partition FOR UPDATE"
        ),
        {"partition": partition},
    ).one()
    return LockedPartition(row.lineup_id, row.boundary_ms, row.roster, row.now)
