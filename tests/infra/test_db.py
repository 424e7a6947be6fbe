"""Transactions: what each role sees, and what a failing server sounds like."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from fairlead.infra.db import Database
from fairlead.infra.errors import Unavailable
from fairlead.infra.roles import role_urls


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
