"""The author's model book of each lineup: row 0 of every evaluation."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, text

from fairlead.kernel.records import FILL, LIMITS, POLICY, Records, State, state_from_bytes
from fairlead.live.batch import Rules
from fairlead.live.store.binary import array, bulk_cursor, expect_rows


@dataclass(frozen=True, slots=True)
class ModelBook:
    """The model book's state, its rules (one row) and the cash it began with."""

    state: State
    rules: Rules
    cash: float


def insert_model(connection: Connection, lineup_id: UUID, model: ModelBook) -> None:
    """Write the model book of a new lineup; one that is there stays."""
    connection.execute(
        text(
            "INSERT INTO model_books (lineup_id, cash, policies, limits, state) "
            "VALUES (:id, :cash, :policies, :limits, :state) ON CONFLICT (lineup_id) DO NOTHING"
        ),
        {
            "id": lineup_id,
            "cash": model.cash,
            "policies": model.rules.policies.tobytes(),
            "limits": model.rules.limits.tobytes(),
            "state": model.state.to_bytes(),
        },
    )


def read_model(connection: Connection, lineup_id: UUID) -> ModelBook:
    """Return the model book of a lineup."""
    row = connection.execute(
        text("SELECT cash, policies, limits, state FROM model_books WHERE lineup_id = :id"),
        {"id": lineup_id},
    ).one()
    rules = Rules(
        np.frombuffer(row.policies, POLICY).reshape(1, -1).copy(),
        np.frombuffer(row.limits, LIMITS).copy(),
    )
    return ModelBook(state_from_bytes(row.state), rules, row.cash)


def write_model(
    connection: Connection, lineup_id: UUID, state: State, fills: Records, equity: float
) -> None:
    """Write the model book's new state with the fills that led to it."""
    connection.execute(
        text("UPDATE model_books SET state = :state WHERE lineup_id = :id"),
        {"state": state.to_bytes(), "id": lineup_id},
    )
    if fills.shape[0] == 0:
        return
    cursor = bulk_cursor(connection)
    cursor.execute(
        "INSERT INTO model_fills (lineup_id, id, fill, equity) "
        "SELECT %s, t.id, t.fill, %s FROM unnest(%s::bigint[], %s::bytea[]) t (id, fill)",
        (lineup_id, equity, array(fills["id"]), array(fills.view(f"V{FILL.itemsize}"))),
    )
    expect_rows(cursor, fills.shape[0], "fills of a model book")
