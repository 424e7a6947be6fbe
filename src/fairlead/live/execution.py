"""Sends orders to venues: every order through the same few steps, whatever it comes from.

Choose, take a token, set SENDING under the switches, call the venue outside of any transaction,
write down what it said. A worker that dies in between leaves an order SENDING; the venue's
capability says what may then be done with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from fairlead.brokers.port import (
    Absent,
    Accepted,
    NotSent,
    OrderType,
    OutcomeUnknown,
    OutgoingOrder,
    Placement,
    Refused,
    Venue,
)
from fairlead.infra.db import Database
from fairlead.infra.outbox import emit_all
from fairlead.kernel.reasons import Purpose
from fairlead.live.decimals import decimal_of
from fairlead.live.events import OrderUpdated
from fairlead.live.model import Act, OrderKind, OrderStatus
from fairlead.live.steps import Reach
from fairlead.live.store import commands, dispatch
from fairlead.live.store.commands import Command, Finished, NewCommand
from fairlead.live.store.dispatch import Candidate, Outcome, Sending
from fairlead.live.store.planning import plan_by_key

BATCH = 500
LEASE_S = 15.0
MOST_CANCELS = 500

_TYPES: dict[int, OrderType] = {
    int(OrderKind.MARKET): "market",
    int(OrderKind.LIMIT): "limit",
    int(OrderKind.STOP): "stop",
}


class Buckets(Protocol):
    """Hand out tokens, shared by all processes."""

    def try_token(self, bucket: str, rate: float, burst: float) -> float:
        """Take a token and return 0, or take none and return how many seconds to wait."""


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """What sending needs."""

    database: Database
    venues: Mapping[str, Venue]
    buckets: Buckets
    reach: Reach
    lease_s: float = LEASE_S


@dataclass(frozen=True, slots=True)
class Dispatched:
    """How many orders were sent, stopped on the way, or not taken by the venue."""

    sent: int = 0
    stopped: int = 0
    refused: int = 0


def busy_partitions(database: Database) -> list[int]:
    """Return the partitions that have orders to be sent or looked after."""
    with database.engine_transaction() as connection:
        plan_by_key(connection)
        return dispatch.busy_partitions(connection)


def dispatch_partition(desk: Dispatcher, partition: int) -> Dispatched:
    """Send one batch of a partition's orders; safe beside any number of other dispatchers."""
    with desk.database.engine_transaction() as connection:
        plan_by_key(connection)
        found = dispatch.choose(connection, partition, BATCH)
        instruments = dispatch.instruments(connection, partition)
    chosen = [item for item in found if _may_go(desk, item)]
    desk.reach("dispatch.chosen")
    with desk.database.engine_transaction() as connection:
        plan_by_key(connection)
        sendings = dispatch.set_sending(connection, chosen, desk.lease_s)
        _take_back(connection, [item for item in sendings if item.obstacle is not None])
        desk.reach("dispatch.sending")
    desk.reach("dispatch.sent")
    going = [item for item in sendings if item.obstacle is None]
    venue_of = {item.client_id: item.venue for item in chosen}
    outcomes = [
        _placed(desk, item, instruments[item.leg], venue_of[item.client_id]) for item in going
    ]
    desk.reach("dispatch.placed")
    with desk.database.engine_transaction() as connection:
        plan_by_key(connection)
        taken = dispatch.record_outcomes(connection, outcomes)
        refused = [
            item
            for item in outcomes
            if item.status is OrderStatus.REFUSED and item.sending.key in taken
        ]
        _tell_book(connection, [item.sending for item in refused], Act.OUTCOME_REFUSED)
        _announce(connection, refused)
    desk.reach("dispatch.recorded")
    return Dispatched(len(going), len(sendings) - len(going), len(refused))


def _may_go(desk: Dispatcher, item: Candidate) -> bool:
    """Tell whether an order may be sent now: its outcome is settled, and there is a token."""
    venue = desk.venues.get(item.venue or "")
    if venue is None:
        return item.status == OrderStatus.NEW
    capability = venue.capability
    if item.status != OrderStatus.NEW and capability.resend != "safe":
        return _settle(desk, venue, item)
    rate = item.orders_per_s or capability.orders_per_s
    if rate is None:
        return True
    burst = min(float(capability.burst), max(rate, 1.0))
    return desk.buckets.try_token(f"orders:{item.connection_id}", rate, burst) == 0.0


def _settle(desk: Dispatcher, venue: Venue, item: Candidate) -> bool:
    """Ask the venue for an order of unknown outcome; tell whether it may be sent again."""
    if not venue.capability.finds_by_client_id:
        _keep(desk, item, "the venue cannot be asked; reconcile by hand")
        return False
    found = venue.find(str(item.connection_id), item.client_id)
    if isinstance(found, Absent) and venue.capability.resend == "after_query":
        return True
    if isinstance(found, Accepted):
        with desk.database.engine_transaction() as connection:
            dispatch.mark_found(connection, item)
        return False
    _keep(desk, item, "not found at the venue yet")
    return False


