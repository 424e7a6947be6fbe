"""Sets a book aside when its own data cannot be traded by, so that it fails alone."""

from sqlalchemy import Connection

from fairlead.infra.outbox import emit
from fairlead.live.batch import Roster
from fairlead.live.cache import Cache, Plan
from fairlead.live.events import SubscriptionChanged
from fairlead.live.model import uuid_at
from fairlead.live.store import books, lineups, orders

UNSOUND_STATE = "the stored state of the book is damaged; support has to restore it"


def sound_roster(
    connection: Connection, cache: Cache, partition: int, version: int, plan: Plan
) -> tuple[Roster, int]:
    """Return the roster of a locked partition without books of nonsense rules.

    Those are set aside on the way; their number comes second.
    """
    roster = cache.roster(connection, partition, version, plan.legs)
    if not roster.unsound:
        return roster, 0
    set_aside(connection, cache, partition, roster, roster.unsound)
    # not kept: this transaction may still fail, and another one may give this version out
    return books.read_roster(connection, partition, version + 1, plan.legs), len(roster.unsound)


def set_aside(
    connection: Connection,
    cache: Cache,
    partition: int,
    roster: Roster,
    problems: dict[int, str],
) -> None:
    """Take books out of their partition, by row and reason, and tell their users."""
    for row, reason in problems.items():
        user_id = uuid_at(roster.users, row)
        subscription_id = uuid_at(roster.subscriptions, row)
        books.quarantine(connection, partition, user_id, subscription_id, reason)
        orders.give_up_open(connection, user_id, subscription_id, reason)
        emit(connection, user_id, SubscriptionChanged(subscription_id, "faulted", reason))
    if problems:
        lineups.count_books(connection, partition, -len(problems))
        cache.forget_roster(partition)
