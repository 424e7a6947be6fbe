"""Bring a database to the newest revision: roles first, then the migrations in order."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, exc, pool, text

from fairlead.infra.db import translate
from fairlead.infra.errors import InternalDefect
from fairlead.infra.roles import OWNER, ensure_roles, parse_url

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
    engine = create_engine(parse_url(admin_url), poolclass=pool.NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        ensure_roles(admin_url, secret_key)
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:id)"), {"id": _LOCK_ID})
            connection.execute(text(f"SET ROLE {OWNER}"))
            connection.commit()
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            reached = connection.execute(text("SELECT version_num FROM public.alembic_version"))
            return str(reached.scalar_one())
    except exc.DBAPIError as error:
        translated = translate(error, engine)
        if translated is None:
            raise
        raise translated from error
    finally:
        engine.dispose()