def _keep(desk: Dispatcher, item: Candidate, note: str) -> None:
    with desk.database.engine_transaction() as connection:
        dispatch.keep_unknown(connection, item, desk.lease_s, note)


def _placed(desk: Dispatcher, item: Sending, instrument: str, venue_name: str | None) -> Outcome:
    venue = desk.venues.get(venue_name or "")
    if venue is None:
        note = f"there is no venue called {venue_name!r}"
        return Outcome(item, OrderStatus.REFUSED, note)
    return _as_outcome(item, venue.place(_outgoing(item, instrument)))


def _outgoing(item: Sending, instrument: str) -> OutgoingOrder:
    is_market = item.kind == int(OrderKind.MARKET)
    return OutgoingOrder(
        client_id=item.client_id,
        connection_id=str(item.connection_id),
        instrument=instrument,
        side=1 if item.lots > 0 else -1,
        type=_TYPES[item.kind],
        quantity=abs(decimal_of(item.quantity)),
        price=None if is_market else decimal_of(item.price),
        reduce_only=item.purpose == int(Purpose.EXIT),
    )


def _as_outcome(item: Sending, said: Placement) -> Outcome:
    if isinstance(said, Accepted):
        return Outcome(item, OrderStatus.WORKING, None)
    if isinstance(said, Refused):
        return Outcome(item, OrderStatus.REFUSED, said.reason)
    if isinstance(said, NotSent):
        return Outcome(item, OrderStatus.NEW, said.reason)
    return Outcome(item, OrderStatus.UNKNOWN, said.reason)


def _take_back(connection: Connection, stopped: Sequence[Sending]) -> None:
    cancelled = [item for item in stopped if item.status == OrderStatus.CANCELLED]
    _tell_book(connection, cancelled, Act.OUTCOME_CANCELLED)
    _announce(
        connection, [Outcome(item, OrderStatus.CANCELLED, item.obstacle) for item in cancelled]
    )


def _tell_book(connection: Connection, sendings: Sequence[Sending], act: Act) -> None:
    commands.insert_commands(
        connection,
        [
            NewCommand(item.user_id, item.subscription_id, act, item.leg, item.n)
            for item in sendings
        ],
    )


def _announce(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    emit_all(
        connection,
        [
            (
                item.sending.user_id,
                OrderUpdated(
                    item.sending.subscription_id,
                    item.sending.client_id,
                    item.status.name,
                    item.note or "",
                ),
            )
            for item in outcomes
        ],
    )


def cancel_partition(desk: Dispatcher, partition: int) -> int:
    """Carry out a partition's requests to cancel orders; return how many were settled."""
    with desk.database.engine_transaction() as connection:
        waiting = commands.waiting_commands(
            connection, partition, (Act.CANCEL_ORDER,), MOST_CANCELS
        )
    return sum(_cancel(desk, item) for item in waiting)


def _cancel(desk: Dispatcher, item: Command) -> int:
    place = (item.user_id, item.subscription_id, item.leg, item.n)
    with desk.database.engine_transaction() as connection:
        found = dispatch.standing(connection, *place)
    venue = desk.venues.get(found.venue or "") if found is not None else None
    if found is None or found.status not in (OrderStatus.NEW, OrderStatus.WORKING):
        if found is not None and found.status in (OrderStatus.SENDING, OrderStatus.UNKNOWN):
            return 0
        return _finish(desk, item, "the order is not open any more")
    if found.status is OrderStatus.WORKING and venue is not None:
        said = venue.cancel(str(found.connection_id), found.client_id)
        gone = isinstance(said, Accepted)
        # the book itself is the paper venue's memory: an id its process forgot is no order
        gone = gone or (isinstance(said, Absent) and venue.capability.fills_from_bars)
        if isinstance(said, NotSent | OutcomeUnknown):
            return 0
        if not gone:
            return _finish(desk, item, "the venue does not have the order")
    note = item.note or "cancelled on request"
    with desk.database.engine_transaction() as connection:
        if not dispatch.cancel_one(connection, *place, found.status, note):
            return 0
        commands.finish_commands(connection, [Finished(item, "cancelled")])
        commands.insert_commands(
            connection,
            [NewCommand(*place[:2], Act.OUTCOME_CANCELLED, item.leg, item.n, note=note)],
        )
        news = OrderUpdated(item.subscription_id, found.client_id, "CANCELLED", note)
        emit_all(connection, [(item.user_id, news)])
    return 1


def _finish(desk: Dispatcher, item: Command, result: str) -> int:
    with desk.database.engine_transaction() as connection:
        commands.finish_commands(connection, [Finished(item, result, failed=True)])
    return 1
