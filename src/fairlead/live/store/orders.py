"""Orders as turns write them: new ones, and what became of earlier ones."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from fairlead.kernel.records import Records
from fairlead.live.batch import Floats, Integers
from fairlead.live.model import OrderStatus
from fairlead.live.store.binary import array, bulk_cursor, expect_rows

_INSERT = """
INSERT INTO orders (user_id, subscription_id, leg, n, client_id, partition, cause_id,
    connection_id, rank, status, unsettled, purpose, reason, kind, lots, filled_lots, quantity,
    price, average_price, boundary_ms, valid_until)
SELECT t.user_id, t.subscription_id, t.leg, t.n, t.client_id, %s, t.cause_id,
    t.connection_id, t.rank, t.status, t.status = 1, t.purpose, t.reason, t.kind, t.lots,
    t.filled_lots, t.quantity, t.price, NULLIF(t.average_price, 'NaN'), %s, %s
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::smallint[], %s::integer[], %s::text[],
    %s::uuid[], %s::integer[], %s::smallint[], %s::smallint[], %s::smallint[],
    %s::smallint[], %s::bigint[], %s::bigint[], %s::float8[], %s::float8[], %s::float8[])
  t (cause_id, user_id, subscription_id, leg, n, client_id, connection_id, rank, status,
     purpose, reason, kind, lots, filled_lots, quantity, price, average_price)
"""

# Only an order that works can be filled: anything else here would be a fill nobody asked for.
_FILL = """
UPDATE orders o SET status = 5, filled_lots = t.lots, average_price = t.price,
    updated_at = clock_timestamp()
FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[], %s::integer[], %s::bigint[], %s::float8[])
  t (user_id, subscription_id, leg, n, lots, price)
WHERE o.user_id = t.user_id AND o.subscription_id = t.subscription_id AND o.leg = t.leg
  AND o.n = t.n AND o.lots = t.lots AND o.status = 3
"""

_CANCEL = """
UPDATE orders o SET status = 6, note = %s, updated_at = clock_timestamp()
FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[], %s::integer[])
  t (user_id, subscription_id, leg, n)
WHERE o.user_id = t.user_id AND o.subscription_id = t.subscription_id AND o.leg = t.leg
  AND o.n = t.n AND o.status = 3
"""

_EXPIRE = text("""
UPDATE orders SET status = 9, unsettled = false, updated_at = clock_timestamp(),
    note = 'not working when the next candle closed'
WHERE partition = :partition AND unsettled
RETURNING user_id, subscription_id, leg, n
""")


@dataclass(frozen=True, slots=True)
class Cause:
    """Where and when orders came up, and how long they may be sent."""

    partition: int
    boundary_ms: int
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class OrderRows:
    """Orders to be written, as columns (R,), in the order of their users."""

    causes: Records
    users: Records
    subscriptions: Records
    connections: Records
    leg: Integers
    n: Integers
    client_id: NDArray[np.bytes_]
    rank: NDArray[np.int32]
    status: Integers
    purpose: Integers
    reason: Integers
    kind: Integers
    lots: Integers
    filled_lots: Integers
    quantity: Floats
    price: Floats
    average_price: Floats


@dataclass(frozen=True, slots=True)
class OrderRef:
    """Which order of which book."""

    user_id: UUID
    subscription_id: UUID
    leg: int
    n: int


def insert_orders(connection: Connection, cause: Cause, rows: OrderRows) -> None:
    """Write orders; raises when one is there already or one did not arrive."""
    if rows.users.shape[0] == 0:
        return
    cursor = bulk_cursor(connection)
    cursor.execute(
        _INSERT,
        (
            cause.partition,
            cause.boundary_ms,
            cause.valid_until,
            array(rows.causes),
            array(rows.users),
            array(rows.subscriptions),
            array(rows.leg.astype(np.int16)),
            array(rows.n.astype(np.int32)),
            array(rows.client_id),
            array(rows.connections),
            array(rows.rank),
            array(rows.status.astype(np.int16)),
            array(rows.purpose.astype(np.int16)),
            array(rows.reason.astype(np.int16)),
            array(rows.kind.astype(np.int16)),
            array(rows.lots),
            array(rows.filled_lots),
            array(rows.quantity),
            array(rows.price),
            array(rows.average_price),
        ),
    )
    expect_rows(cursor, rows.users.shape[0], "orders")


def fill_orders(
    connection: Connection,
    users: Records,
    subscriptions: Records,
    leg: Integers,
    n: Integers,
    lots: Integers,
    price: Floats,
) -> None:
    """Note that working orders were filled whole; raises when one of them was not working."""
    if users.shape[0] == 0:
        return
    cursor = bulk_cursor(connection)
    cursor.execute(
        _FILL,
        (
            array(users),
            array(subscriptions),
            array(leg.astype(np.int16)),
            array(n.astype(np.int32)),
            array(lots),
            array(price),
        ),
    )
    expect_rows(cursor, users.shape[0], f"orders ({OrderStatus.FILLED.name})")


def cancel_working(
    connection: Connection,
    users: Records,
    subscriptions: Records,
    leg: Integers,
    n: Integers,
    note: str,
) -> None:
    """Note that working orders ended unfilled; raises when one of them was not working."""
    if users.shape[0] == 0:
        return
    cursor = bulk_cursor(connection)
    cursor.execute(
        _CANCEL,
        (
            note,
            array(users),
            array(subscriptions),
            array(leg.astype(np.int16)),
            array(n.astype(np.int32)),
        ),
    )
    expect_rows(cursor, users.shape[0], f"orders ({OrderStatus.CANCELLED.name})")


def expire_unsettled(connection: Connection, partition: int) -> list[OrderRef]:
    """End the orders that did not reach the venue in time; return them."""
    rows = connection.execute(_EXPIRE, {"partition": partition})
    return [OrderRef(*row) for row in rows]


def give_up_open(connection: Connection, user_id: UUID, subscription_id: UUID, note: str) -> None:
    """Cancel whatever is still open of a book that trades no more."""
    connection.execute(
        text(
            "UPDATE orders SET status = 6, unsettled = false, note = :note, "
            "updated_at = clock_timestamp() WHERE user_id = :user_id "
            "AND subscription_id = :id AND status IN (1, 2, 3, 8)"
        ),
        {"note": note, "user_id": user_id, "id": subscription_id},
    )
