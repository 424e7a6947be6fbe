"""Closes round trips: joins the fills of a turn with the stored fills that opened them."""

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from fairlead.kernel.reasons import Purpose
from fairlead.kernel.records import Records
from fairlead.kernel.trades import trades_of
from fairlead.live.batch import Batch, Integers, Roster
from fairlead.live.store.facts import fills_since


@dataclass(frozen=True, slots=True)
class Trips:
    """Round trips that ended: row in the batch, leg and last fill's id beside TRADE, all (T,)."""

    book: Integers
    leg: Integers
    id: Integers
    trades: Records


def closed_trips(connection: Connection, roster: Roster, before: Batch, fills: Records) -> Trips:
    """Return the round trips that the fills of a turn ended.

    `before` are the books as they stood before the turn; their open positions' fills come from
    the database, so that a trade is made of exactly the fills that were reported.
    """
    legs = before.legs.shape[1]
    exits = fills[fills["purpose"] == int(Purpose.EXIT)]
    if exits.shape[0] == 0:
        nothing = np.zeros(0, np.int64)
        return Trips(nothing, nothing, nothing, trades_of(exits))
    places = np.unique(exits["book"] * legs + exits["leg"])
    own = fills[np.isin(fills["book"] * legs + fills["leg"], places)].copy()
    own["leg"] = own["book"] * legs + own["leg"]
    earlier = _opening_fills(connection, roster, before, places, legs)
    together = np.concatenate([earlier, own])
    together = together[np.lexsort((together["id"], together["leg"]))]
    trades = trades_of(together)
    ends = _last_fill_ids(together)
    return Trips(trades["leg"] // legs, trades["leg"] % legs, ends, trades)


def _opening_fills(
    connection: Connection, roster: Roster, before: Batch, places: Integers, legs: int
) -> Records:
    book, leg = places // legs, places % legs
    held = before.positions[book, leg, 0]["side"] != 0
    book, leg, places = book[held], leg[held], places[held]
    stored = fills_since(
        connection,
        places,
        roster.users[book],
        roster.subscriptions[book],
        leg,
        before.positions[book, leg, 0]["entry_ts"],
    )
    return _from_first_entry(stored)


def _from_first_entry(fills: Records) -> Records:
    """Leave out what precedes each place's first entry: the exit of the trip before."""
    entry = (fills["purpose"] == int(Purpose.ENTRY)).astype(np.int64)
    seen = np.cumsum(entry)
    starts = np.concatenate([[True], fills["leg"][1:] != fills["leg"][:-1]])
    base = np.where(starts, seen - entry, 0)
    base = np.maximum.accumulate(base) if fills.shape[0] else base
    return fills[seen > base]


def _last_fill_ids(fills: Records) -> Integers:
    """Return the ids of the fills after which their place was flat, in the order of trades."""
    if fills.shape[0] == 0:
        return np.zeros(0, np.int64)
    total = np.cumsum(fills["lots"])
    starts = np.flatnonzero(np.concatenate([[True], fills["leg"][1:] != fills["leg"][:-1]]))
    before = np.concatenate([[0], total])[starts]
    sizes = np.diff(np.concatenate([starts, [fills.shape[0]]]))
    held = total - np.repeat(before, sizes)
    ids: Integers = fills["id"][held == 0]
    return ids
