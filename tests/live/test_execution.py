"""Sending orders: every outcome ends somewhere safe, and what stops trading stops it in time."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from fairlead.brokers.port import (
    Absent,
    Accepted,
    Cancellation,
    Capability,
    Lookup,
    OutcomeUnknown,
    OutgoingOrder,
    Placement,
)
from fairlead.brokers.venues.paper.venue import CAPABILITY, PaperConditions, PaperVenue
from fairlead.infra.db import Database
from fairlead.infra.ids import uuid7
from fairlead.kernel.records import Records, new_policy
from fairlead.live import lifecycle
from fairlead.live.execution import Dispatcher, dispatch_partition
from fairlead.live.model import OrderStatus
from fairlead.live.store import switches
from tests.live.harness import NoBuckets
from tests.live.market import Stage, scripted_market

MakeTenant = Callable[[], UUID]
FLAT = [100.0] * 8
POLICY: list[Records] = [new_policy(size=0.5)]


def _with_order(
    database: Database, make_tenant: MakeTenant, policies: list[Records] | None = None
) -> Stage:
    """Return a stage whose subscribers each have one NEW entry order."""
    stage = Stage(
        database, make_tenant, scripted_market(FLAT, [1, 0, 1, 0, 0, 0, 0, 0]), policies or POLICY
    )
    stage.desk.evaluate(stage.desk.close(stage.instrument, "1m", 0))
    stage.desk.turn()
    return stage


def _statuses(stage: Stage, k: int = 0) -> list[OrderStatus]:
    return [OrderStatus(int(str(row[1]))) for row in stage.orders(k)]


def _note(stage: Stage, k: int = 0) -> str:
    return str(stage.rows(k, "SELECT note FROM orders ORDER BY n DESC LIMIT 1")[0][0])


def test_order_that_is_accepted_works_and_is_filled_by_the_next_candle(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _with_order(database, make_tenant)
    assert stage.desk.dispatch() == 1
    assert _statuses(stage) == [OrderStatus.WORKING]
    stage.push(1)
    assert _statuses(stage) == [OrderStatus.FILLED]
    sent, boundary = stage.rows(0, "SELECT sent_at, attempt FROM orders")[0]
    assert isinstance(sent, datetime)
    assert boundary == 1


def test_order_that_is_refused_leaves_the_book_free_for_the_next_entry(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _with_order(database, make_tenant)
    stage.desk.venues = {"paper": PaperVenue(PaperConditions(refuse_one_in=1))}
    stage.desk.dispatch()
    assert _statuses(stage) == [OrderStatus.REFUSED]
    assert "conditions" in _note(stage)
    stage.desk.venues = {"paper": PaperVenue()}
    stage.push(1, 4)
    assert _statuses(stage) == [OrderStatus.REFUSED, OrderStatus.FILLED]
    assert stage.rows(0, "SELECT seq FROM journal") == [(1,)]


def test_order_that_was_not_sent_is_sent_again_under_the_same_id(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _with_order(database, make_tenant)
    stage.desk.venues = {"paper": PaperVenue(PaperConditions(unsent_one_in=1))}
    before = stage.rows(0, "SELECT client_id FROM orders")
    stage.desk.dispatch()
    assert _statuses(stage) == [OrderStatus.WORKING]
    assert stage.rows(0, "SELECT client_id, attempt FROM orders") == [(before[0][0], 2)]


def test_order_of_unknown_outcome_is_sent_again_only_after_its_lease(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _with_order(database, make_tenant)
    stage.desk.venues = {"paper": PaperVenue(PaperConditions(lose_one_in=1))}
    stage.desk.dispatch()
    assert _statuses(stage) == [OrderStatus.UNKNOWN]
    assert stage.desk.dispatch() == 0
    with database.engine_transaction() as connection:
        connection.execute(text("UPDATE orders SET lease_until = now() - interval '1 s'"))
    assert stage.desk.dispatch() == 1
    assert _statuses(stage) == [OrderStatus.WORKING]


class Remembering:
    """A venue whose answers get lost, and that must be asked before anything is sent again."""

    def __init__(self, resend: str, known: bool) -> None:
        self._capability = Capability(
            "paper",
            resend,  # type: ignore[arg-type]  # one of the three words
            finds_by_client_id=True,
            rests_stops=False,
            fills_from_bars=True,
            orders_per_s=None,
            burst=10,
            timeout_s=1.0,
        )
        self._known = known
        self.placed: list[str] = []

    @property
    def capability(self) -> Capability:
        return self._capability

    def place(self, order: OutgoingOrder) -> Placement:
        self.placed.append(order.client_id)
        if len(self.placed) == 1:
            return OutcomeUnknown("lost")
        return Accepted(order.client_id)

    def cancel(self, connection_id: str, client_id: str) -> Cancellation:
        return Absent()

    def find(self, connection_id: str, client_id: str) -> Lookup:
        return Accepted(client_id) if self._known else Absent()


@pytest.mark.parametrize(
    ("resend", "known", "placed", "status"),
    [
        ("after_query", True, 1, OrderStatus.WORKING),
        ("after_query", False, 2, OrderStatus.WORKING),
        ("never", True, 1, OrderStatus.WORKING),
        ("never", False, 1, OrderStatus.UNKNOWN),
    ],
)
def test_order_of_unknown_outcome_is_resent_only_where_the_capability_allows_it(
    database: Database,
    make_tenant: MakeTenant,
    resend: str,
    known: bool,
    placed: int,
    status: OrderStatus,
) -> None:
    stage = _with_order(database, make_tenant)
    venue = Remembering(resend, known)
    stage.desk.venues = {"paper": venue}
    stage.desk.dispatch()
    with database.engine_transaction() as connection:
        connection.execute(text("UPDATE orders SET lease_until = now() - interval '1 s'"))
    stage.desk.dispatch()
    assert len(venue.placed) == placed
    assert _statuses(stage) == [status]
    stage.push(1)


def test_order_that_did_not_reach_the_venue_in_time_expires_and_is_not_filled(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _with_order(database, make_tenant)
    stage.desk.evaluate(stage.desk.close(stage.instrument, "1m", 1))
    assert stage.desk.turn() == 0, "a turn waits for orders that are still valid"
    with database.engine_transaction() as connection:
        connection.execute(
            text("UPDATE orders SET valid_until = now() - interval '1 s' WHERE unsettled")
        )
    assert stage.desk.turn() >= 1
    assert _statuses(stage) == [OrderStatus.EXPIRED]
    assert stage.rows(0, "SELECT count(*) FROM fills") == [(0,)]
    stage.push(2, 4)
    assert _statuses(stage) == [OrderStatus.EXPIRED, OrderStatus.FILLED]


def _pause(stage: Stage) -> None:
    with stage.desk.database.tenant_transaction(stage.users[0]) as connection:
        lifecycle.pause(connection, stage.users[0], stage.ids[0], datetime.now(UTC))


def _kill(scope: str, act: str = "stop_new") -> Callable[[Stage], None]:
    def pull(stage: Stage) -> None:
        user_id = stage.users[0]
        subject = stage.ids[0] if scope == "subscription" else user_id
        with stage.desk.database.tenant_transaction(user_id) as connection:
            switches.insert_switch(connection, user_id, uuid7(), scope, subject, act, "")

    return pull


def _kill_platform(stage: Stage) -> None:
    with stage.desk.database.system_transaction() as connection:
        switches.insert_platform_switch(connection, uuid7(), "stop_new", "", stage.users[0])


def _release_platform(database: Database) -> None:
    with database.system_transaction() as connection:
        for item in switches.platform_switches(connection):
            switches.release_platform_switch(
                connection, item.id, item.created_by, datetime.now(UTC)
            )


def _disable(stage: Stage) -> None:
    _as_owner(stage, "UPDATE connections SET status = 'disabled' WHERE user_id = :user")


def _limit(stage: Stage) -> None:
    _as_owner(stage, "UPDATE connections SET max_order_notional = 1 WHERE user_id = :user")


def _as_owner(stage: Stage, statement: str) -> None:
    with stage.desk.database.tenant_transaction(stage.users[0]) as connection:
        connection.execute(text(statement), {"user": stage.users[0]})


OBSTACLES: dict[str, tuple[Callable[[Stage], None], str]] = {
    "paused": (_pause, "paused"),
    "subscription killed": (_kill("subscription"), "kill switch"),
    "tenant killed": (_kill("tenant"), "kill switch"),
    "platform killed": (_kill_platform, "platform"),
    "connection disabled": (_disable, "disabled"),
    "order too large": (_limit, "largest order"),
}


@pytest.mark.parametrize("obstacle", list(OBSTACLES))
def test_obstacle_between_choosing_and_sending_keeps_the_order_from_the_venue(
    database: Database, make_tenant: MakeTenant, obstacle: str
) -> None:
    stage = _with_order(database, make_tenant, [new_policy(size=0.5)] * 2)
    act, words = OBSTACLES[obstacle]

    def interfere(point: str) -> None:
        if point == "dispatch.chosen":
            act(stage)

    stage.desk.reach = interfere
    venue = PaperVenue()
    stage.desk.venues = {"paper": venue}
    try:
        dispatch_partition(stage.desk.dispatcher(), stage.desk.place(stage.users[0], stage.ids[0]))
        assert _statuses(stage) == [OrderStatus.CANCELLED]
        assert words in _note(stage)
        other = OrderStatus.CANCELLED if obstacle == "platform killed" else OrderStatus.WORKING
        assert _statuses(stage, 1) == [other]
        connection_id, client_id = stage.rows(0, "SELECT connection_id, client_id FROM orders")[0]
        assert isinstance(venue.find(str(connection_id), str(client_id)), Absent)
    finally:
        _release_platform(database)
    stage.desk.reach = lambda _: None
    stage.push(1)
    assert stage.rows(0, "SELECT count(*) FROM fills") == [(0,)]


def test_exit_is_sent_through_a_pause_and_a_kill_switch(
    database: Database, make_tenant: MakeTenant
) -> None:
    market = scripted_market(FLAT, [1, 0, 2, 0, 0, 0, 0, 0])
    stage = Stage(database, make_tenant, market)
    stage.push(0, 2)
    _pause(stage)
    _kill("tenant")(stage)
    stage.push(2, 4)
    assert _statuses(stage) == [OrderStatus.FILLED, OrderStatus.FILLED]
    assert int(stage.desk.state(stage.users[0], stage.ids[0]).book["open_positions"][0]) == 0


def test_kill_switch_waits_for_a_sending_that_does_not_see_it_and_stops_the_next(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _with_order(database, make_tenant)
    pulled = threading.Event()

    def pull() -> None:
        _kill("tenant")(stage)
        pulled.set()

    thread = threading.Thread(target=pull)

    def interfere(point: str) -> None:
        if point == "dispatch.sending":
            thread.start()
            assert not pulled.wait(0.2), "the switch must wait for the transaction that sends"

    stage.desk.reach = interfere
    stage.desk.dispatch()
    thread.join()
    assert pulled.is_set()
    assert _statuses(stage) == [OrderStatus.WORKING]
    stage.desk.reach = lambda _: None
    stage.push(1, 4)
    assert len(stage.orders(0)) == 1


def test_two_dispatchers_send_each_order_once(database: Database, make_tenant: MakeTenant) -> None:
    stage = _with_order(database, make_tenant, [new_policy(size=0.1)] * 20)
    placed: list[str] = []

    class Counting(PaperVenue):
        def place(self, order: OutgoingOrder) -> Placement:
            placed.append(order.client_id)
            return super().place(order)

    venue = Counting()
    desk = Dispatcher(database, {"paper": venue}, NoBuckets(), lambda _: None)
    partition = stage.desk.place(stage.users[0], stage.ids[0])
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        dispatch_partition(desk, partition)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(placed) == sorted(set(placed))
    assert len(placed) == 20
    stage.push(1)


def test_orders_go_out_in_another_order_each_time_and_exits_first(
    database: Database, make_tenant: MakeTenant
) -> None:
    market = scripted_market(FLAT, [1, 0, -1, 0, 0, 0, 0, 0])
    stage = Stage(database, make_tenant, market, [new_policy(size=0.1)] * 12)
    sequences: list[list[str]] = [[]]

    class Watching(PaperVenue):
        def place(self, order: OutgoingOrder) -> Placement:
            sequences[-1].append(order.connection_id + ("-" if order.reduce_only else "+"))
            return super().place(order)

    stage.desk.venues = {"paper": Watching()}
    stage.push(0, 2)
    sequences.append([])
    stage.push(2, 4)
    first, second = sequences
    assert len(first) == 12
    assert [text[-1] for text in second] == ["-"] * 12 + ["+"] * 12
    assert [text[:-1] for text in first] != [text[:-1] for text in second[12:]]
    assert CAPABILITY.resend == "safe"


class OneAtATime:
    """A bucket that gives each connection one token."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def try_token(self, bucket: str, rate: float, burst: float) -> float:
        if bucket in self._taken:
            return 1.0
        self._taken.add(bucket)
        return 0.0


def test_connection_without_a_token_waits_and_its_neighbours_do_not(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = _with_order(database, make_tenant, [new_policy(size=0.1)] * 2)
    _as_owner(stage, "UPDATE connections SET orders_per_s = 1 WHERE user_id = :user")
    buckets = OneAtATime()
    connection_id = stage.rows(0, "SELECT id FROM connections")[0][0]
    buckets.try_token(f"orders:{connection_id}", 1, 1)
    desk = Dispatcher(database, stage.desk.venues, buckets, lambda _: None)
    dispatch_partition(desk, stage.desk.place(stage.users[0], stage.ids[0]))
    assert _statuses(stage, 0) == [OrderStatus.NEW]
    assert _statuses(stage, 1) == [OrderStatus.WORKING]
    stage.desk.dispatch()
    stage.push(1)
