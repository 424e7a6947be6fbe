"""Pause, resume, cancel, kill: what people ask for reaches every book, once, and is on record."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from fairlead.infra.db import Database
from fairlead.infra.errors import Conflict, NotFound
from fairlead.infra.ids import uuid7
from fairlead.kernel.reasons import Reason
from fairlead.kernel.records import new_policy
from fairlead.live import lifecycle
from fairlead.live.model import OrderStatus
from fairlead.live.reasons import find_reason
from fairlead.live.retire import retire_ended
from fairlead.live.store import switches
from tests.live.market import MINUTE_MS, T0, Stage, scripted_market

MakeTenant = Callable[[], UUID]
FLAT = [100.0] * 12


def _stage(
    database: Database, make_tenant: MakeTenant, actions: list[int], count: int = 1
) -> Stage:
    actions = actions + [0] * (len(FLAT) - len(actions))
    return Stage(
        database, make_tenant, scripted_market(FLAT, actions), [new_policy(size=0.5)] * count
    )


def _do(stage: Stage, act: str, k: int = 0, **options: bool) -> None:
    user_id = stage.users[k]
    with stage.desk.database.tenant_transaction(user_id) as connection:
        change = getattr(lifecycle, act)
        change(connection, user_id, stage.ids[k], datetime.now(UTC), **options)


def _orders(stage: Stage, k: int = 0) -> list[tuple[OrderStatus, Reason]]:
    return [(OrderStatus(int(str(row[1]))), Reason(int(str(row[3])))) for row in stage.orders(k)]


def test_pause_stops_entries_and_resume_lets_them_happen_again(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _stage(database, make_tenant, [0, 1, 0, 1, 0])
    _do(stage, "pause")
    stage.push(0, 3)
    assert stage.orders(0) == []
    reasons = stage.rows(
        0,
        f"SELECT reasons FROM turn_chunks WHERE boundary_ms = {T0 + 2 * MINUTE_MS} "
        "AND reasons IS NOT NULL",
    )
    blobs = [row[0] for row in reasons]
    assert any(isinstance(b, bytes) and find_reason(b, stage.ids[0]) == 3 for b in blobs)
    _do(stage, "resume")
    stage.push(3, 5)
    assert _orders(stage) == [(OrderStatus.FILLED, Reason.ENTRY)]
    notes = stage.rows(0, "SELECT seq, note FROM journal ORDER BY seq")
    assert notes == [(1, "by hand"), (2, "by hand")]


def test_cancel_and_exit_closes_the_position_at_the_open_of_the_candle_after_next(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _stage(database, make_tenant, [1, 0])
    stage.push(0, 2)
    _do(stage, "cancel", exit_positions=True)
    stage.desk.command()
    stage.desk.dispatch()
    assert _orders(stage)[-1] == (OrderStatus.WORKING, Reason.MANUAL)
    stage.push(2)
    assert _orders(stage)[-1][0] is OrderStatus.WORKING, "the candle in progress had opened before"
    stage.push(3)
    assert _orders(stage)[-1] == (OrderStatus.FILLED, Reason.MANUAL)
    assert stage.rows(0, "SELECT reason FROM trades") == [(int(Reason.MANUAL),)]


def test_cancel_and_keep_leaves_the_position_under_its_stop_until_it_ends(
    database: Database, make_tenant: MakeTenant
) -> None:
    closes = [100.0, 100.0, 100.0, 90.0, 90.0, 90.0]
    market = scripted_market(closes, [1, 0, 0, 0, 1, 0])
    stage = Stage(database, make_tenant, market, [new_policy(size=0.5, stop_loss_pct=0.05)])
    stage.push(0, 2)
    _do(stage, "cancel", exit_positions=False)
    stage.push(2, 6)
    assert _orders(stage) == [
        (OrderStatus.FILLED, Reason.ENTRY),
        (OrderStatus.FILLED, Reason.STOP),
    ]
    partition = stage.desk.place(stage.users[0], stage.ids[0])
    with database.engine_transaction() as connection:
        assert retire_ended(connection, stage.desk.cache, partition) == 1
        assert retire_ended(connection, stage.desk.cache, partition) == 0
    assert stage.desk.place(stage.users[0], stage.ids[0]) == -partition
    assert stage.desk.evaluate(stage.desk.close(stage.instrument, "1m", 5)) == 0


def test_book_that_still_holds_something_is_not_retired(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _stage(database, make_tenant, [1, 0])
    stage.push(0, 2)
    _do(stage, "cancel", exit_positions=False)
    stage.desk.command()
    partition = stage.desk.place(stage.users[0], stage.ids[0])
    with database.engine_transaction() as connection:
        assert retire_ended(connection, stage.desk.cache, partition) == 0


def test_cancelled_subscription_cannot_be_resumed(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _stage(database, make_tenant, [0])
    _do(stage, "cancel", exit_positions=False)
    with pytest.raises(Conflict):
        _do(stage, "resume")
    _do(stage, "cancel", exit_positions=False)


def test_subscription_of_somebody_else_is_not_found(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _stage(database, make_tenant, [0])
    other = make_tenant()
    with pytest.raises(NotFound), database.tenant_transaction(other) as connection:
        lifecycle.pause(connection, other, stage.ids[0], datetime.now(UTC))


def test_working_entry_that_is_cancelled_by_hand_is_not_filled(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _stage(database, make_tenant, [1, 0, 1])
    stage.push(0)
    user_id = stage.users[0]
    with database.tenant_transaction(user_id) as connection:
        lifecycle.cancel_order(connection, user_id, stage.ids[0], 0, 1)
    stage.desk.command()
    stage.push(1)
    assert _orders(stage) == [(OrderStatus.CANCELLED, Reason.ENTRY)]
    stage.push(2, 4)
    assert _orders(stage)[-1] == (OrderStatus.FILLED, Reason.ENTRY)


def _pull(stage: Stage, scope: str, act: str) -> UUID:
    user_id, switch_id = stage.users[0], uuid7()
    database = stage.desk.database
    if scope == "platform":
        with database.system_transaction() as connection:
            switches.insert_platform_switch(connection, switch_id, act, "", user_id)
    else:
        subject = stage.ids[0] if scope == "subscription" else user_id
        with database.tenant_transaction(user_id) as connection:
            switches.insert_switch(connection, user_id, switch_id, scope, subject, act, "")
    _spread(stage)
    return switch_id


def _release(stage: Stage, scope: str, switch_id: UUID) -> None:
    now, user_id = datetime.now(UTC), stage.users[0]
    if scope == "platform":
        with stage.desk.database.system_transaction() as connection:
            assert switches.release_platform_switch(connection, switch_id, user_id, now)
    else:
        with stage.desk.database.tenant_transaction(user_id) as connection:
            assert switches.release_switch(connection, switch_id, user_id, now)
    _spread(stage)


def _spread(stage: Stage) -> None:
    with stage.desk.database.engine_transaction() as connection:
        for item in switches.unexpanded(connection):
            switches.expand(connection, item, datetime.now(UTC))
    stage.desk.command()


@pytest.mark.parametrize("scope", ["subscription", "tenant", "platform"])
def test_kill_switch_stops_new_entries_in_its_scope_until_it_is_released(
    database: Database, make_tenant: MakeTenant, scope: str
) -> None:
    stage = _stage(database, make_tenant, [1, 0, 2, 0, 1, 0], count=2)
    switch_id = _pull(stage, scope, "stop_new")
    try:
        stage.push(0, 2)
        assert stage.orders(0) == []
        assert len(stage.orders(1)) == (0 if scope == "platform" else 1)
        disabled = int(stage.desk.state(stage.users[0], stage.ids[0]).book["disabled"][0])
        assert disabled == 2
    finally:
        _release(stage, scope, switch_id)
    stage.push(2, 6)
    assert _orders(stage) == [(OrderStatus.FILLED, Reason.ENTRY)]


@pytest.mark.parametrize("scope", ["subscription", "tenant", "platform"])
def test_kill_switch_flatten_cancels_entries_and_closes_positions_in_its_scope(
    database: Database, make_tenant: MakeTenant, scope: str
) -> None:
    stage = _stage(database, make_tenant, [1, 0, 0, 0, 0, 0], count=2)
    stage.push(0, 2)
    switch_id = _pull(stage, scope, "flatten")
    try:
        stage.desk.dispatch()
        stage.push(2, 4)
        assert _orders(stage)[-1] == (OrderStatus.FILLED, Reason.KILL)
        assert len(stage.orders(1)) == (2 if scope == "platform" else 1)
        if scope != "platform":
            with database.tenant_transaction(stage.users[0]) as connection:
                found = {item.id: item for item in switches.tenant_switches(connection)}
            assert found[switch_id].asked == 3
            assert found[switch_id].waiting == 0
            assert found[switch_id].open_orders == 0
    finally:
        _release(stage, scope, switch_id)


def test_kill_switch_cancel_open_takes_a_working_entry_back_and_keeps_positions(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _stage(database, make_tenant, [1, 0, 0, 0])
    stage.push(0)
    switch_id = _pull(stage, "tenant", "cancel_open")
    stage.push(1, 3)
    assert _orders(stage) == [(OrderStatus.CANCELLED, Reason.ENTRY)]
    _release(stage, "tenant", switch_id)


def test_book_is_released_only_when_no_other_switch_holds_for_it(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _stage(database, make_tenant, [1, 0, 1, 0])
    first, second = _pull(stage, "tenant", "stop_new"), _pull(stage, "subscription", "stop_new")
    _release(stage, "tenant", first)
    stage.push(0, 2)
    assert stage.orders(0) == []
    _release(stage, "subscription", second)
    stage.push(2, 4)
    assert len(stage.orders(0)) == 1


def test_subscription_made_under_a_kill_switch_begins_stopped(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = Stage(database, make_tenant, scripted_market(FLAT, [1] + [0] * 11), admit=False)
    switch_id = _pull(stage, "tenant", "stop_new")
    stage.desk.admit(T0)
    stage.push(0, 2)
    assert stage.orders(0) == []
    _release(stage, "tenant", switch_id)


def test_switches_of_one_tenant_are_not_seen_by_another(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _stage(database, make_tenant, [0])
    switch_id = _pull(stage, "tenant", "stop_new")
    other = make_tenant()
    with database.tenant_transaction(other) as connection:
        assert switches.tenant_switches(connection) == []
        assert not switches.release_switch(connection, switch_id, other, datetime.now(UTC))
    _release(stage, "tenant", switch_id)


def test_command_for_a_book_that_is_gone_is_finished_as_failed(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _stage(database, make_tenant, [0], count=2)
    with database.engine_transaction() as connection:
        connection.execute(
            text("UPDATE books SET partition = -partition WHERE user_id = :user"),
            {"user": stage.users[0]},
        )
        connection.execute(text("UPDATE partitions SET roster = roster + 1"))
    _do(stage, "pause")
    stage.desk.command()
    assert stage.rows(0, "SELECT status, result FROM commands") == [
        (2, "the book is not trading any more")
    ]
