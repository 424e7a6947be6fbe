"""Transactions: what each role sees, and what a failing server sounds like."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import cast
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, ProgrammingError

from fairlead.infra import db as under_test
from fairlead.infra.db import Database
from fairlead.infra.errors import StorageFull, Unavailable
from fairlead.infra.roles import role_urls
from tests.conftest import SECRET_KEY


def test_tenant_transaction_sees_own_user_only(
    database: Database, make_tenant: Callable[[], UUID]
) -> None:
    mine, _other = make_tenant(), make_tenant()
    with database.tenant_transaction(mine) as connection:
        assert connection.execute(text("SELECT user_id FROM users")).scalars().all() == [mine]


def test_public_transaction_after_tenant_sees_no_tenant(database: Database, tenant: UUID) -> None:
    with database.tenant_transaction(tenant) as connection:
        assert connection.execute(text("SELECT count(*) FROM users")).scalar_one() == 1
    with database.public_transaction() as connection:
        assert connection.execute(text("SELECT count(*) FROM users")).scalar_one() == 0


def test_app_role_may_not_change_its_tenant_rows_owner(database: Database, tenant: UUID) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        database.tenant_transaction(tenant) as connection,
    ):
        connection.execute(text("UPDATE users SET user_id = gen_random_uuid()"))


def test_open_without_server_is_unavailable() -> None:
    urls = role_urls("postgresql://nobody@127.0.0.1:1/none", "secret")
    with pytest.raises(Unavailable, match=r"PostgreSQL at 127\.0\.0\.1:1 does not answer"):
        Database.open(urls)


def test_open_with_wrong_password_is_unavailable(admin_url: str) -> None:
    with pytest.raises(Unavailable, match="refused the platform's password"):
        Database.open(role_urls(admin_url, "another secret"))


def _run(database: Database, tenant: UUID, *statements: str) -> None:
    with database.tenant_transaction(tenant) as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_statement_that_takes_too_long_is_unavailable(database: Database, tenant: UUID) -> None:
    with pytest.raises(Unavailable, match="did not finish within 30 s"):
        _run(database, tenant, "SET LOCAL statement_timeout = '50ms'", "SELECT pg_sleep(20)")


def test_lock_held_by_another_is_unavailable(database: Database, tenant: UUID) -> None:
    lock = "SELECT pg_advisory_xact_lock(4711)"
    with database.system_transaction() as holder:
        holder.execute(text(lock))
        with pytest.raises(Unavailable, match="changing the same data"):
            _run(database, tenant, "SET LOCAL lock_timeout = '50ms'", lock)


def test_connection_lost_in_a_transaction_is_unavailable_and_the_next_one_works(
    database: Database, admin_url: str, tenant: UUID
) -> None:
    def lose_connection() -> None:
        with database.tenant_transaction(tenant) as connection:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with psycopg.connect(admin_url) as admin:
                admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            connection.execute(text("SELECT 1"))

    with pytest.raises(Unavailable, match="does not answer"):
        lose_connection()
    with database.tenant_transaction(tenant) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_pool_without_a_free_connection_is_unavailable(
    admin_url: str, monkeypatch: pytest.MonkeyPatch, tenant: UUID
) -> None:
    monkeypatch.setattr(under_test, "POOL_TIMEOUT_S", 0.05)
    database = Database.open(role_urls(admin_url, SECRET_KEY), pool_size=1)
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(database.tenant_transaction(tenant))
        with (
            pytest.raises(Unavailable, match="are busy"),
            database.tenant_transaction(tenant),
        ):
            raise AssertionError
    database.close()


def test_full_disk_is_storage_full(database: Database, tenant: UUID) -> None:
    with (
        pytest.raises(StorageFull, match="nothing was written"),
        database.tenant_transaction(tenant) as connection,
    ):
        connection.execute(
            text("DO $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$")
        )


def test_defect_of_a_statement_stays_what_it_is(database: Database, tenant: UUID) -> None:
    with (
        pytest.raises(ProgrammingError, match="does not exist"),
        database.tenant_transaction(tenant) as connection,
    ):
        connection.execute(text("SELECT no_such_column"))


def test_connection_given_back_by_one_tenant_is_clean_for_the_next(
    admin_url: str, make_tenant: Callable[[], UUID]
) -> None:
    database = Database.open(role_urls(admin_url, SECRET_KEY), pool_size=1)
    seen = []
    for tenant in (make_tenant(), make_tenant()):
        with database.tenant_transaction(tenant) as connection:
            seen.append(connection.execute(text("SELECT user_id FROM users")).scalars().all())
        with database.public_transaction() as connection:
            seen.append(connection.execute(text("SELECT user_id FROM users")).scalars().all())
    database.close()
    assert [len(rows) for rows in seen] == [1, 0, 1, 0]
    assert seen[0] != seen[2]


def test_tenant_that_is_no_id_is_refused(database: Database) -> None:
    with (
        pytest.raises(DataError, match="invalid input syntax for type uuid"),
        database.tenant_transaction(cast(UUID, "x' OR true --")) as connection,
    ):
        connection.execute(text("SELECT count(*) FROM users"))
