"""How many follow each version, and how its model books fare."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, text

from fairlead.kernel.records import FILL, State, state_from_bytes

_MODELS = text("""
SELECT DISTINCT ON (s.strategy_id) s.strategy_id, g.version_id, l.owner_id, l.id, g.instrument,
       g.timeframe, m.cash, m.state
FROM lineups l
JOIN lineup_legs g ON g.lineup_id = l.id AND g.leg = 0
JOIN model_books m ON m.lineup_id = l.id
JOIN LATERAL (SELECT strategy_id FROM subscriptions WHERE version_id = g.version_id LIMIT 1) s
  ON true
WHERE NOT EXISTS (SELECT 1 FROM lineup_legs o WHERE o.lineup_id = l.id AND o.leg > 0)
ORDER BY s.strategy_id,
         (SELECT COALESCE(sum(books), 0) FROM partitions p WHERE p.lineup_id = l.id) DESC, l.id
""")

_FILLS = text("""
SELECT fill, equity FROM model_fills WHERE lineup_id = :id ORDER BY id DESC LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class FollowedModel:
    """The model book of a strategy's most followed lineup."""

    strategy_id: UUID
    version_id: UUID
    owner_id: UUID
    lineup_id: UUID
    instrument: str
    timeframe: str
    cash: float
    state: State


def subscribers_by_version(connection: Connection) -> list[tuple[UUID, int]]:
    """Return (version, subscriptions with it in a leg that have not ended)."""
    rows = connection.execute(
        text("""
            SELECT CAST(leg.version_id AS uuid) AS version_id,
                   count(DISTINCT s.id) FILTER (WHERE s.status <> 'cancelled') AS subscribers
            FROM subscriptions s
            CROSS JOIN LATERAL jsonb_to_recordset(s.legs) AS leg (version_id text)
            GROUP BY 1
        """)
    )
    return [(row.version_id, row.subscribers) for row in rows]


def followed_models(connection: Connection) -> list[FollowedModel]:
    """Return for each strategy the model book that most subscribers trade beside."""
    return [
        FollowedModel(
            row.strategy_id,
            row.version_id,
            row.owner_id,
            row.id,
            row.instrument,
            row.timeframe,
            row.cash,
            state_from_bytes(row.state),
        )
        for row in connection.execute(_MODELS)
    ]


def model_equity(connection: Connection, lineup_id: UUID, most: int) -> list[tuple[int, float]]:
    """Return (epoch ms, equity) at the model book's latest fills, oldest first."""
    rows = connection.execute(_FILLS, {"id": lineup_id, "most": most}).all()
    points = [(int(np.frombuffer(row.fill, FILL)["ts"][0]), row.equity) for row in rows]
    return points[::-1]
