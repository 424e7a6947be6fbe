"""An evaluation happens once, whoever computes it; what is late is on record and never traded."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import text

from fairlead.infra.db import Database
from fairlead.infra.ids import uuid7
from fairlead.kernel.records import new_limits, new_policy
from fairlead.kernel.series import Bars
from fairlead.kernel.signals import ENTER_LONG, ENTER_SHORT, EXIT, EXIT_LONG, EXIT_SHORT, HOLD
from fairlead.live.clock import ClosedBar, lateness, valid_until
from fairlead.live.evaluate import evaluate_bar
from fairlead.live.evaluator import Said
from fairlead.live.missed import with_forgotten
from fairlead.live.model import LegPlan, without_entries
from fairlead.live.steps import walk_on
from fairlead.live.store import due, evaluations
from fairlead.live.store.evaluations import Candle, EvaluationKey, Verdict
from fairlead.market.lake import Lake
from tests.live.harness import Desk, PreparedSignals, due_now, leg, subscribe
from tests.live.market import MINUTE_MS, T0, Stage, scripted_market

MakeTenant = Callable[[], UUID]


def _evaluations(stage: Stage) -> list[tuple[object, ...]]:
    return stage.rows(
        0,
        "SELECT ts, status, signal, action, error FROM evaluations "
        f"WHERE signal_key = '{stage.key}' ORDER BY ts",
    )


def test_evaluation_repeated_by_any_worker_is_one_row_and_one_turn(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = Stage(database, make_tenant, scripted_market([100.0] * 3, [1, 0, 0]))
    bar = stage.desk.close(stage.instrument, "1m", 0)
    assert stage.desk.evaluate(bar) == 1
    assert stage.desk.evaluate(bar) == 0
    assert len(_evaluations(stage)) == 1


def test_evaluation_raced_by_several_workers_is_one_row_and_one_turn(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = Stage(database, make_tenant, scripted_market([100.0] * 3, [1, 0, 0]))
    bar = stage.desk.close(stage.instrument, "1m", 0)
    begun: list[int] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        begun.append(evaluate_bar(database, stage.desk.evaluation_desk(), bar))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(begun) == 1
    assert len(_evaluations(stage)) == 1


def test_evaluation_of_a_worker_that_died_is_done_by_the_next(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = Stage(database, make_tenant, scripted_market([100.0] * 3, [1, 0, 0]))
    bar = stage.desk.close(stage.instrument, "1m", 0)

    def die(point: str) -> None:
        if point == "evaluation.written":
            raise KeyboardInterrupt

    stage.desk.reach = die
    with pytest.raises(KeyboardInterrupt):
        stage.desk.evaluate(bar)
    assert _evaluations(stage) == []
    stage.desk.reach = walk_on
    assert stage.desk.evaluate(bar) == 1
    assert len(_evaluations(stage)) == 1


def test_slow_evaluation_is_taken_over_after_its_lease_and_finished_once(
    database: Database,
) -> None:
    key = EvaluationKey(uuid7(), "slow", "sim:X", "1m", T0)
    candle, now = Candle(1.0, 1.0, 1.0, 1.0), datetime.now(UTC)
    verdict = Verdict("COMPLETED", 1, 1, 0.0, 0.0, 0.0, False, (), 1, None)

    def claim(lease_s: float) -> tuple[UUID, int] | None:
        with database.engine_transaction() as connection:
            return evaluations.claim_running(
                connection, uuid7(), uuid7(), key, candle, now, lease_s
            )

    first = claim(0.0)
    assert first is not None
    second = claim(60.0)
    assert second == (first[0], 2)
    assert claim(60.0) is None
    with database.engine_transaction() as connection:
        assert not evaluations.complete(connection, *first, verdict)
        assert evaluations.complete(connection, *second, verdict)
        assert not evaluations.complete(connection, *second, verdict)
    assert claim(0.0) is None


class Failing(PreparedSignals):
    """An evaluator whose version breaks on the second candle."""

    def said(self, leg: LegPlan, bars: Bars) -> Said:
        if len(bars) == 2:
            raise ValueError("a planted failure")
        said = super().said(leg, bars)
        return replace(said, atr=float("nan")) if len(bars) == 3 else said


def test_version_that_cannot_be_evaluated_is_failed_and_its_books_stay_protected(
    database: Database, make_tenant: MakeTenant
) -> None:
    market = scripted_market([100.0, 100.0, 100.0, 90.0, 90.0], [1, 0, 0, 0, 0])
    stage = Stage(database, make_tenant, market, [new_policy(size=0.5, stop_loss_pct=0.05)])
    stage.desk.evaluator = Failing({stage.key: market}, stage.users[0])
    stage.push(0, 4)
    failed = [(row[1], row[3]) for row in _evaluations(stage)]
    assert failed == [("COMPLETED", 1), ("FAILED", 0), ("FAILED", 0), ("COMPLETED", 0)]
    assert "a planted failure" in str(_evaluations(stage)[1][4])
    assert "finite atr" in str(_evaluations(stage)[2][4])
    assert [row[3] for row in stage.orders(0)] == [1, 4]


def _bar(**changes: object) -> ClosedBar:
    bar = ClosedBar(
        instrument="sim:X",
        timeframe="1m",
        timeframe_ms=MINUTE_MS,
        ts=T0,
        open=1.0,
        high=1.0,
        low=1.0,
        close=1.0,
        closed_at=datetime.fromtimestamp((T0 + MINUTE_MS) / 1000, UTC),
        is_live=True,
        is_newest=True,
    )
    return replace(bar, **changes)  # type: ignore[arg-type]  # fields by name


def test_lateness_live_candle_counts_from_its_close_a_replayed_one_from_its_announcement() -> None:
    long_after = datetime.fromtimestamp(T0 / 1000, UTC) + timedelta(hours=5)
    live = _bar(closed_at=long_after)
    replayed = _bar(closed_at=long_after, is_live=False)
    assert lateness(live, long_after) is not None
    assert lateness(replayed, long_after + timedelta(seconds=59)) is None
    assert lateness(replayed, long_after + timedelta(seconds=61)) is not None
    assert valid_until(_bar(timeframe_ms=1_000)) - _bar().closed_at <= timedelta(seconds=5)


def test_lateness_candle_followed_by_a_newer_one_is_missed() -> None:
    bar = _bar(is_newest=False)
    assert "later candle" in str(lateness(bar, bar.closed_at))


@pytest.mark.parametrize(
    ("action", "left"),
    [
        (ENTER_LONG, EXIT_SHORT),
        (ENTER_SHORT, EXIT_LONG),
        (EXIT, EXIT),
        (EXIT_LONG, EXIT_LONG),
        (EXIT_SHORT, EXIT_SHORT),
        (HOLD, HOLD),
    ],
)
def test_without_entries_leaves_what_closes(action: int, left: int) -> None:
    assert without_entries(action) == left


def test_missed_candles_are_caught_up_without_entries_and_with_stops(
    database: Database, make_tenant: MakeTenant
) -> None:
    closes = [100.0, 100.0, 100.0, 90.0, 90.0, 90.0, 90.0]
    market = scripted_market(closes, [1, 0, 0, 0, 1, 0, 0])
    stage = Stage(database, make_tenant, market, [new_policy(size=0.5, stop_loss_pct=0.05)])
    stage.push(0, 2)
    for k in range(2, 6):
        stage.desk.close(stage.instrument, "1m", k)
    for bar in due_now(stage.desk, stage.instrument, "1m"):
        stage.desk.evaluate(bar)
        stage.desk.turn()
        stage.desk.dispatch()
    statuses = [(row[1], row[2], row[3]) for row in _evaluations(stage)]
    assert statuses[2:] == [
        ("SKIPPED", 0, 0),
        ("SKIPPED", 0, 0),
        ("SKIPPED", 1, EXIT_SHORT),
        ("COMPLETED", 0, 0),
    ]
    assert [row[3] for row in stage.orders(0)] == [1, 4]
    assert int(stage.desk.state(stage.users[0], stage.ids[0]).book["open_positions"][0]) == 0


def test_turn_applied_too_late_skips_entries_and_still_exits(
    database: Database, make_tenant: MakeTenant
) -> None:
    market = scripted_market([100.0] * 6, [1, 0, -1, 0, 0, 0])
    policies = [new_policy(size=0.5), new_policy(size=0.2)]
    stage = Stage(database, make_tenant, market, policies)
    stage.push(0, 2)
    stage.desk.evaluate(stage.desk.close(stage.instrument, "1m", 2))
    with database.engine_transaction() as connection:
        connection.execute(text("UPDATE turns SET valid_until = now() - interval '1 s'"))
    stage.desk.turn()
    for k in range(2):
        assert [(row[2], row[3]) for row in stage.orders(k)] == [(1, 1), (2, 2)]
    state = stage.rows(0, "SELECT as_of_ms FROM books")
    assert state == [(T0 + 3 * MINUTE_MS,)]
    with database.engine_transaction() as connection:
        connection.execute(text("UPDATE orders SET valid_until = now() + interval '1 min'"))
    stage.desk.dispatch()
    stage.push(3, 6)
    assert int(stage.desk.state(stage.users[0], stage.ids[0]).book["trades"][0]) == 1
    assert len(stage.orders(0)) == 2


def test_two_legs_of_one_boundary_go_into_one_turn_in_their_fixed_order(
    database: Database, make_tenant: MakeTenant
) -> None:
    markets = [scripted_market([100.0] * 4, [1, 0, 0, 0]) for _ in range(2)]
    user = make_tenant()
    legs = tuple(
        leg(f"pair-{k}", f"sim:PAIR{k}-{user.hex[-6:].upper()}", "1m", MINUTE_MS) for k in range(2)
    )
    series = {(plan.instrument, "1m"): markets[k][0] for k, plan in enumerate(legs)}
    signals = {plan.signal_key: markets[k] for k, plan in enumerate(legs)}
    desk = Desk(database, series, PreparedSignals(signals, user))
    (subscription,) = subscribe(
        desk, [user], legs, [new_policy(size=0.4)], new_limits(max_positions=1)
    )
    desk.admit(T0)
    late_first = [legs[1], legs[0]]
    for plan in late_first:
        assert desk.turn() == 0
        desk.evaluate(desk.close(plan.instrument, "1m", 0))
    assert desk.turn() == 1
    with database.tenant_transaction(user) as connection:
        rows = connection.execute(text("SELECT leg, purpose FROM orders")).all()
    # one position at most: the first leg is asked first, whichever candle came first
    assert [tuple(row) for row in rows] == [(0, 1)]
    assert int(desk.state(user, subscription).legs["bars"].min()) == 1


def test_leg_that_does_not_close_keeps_the_others_waiting_for_seconds_only(
    database: Database, make_tenant: MakeTenant
) -> None:
    market = scripted_market([100.0] * 4, [1, 0, 0, 0])
    user = make_tenant()
    legs = tuple(
        leg(f"lone-{k}", f"sim:LONE{k}-{user.hex[-6:].upper()}", "1m", MINUTE_MS) for k in range(2)
    )
    series = {(plan.instrument, "1m"): market[0] for plan in legs}
    signals = {plan.signal_key: market for plan in legs}
    desk = Desk(database, series, PreparedSignals(signals, user))
    subscribe(desk, [user], legs, [new_policy(size=0.4)])
    desk.admit(T0)
    desk.evaluate(desk.close(legs[0].instrument, "1m", 0))
    with database.engine_transaction() as connection:
        own = [row for row in due.overdue_turns(connection, 0.0) if row[1] == T0 + MINUTE_MS]
        assert due.overdue_turns(connection, 3_600.0) == []
    assert own


class NoLake:
    """A lake that is asked for what the table has forgotten."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars

    def bars(self, instrument: str, timeframe: str, start_ms: int, end_ms: int) -> Bars:
        return self._bars.between(start_ms, end_ms)


def test_candles_the_table_forgot_come_from_the_lake_and_are_late() -> None:
    bars, _ = scripted_market([100.0 + k for k in range(6)], [0] * 6)
    due_bar = _bar(ts=int(bars.ts[5]))
    lake = cast(Lake, NoLake(bars))
    found = with_forgotten(lake, [due_bar], int(bars.ts[2]))
    assert [bar.ts for bar in found] == bars.ts[2:].tolist()
    assert all(lateness(bar, due_bar.closed_at) for bar in found[:-1])
    assert with_forgotten(lake, [due_bar], int(bars.ts[5])) == [due_bar]
    assert np.isfinite([bar.close for bar in found]).all()
