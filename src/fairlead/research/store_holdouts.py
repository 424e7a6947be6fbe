"""The SQL of holdouts: opened once, never closed again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Holdout:
    """Hold one opened stretch of bars and what it was opened for."""

    holdout_id: UUID
    instrument: str
    first_ms: int
    last_ms: int
    family: str
    version_hash: str
    opened_at: datetime


def lock_holdouts(connection: Connection, tenant_id: UUID, instrument: str) -> None:
    """Let nobody else open a holdout of an instrument for this tenant until commit."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"holdout {tenant_id} {instrument}"},
    )


def find_overlap(
    connection: Connection, tenant_id: UUID, instrument: str, first_ms: int, last_ms: int
) -> Holdout | None:
    """Return the earliest opened holdout that shares a moment with [first_ms, last_ms]."""
    row = connection.execute(
        text("""
            SELECT holdout_id, instrument, first_ms, last_ms, family, version_hash, opened_at
            FROM holdouts
            WHERE user_id = :tenant AND instrument = :instrument
              AND first_ms <= :last AND last_ms >= :first
            ORDER BY opened_at, holdout_id LIMIT 1
        """),
        {"tenant": tenant_id, "instrument": instrument, "first": first_ms, "last": last_ms},
    ).one_or_none()
    return None if row is None else Holdout(**row._mapping)


def insert_holdout(connection: Connection, tenant_id: UUID, holdout: Holdout) -> None:
    """Write an opened holdout."""
    connection.execute(
        text("""
            INSERT INTO holdouts (user_id, holdout_id, instrument, first_ms, last_ms, family,
                                  version_hash, opened_at)
            VALUES (:user_id, :holdout_id, :instrument, :first_ms, :last_ms, :family,
                    :version_hash, :opened_at)
        """),
        {"user_id": tenant_id, **{name: getattr(holdout, name) for name in Holdout.__slots__}},
    )
