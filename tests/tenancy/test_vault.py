"""Secrets in the database: bound to their row, readable through every rotation."""

import threading
from dataclasses import replace
from uuid import UUID

import pytest

from fairlead.infra.db import Database
from fairlead.infra.errors import InternalDefect
from fairlead.tenancy.envelope import MasterKeys, Place, master_keys
from fairlead.tenancy.vault import (
    new_data_key,
    open_sealed,
    remaining_to_rewrap,
    rewrap_batch,
    seal,
)
from tests.conftest import MakeTenant

SECRET = "a secret of the tests, long enough to be taken"
OLD = master_keys(SECRET, "")
BOTH = master_keys(SECRET, f"2:{'b' * 32}")
BOTH_OLD_FIRST = MasterKeys(1, BOTH.keys)


def place(tenant: UUID) -> Place:
    return Place(tenant, "connections", "credentials", "row-1")


def put(database: Database, ring: MasterKeys, where: Place, plaintext: bytes) -> bytes:
    with database.tenant_transaction(where.tenant_id) as connection:
        return seal(connection, ring, where, plaintext)


def get(database: Database, ring: MasterKeys, where: Place, sealed: bytes) -> bytes:
    with database.tenant_transaction(where.tenant_id) as connection:
        return open_sealed(connection, ring, where, sealed)


def rotate(database: Database, ring: MasterKeys) -> None:
    while True:
        with database.system_transaction() as connection:
            if rewrap_batch(connection, ring) == 0:
                return


def test_secret_comes_back_from_its_row(database: Database, tenant: UUID) -> None:
    sealed = put(database, OLD, place(tenant), b"api secret")
    assert b"api secret" not in sealed
    assert get(database, OLD, place(tenant), sealed) == b"api secret"


def test_same_secret_twice_looks_different(database: Database, tenant: UUID) -> None:
    first = put(database, OLD, place(tenant), b"api secret")
    assert first != put(database, OLD, place(tenant), b"api secret")


def test_secret_copied_to_another_tenant_does_not_open(
    database: Database, make_tenant: MakeTenant
) -> None:
    mine, theirs = make_tenant(), make_tenant()
    sealed = put(database, OLD, place(mine), b"api secret")
    put(database, OLD, place(theirs), b"something of theirs")
    with pytest.raises(InternalDefect, match="does not belong"):
        get(database, OLD, place(theirs), sealed)


def test_secret_copied_to_another_row_does_not_open(database: Database, tenant: UUID) -> None:
    sealed = put(database, OLD, place(tenant), b"api secret")
    with pytest.raises(InternalDefect, match="does not belong"):
        get(database, OLD, replace(place(tenant), row_id="row-2"), sealed)


def test_data_key_of_another_tenant_is_invisible(
    database: Database, make_tenant: MakeTenant
) -> None:
    mine, theirs = make_tenant(), make_tenant()
    sealed = put(database, OLD, place(mine), b"api secret")
    with (
        database.tenant_transaction(theirs) as connection,
        pytest.raises(InternalDefect, match="has no data key"),
    ):
        open_sealed(connection, OLD, place(mine), sealed)


def test_new_data_key_seals_and_the_old_one_still_opens(database: Database, tenant: UUID) -> None:
    before = put(database, OLD, place(tenant), b"first")
    with database.tenant_transaction(tenant) as connection:
        assert new_data_key(connection, OLD, tenant) == 2
    after = put(database, OLD, place(tenant), b"second")
    assert get(database, OLD, place(tenant), before) == b"first"
    assert get(database, OLD, place(tenant), after) == b"second"


def test_first_secrets_at_once_share_one_data_key(database: Database, tenant: UUID) -> None:
    sealed: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda: sealed.append(put(database, OLD, place(tenant), b"api secret"))
        )
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [get(database, OLD, place(tenant), one) for one in sealed] == [b"api secret"] * 6


def test_rotation_keeps_every_secret_readable_meanwhile(
    database: Database, make_tenant: MakeTenant
) -> None:
    rotate(database, BOTH_OLD_FIRST)  # whatever other tests left
    tenants = [make_tenant() for _ in range(20)]
    sealed = {tenant: put(database, BOTH_OLD_FIRST, place(tenant), b"s") for tenant in tenants}
    stop, failures = threading.Event(), list[Exception]()

    def read() -> None:
        while not stop.is_set():
            for tenant in tenants:
                try:
                    # a process of before the switch and one of after it
                    for ring in (BOTH_OLD_FIRST, BOTH):
                        assert get(database, ring, place(tenant), sealed[tenant]) == b"s"
                except (AssertionError, InternalDefect) as error:
                    failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        rotate(database, BOTH)
        rotate(database, BOTH_OLD_FIRST)
        rotate(database, BOTH)
    finally:
        stop.set()
        reader.join()
    assert failures == []
    with database.system_transaction() as connection:
        assert remaining_to_rewrap(connection, BOTH) == 0
    only_new = MasterKeys(2, {2: BOTH.keys[2]})
    assert get(database, only_new, place(tenants[0]), sealed[tenants[0]]) == b"s"
    with pytest.raises(InternalDefect):
        get(database, OLD, place(tenants[0]), sealed[tenants[0]])
