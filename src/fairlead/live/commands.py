"""Folds what people, kill switches and venues said into books, between two turns or before one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from fairlead.infra.db import Database
from fairlead.infra.errors import InternalDefect
from fairlead.kernel.apply import apply_input
from fairlead.kernel.reasons import Purpose
from fairlead.kernel.records import (
    CANCELLED,
    CLOSE,
    COMMAND,
    INPUT,
    INTENT,
    KILL,
    ORDER,
    PAUSE,
    REFUSED,
    RELEASE,
    RESUME,
    Records,
)
from fairlead.live.batch import Batch, Roster, Rules
from fairlead.live.cache import Cache, Plan
from fairlead.live.model import BEFORE_TURN, BETWEEN_TURNS, Act, Chunk, uuid_at, uuid_column
from fairlead.live.order_rows import rows_of_intents
from fairlead.live.quarantine import UNSOUND_STATE, sound_roster
from fairlead.live.step import step
from fairlead.live.steps import Reach
from fairlead.live.store import books, lineups, orders
from fairlead.live.store.commands import (
    Command,
    Finished,
    NewCommand,
    finish_commands,
    insert_commands,
    waiting_commands,
)
from fairlead.live.store.facts import JournalEntry, insert_journal
from fairlead.live.store.orders import Cause
from fairlead.live.store.planning import plan_by_key

MOST_AT_ONCE = 2_000
COMMAND_ORDERS_VALID = timedelta(minutes=5)

_KERNEL_ACTS = {
    Act.PAUSE: (COMMAND, PAUSE),
    Act.RESUME: (COMMAND, RESUME),
    Act.KILL: (COMMAND, KILL),
    Act.RELEASE: (COMMAND, RELEASE),
    Act.CLOSE: (COMMAND, CLOSE),
    Act.OUTCOME_REFUSED: (ORDER, REFUSED),
    Act.OUTCOME_CANCELLED: (ORDER, CANCELLED),
    Act.OUTCOME_EXPIRED: (ORDER, CANCELLED),
}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One input for one book of a batch; the command it comes from, if there is one."""

    row: int
    act: Act
    leg: int
    n: int
    reason: int
    note: str
    command: Command | None


@dataclass(frozen=True, slots=True)
class _Place:
    """A locked partition with everything needed to fold inputs into its books."""

    plan: Plan
    roster: Roster
    partition: int
    boundary_ms: int


def fold_before_turn(
    connection: Connection, cache: Cache, plan: Plan, chunk: Chunk, roster: Roster
) -> None:
    """Fold what takes orders away before the bar can fill them.

    An order that did not reach the venue until now is EXPIRED and counts as cancelled. Usually
    there is nothing: two look-ups in small indexes.
    """
    late = orders.expire_unsettled(connection, chunk.partition)
    waiting = waiting_commands(connection, chunk.partition, BEFORE_TURN, MOST_AT_ONCE)
    if not late and not waiting:
        return
    place = _Place(plan, roster, chunk.partition, chunk.last_boundary_ms)
    rows = _rows_of(roster)
    wanted = [
        _Wanted(rows[ref.subscription_id.bytes], Act.OUTCOME_EXPIRED, ref.leg, ref.n, 0, "", None)
        for ref in late
        if ref.subscription_id.bytes in rows
    ]
    _fold(connection, cache, place, wanted, None)
    while waiting:
        known, orphans = _wanted_of(waiting, rows)
        finish_commands(connection, orphans)
        _fold(connection, cache, place, known, None)
        waiting = waiting_commands(connection, chunk.partition, BEFORE_TURN, MOST_AT_ONCE)


def fold_partition(database: Database, cache: Cache, partition: int, reach: Reach) -> int:
    """Carry out the waiting commands of one partition in one transaction; return how many."""
    with database.engine_transaction() as connection:
        folded = _fold_waiting(connection, cache, partition)
        reach("command.folded")
    reach("command.committed")
    return folded


