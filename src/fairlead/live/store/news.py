"""News of fills for thousands of tenants at once: the outbox rows are built by the database."""

import numpy as np
from sqlalchemy import Connection

from fairlead.infra.ids import uuid7
from fairlead.kernel.reasons import Reason
from fairlead.kernel.records import Records
from fairlead.live.batch import Floats
from fairlead.live.events import FillCreated
from fairlead.live.store.binary import array, bulk_cursor, expect_rows

# The same fields as `FillCreated`, encoded here: through Python it took most of a turn's time.
_INSERT = """
INSERT INTO outbox (user_id, id, type, data)
SELECT t.user_id, t.id, %s, jsonb_build_object(
    'subscription_id', t.subscription_id, 'ts', t.ts,
    'side', CASE WHEN t.quantity > 0 THEN 'buy' ELSE 'sell' END,
    'quantity', abs(t.quantity)::text, 'price', t.price::text,
    'reason', (%s::text[])[t.reason + 1], 'equity', t.equity::text)
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::float8[], %s::float8[],
            %s::smallint[], %s::float8[])
  t (user_id, id, subscription_id, ts, quantity, price, reason, equity)
"""

_REASONS = [reason.name.lower() for reason in sorted(Reason)]


def tell_of_fills(
    connection: Connection, users: Records, subscriptions: Records, fills: Records, equity: Floats
) -> None:
    """Write one `fill.created` for each FILL; `equity` is the book's after it."""
    if fills.shape[0] == 0:
        return
    cursor = bulk_cursor(connection)
    cursor.execute(
        _INSERT,
        (
            FillCreated.type,
            _REASONS,
            array(users),
            array(ascending_ids(fills.shape[0])),
            array(subscriptions),
            array(fills["ts"]),
            array(fills["quantity"]),
            array(fills["price"]),
            array(fills["reason"].astype(np.int16)),
            array(equity),
        ),
    )
    expect_rows(cursor, fills.shape[0], "news of fills")


def ascending_ids(count: int) -> Records:
    """Return `count` ids (V16) that follow one fresh UUIDv7: they differ in its random end."""
    first = uuid7().int
    low_bits = (1 << 62) - 1
    high, low = first >> 64, (first & low_bits) >> 1
    halves = np.empty((count, 2), ">u8")
    halves[:, 0] = high
    halves[:, 1] = (2 << 62) + low + np.arange(count, dtype=np.uint64)
    return np.frombuffer(halves.tobytes(), "V16")
