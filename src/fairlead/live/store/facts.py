"""What happened and never changes: fills, trades, journal inputs, points of equity."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from fairlead.kernel.records import FILL, INPUT, Records
from fairlead.live.batch import Floats, Integers
from fairlead.live.store.binary import array, bulk_cursor, expect_rows

_FILLS = """
INSERT INTO fills (user_id, subscription_id, id, leg, n, ts, bar, purpose, reason, lots, quantity,
    price, fee, ambiguous, equity)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::smallint[], %s::integer[],
    %s::bigint[], %s::bigint[], %s::smallint[], %s::smallint[], %s::bigint[], %s::float8[],
    %s::float8[], %s::float8[], %s::boolean[], %s::float8[])
"""

_TRADES = """
INSERT INTO trades (user_id, subscription_id, id, leg, side, lots, quantity, entry_ts,
    entry_price, exit_ts, exit_price, pnl, fees, reason, ambiguous, bars_held)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::smallint[], %s::smallint[],
    %s::bigint[], %s::float8[], %s::bigint[], %s::float8[], %s::bigint[], %s::float8[],
    %s::float8[], %s::float8[], %s::smallint[], %s::boolean[], %s::bigint[])
"""

_JOURNAL = """
INSERT INTO journal (user_id, subscription_id, seq, boundary_ms, input, note)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[], %s::bytea[], %s::text[])
"""

_POINTS = """
INSERT INTO equity_points (user_id, subscription_id, ts, equity)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::float8[])
ON CONFLICT (user_id, subscription_id, ts) DO NOTHING
"""

_TRIP = """
SELECT t.place, f.id, f.ts, f.bar, f.purpose, f.reason, f.lots, f.quantity, f.price, f.fee,
       f.ambiguous
FROM unnest(%s::bigint[], %s::uuid[], %s::uuid[], %s::smallint[], %s::bigint[])
  t (place, user_id, subscription_id, leg, since)
JOIN fills f ON f.user_id = t.user_id AND f.subscription_id = t.subscription_id
 AND f.leg = t.leg AND f.ts >= t.since
ORDER BY t.place, f.id
"""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One numbered input of one book; `input` is an INPUT record of shape (1,)."""

    user_id: UUID
    subscription_id: UUID
    boundary_ms: int
    input: Records
    note: str


def insert_fills(
    connection: Connection,
    users: Records,
    subscriptions: Records,
    fills: Records,
    equity: Floats,
) -> None:
    """Write FILL (F,); `equity` is the book's at the close of the turn."""
    if fills.shape[0] == 0:
        return
    cursor = bulk_cursor(connection)
    cursor.execute(
        _FILLS,
        (
            array(users),
            array(subscriptions),
            array(fills["id"]),
            array(fills["leg"].astype(np.int16)),
            array(fills["order"].astype(np.int32)),
            array(fills["ts"]),
            array(fills["bar"]),
            array(fills["purpose"].astype(np.int16)),
            array(fills["reason"].astype(np.int16)),
            array(fills["lots"]),
            array(fills["quantity"]),
            array(fills["price"]),
            array(fills["fee"]),
            array(fills["ambiguous"] != 0),
            array(equity),
        ),
    )
    expect_rows(cursor, fills.shape[0], "fills")


def insert_trades(
    connection: Connection,
    users: Records,
    subscriptions: Records,
    ids: Integers,
    legs: Integers,
    trades: Records,
) -> None:
    """Write closed round trips (T,); `ids` are those of their last fill."""
    if trades.shape[0] == 0:
        return
    cursor = bulk_cursor(connection)
    cursor.execute(
        _TRADES,
        (
            array(users),
            array(subscriptions),
            array(ids),
            array(legs.astype(np.int16)),
            array(trades["side"].astype(np.int16)),
            array(trades["lots"]),
            array(trades["quantity"]),
            array(trades["entry_ts"]),
            array(trades["entry_price"]),
            array(trades["exit_ts"]),
            array(trades["exit_price"]),
            array(trades["pnl"]),
            array(trades["fees"]),
            array(trades["reason"].astype(np.int16)),
            array(trades["ambiguous"] != 0),
            array(trades["bars_held"]),
        ),
    )
    expect_rows(cursor, trades.shape[0], "trades")


def fills_since(
    connection: Connection,
    places: Integers,
    users: Records,
    subscriptions: Records,
    legs: Integers,
    since_ts: Integers,
) -> Records:
    """Return the stored fills of open round trips as FILL; their `leg` field is the place."""
    if places.shape[0] == 0:
        return np.zeros(0, FILL)
    cursor = bulk_cursor(connection)
    cursor.execute(
        _TRIP,
        (
            array(places),
            array(users),
            array(subscriptions),
            array(legs.astype(np.int16)),
            array(since_ts),
        ),
        binary=True,
    )
    rows = cursor.fetchall()
    fills = np.zeros(len(rows), FILL)
    if rows:
        columns = list(zip(*rows, strict=True))
        names = ("leg", "id", "ts", "bar", "purpose", "reason", "lots", "quantity", "price", "fee")
        for name, column in zip((*names, "ambiguous"), columns, strict=True):
            fills[name] = column
    return fills


def insert_journal(connection: Connection, entries: list[JournalEntry]) -> None:
    """Write inputs that were folded into books, each under its number."""
    if not entries:
        return
    cursor = bulk_cursor(connection)
    inputs = np.concatenate([entry.input for entry in entries])
    cursor.execute(
        _JOURNAL,
        (
            [entry.user_id for entry in entries],
            [entry.subscription_id for entry in entries],
            array(inputs["seq"]),
            array(np.array([entry.boundary_ms for entry in entries], np.int64)),
            array(inputs.view(f"V{INPUT.itemsize}")),
            [entry.note for entry in entries],
        ),
    )
    expect_rows(cursor, len(entries), "journal inputs")


def insert_equity_points(
    connection: Connection, users: Records, subscriptions: Records, ts: Integers, equity: Floats
) -> None:
    """Write points of equity; a point that is there already stays as it is."""
    if users.shape[0] == 0:
        return
    cursor = bulk_cursor(connection)
    cursor.execute(_POINTS, (array(users), array(subscriptions), array(ts), array(equity)))
