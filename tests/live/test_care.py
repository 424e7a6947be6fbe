"""Positions are not left behind by accident: failed exits, sleeping lineups, broken books."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from fairlead.brokers.venues.paper.venue import PaperConditions, PaperVenue
from fairlead.infra.db import Database
from fairlead.infra.ids import uuid7
from fairlead.kernel.reasons import Reason
from fairlead.kernel.records import new_policy
from fairlead.live import lifecycle
from fairlead.live.evaluate import begin_turn
from fairlead.live.model import OrderStatus
from fairlead.live.retire import retire_ended
from fairlead.live.store import lineups, switches
from tests.live.harness import Desk, PreparedSignals, leg, subscribe
from tests.live.market import MINUTE_MS, T0, Stage, scripted_market

MakeTenant = Callable[[], UUID]
FLAT = [100.0] * 10


def _orders(stage: Stage, k: int = 0) -> list[tuple[OrderStatus, Reason]]:
    return [(OrderStatus(int(str(row[1]))), Reason(int(str(row[3])))) for row in stage.orders(k)]


def _open_positions(stage: Stage, k: int = 0) -> int:
    return int(stage.desk.state(stage.users[k], stage.ids[k]).book["open_positions"][0])


def test_exit_that_the_venue_refused_is_wanted_again_at_the_next_candle(
    database: Database, make_tenant: MakeTenant
) -> None:
    market = scripted_market(FLAT, [1, 0, 2, 0, 0, 0, 0, 0, 0, 0])
    stage = Stage(database, make_tenant, market)
    stage.push(0, 2)
    stage.desk.venues = {"paper": PaperVenue(PaperConditions(refuse_one_in=1))}
    stage.push(2)
    assert _orders(stage)[-1] == (OrderStatus.REFUSED, Reason.SIGNAL)
    stage.push(3)
    assert _orders(stage)[-1] == (OrderStatus.REFUSED, Reason.SIGNAL)
    assert len(stage.orders(0)) == 3, "once a candle, not all the time"
    stage.desk.venues = {"paper": PaperVenue()}
    stage.push(4, 7)
    assert _orders(stage)[-1] == (OrderStatus.FILLED, Reason.SIGNAL)
    assert _open_positions(stage) == 0


def test_exit_that_did_not_reach_the_venue_in_time_is_wanted_again(
    database: Database, make_tenant: MakeTenant
) -> None:
    market = scripted_market(FLAT, [1, 0, 2, 0, 0, 0, 0, 0, 0, 0])
    stage = Stage(database, make_tenant, market)
    stage.push(0, 2)
    stage.desk.evaluate(stage.desk.close(stage.instrument, "1m", 2))
    stage.desk.turn()
    with database.engine_transaction() as connection:
        connection.execute(
            text("UPDATE orders SET valid_until = now() - interval '1 s' WHERE unsettled")
        )
    stage.push(3)
    assert [status for status, _ in _orders(stage)] == [
        OrderStatus.FILLED,
        OrderStatus.EXPIRED,
        OrderStatus.WORKING,
    ]
    stage.push(4, 6)
    assert _orders(stage)[-1] == (OrderStatus.FILLED, Reason.SIGNAL)


def test_exit_is_sent_however_late_it_is(database: Database, make_tenant: MakeTenant) -> None:
    stage = Stage(database, make_tenant, scripted_market(FLAT, [1, 0, 2] + [0] * 7))
    stage.push(0, 2)
    stage.desk.evaluate(stage.desk.close(stage.instrument, "1m", 2))
    stage.desk.turn()
    with database.engine_transaction() as connection:
        connection.execute(
            text("UPDATE orders SET valid_until = now() - interval '1 s' WHERE unsettled")
        )
    assert stage.desk.dispatch() == 1
    stage.push(3)
    assert _open_positions(stage) == 0


def test_many_waiting_commands_are_all_folded_before_the_bar(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = Stage(database, make_tenant, scripted_market(FLAT, [1] + [0] * 9))
    user_id = stage.users[0]
    with database.engine_transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO commands (user_id, id, subscription_id, partition, act) "
                "SELECT :user, gen_random_uuid(), :id, :partition, 1 + (k % 2) "
                "FROM generate_series(0, 2500) k"
            ),
            {
                "user": user_id,
                "id": stage.ids[0],
                "partition": stage.desk.place(user_id, stage.ids[0]),
            },
        )
    stage.push(0)
    assert stage.rows(0, "SELECT count(*) FROM commands WHERE status = 0") == [(0,)]
    assert stage.rows(0, "SELECT count(*), max(seq) FROM journal") == [(2501, 2501)]
    assert stage.orders(0) == [], "the last of them was a pause"


def test_flatten_reaches_a_position_that_a_cancelled_subscription_keeps(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = Stage(database, make_tenant, scripted_market(FLAT, [1] + [0] * 9))
    stage.push(0, 2)
    user_id = stage.users[0]
    with database.tenant_transaction(user_id) as connection:
        lifecycle.cancel(connection, user_id, stage.ids[0], datetime.now(UTC), exit_positions=False)
    stage.push(2)
    with database.tenant_transaction(user_id) as connection:
        switches.insert_switch(connection, user_id, uuid7(), "tenant", user_id, "flatten", "")
    with database.engine_transaction() as connection:
        for item in switches.unexpanded(connection):
            switches.expand(connection, item, datetime.now(UTC))
    stage.desk.command()
    stage.desk.dispatch()
    stage.push(3, 5)
    assert _orders(stage)[-1] == (OrderStatus.FILLED, Reason.KILL)


def test_broken_book_leaves_no_order_open(database: Database, make_tenant: MakeTenant) -> None:
    stage = Stage(database, make_tenant, scripted_market(FLAT, [1] + [0] * 9))
    stage.push(0)
    assert _orders(stage)[-1][0] is OrderStatus.WORKING
    with database.engine_transaction() as connection:
        connection.execute(
            text("UPDATE books SET state = 'broken' WHERE user_id = :user"),
            {"user": stage.users[0]},
        )
    stage.push(1)
    assert _orders(stage)[-1][0] is OrderStatus.CANCELLED


def test_lineup_that_slept_goes_on_at_the_newest_candle(
    database: Database, make_tenant: MakeTenant
) -> None:
    market = scripted_market(FLAT, [0, 0, 0, 1, 0, 1, 0, 0, 0, 0])
    stage = Stage(database, make_tenant, market, [new_policy(size=0.5)])
    stage.push(0)
    user_id = stage.users[0]
    with database.tenant_transaction(user_id) as connection:
        lifecycle.cancel(connection, user_id, stage.ids[0], datetime.now(UTC), exit_positions=True)
    stage.desk.command()
    with database.engine_transaction() as connection:
        place = stage.desk.place(user_id, stage.ids[0])
        assert retire_ended(connection, stage.desk.cache, place) == 1
    for k in range(1, 5):
        assert stage.desk.evaluate(stage.desk.close(stage.instrument, "1m", k)) == 0
    late = make_tenant()
    (subscription,) = subscribe(stage.desk, [late], (stage.leg,), [new_policy(size=0.5)])
    stage.desk.admit(T0)
    stage.push(5, 8)
    book = stage.desk.state(late, subscription).book
    assert int(book["bars"][0]) == 3, "it began with the candle after it joined"
    assert int(book["open_positions"][0]) == 1


def test_leg_that_spoke_too_late_is_not_folded_by_a_book_that_catches_up(
    database: Database, make_tenant: MakeTenant
) -> None:
    market = scripted_market(FLAT, [0] * 10)
    user = make_tenant()
    legs = tuple(
        leg(f"shy-{k}", f"sim:SHY{k}-{user.hex[-6:].upper()}", "1m", MINUTE_MS) for k in range(2)
    )
    series = {(plan.instrument, "1m"): market[0] for plan in legs}
    signals = {plan.signal_key: market for plan in legs}
    desk = Desk(database, series, PreparedSignals(signals, user))
    (subscription,) = subscribe(desk, [user], legs, [new_policy(size=0.4)])
    desk.admit(T0)
    desk.evaluate(desk.close(legs[0].instrument, "1m", 0))
    with database.engine_transaction() as connection:
        lineup_id = connection.execute(
            text("SELECT lineup_id FROM lineup_legs WHERE instrument = :key"),
            {"key": legs[0].instrument},
        ).scalar_one()
        lineup = lineups.read_lineup(connection, lineup_id)
        assert begin_turn(connection, desk.cache, lineup, T0 + MINUTE_MS, datetime.now(UTC)) == 1
    desk.turn()
    desk.evaluate(desk.close(legs[1].instrument, "1m", 0))
    for k in range(1, 3):
        for plan in legs:
            desk.push(plan.instrument, "1m", k)
    assert desk.state(user, subscription).legs["bars"].tolist() == [3, 2]
