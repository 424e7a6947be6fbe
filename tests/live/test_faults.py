"""One subscriber's broken data fails that subscriber alone; a failed chunk loses nothing."""

from collections.abc import Callable
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import text

from fairlead.infra.db import Database
from fairlead.infra.errors import InternalDefect
from fairlead.kernel.records import Records, new_policy, state_from_bytes
from fairlead.live.turn import apply_next_chunk
from tests.live.market import Stage, scripted_market

MakeTenant = Callable[[], UUID]
NEIGHBOURS = 12


def _spoil(stage: Stage, k: int, table: str, column: str, value: bytes) -> None:
    key = "subscription_id" if table == "books" else "id"
    with stage.desk.database.engine_transaction() as connection:
        connection.execute(
            text(f"UPDATE {table} SET {column} = :value WHERE user_id = :user AND {key} = :id"),
            {"value": value, "user": stage.users[k], "id": stage.ids[k]},
        )
        connection.execute(text("UPDATE partitions SET roster = roster + 1"))


def _with(blob: bytes, field: str, value: float, legs_field: bool = False) -> bytes:
    state = state_from_bytes(blob)
    (state.legs if legs_field else state.book)[field] = value
    return state.to_bytes()


def _state(stage: Stage, k: int) -> bytes:
    found = stage.rows(k, "SELECT state FROM books")[0][0]
    assert isinstance(found, bytes)
    return found


POISONS: dict[str, Callable[[Stage, int], None]] = {
    "state too short": lambda stage, k: _spoil(stage, k, "books", "state", b"short"),
    "state of zeros": lambda stage, k: _spoil(
        stage, k, "books", "state", bytes(len(_state(stage, k)))
    ),
    "cash is NaN": lambda stage, k: _spoil(
        stage, k, "books", "state", _with(_state(stage, k), "cash", np.nan)
    ),
    "equity is infinite": lambda stage, k: _spoil(
        stage, k, "books", "state", _with(_state(stage, k), "equity", np.inf)
    ),
    "another layout": lambda stage, k: _spoil(
        stage, k, "books", "state", _with(_state(stage, k), "layout", 99)
    ),
    "order number beyond all bounds": lambda stage, k: _spoil(
        stage, k, "books", "state", _with(_state(stage, k), "orders", 1 << 40, legs_field=True)
    ),
    "size is NaN": lambda stage, k: _spoil(
        stage, k, "subscriptions", "policies", new_policy_bytes(size=np.nan)
    ),
    "unknown sizing": lambda stage, k: _spoil(
        stage, k, "subscriptions", "policies", new_policy_bytes(sizing=9)
    ),
    "negative fee": lambda stage, k: _spoil(
        stage, k, "subscriptions", "policies", new_policy_bytes(fee=-1)
    ),
    "policy too short": lambda stage, k: _spoil(stage, k, "subscriptions", "policies", b"x"),
    "limits of zeros and NaN": lambda stage, k: _spoil(
        stage, k, "subscriptions", "limits", np.full(5, np.nan).tobytes()
    ),
}


def new_policy_bytes(**fields: float) -> bytes:
    """Return a stored policy with fields that `new_policy` would refuse."""
    policy = new_policy(size=0.5)
    for name, value in fields.items():
        policy[name] = value
    return policy.tobytes()


@pytest.mark.parametrize("poison", list(POISONS))
def test_poisoned_subscriber_fails_alone_with_its_reason(
    database: Database, make_tenant: MakeTenant, poison: str
) -> None:
    policies: list[Records] = [new_policy(size=0.1, fee=0.001)] * NEIGHBOURS
    stage = Stage(database, make_tenant, scripted_market([100.0] * 4, [0, 1, 0, 0]), policies)
    stage.push(0)
    bad = NEIGHBOURS // 2
    POISONS[poison](stage, bad)
    stage.push(1, 4)
    for k in range(NEIGHBOURS):
        filled = stage.rows(k, "SELECT n FROM orders WHERE status = 5")
        assert len(filled) == (0 if k == bad else 1)
    fault, partition = stage.rows(
        bad, "SELECT s.fault, b.partition FROM subscriptions s JOIN books b ON true"
    )[0]
    assert fault
    assert int(str(partition)) < 0
    news = stage.rows(bad, "SELECT 1 FROM subscriptions WHERE fault IS NOT NULL")
    assert news
    with database.system_transaction() as connection:
        told = connection.execute(
            text(
                "SELECT data ->> 'fault' FROM outbox WHERE user_id = :user "
                "AND type = 'subscription.changed' AND data ->> 'status' = 'faulted' UNION ALL "
                "SELECT data ->> 'fault' FROM events WHERE user_id = :user "
                "AND data ->> 'status' = 'faulted'"
            ),
            {"user": stage.users[bad]},
        ).scalars()
        assert fault in list(told)


def test_chunk_that_fails_is_tried_again_and_loses_nothing(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = Stage(database, make_tenant, scripted_market([100.0] * 4, [1, 0, 0, 0]))
    stage.desk.evaluate(stage.desk.close(stage.instrument, "1m", 0))

    def fall(point: str) -> None:
        if point == "chunk.states_written":
            raise InternalDefect("planted")

    with pytest.raises(InternalDefect, match="planted"):
        apply_next_chunk(database, stage.desk.cache, fall)
    assert stage.orders(0) == []
    with database.engine_transaction() as connection:
        attempts, error = connection.execute(
            text("SELECT attempts, error FROM turn_chunks WHERE partition = :partition"),
            {"partition": stage.desk.place(stage.users[0], stage.ids[0])},
        ).one()
        assert (attempts, "planted" in error) == (1, True)
        connection.execute(text("UPDATE turn_chunks SET done_at = done_at - interval '1 minute'"))
    assert stage.desk.turn() == 1
    assert [status for _, status, _, _ in stage.orders(0)] == [1]


def test_order_row_that_is_there_already_stops_the_chunk(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = Stage(database, make_tenant, scripted_market([100.0] * 6, [1, 0, 2, 0, 0, 0]))
    stage.push(0, 2)
    with database.engine_transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO orders SELECT user_id, subscription_id, leg, 2, client_id, partition, "
                "cause_id, connection_id, rank, 6, false, purpose, reason, kind, attempt, lots, "
                "filled_lots, quantity, price, average_price, boundary_ms, created_at, "
                "valid_until FROM orders WHERE user_id = :user"
            ),
            {"user": stage.users[0]},
        )
    stage.desk.evaluate(stage.desk.close(stage.instrument, "1m", 2))
    with pytest.raises(Exception, match="orders_pkey"):
        stage.desk.turn()
    assert len(stage.rows(0, "SELECT 1 FROM fills")) == 1
    with database.engine_transaction() as connection:
        connection.execute(
            text("UPDATE orders SET n = 100 WHERE user_id = :user AND n = 2"),
            {"user": stage.users[0]},
        )
        connection.execute(text("UPDATE turn_chunks SET done_at = done_at - interval '1 minute'"))
    assert stage.desk.turn() == 1
