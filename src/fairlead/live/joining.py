"""Lets a late joiner into the model book's open position when the price is no worse."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from fairlead.kernel.apply import apply_input
from fairlead.kernel.records import COMMAND, INPUT, Records, State
from fairlead.kernel.signals import ENTER_LONG, ENTER_SHORT, HOLD
from fairlead.live.batch import Batch, Integers, Roster
from fairlead.live.cache import Plan
from fairlead.live.model import Act, Chunk, uuid_at
from fairlead.live.step import Step, step
from fairlead.live.store import model_books
from fairlead.live.store.commands import Command, Finished, finish_commands, waiting_commands
from fairlead.live.store.facts import JournalEntry, insert_journal

MOST_AT_ONCE = 2_000
JOINED = "joined the model book's position"
NOTHING_TO_JOIN = "the model book is flat: waits for the next entry"


@dataclass(frozen=True, slots=True)
class Joined:
    """The rows stepped with an entry of their own, and what came of it."""

    rows: Integers
    step: Step


def step_joiners(
    connection: Connection,
    chunk: Chunk,
    plan: Plan,
    roster: Roster,
    batch: Batch,
    events: Records,
) -> Joined | None:
    """Give waiting joiners of one-leg lineups an entry at this boundary, if it is fair.

    Their rows of `batch` are stepped here and stand at the boundary afterwards. Returns None
    when nobody joins, which is the rule.
    """
    waiting = waiting_commands(connection, chunk.partition, (Act.JOIN,), MOST_AT_ONCE)
    if not waiting or chunk.is_late or plan.legs != 1:
        return None
    model = model_books.read_model(connection, chunk.lineup_id)
    side = int(model.state.positions[0, 0]["side"])
    if side == 0:
        finish_commands(connection, [Finished(item, NOTHING_TO_JOIN) for item in waiting])
        return None
    if not _is_fair(events, model.state, side):
        return None
    rows = _rows(roster, waiting)
    own = batch.pick(rows)
    _note(connection, chunk, plan, roster, own, rows)
    offered = _with_entry(events, model.state, side)
    rules = roster.rules.pick(rows)
    done = step(own, rules, plan.instruments, plan.timeframes, offered, fresh=1)
    batch.put(rows, own)
    finish_commands(connection, [Finished(item, JOINED) for item in waiting])
    return Joined(rows, done)


def _is_fair(events: Records, model: State, side: int) -> bool:
    """Tell whether this close is no worse than the model's entry, on a bar that says nothing."""
    if events.shape[0] == 0 or int(events["action"][-1]) != HOLD:
        return False
    entry = float(model.positions[0, 0]["average"])
    return side * (float(events["close"][-1]) - entry) <= 0.0


def _with_entry(events: Records, model: State, side: int) -> Records:
    """Return the events with an entry at the last one, at the model's absolute levels."""
    offered = events.copy()
    offered["action"][-1] = ENTER_LONG if side > 0 else ENTER_SHORT
    offered["stop"][-1] = model.legs[0]["entry_stop"]
    offered["target"][-1] = model.legs[0]["entry_target"]
    return offered


def _rows(roster: Roster, waiting: Sequence[Command]) -> Integers:
    wanted = np.frombuffer(b"".join(item.subscription_id.bytes for item in waiting), "V16")
    return np.flatnonzero(np.isin(roster.subscriptions, wanted))


def _note(
    connection: Connection,
    chunk: Chunk,
    plan: Plan,
    roster: Roster,
    batch: Batch,
    rows: Integers,
) -> None:
    """Write the joining into the journal: the shared signals do not hold it."""
    entries: list[JournalEntry] = []
    for k, row in enumerate(rows):
        entry = np.zeros(1, INPUT)
        entry["kind"], entry["code"] = COMMAND, int(Act.JOIN)
        entry["seq"], entry["ts"] = int(batch.books[k]["seq"]) + 1, chunk.boundary_ms
        apply_input(
            batch.books[k],
            batch.legs[k, 0],
            batch.positions[k, 0, 0],
            roster.rules.policies[row, 0],
            plan.instruments[0],
            entry[0],
        )
        owner = uuid_at(roster.users, int(row)), uuid_at(roster.subscriptions, int(row))
        entries.append(JournalEntry(*owner, chunk.boundary_ms, entry, JOINED))
    insert_journal(connection, entries)
