"""What a tenant does to a subscription: begin, pause, resume, cancel; to an order: cancel."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, NotFound
from fairlead.infra.ids import uuid7
from fairlead.infra.outbox import emit
from fairlead.kernel.reasons import Reason
from fairlead.live.events import SubscriptionChanged
from fairlead.live.model import Act, LegDraft
from fairlead.live.store import accounts, reading
from fairlead.live.store.accounts import NewSubscription
from fairlead.live.store.commands import NewCommand, insert_commands

ALL_LEGS = -1


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subscription somebody asks for."""

    strategy_id: UUID
    strategy_name: str
    legs: tuple[LegDraft, ...]
    connection_id: UUID
    capital: Decimal
    risk_profile: str
    join_mode: str


def begin(connection: Connection, user_id: UUID, wanted: Wanted) -> UUID:
    """Write a subscription that the engine admits at once; return its id.

    Raises NotFound when the connection is not the tenant's.
    """
    found = reading.find_connection(connection, wanted.connection_id)
    if found is None or found.status != "active":
        raise NotFound(
            "There is no such connection, or it is disabled.",
            found=str(wanted.connection_id),
            action="Make a paper connection first.",
            path="connection_id",
        )
    subscription_id = uuid7()
    accounts.insert_subscription(
        connection,
        user_id,
        NewSubscription(
            id=subscription_id,
            strategy_id=wanted.strategy_id,
            strategy_name=wanted.strategy_name,
            legs=wanted.legs,
            connection_id=wanted.connection_id,
            capital=wanted.capital,
            risk_profile=wanted.risk_profile,
            join_mode=wanted.join_mode,
        ),
    )
    return subscription_id


def pause(
    connection: Connection,
    user_id: UUID,
    subscription_id: UUID,
    at: datetime,
    *,
    exit_positions: bool = False,
) -> None:
    """Stop new entries at once; what is open stays under its stops, or is closed."""
    _change(connection, user_id, subscription_id, "paused", at)
    _ask(connection, user_id, subscription_id, Act.PAUSE)
    if exit_positions:
        _ask(connection, user_id, subscription_id, Act.CLOSE, reason=Reason.MANUAL)


def resume(connection: Connection, user_id: UUID, subscription_id: UUID, at: datetime) -> None:
    """Let entries happen again from the next candle on."""
    _change(connection, user_id, subscription_id, "active", at)
    _ask(connection, user_id, subscription_id, Act.RESUME)


def cancel(
    connection: Connection,
    user_id: UUID,
    subscription_id: UUID,
    at: datetime,
    *,
    exit_positions: bool,
) -> None:
    """End a subscription for good; its position is closed, or kept under its stops to the end."""
    _change(connection, user_id, subscription_id, "cancelled", at)
    _ask(connection, user_id, subscription_id, Act.PAUSE)
    _ask(connection, user_id, subscription_id, Act.CANCEL_ENTRY)
    if exit_positions:
        _ask(connection, user_id, subscription_id, Act.CLOSE, reason=Reason.MANUAL)


def has_ended(connection: Connection, subscription_id: UUID) -> bool:
    """Tell whether one of the tenant's subscriptions was cancelled; raise NotFound without one."""
    found = reading.find_subscription(connection, subscription_id)
    if found is None:
        raise NotFound("There is no such subscription.", found=str(subscription_id))
    return found.status == "cancelled"


def cancel_order(
    connection: Connection, user_id: UUID, subscription_id: UUID, leg: int, n: int
) -> None:
    """Ask for one order to be cancelled; the dispatcher asks its venue."""
    insert_commands(
        connection,
        [NewCommand(user_id, subscription_id, Act.CANCEL_ORDER, leg, n, note="by hand")],
    )


def _change(
    connection: Connection, user_id: UUID, subscription_id: UUID, status: str, at: datetime
) -> None:
    if accounts.set_status(connection, user_id, subscription_id, status, at):
        emit(connection, user_id, SubscriptionChanged(subscription_id, status, None))
        return
    found = reading.find_subscription(connection, subscription_id)
    if found is None:
        raise NotFound("There is no such subscription.", found=str(subscription_id))
    if found.status != status:
        raise Conflict(
            "The subscription has ended.",
            expected="an active or paused subscription",
            found=found.status,
            action="Subscribe again.",
        )


def _ask(
    connection: Connection,
    user_id: UUID,
    subscription_id: UUID,
    act: Act,
    reason: Reason = Reason.NONE,
) -> None:
    insert_commands(
        connection,
        [NewCommand(user_id, subscription_id, act, ALL_LEGS, reason=int(reason), note="by hand")],
    )
