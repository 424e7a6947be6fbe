"""How many follow each version."""

from uuid import UUID

from sqlalchemy import Connection, text


def subscribers_by_version(connection: Connection) -> list[tuple[UUID, int]]:
    """Return (version, subscriptions that have not ended)."""
    rows = connection.execute(
        text("""
            SELECT version_id, count(*) FILTER (WHERE status <> 'cancelled') AS subscribers
            FROM subscriptions GROUP BY version_id
        """)
    )
    return [(row.version_id, row.subscribers) for row in rows]
