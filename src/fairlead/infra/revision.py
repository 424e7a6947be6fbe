"""Which migration the code expects and which one the database has, without loading Alembic."""

from pathlib import Path

from sqlalchemy import Connection, text

MIGRATIONS = Path(__file__).parents[3] / "migrations" / "versions"


def expected_revision() -> str:
    """Return the newest revision of this code; its files are numbered `0001_what.py` onwards."""
    return max(path.name.partition("_")[0] for path in MIGRATIONS.glob("[0-9]*_*.py"))


def applied_revision(connection: Connection) -> str:
    """Return the revision the database is at; needs a system transaction."""
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found is not None else "none"
