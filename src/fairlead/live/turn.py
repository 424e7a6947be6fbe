"""Applies one turn to the books of one partition, in one transaction."""

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from fairlead.infra.db import Database
from fairlead.infra.outbox import emit
from fairlead.kernel.records import Records
from fairlead.live.batch import Batch, Integers
from fairlead.live.cache import Cache, Plan
from fairlead.live.commands import fold_before_turn
from fairlead.live.events import TurnCompleted
from fairlead.live.joining import step_joiners
from fairlead.live.model import Chunk, without_entries
from fairlead.live.outcome import write_outcome
from fairlead.live.quarantine import UNSOUND_STATE, set_aside, sound_roster
from fairlead.live.reasons import pack_reasons
from fairlead.live.step import Step, merge, step, without_nonsense
from fairlead.live.steps import Reach
from fairlead.live.store import books, turns
from fairlead.live.store.orders import Cause
from fairlead.live.store.planning import plan_by_key

# A book that had nothing to do is written once its state is this many boundaries old; the
# spread keeps a partition's books from being written all at once.
CATCH_UP_BOUNDARIES = 64
CATCH_UP_SPREAD = 64


@dataclass(frozen=True, slots=True)
class ChunkReport:
    """What a chunk did, for logs and metrics."""

    chunk: Chunk
    result: turns.ChunkResult


def apply_next_chunk(database: Database, cache: Cache, reach: Reach) -> ChunkReport | None:
    """Claim the oldest chunk that is due and apply it; None when there is none.

    A chunk that fails is left to be tried again a little later, with its error on record; what
    it wrote is gone with its transaction.
    """
    chunk: Chunk | None = None
    try:
        with database.engine_transaction() as connection:
            plan_by_key(connection)
            chunk = turns.claim_chunk(connection)
            if chunk is None:
                return None
            reach("chunk.claimed")
            report = apply_chunk(connection, cache, chunk, reach)
    except Exception as error:
        if chunk is not None:
            cache.forget_roster(chunk.partition)
            with database.engine_transaction() as connection:
                turns.note_failure(connection, chunk, repr(error))
        raise
    reach("chunk.committed")
    return report


def apply_chunk(connection: Connection, cache: Cache, chunk: Chunk, reach: Reach) -> ChunkReport:
    """Apply a claimed chunk in the transaction that claimed it.

    Everything it writes commits together with the chunk being done: state, orders, fills,
    trades, reasons, events.
    """
    plan = cache.plan(connection, chunk.lineup_id)
    roster, faults = sound_roster(connection, cache, chunk.partition, chunk.roster, plan)
    fold_before_turn(connection, cache, plan, chunk, roster)
    batch = books.read_states(connection, chunk.partition, roster, plan.legs)
    before = batch.copy()
    events = _events(connection, cache, chunk, plan, batch)
    joined = step_joiners(connection, chunk, plan, roster, batch, events)
    done = step(batch, roster.rules, plan.instruments, plan.timeframes, events, fresh=1)
    if joined is not None:
        done = merge(joined.rows, joined.step, done)
    done = without_nonsense(batch, done)
    reach("chunk.stepped")
    unsound = {int(row): UNSOUND_STATE for row in np.flatnonzero(done.touched < 0)}
    set_aside(connection, cache, chunk.partition, roster, unsound)
    cause = Cause(chunk.partition, chunk.boundary_ms, chunk.valid_until)
    written = write_outcome(connection, cause, chunk.turn_id, roster, before, batch, done, reach)
    rows = _rows_to_write(chunk, plan, before, done)
    books.write_states(connection, chunk.partition, roster, batch, rows)
    reach("chunk.states_written")
    result = turns.ChunkResult(
        books=roster.users.shape[0],
        orders=written.orders,
        fills=written.fills,
        vetoes=int(np.count_nonzero(done.vetoes)),
        faults=faults + len(unsound),
        reasons=pack_reasons(roster.subscriptions, done.vetoes),
    )
    turns.finish_chunk(connection, chunk, result)
    _tell(connection, chunk, result)
    reach("chunk.fenced")
    return ChunkReport(chunk, result)


def _events(
    connection: Connection, cache: Cache, chunk: Chunk, plan: Plan, batch: Batch
) -> Records:
    events = cache.events(connection, plan, batch.oldest_ms(), chunk.boundary_ms)
    if not chunk.is_late:
        return events
    for event in np.flatnonzero(events["closed_at"] == chunk.boundary_ms):
        events["action"][event] = without_entries(int(events["action"][event]))
    return events


def _rows_to_write(chunk: Chunk, plan: Plan, before: Batch, done: Step) -> Integers:
    """Return the books with news, and those whose state grew old.

    After a late turn all are written: a book that caught up later from the stored signals would
    see the entry that was skipped.
    """
    if chunk.is_late:
        return np.flatnonzero(done.touched >= 0)
    size = done.touched.shape[0]
    spread = np.arange(size) % CATCH_UP_SPREAD
    age = (chunk.boundary_ms - before.books["as_of"]) // plan.shortest_ms
    old = (age > CATCH_UP_BOUNDARIES + spread) & (done.touched == 0)
    return np.flatnonzero((done.touched > 0) | old)


def _tell(connection: Connection, chunk: Chunk, result: turns.ChunkResult) -> None:
    emit(
        connection,
        chunk.owner_id,
        TurnCompleted(
            lineup_id=chunk.lineup_id,
            boundary_ms=chunk.boundary_ms,
            books=result.books,
            orders=result.orders,
            fills=result.fills,
            vetoes=result.vetoes,
        ),
    )
