"""What a demonstration made before, so that repeating it adds only what is missing."""

from uuid import UUID

from sqlalchemy import Connection, text


def followers(connection: Connection, version_id: UUID, instrument: str) -> set[UUID]:
    """Return the tenants who follow a version on an instrument."""
    rows = connection.execute(
        text(
            "SELECT user_id FROM subscriptions WHERE version_id = :version "
            "AND instrument = :instrument AND status <> 'cancelled'"
        ),
        {"version": version_id, "instrument": instrument},
    )
    return set(rows.scalars())


def offered(connection: Connection, author_id: UUID, name: str) -> tuple[UUID, UUID] | None:
    """Return (strategy, version) of an author's strategy that is followed under this name."""
    row = connection.execute(
        text(
            "SELECT s.strategy_id, s.version_id FROM subscriptions s "
            "WHERE s.strategy_name = :name AND EXISTS (SELECT 1 FROM lineup_legs g "
            "JOIN lineups l ON l.id = g.lineup_id "
            "WHERE l.owner_id = :author AND g.version_id = s.version_id) "
            "LIMIT 1"
        ),
        {"name": name, "author": author_id},
    ).one_or_none()
    return (row.strategy_id, row.version_id) if row is not None else None
