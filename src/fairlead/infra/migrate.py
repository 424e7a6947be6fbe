"""Bring a database to the newest revision: roles first, then the migrations in order."""

from pathlib import Path

import psycopg
from sqlalchemy import Connection, create_engine, exc, pool, text

from fairlead.infra.db import CONNECT_TIMEOUT_S, translate
from fairlead.infra.errors import InternalDefect
from fairlead.infra.revision import expected_revision
from fairlead.infra.roles import OWNER, ensure_roles, libpq_url, parse_url, role_urls

MIGRATIONS = Path(__file__).parents[3] / "migrations"
_LOCK_ID = 0x66_61_69_72  # any fixed number: two upgrades of one database take turns


def upgrade(admin_url: str, secret_key: str, revision: str = "head") -> str:
    """Create the roles and run every migration not yet run; safe to repeat and to race.

    `admin_url` names a role that may create roles and the database itself; `secret_key` is what
    the login roles' passwords derive from. All objects end up owned by fairlead_owner. Returns
    the revision reached.
    Raises Unavailable when the server does not answer, InternalDefect without the folder of
    migrations.
    """
    if not (MIGRATIONS / "env.py").exists():
        raise InternalDefect(
            f"The migrations are missing: expected them in {MIGRATIONS}.",
            action="Run from a complete copy of the project.",
        )
    if revision == "head" and _is_current(admin_url, secret_key):
        return expected_revision()
    engine = create_engine(parse_url(admin_url), poolclass=pool.NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        ensure_roles(admin_url, secret_key)
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:id)"), {"id": _LOCK_ID})
            connection.execute(text(f"SET ROLE {OWNER}"))
            connection.commit()
            _run_migrations(connection, revision)
            reached = connection.execute(text("SELECT version_num FROM public.alembic_version"))
            return str(reached.scalar_one())
    except exc.DBAPIError as error:
        translated = translate(error, engine)
        if translated is None:
            raise
        raise translated from error
    finally:
        engine.dispose()


def _is_current(admin_url: str, secret_key: str) -> bool:
    """Tell, without loading Alembic, whether roles and revision are as they should be."""
    urls = role_urls(admin_url, secret_key)
    try:
        for url in (urls.app, urls.engine):
            psycopg.connect(libpq_url(url), connect_timeout=CONNECT_TIMEOUT_S).close()
        with psycopg.connect(libpq_url(urls.system), connect_timeout=CONNECT_TIMEOUT_S) as system:
            row = system.execute("SELECT version_num FROM public.alembic_version").fetchone()
    except psycopg.Error:
        return False
    return row == (expected_revision(),)


def _run_migrations(connection: Connection, revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
