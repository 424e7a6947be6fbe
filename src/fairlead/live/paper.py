"""How long the same legs have traded on paper, for those who decide about real money."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from fairlead.live.store.reading import list_connections
from fairlead.live.store.trading_time import trading_spans

PAPER = "paper"
DAY_S = 86_400.0


def is_paper(connection: Connection, connection_id: UUID) -> bool | None:
    """Tell whether a connection is a paper account; None when the tenant has no such one."""
    found = (row for row in list_connections(connection) if row.id == connection_id)
    row = next(found, None)
    return None if row is None else row.venue == PAPER


def days_on_paper(
    connection: Connection, legs: Sequence[tuple[UUID, str, str]], now: datetime
) -> float:
    """Return the days that the tenant's longest paper session of these legs has traded.

    Legs are (version, instrument, timeframe); a session counts when it holds all of them. It
    trades from its first book on until it was cancelled; sessions are not added up.
    """
    wanted = {(str(version), instrument, timeframe) for version, instrument, timeframe in legs}
    spans = [
        (span.ended_at or now) - span.started_at
        for span in trading_spans(connection, PAPER)
        if wanted <= span.legs
    ]
    return max((span.total_seconds() / DAY_S for span in spans), default=0.0)
