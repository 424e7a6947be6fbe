"""Migrations: repeatable, raced, run by an ordinary administrator, and all owned by one role."""

import threading
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from fairlead.infra.db import Database
from fairlead.infra.errors import InternalDefect, InvalidInput, Unavailable
from fairlead.infra.ids import uuid7
from fairlead.infra.migrate import upgrade
from fairlead.infra.revision import expected_revision
from fairlead.infra.roles import (
    DatabaseUrls,
    ensure_roles,
    parse_url,
    role_urls,
    without_credentials,
)
from tests.conftest import SECRET_KEY


def _execute(admin_url: str, statement: str, **names: str) -> None:
    composed = sql.SQL(statement).format(**{key: sql.Identifier(it) for key, it in names.items()})
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(composed)


@pytest.fixture
def empty(admin_url: str) -> Iterator[str]:
    """Return the address of a new, empty database of the same cluster."""
    name = f"empty_{uuid7().hex[-12:]}"
    _execute(admin_url, "CREATE DATABASE {name}", name=name)
    yield f"{admin_url.rsplit('/', 1)[0]}/{name}"
    _execute(admin_url, "DROP DATABASE {name} WITH (FORCE)", name=name)


def test_upgrade_reaches_the_newest_revision_and_may_be_repeated(empty: str) -> None:
    assert upgrade(empty, SECRET_KEY) == expected_revision()
    assert upgrade(empty, SECRET_KEY) == expected_revision()
    Database.open(role_urls(empty, SECRET_KEY)).close()


def test_upgrade_raced_by_another_ends_well_for_both(empty: str) -> None:
    reached: list[str] = []
    racers = [
        threading.Thread(target=lambda: reached.append(upgrade(empty, SECRET_KEY)))
        for _ in range(3)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert reached == [expected_revision()] * 3


def test_every_object_belongs_to_the_owner(admin_url: str) -> None:
    with psycopg.connect(admin_url) as connection:
        strays = connection.execute("""
            SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n
              ON n.oid = c.relnamespace
            WHERE n.nspname IN ('public', 'jobs') AND pg_get_userbyid(relowner) <> 'fairlead_owner'
            UNION ALL
            SELECT p.oid::regproc::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname IN ('public', 'jobs') AND pg_get_userbyid(proowner) <> 'fairlead_owner'
        """).fetchall()
    assert strays == []


def test_upgrade_by_an_administrator_who_is_no_superuser_works(admin_url: str) -> None:
    """Managed databases give out a role that may create roles, and no more."""
    name = f"managed_{uuid7().hex[-12:]}"
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB PASSWORD 'managed'").format(
                sql.Identifier(name)
            )
        )
        for role in ("fairlead_owner", "fairlead_app", "fairlead_engine", "fairlead_system"):
            # what the creator of these roles holds by itself
            connection.execute(
                sql.SQL("GRANT {} TO {} WITH ADMIN OPTION, INHERIT FALSE, SET FALSE").format(
                    sql.Identifier(role), sql.Identifier(name)
                )
            )
        connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(name)))
    managed = parse_url(admin_url).set(
        drivername="postgresql", username=name, password="managed", database=name
    )
    try:
        url = managed.render_as_string(hide_password=False)
        assert upgrade(url, SECRET_KEY) == expected_revision()
        Database.open(role_urls(url, SECRET_KEY)).close()
    finally:
        _execute(admin_url, "DROP DATABASE {name} WITH (FORCE)", name=name)
        _execute(admin_url, "DROP OWNED BY {name}", name=name)
        _execute(admin_url, "DROP ROLE {name}", name=name)


def test_upgrade_without_server_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        upgrade("postgresql://nobody@127.0.0.1:1/none", SECRET_KEY)


@pytest.mark.parametrize("url", ["mysql://h/d", "sqlite:///x", "nonsense", "postgresql://h:x/d"])
def test_address_of_no_postgresql_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="DATABASE_URL"):
        upgrade(url, SECRET_KEY)


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ("BYPASSRLS", "can bypass row-level security"),
        ("SUPERUSER", "can bypass row-level security"),
        ("IN ROLE fairlead_owner", "owns"),
    ],
)
def test_open_with_a_role_that_row_level_security_does_not_bind_is_refused(
    admin_url: str, attribute: str, said: str
) -> None:
    name = f"unsafe_{uuid7().hex[-12:]}"
    _execute(admin_url, "CREATE ROLE {name} LOGIN PASSWORD 'unsafe' " + attribute, name=name)
    _execute(admin_url, "GRANT CONNECT ON DATABASE {db} TO {name}", name=name, db=_name(admin_url))
    safe = role_urls(admin_url, SECRET_KEY)
    unsafe = parse_url(admin_url).set(username=name, password="unsafe")
    try:
        with pytest.raises(InternalDefect, match=said):
            Database.open(
                DatabaseUrls(
                    app=unsafe.render_as_string(hide_password=False),
                    engine=safe.engine,
                    system=safe.system,
                )
            )
    finally:
        _execute(admin_url, "DROP OWNED BY {name}", name=name)
        _execute(admin_url, "DROP ROLE {name}", name=name)


def _name(admin_url: str) -> str:
    return admin_url.rsplit("/", 1)[1]


def test_roles_passwords_are_kept_as_scram_and_follow_the_secret(
    admin_url: str, empty: str
) -> None:
    ensure_roles(empty, SECRET_KEY)
    with psycopg.connect(admin_url) as connection:
        kept = connection.execute(
            "SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE 'fairlead\\_%' "
            "AND rolcanlogin AND NOT rolsuper"
        ).fetchall()
    assert {name for name, _ in kept} == {"fairlead_app", "fairlead_engine", "fairlead_system"}
    assert all(password.startswith("SCRAM-SHA-256$") for _, password in kept)
    assert role_urls(admin_url, "one").app != role_urls(admin_url, "two").app


def test_address_without_credentials_keeps_the_rest() -> None:
    bare = without_credentials("postgres://me:pw@db.example:6000/fairlead?sslmode=require")
    assert bare == "postgresql://db.example:6000/fairlead?sslmode=require"
