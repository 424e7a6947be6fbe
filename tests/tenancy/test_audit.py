"""The audit log in the database: append-only for everyone, one chain whatever happens at once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import create_engine, pool, text
from sqlalchemy.exc import ProgrammingError

from fairlead.infra.db import Database
from fairlead.infra.ids import uuid7
from fairlead.infra.roles import parse_url
from fairlead.tenancy.audit import record, verify
from fairlead.tenancy.audit_chain import Break, Link
from fairlead.tenancy.store_audit import AuditPage, list_entries


def write(database: Database, tenant: UUID, action: str = "order.cancel") -> None:
    with database.tenant_transaction(tenant) as connection:
        record(connection, tenant, action, "order:1", {"why": "ünïcode → ok", "b": "1"})


def check(database: Database) -> Link | Break:
    with database.system_transaction() as connection:
        return verify(connection)


def test_recorded_entries_form_a_chain(database: Database, tenant: UUID) -> None:
    for _ in range(3):
        write(database, tenant)
    found = check(database)
    assert isinstance(found, Link)
    assert found.seq >= 3


def test_entries_written_at_once_form_one_chain(database: Database, tenant: UUID) -> None:
    before = check(database)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: write(database, tenant), range(40)))
    after = check(database)
    assert isinstance(before, Link)
    assert isinstance(after, Link)
    assert after.seq == before.seq + 40


def test_rolled_back_entry_leaves_no_gap(database: Database, tenant: UUID) -> None:
    with database.tenant_transaction(tenant) as connection:
        record(connection, tenant, "order.cancel", "order:1", {})
        connection.rollback()
    write(database, tenant)
    assert isinstance(check(database), Link)


def test_tenant_reads_own_entries_only(database: Database, tenant: UUID) -> None:
    write(database, tenant)
    write(database, uuid7())
    with database.tenant_transaction(tenant) as connection:
        found = list_entries(connection, AuditPage(2**62, 100, "", ""))
    assert {entry.user_id for entry in found} == {tenant}


def test_tenant_cannot_write_in_anothers_name(database: Database, tenant: UUID) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        database.tenant_transaction(tenant) as connection,
    ):
        record(connection, uuid7(), "order.cancel", "order:1", {})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET action = 'nothing'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "UPDATE audit_head SET seq = 0",
        "INSERT INTO audit_log (seq, user_id, actor_id, action, subject, detail, at, "
        "previous_hash, hash) SELECT 1, user_id, actor_id, action, subject, detail, at, "
        "previous_hash, hash FROM audit_log LIMIT 1",
    ],
)
def test_no_login_role_changes_the_log(database: Database, tenant: UUID, statement: str) -> None:
    write(database, tenant)
    for transaction in (
        database.system_transaction,
        database.engine_transaction,
        database.public_transaction,
    ):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction() as connection,
        ):
            connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"],
)
def test_even_the_superuser_is_refused(
    database: Database, admin_url: str, tenant: UUID, statement: str
) -> None:
    write(database, tenant)
    with (
        psycopg.connect(admin_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"),
    ):
        connection.execute(statement.encode())


@pytest.mark.parametrize(
    ("planted", "reason"),
    [
        ("UPDATE audit_log SET detail = '{}' WHERE seq = :seq", "changed after it was written"),
        ("DELETE FROM audit_log WHERE seq = :seq", "missing"),
        ("DELETE FROM audit_log WHERE seq >= :seq", "missing"),
    ],
)
def test_verify_finds_what_someone_with_all_rights_did(
    database: Database, admin_url: str, tenant: UUID, planted: str, reason: str
) -> None:
    """Plant the change a superuser could make, look, and take it back."""
    for _ in range(3):
        write(database, tenant)
    end = check(database)
    assert isinstance(end, Link)
    engine = create_engine(parse_url(admin_url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("ALTER TABLE audit_log DISABLE TRIGGER USER"))
        connection.execute(text(planted), {"seq": end.seq - 1})
        found = verify(connection)
        connection.rollback()
    assert isinstance(found, Break)
    assert found.seq == end.seq - 1
    assert reason in found.reason
    assert check(database) == end
