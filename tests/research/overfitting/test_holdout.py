"""A holdout opens once, whoever asks and however the bars are named."""

import threading
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Connection

from fairlead.infra.db import Database
from fairlead.infra.errors import Conflict, InvalidInput
from fairlead.research.overfitting import holdout as module
from fairlead.research.overfitting.holdout import HoldoutPeriod, holdout_seen, open_holdout
from fairlead.research.store_holdouts import Holdout, find_overlap
from tests.conftest import MakeTenant

NOW = datetime(2024, 6, 1, tzinfo=UTC)
DAY_MS = 86_400_000
BTC = "binance:BTC-USDT"


def opened(
    database: Database,
    tenant: UUID,
    first: int,
    last: int,
    instrument: str = BTC,
    version: str = "a" * 64,
) -> None:
    period = HoldoutPeriod(instrument, first * DAY_MS, last * DAY_MS)
    with database.tenant_transaction(tenant) as connection:
        open_holdout(connection, tenant, period, "idea:x", version, NOW)


@pytest.mark.parametrize(
    ("first", "last"), [(100, 200), (100, 100), (200, 300), (50, 100), (120, 130), (50, 300)]
)
def test_holdout_that_shares_a_moment_is_the_same(
    database: Database, tenant: UUID, first: int, last: int
) -> None:
    opened(database, tenant, 100, 200)
    with pytest.raises(Conflict) as caught:
        opened(database, tenant, first, last, version="b" * 64)
    assert "2024-06-01" in caught.value.message
    assert caught.value.found is not None
    assert "1970-04-11" in caught.value.found


def test_holdout_of_other_bars_opens(
    database: Database, tenant: UUID, make_tenant: MakeTenant
) -> None:
    opened(database, tenant, 100, 200)
    opened(database, tenant, 201, 300)
    opened(database, tenant, 50, 99)
    opened(database, tenant, 100, 200, instrument="binance:ETH-USDT")
    opened(database, make_tenant(), 100, 200)


def test_holdout_of_a_failed_transaction_stays_closed(database: Database, tenant: UUID) -> None:
    period = HoldoutPeriod(BTC, 0, DAY_MS)
    with pytest.raises(Conflict):
        _open_twice(database, tenant, period)
    with database.tenant_transaction(tenant) as connection:
        assert holdout_seen(connection, tenant, period) is None
    opened(database, tenant, 0, 1)


def _open_twice(database: Database, tenant: UUID, period: HoldoutPeriod) -> None:
    with database.tenant_transaction(tenant) as connection:
        for _ in range(2):
            open_holdout(connection, tenant, period, "idea:x", "a" * 64, NOW)


def test_holdout_that_ends_before_it_begins_is_refused(database: Database, tenant: UUID) -> None:
    with pytest.raises(InvalidInput):
        opened(database, tenant, 5, 4)


def race(database: Database, tenant: UUID) -> int:
    """Open one holdout from several sides at once; return how many got in."""
    start = threading.Barrier(4)
    won: list[int] = []

    def run(number: int) -> None:
        start.wait()
        try:
            opened(database, tenant, 100 + number, 200 + number)
        except Conflict:
            return
        won.append(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(won)


def test_holdout_opened_from_several_sides_opens_for_one(database: Database, tenant: UUID) -> None:
    assert race(database, tenant) == 1


def test_planted_holdout_without_its_lock_opens_twice(
    database: Database, make_tenant: MakeTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    # both look before either has written
    looked = threading.Barrier(4)

    def slow_find(
        connection: Connection, tenant_id: UUID, instrument: str, first_ms: int, last_ms: int
    ) -> Holdout | None:
        found = find_overlap(connection, tenant_id, instrument, first_ms, last_ms)
        looked.wait(timeout=30)
        return found

    monkeypatch.setattr(module, "lock_holdouts", lambda *_: None)
    monkeypatch.setattr(module, "find_overlap", slow_find)
    assert race(database, make_tenant()) > 1
