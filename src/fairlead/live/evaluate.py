"""Evaluates versions on a closed candle, exactly once, and begins the turns that are then due."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

import numpy as np
from sqlalchemy import Connection

from fairlead.infra.db import Database
from fairlead.infra.errors import FairleadError
from fairlead.infra.ids import uuid7
from fairlead.infra.outbox import emit
from fairlead.kernel.signals import HOLD, NAMES
from fairlead.live.batch import batch_of
from fairlead.live.cache import Cache
from fairlead.live.clock import ClosedBar, lateness, valid_until
from fairlead.live.evaluator import Evaluator, History, Said
from fairlead.live.events import EvaluationCompleted
from fairlead.live.model import LegPlan, Lineup, without_entries
from fairlead.live.step import step
from fairlead.live.steps import Reach
from fairlead.live.store import evaluations, lineups, model_books, turns
from fairlead.live.store.evaluations import Candle, EvaluationKey, Verdict

Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Desk:
    """What evaluating needs: versions, bars, the time, and what may be kept between bars."""

    evaluator: Evaluator
    history: History
    cache: Cache
    now: Now
    reach: Reach


def evaluate_bar(database: Database, desk: Desk, bar: ClosedBar) -> int:
    """Evaluate every version that is due at this candle's close; return the turns begun.

    One transaction for each distinct version and parameters: the evaluation's row, its signal,
    the model book and the turn commit together, so that a worker may die at any moment.
    """
    with database.engine_transaction() as connection:
        due = lineups.lineups_on(connection, bar.instrument, bar.timeframe)
    begun = 0
    for leg, holders in _distinct_legs(due, bar):
        with database.engine_transaction() as connection:
            begun += _evaluate_leg(connection, desk, bar, leg, holders)
        desk.reach("evaluation.committed")
    return begun


def _distinct_legs(due: Iterable[Lineup], bar: ClosedBar) -> list[tuple[LegPlan, list[Lineup]]]:
    holders: dict[tuple[object, str], tuple[LegPlan, list[Lineup]]] = {}
    for lineup in due:
        for leg in lineup.legs:
            if (leg.instrument, leg.timeframe) != (bar.instrument, bar.timeframe):
                continue
            key = (leg.version_id, leg.signal_key)
            if key not in holders:
                holders[key] = (leg, [])
            if lineup not in holders[key][1]:
                holders[key][1].append(lineup)
    return list(holders.values())


def _evaluate_leg(
    connection: Connection, desk: Desk, bar: ClosedBar, leg: LegPlan, holders: list[Lineup]
) -> int:
    key = EvaluationKey(leg.version_id, leg.signal_key, leg.instrument, leg.timeframe, bar.ts)
    if not evaluations.try_lock(connection, key):
        return 0
    desk.reach("evaluation.locked")
    owners = {lineup.id: lineups.lock_lineup(connection, lineup.id) for lineup in holders}
    if not evaluations.is_done(connection, key):
        started_at = desk.now()
        subscribers = sum(owner.books for owner in owners.values())
        verdict = _verdict(desk, bar, leg, subscribers)
        desk.reach("evaluation.computed")
        candle = Candle(bar.open, bar.high, bar.low, bar.close)
        owner_id = desk.evaluator.owner(leg)
        inserted = evaluations.insert(
            connection, uuid7(), owner_id, key, candle, verdict, bar.closed_at, started_at
        )
        if inserted:
            emit(connection, owner_id, _news(key, verdict))
    begun = sum(begin_if_due(connection, desk, lineup, bar) for lineup in holders)
    desk.reach("evaluation.written")
    return begun


def _verdict(desk: Desk, bar: ClosedBar, leg: LegPlan, subscribers: int) -> Verdict:
    try:
        said = desk.evaluator.said(leg, desk.history.bars(leg, bar.boundary_ms))
        problem = _problem(said)
    except (FairleadError, ValueError, ArithmeticError) as error:
        said, problem = _NOTHING, f"the version could not be evaluated: {error}"
    if problem is not None:
        return _as_verdict("FAILED", _NOTHING, HOLD, subscribers, problem)
    late = lateness(bar, desk.now())
    if late is not None:
        return _as_verdict("SKIPPED", said, without_entries(said.action), subscribers, late)
    return _as_verdict("COMPLETED", said, said.action, subscribers, None)


_NOTHING = Said(HOLD, 0.0, 0.0, 0.0, False, {})


def _problem(said: Said) -> str | None:
    if said.action not in NAMES:
        return f"expected a known signal, found {said.action}"
    for name in ("atr", "stop", "target"):
        value = getattr(said, name)
        if not isfinite(value) or value < 0:
            return f"expected a finite {name} not below 0, found {value}"
    return None


def _as_verdict(
    status: str, said: Said, action: int, subscribers: int, error: str | None
) -> Verdict:
    why = tuple((name, value) for name, value in sorted(said.why.items()) if isfinite(value))
    return Verdict(
        status=status,
        signal=said.action,
        action=action,
        atr=said.atr,
        stop=said.stop,
        target=said.target,
        last_of_session=said.last_of_session,
        why=why,
        subscribers=subscribers,
        error=error,
    )


def _news(key: EvaluationKey, verdict: Verdict) -> EvaluationCompleted:
    return EvaluationCompleted(
        version_id=key.version_id,
        instrument=key.instrument,
        timeframe=key.timeframe,
        ts=key.ts,
        status=verdict.status,
        signal=NAMES[verdict.signal],
        error=verdict.error,
    )


def begin_if_due(connection: Connection, desk: Desk, lineup: Lineup, bar: ClosedBar) -> int:
    """Begin the turn of a locked lineup at the bar's close once all legs due there have spoken."""
    if not all(evaluations.has_spoken(connection, leg, bar.boundary_ms) for leg in lineup.legs):
        return 0
    return begin_turn(connection, desk.cache, lineup, bar.boundary_ms, valid_until(bar))


def begin_turn(
    connection: Connection,
    cache: Cache,
    lineup: Lineup,
    boundary_ms: int,
    valid: datetime,
) -> int:
    """Step the model book and write the turn with its chunks; 0 when it was begun before."""
    if turns.begin_turn(connection, uuid7(), lineup.id, boundary_ms, valid) == 0:
        return 0
    _step_model(connection, cache, lineup, boundary_ms)
    return 1


def _step_model(connection: Connection, cache: Cache, lineup: Lineup, boundary_ms: int) -> None:
    """Fold the boundary into the author's book; it is a simulation, so its orders go nowhere."""
    plan = cache.plan(connection, lineup.id)
    model = model_books.read_model(connection, lineup.id)
    batch = batch_of([model.state])
    after_ms = int(batch.books["as_of"][0])
    events = evaluations.read_events(connection, lineup.id, after_ms, boundary_ms)
    fresh = max(np.unique(events["closed_at"]).shape[0], 1)
    done = step(batch, model.rules, plan.instruments, plan.timeframes, events, fresh=fresh)
    if int(done.touched[0]) == 0:
        return
    equity = float(batch.books["equity"][0])
    model_books.write_model(connection, lineup.id, batch.state(0), done.fills, equity)