def _fold_waiting(connection: Connection, cache: Cache, partition: int) -> int:
    """Lock the partition, so that no turn runs meanwhile, and fold what waits."""
    plan_by_key(connection)
    locked = lineups.lock_partition(connection, partition)
    waiting = waiting_commands(connection, partition, BETWEEN_TURNS, MOST_AT_ONCE)
    if not waiting:
        return 0
    plan = cache.plan(connection, locked.lineup_id)
    roster, _ = sound_roster(connection, cache, partition, locked.roster, plan)
    place = _Place(plan, roster, partition, locked.boundary_ms)
    known, orphans = _wanted_of(waiting, _rows_of(roster))
    finish_commands(connection, orphans)
    _fold(connection, cache, place, known, locked.now)
    return len(waiting)


def _rows_of(roster: Roster) -> dict[bytes, int]:
    raw = roster.subscriptions.tobytes()
    return {raw[k : k + 16]: k // 16 for k in range(0, len(raw), 16)}


def _wanted_of(
    waiting: Sequence[Command], rows: dict[bytes, int]
) -> tuple[list[_Wanted], list[Finished]]:
    """Return the commands of books in the roster; the others are finished as failed."""
    known: list[_Wanted] = []
    orphans: list[Finished] = []
    for item in waiting:
        row = rows.get(item.subscription_id.bytes)
        if row is None:
            orphans.append(Finished(item, "the book is not trading any more", failed=True))
            continue
        known.append(_Wanted(row, item.act, item.leg, item.n, item.reason, item.note, item))
    return known, orphans


def _fold(
    connection: Connection,
    cache: Cache,
    place: _Place,
    wanted: Sequence[_Wanted],
    now: datetime | None,
) -> None:
    if not wanted:
        return
    full = books.read_states(connection, place.partition, place.roster, place.plan.legs)
    rows = np.unique(np.array([item.row for item in wanted], np.int64))
    batch = full.pick(rows)
    damaged = _catch_up(connection, cache, place, batch, place.roster.rules.pick(rows))
    index = {int(row): k for k, row in enumerate(rows)}
    work = _Work(place, batch)
    for item in wanted:
        k = index[item.row]
        # a damaged book is set aside by the next turn; until then it is left as it is
        result = UNSOUND_STATE if k in damaged else work.carry_out(k, item)
        if item.command is not None:
            work.finished.append(Finished(item.command, result, failed=k in damaged))
    work.write(connection, now)
    whole = np.array([k for k in range(rows.shape[0]) if k not in damaged], np.int64)
    full.put(rows[whole], batch.pick(whole))
    books.write_states(connection, place.partition, place.roster, full, rows[whole])


def _catch_up(
    connection: Connection, cache: Cache, place: _Place, batch: Batch, rules: Rules
) -> set[int]:
    """Bring books to the partition's boundary; return the rows whose state is not sound."""
    events = cache.events(connection, place.plan, batch.oldest_ms(), place.boundary_ms)
    done = step(batch, rules, place.plan.instruments, place.plan.timeframes, events, fresh=0)
    return {int(k) for k in np.flatnonzero(done.touched < 0)}


def _exit_intent(state: "np.void", row: int, leg: int, instrument: "np.void") -> Records:
    """Return the exit order that a command gave, as the kernel writes its own."""
    intent = np.zeros(1, INTENT)
    lots = int(state["exit_lots"])
    intent["book"], intent["leg"], intent["order"] = row, leg, int(state["exit_n"])
    intent["purpose"], intent["reason"] = int(Purpose.EXIT), int(state["exit_reason"])
    intent["lots"] = lots
    intent["quantity"] = lots * int(instrument["lot_num"]) / int(instrument["lot_den"])
    intent["price"] = float(state["mark"])
    intent["reduce_only"] = 1
    return intent


class _Work:
    """Collects what inputs give, so that each kind of row is written once."""

    def __init__(self, place: _Place, batch: Batch) -> None:
        self.finished: list[Finished] = []
        self._place = place
        self._batch = batch
        self._journal: list[JournalEntry] = []
        self._asked: list[NewCommand] = []
        self._intents: list[Records] = []
        self._causes: list[UUID] = []

    def carry_out(self, k: int, item: _Wanted) -> str:
        """Fold one command or outcome into book `k` of the batch; say what came of it."""
        if item.act is Act.CANCEL_ENTRY:
            return self._ask_to_cancel(k, item)
        legs = range(self._place.plan.legs) if item.leg < 0 else (item.leg,)
        given = sum(self._fold_input(k, item, leg) for leg in legs)
        if item.act is Act.CLOSE:
            return f"{given} exit orders" if given else "nothing to close"
        return "folded"

    def _fold_input(self, k: int, item: _Wanted, leg: int) -> int:
        book, state = self._batch.books[k], self._batch.legs[k, leg]
        entry = np.zeros(1, INPUT)
        entry["kind"], entry["code"] = _KERNEL_ACTS[item.act]
        entry["seq"] = int(book["seq"]) + 1
        # an exit asked for now fills at the open of the next bar, not of the one in progress
        entry["ts"] = self._place.boundary_ms + 1
        entry["leg"], entry["order"], entry["purpose"] = leg, item.n, item.reason
        before = int(state["orders"])
        self._ask_again(item, leg, state)
        apply_input(
            book,
            state,
            self._batch.positions[k, leg, 0],
            self._place.roster.rules.policies[item.row, leg],
            self._place.plan.instruments[leg],
            entry[0],
        )
        self._journal.append(
            JournalEntry(*self._owner(item), self._place.boundary_ms, entry, item.note)
        )
        if int(state["orders"]) == before:
            return 0
        if item.command is None:
            raise InternalDefect("An outcome gave an order; only commands may.")
        self._intents.append(_exit_intent(state, item.row, leg, self._place.plan.instruments[leg]))
        self._causes.append(item.command.id)
        return 1

    def _ask_again(self, item: _Wanted, leg: int, state: "np.void") -> None:
        """Want an exit once more that did not come about: a position must not stay by accident."""
        failed = item.act in (Act.OUTCOME_REFUSED, Act.OUTCOME_EXPIRED)
        if not failed or int(state["exit_lots"]) == 0 or int(state["exit_n"]) != item.n:
            return
        reason = int(state["exit_reason"])
        self._asked.append(
            NewCommand(*self._owner(item), Act.CLOSE, leg, reason=reason, note="the exit failed")
        )

    def _ask_to_cancel(self, k: int, item: _Wanted) -> str:
        """Ask the venue first: the book forgets an entry when the venue says that it is gone."""
        working = np.flatnonzero(self._batch.legs[k]["entry_lots"])
        for leg in working:
            number = int(self._batch.legs[k, leg]["entry_n"])
            self._asked.append(
                NewCommand(*self._owner(item), Act.CANCEL_ORDER, int(leg), number, note=item.note)
            )
        return f"{working.shape[0]} entries to cancel"

    def _owner(self, item: _Wanted) -> tuple[UUID, UUID]:
        roster = self._place.roster
        return uuid_at(roster.users, item.row), uuid_at(roster.subscriptions, item.row)

    def write(self, connection: Connection, now: datetime | None) -> None:
        """Write journal, orders, requests to cancel, and what became of the commands."""
        insert_journal(connection, self._journal)
        insert_commands(connection, self._asked)
        finish_commands(connection, self.finished)
        if not self._intents:
            return
        if now is None:
            raise InternalDefect("A command gave an order in front of a turn's bar.")
        place = self._place
        cause = Cause(place.partition, place.boundary_ms, now + COMMAND_ORDERS_VALID)
        intents = np.concatenate(self._intents)
        causes = uuid_column(self._causes)
        orders.insert_orders(connection, cause, rows_of_intents(place.roster, causes, intents))
