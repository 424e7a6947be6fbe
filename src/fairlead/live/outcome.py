"""Writes what a step did: orders, fills, trades, and the news of them."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from fairlead.kernel.records import Records
from fairlead.live.batch import Batch, Roster
from fairlead.live.model import uuid_column
from fairlead.live.order_rows import rows_of_intents, rows_of_levels
from fairlead.live.step import Step, of_level
from fairlead.live.steps import Reach
from fairlead.live.store import facts, orders
from fairlead.live.store.news import tell_of_fills
from fairlead.live.trips import closed_trips


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows a step gave."""

    orders: int
    fills: int
    trades: int


def write_outcome(
    connection: Connection,
    cause: orders.Cause,
    cause_id: UUID,
    roster: Roster,
    before: Batch,
    after: Batch,
    done: Step,
    reach: Reach,
) -> Written:
    """Write everything but the states, in the caller's transaction.

    Round trips are closed before the new fills are stored, from which they would come twice.

    Raises when a row does not arrive or an order that was filled was not working.
    """
    fills = done.fills
    level = of_level(fills)
    own = uuid_column([cause_id])
    new = [
        rows_of_intents(roster, np.repeat(own, done.intents.shape[0]), done.intents),
        rows_of_levels(roster, np.repeat(own, int(level.sum())), fills[level]),
    ]
    for rows in new:
        orders.insert_orders(connection, cause, rows)
    _settle(connection, roster, done, fills[~level])
    reach("chunk.orders_written")
    book = fills["book"]
    trips = closed_trips(connection, roster, before, fills)
    facts.insert_fills(
        connection,
        roster.users[book],
        roster.subscriptions[book],
        fills,
        after.books["equity"][book],
    )
    facts.insert_trades(
        connection,
        roster.users[trips.book],
        roster.subscriptions[trips.book],
        trips.id,
        trips.leg,
        trips.trades,
    )
    tell_of_fills(
        connection,
        roster.users[book],
        roster.subscriptions[book],
        fills,
        after.books["equity"][book],
    )
    reach("chunk.facts_written")
    count = sum(rows.users.shape[0] for rows in new)
    return Written(count, fills.shape[0], trips.trades.shape[0])


def _settle(connection: Connection, roster: Roster, done: Step, fills: Records) -> None:
    book = fills["book"]
    orders.fill_orders(
        connection,
        roster.users[book],
        roster.subscriptions[book],
        fills["leg"],
        fills["order"],
        fills["lots"],
        fills["price"],
    )
    gone = done.cancelled
    orders.cancel_working(
        connection,
        roster.users[gone.book],
        roster.subscriptions[gone.book],
        gone.leg,
        gone.n,
        "given up: the market opened beyond the stop, or the position was closed before",
    )
