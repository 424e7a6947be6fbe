"""Turns what the kernel wants, and what a watched level did, into rows of the order table."""

import numpy as np

from fairlead.kernel.reasons import Reason
from fairlead.kernel.records import Records
from fairlead.live.batch import Floats, Integers, Roster
from fairlead.live.model import OrderKind, OrderStatus, client_ids, ranks
from fairlead.live.store import orders

TARGET = int(Reason.TARGET)


def rows_of_intents(roster: Roster, causes: Records, intents: Records) -> orders.OrderRows:
    """Return new market orders, one for each INTENT; `causes` are their causes' ids (V16)."""
    count = intents.shape[0]
    return _rows(
        roster,
        causes,
        intents,
        n=intents["order"],
        status=np.full(count, int(OrderStatus.NEW), np.int64),
        kind=np.full(count, int(OrderKind.MARKET), np.int64),
        filled=np.zeros(count, np.int64),
        average=np.full(count, np.nan),
    )


def rows_of_levels(roster: Roster, causes: Records, fills: Records) -> orders.OrderRows:
    """Return the orders of stops and targets that the book watched: they are born filled."""
    is_target = fills["reason"] == TARGET
    return _rows(
        roster,
        causes,
        fills,
        n=fills["order"],
        status=np.full(fills.shape[0], int(OrderStatus.FILLED), np.int64),
        kind=np.where(is_target, int(OrderKind.LIMIT), int(OrderKind.STOP)),
        filled=fills["lots"],
        average=fills["price"],
    )


def _rows(
    roster: Roster,
    causes: Records,
    records: Records,
    *,
    n: Integers,
    status: Integers,
    kind: Integers,
    filled: Integers,
    average: Floats,
) -> orders.OrderRows:
    book = records["book"]
    subscriptions = roster.subscriptions[book]
    purposes = records["purpose"]
    return orders.OrderRows(
        causes=causes,
        users=roster.users[book],
        subscriptions=subscriptions,
        connections=roster.connections[book],
        leg=records["leg"],
        n=n,
        client_id=client_ids(causes, subscriptions, records["leg"], purposes, n),
        rank=ranks(causes, subscriptions, purposes),
        status=status,
        purpose=purposes,
        reason=records["reason"],
        kind=kind,
        lots=records["lots"],
        filled_lots=filled,
        quantity=records["quantity"],
        price=records["price"],
        average_price=average,
    )
