"""Turns and their chunks: claimed with SKIP LOCKED, fenced by the partition's sequence."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from fairlead.infra.errors import InternalDefect
from fairlead.live.model import CHUNK_DONE, Chunk

_NEXT_SEQ = text("""
UPDATE lineups SET turn_seq = turn_seq + 1, boundary_ms = :boundary
WHERE id = :lineup AND boundary_ms < :boundary RETURNING turn_seq
""")

# Which legs took part is written down: one that speaks later is not folded by anybody, neither
# now nor by a book that catches up.
_TURN = text("""
INSERT INTO turns (id, lineup_id, seq, boundary_ms, valid_until, legs)
SELECT :id, :lineup, :seq, :boundary, :valid_until, COALESCE(array_agg(g.leg ORDER BY g.leg), '{}')
FROM lineup_legs g JOIN evaluations e
  ON e.version_id = g.version_id AND e.signal_key = g.signal_key
 AND e.instrument = g.instrument AND e.timeframe = g.timeframe
 AND e.ts = CAST(:boundary AS bigint) - g.timeframe_ms AND e.status <> 'RUNNING'
WHERE g.lineup_id = :lineup
""")

_CHUNKS = text("""
INSERT INTO turn_chunks (turn_id, partition, seq, boundary_ms)
SELECT :id, id, :seq, :boundary FROM partitions WHERE lineup_id = :lineup
""")

# A partition with orders still on their way waits for them as long as they are valid. Both rows
# are locked: the chunk against a second worker, the partition against commands.
_CLAIM = text("""
SELECT c.turn_id, p.lineup_id, c.partition, c.seq, p.roster, c.boundary_ms,
       p.boundary_ms AS last_boundary_ms, t.valid_until < clock_timestamp() AS is_late, c.attempts,
       t.valid_until, l.owner_id
FROM turn_chunks c
JOIN partitions p ON p.id = c.partition AND p.seq = c.seq - 1
JOIN turns t ON t.id = c.turn_id
JOIN lineups l ON l.id = p.lineup_id
WHERE c.status = 0
  AND (c.attempts = 0
       OR c.done_at < clock_timestamp() - make_interval(secs => LEAST(c.attempts, 30)))
  AND NOT EXISTS (
    SELECT 1 FROM orders o WHERE o.partition = c.partition AND o.unsettled
      AND o.valid_until > clock_timestamp())
ORDER BY c.boundary_ms, c.partition LIMIT 1
FOR UPDATE OF p, c SKIP LOCKED
""")

# The fence: a worker that slept through another one's turn finds the number moved on.
_FENCE = text("""
UPDATE partitions SET seq = :seq, boundary_ms = :boundary
WHERE id = :partition AND seq = :seq - 1
""")

_DONE = text("""
UPDATE turn_chunks SET status = :done, entries_skipped = :late, books = :books, orders = :orders,
    fills = :fills, vetoes = :vetoes, faults = :faults, reasons = :reasons, error = NULL,
    done_at = clock_timestamp()
WHERE turn_id = :turn AND partition = :partition AND status = 0
""")


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What one chunk did; `reasons` holds the vetoes of its books, compressed."""

    books: int
    orders: int
    fills: int
    vetoes: int
    faults: int
    reasons: bytes | None


def begin_turn(
    connection: Connection,
    turn_id: UUID,
    lineup_id: UUID,
    boundary_ms: int,
    valid_until: datetime,
) -> int:
    """Write a turn with a chunk for each partition; return the number of chunks.

    0 when the boundary had its turn already: turns of a lineup only move forward.
    """
    seq = connection.execute(_NEXT_SEQ, {"lineup": lineup_id, "boundary": boundary_ms}).scalar()
    if seq is None:
        return 0
    row = {"id": turn_id, "lineup": lineup_id, "seq": seq, "boundary": boundary_ms}
    connection.execute(_TURN, row | {"valid_until": valid_until})
    return connection.execute(_CHUNKS, row).rowcount


def claim_chunk(connection: Connection) -> Chunk | None:
    """Lock the oldest chunk that can be applied now, and its partition; None when there is none."""
    row = connection.execute(_CLAIM).one_or_none()
    return Chunk(*row) if row is not None else None


def finish_chunk(connection: Connection, chunk: Chunk, result: ChunkResult) -> None:
    """Move the partition on and close the chunk; raise InternalDefect when it was moved before."""
    fenced = connection.execute(
        _FENCE,
        {"partition": chunk.partition, "seq": chunk.seq, "boundary": chunk.boundary_ms},
    )
    closed = connection.execute(
        _DONE,
        {
            "done": CHUNK_DONE,
            "late": chunk.is_late,
            "books": result.books,
            "orders": result.orders,
            "fills": result.fills,
            "vetoes": result.vetoes,
            "faults": result.faults,
            "reasons": result.reasons,
            "turn": chunk.turn_id,
            "partition": chunk.partition,
        },
    )
    if fenced.rowcount != 1 or closed.rowcount != 1:
        raise InternalDefect(
            f"Partition {chunk.partition} was moved on by another worker.",
            expected=f"sequence {chunk.seq - 1}",
            action="Nothing was written; the other worker's turn stands.",
        )


def note_failure(connection: Connection, chunk: Chunk, error: str) -> None:
    """Count a failed attempt at a chunk; it is tried again after as many seconds, at most 30."""
    connection.execute(
        text(
            "UPDATE turn_chunks SET attempts = LEAST(attempts + 1, 30000), error = :error, "
            "done_at = clock_timestamp() "
            "WHERE turn_id = :turn AND partition = :partition AND status = 0"
        ),
        {"error": error[:2000], "turn": chunk.turn_id, "partition": chunk.partition},
    )


def open_chunks(connection: Connection) -> int:
    """Return how many chunks wait to be applied."""
    return int(
        connection.execute(text("SELECT count(*) FROM turn_chunks WHERE status = 0")).scalar_one()
    )
