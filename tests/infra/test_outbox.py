"""Events: exist with their cause, get a gapless number per tenant, survive a killed relay."""

import dataclasses
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from fairlead.infra.bus import Bus
from fairlead.infra.db import Database
from fairlead.infra.outbox import (
    _RELAY,
    emit,
    emit_all,
    encode,
    last_seq,
    prune_events,
    read_events,
    relay_once,
)


@dataclass(frozen=True)
class Happened:
    """A fact of the tests."""

    type: ClassVar[str] = "test.happened"
    number: int
    price: Decimal = Decimal("1.50")


class KilledHere(Exception):
    """Ends a transaction as a death would."""


def _relay_all(database: Database, bus: Bus) -> None:
    while relay_once(database, bus):
        pass


def test_event_of_committed_transaction_is_numbered_from_one(
    database: Database, bus: Bus, tenant: UUID
) -> None:
    with database.tenant_transaction(tenant) as connection:
        emit(connection, tenant, Happened(1))
        emit(connection, tenant, Happened(2))
    _relay_all(database, bus)
    with database.tenant_transaction(tenant) as connection:
        events = read_events(connection, 0)
        assert [event.seq for event in events] == [1, 2]
        assert json.loads(events[1].data) == {"number": 2, "price": "1.50"}
        assert read_events(connection, 1)[0].seq == 2
        assert last_seq(connection) == 2


def test_event_of_rolled_back_transaction_does_not_exist(
    database: Database, bus: Bus, tenant: UUID
) -> None:
    with suppress(KilledHere), database.tenant_transaction(tenant) as connection:
        emit(connection, tenant, Happened(1))
        raise KilledHere
    _relay_all(database, bus)
    with database.tenant_transaction(tenant) as connection:
        assert read_events(connection, 0) == []


def test_event_for_another_tenant_is_refused(
    database: Database, make_tenant: Callable[[], UUID]
) -> None:
    mine, other = make_tenant(), make_tenant()
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        database.tenant_transaction(mine) as connection,
    ):
        emit(connection, other, Happened(1))


def test_events_of_another_tenant_are_invisible(
    database: Database, bus: Bus, make_tenant: Callable[[], UUID]
) -> None:
    mine, other = make_tenant(), make_tenant()
    with database.engine_transaction() as connection:
        emit_all(connection, [(other, Happened(1)), (mine, Happened(2)), (other, Happened(3))])
    _relay_all(database, bus)
    with database.tenant_transaction(mine) as connection:
        assert [json.loads(event.data)["number"] for event in read_events(connection, 0)] == [2]


def test_relay_that_dies_before_commit_loses_and_doubles_nothing(
    database: Database, bus: Bus, tenant: UUID
) -> None:
    with database.tenant_transaction(tenant) as connection:
        emit_all(connection, [(tenant, Happened(number)) for number in range(10)])
    with suppress(KilledHere), database.system_transaction() as connection:
        assert connection.execute(_RELAY, {"batch": 5}).all()
        raise KilledHere
    _relay_all(database, bus)
    with database.tenant_transaction(tenant) as connection:
        events = read_events(connection, 0)
    assert [event.seq for event in events] == list(range(1, 11))
    assert [json.loads(event.data)["number"] for event in events] == list(range(10))


def test_two_relays_at_once_number_without_gaps_in_order(
    database: Database, bus: Bus, tenant: UUID
) -> None:
    done = threading.Event()

    def relay() -> None:
        while not done.is_set():
            relay_once(database, bus, batch=7)

    relays = [threading.Thread(target=relay) for _ in range(2)]
    for thread in relays:
        thread.start()
    for number in range(100):
        with database.tenant_transaction(tenant) as connection:
            emit(connection, tenant, Happened(number))
    done.set()
    for thread in relays:
        thread.join()
    _relay_all(database, bus)
    with database.tenant_transaction(tenant) as connection:
        events = read_events(connection, 0)
    assert [event.seq for event in events] == list(range(1, 101))
    assert [json.loads(event.data)["number"] for event in events] == list(range(100))


def test_slow_commit_is_not_skipped_by_a_reader(database: Database, bus: Bus, tenant: UUID) -> None:
    """An "id above the last seen" reader would lose the first one: its commit comes second."""
    with database.tenant_transaction(tenant) as slow:
        emit(slow, tenant, Happened(1))
        with database.tenant_transaction(tenant) as quick:
            emit(quick, tenant, Happened(2))
        _relay_all(database, bus)
        with database.tenant_transaction(tenant) as reader:
            seen = read_events(reader, 0)
    _relay_all(database, bus)
    with database.tenant_transaction(tenant) as reader:
        seen += read_events(reader, seen[-1].seq)
    assert sorted(json.loads(event.data)["number"] for event in seen) == [1, 2]


def test_relay_without_valkey_still_numbers(database: Database, tenant: UUID) -> None:
    with database.tenant_transaction(tenant) as connection:
        emit(connection, tenant, Happened(1))
    deaf = Bus("redis://127.0.0.1:1/0")
    _relay_all(database, deaf)
    deaf.close()
    with database.tenant_transaction(tenant) as connection:
        assert last_seq(connection) == 1


def test_relay_wakes_listeners_of_the_tenant(database: Database, bus: Bus, tenant: UUID) -> None:
    stopping = threading.Event()
    listener = bus.subscribe([f"events:{tenant}"], stopping)
    assert next(listener) is None
    with database.tenant_transaction(tenant) as connection:
        emit(connection, tenant, Happened(1))
    _relay_all(database, bus)
    heard = next(news for news in listener if news is not None)
    stopping.set()
    assert heard == (f"events:{tenant}", b"1")


def test_encode_refuses_what_json_cannot_hold() -> None:
    @dataclass(frozen=True)
    class Odd:
        type: ClassVar[str] = "test.odd"
        value: object

    assert encode(Odd(datetime(2024, 1, 1, tzinfo=UTC))) == '{"value":"2024-01-01T00:00:00+00:00"}'
    assert dataclasses.is_dataclass(Odd)
    with pytest.raises(TypeError, match="cannot hold a set"):
        encode(Odd({1}))
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode(Odd(float("nan")))


def test_app_may_not_number_events_itself(database: Database, tenant: UUID) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        database.tenant_transaction(tenant) as connection,
    ):
        connection.execute(text("DELETE FROM events"))


def test_prune_forgets_old_events_and_keeps_the_numbering(
    database: Database, bus: Bus, tenant: UUID
) -> None:
    for number in range(3):
        with database.tenant_transaction(tenant) as connection:
            emit(connection, tenant, Happened(number))
    _relay_all(database, bus)
    with database.tenant_transaction(tenant) as connection:
        second = read_events(connection, 1)[0]
    with database.system_transaction() as connection:
        assert prune_events(connection, second.at) >= 1
    with database.tenant_transaction(tenant) as connection:
        assert [event.seq for event in read_events(connection, 0)] == [2, 3]
        assert last_seq(connection) == 3
