"""Tells the catalog how many follow each version."""

from sqlalchemy import Connection

from fairlead.live.store import usage
from fairlead.strategies.versions import count_subscribers


def publish_usage(connection: Connection) -> None:
    """Write the number of subscriptions of every version that have not ended."""
    for version_id, subscribers in usage.subscribers_by_version(connection):
        count_subscribers(connection, version_id, subscribers)
