"""Gives each new subscription its book, in the partition of its lineup that has room."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from fairlead.infra.errors import FairleadError
from fairlead.infra.ids import uuid7
from fairlead.infra.outbox import emit_all
from fairlead.kernel.records import DISABLED_KILL, LIMITS, POLICY, State, new_state
from fairlead.live.batch import Rules, batch_of
from fairlead.live.evaluator import Evaluator
from fairlead.live.events import SubscriptionChanged
from fairlead.live.model import PARTITION_BOOKS, Act, LegPlan, Lineup, Prepared, uuid_column
from fairlead.live.store import accounts, books, lineups, model_books
from fairlead.live.store.accounts import Applicant
from fairlead.live.store.commands import NewCommand, insert_commands
from fairlead.live.store.model_books import ModelBook

MOST_AT_ONCE = 1_000
WARM_UP_BARS = 2_000
WARM_UP_MARGIN = 4
MODEL_CASH = 10_000.0


@dataclass(frozen=True, slots=True)
class Admitted:
    """An applicant with what it trades by."""

    who: Applicant
    ready: Prepared


def admit_waiting(
    connection: Connection,
    evaluator: Evaluator,
    most: int = MOST_AT_ONCE,
    partition_books: int = PARTITION_BOOKS,
) -> int:
    """Give books to the subscriptions that wait; return how many were settled.

    One that cannot be admitted is set aside with its reason; the others go on.
    """
    waiting = accounts.waiting_applicants(connection, most)
    groups: dict[str, list[Admitted]] = {}
    for applicant in waiting:
        ready = _ready(connection, evaluator, applicant)
        if ready is not None:
            key = lineups.lineup_key(ready.legs)
            groups.setdefault(key, []).append(Admitted(applicant, ready))
    for group in groups.values():
        _admit_group(connection, evaluator, group, partition_books)
    return len(waiting)


def _ready(connection: Connection, evaluator: Evaluator, item: Applicant) -> Prepared | None:
    """Return what the applicant trades by; without, set it aside with the reason."""
    ready = item.prepared
    if ready is None:
        try:
            ready = evaluator.prepare(item.drafts, item.risk_profile)
        except (FairleadError, ValueError) as error:
            accounts.mark_faulted(connection, item.user_id, item.id, str(error))
            emit_all(
                connection,
                [(item.user_id, SubscriptionChanged(item.id, "faulted", str(error)))],
            )
            return None
        accounts.write_prepared(connection, item, ready)
    expected = POLICY.itemsize * len(ready.legs), LIMITS.itemsize
    if (len(ready.policies), len(ready.limits)) == expected:
        return ready
    accounts.mark_faulted(connection, item.user_id, item.id, "the stored rules are damaged")
    return None


def _admit_group(
    connection: Connection,
    evaluator: Evaluator,
    group: Sequence[Admitted],
    partition_books: int,
) -> None:
    lineup = ensure_lineup(connection, evaluator, group[0].ready.legs)
    left = sorted(group, key=lambda item: (item.who.user_id.bytes, item.who.id.bytes))
    while left:
        partition, boundary_ms, room = lineups.room_for(connection, lineup.id, partition_books)
        joining, left = left[:room], left[room:]
        users = uuid_column([item.who.user_id for item in joining])
        ids = uuid_column([item.who.id for item in joining])
        states = [_first_state(item, boundary_ms) for item in joining]
        places = [partition] * len(joining)
        books.insert_books(connection, users, ids, places, batch_of(states))
        accounts.mark_admitted(connection, users, ids, places)
        lineups.count_books(connection, partition, len(joining))
        _follow_up(connection, [item.who for item in joining])


def _first_state(item: Admitted, boundary_ms: int) -> State:
    state = new_state(item.who.capital, len(item.ready.legs))
    state.book["as_of"] = boundary_ms
    if item.who.killed:
        state.book["disabled"] = DISABLED_KILL
    return state


def _follow_up(connection: Connection, joining: Sequence[Applicant]) -> None:
    insert_commands(
        connection,
        [
            NewCommand(item.user_id, item.id, Act.JOIN)
            for item in joining
            if item.join_mode == "join"
        ],
    )
    emit_all(
        connection,
        [(item.user_id, SubscriptionChanged(item.id, "active", None)) for item in joining],
    )


def ensure_lineup(
    connection: Connection, evaluator: Evaluator, legs: tuple[LegPlan, ...]
) -> Lineup:
    """Return the locked lineup of these legs, made with its model book when there is none.

    Its turns begin after the newest closed candle, of which there is one at least; its signals
    are scanned from far enough before that any start would give the same ones.
    """
    newest = [accounts.latest_boundary(connection, leg) for leg in legs]
    boundary_ms = max(value for value in newest if value is not None)
    pinned = tuple(
        replace(leg, warm_from_ms=boundary_ms - _warm_up_bars(evaluator, leg) * leg.timeframe_ms)
        for leg in legs
    )
    owner_id = evaluator.owner(legs[0])
    lineup = lineups.ensure_lineup(connection, uuid7(), owner_id, pinned, boundary_ms)
    lineups.wake(connection, lineup.id, boundary_ms)
    if lineup.legs == pinned:
        model_books.insert_model(connection, lineup.id, _model(evaluator, lineup, boundary_ms))
    return lineup


def _warm_up_bars(evaluator: Evaluator, leg: LegPlan) -> int:
    return max(WARM_UP_BARS, WARM_UP_MARGIN * evaluator.warm_up(leg))


def _model(evaluator: Evaluator, lineup: Lineup, boundary_ms: int) -> ModelBook:
    state = new_state(MODEL_CASH, len(lineup.legs))
    state.book["as_of"] = boundary_ms
    policies = [evaluator.policy(leg) for leg in lineup.legs]
    rules = Rules(np.stack(policies, axis=1), evaluator.limits(lineup.legs[0]))
    return ModelBook(state, rules, MODEL_CASH)
