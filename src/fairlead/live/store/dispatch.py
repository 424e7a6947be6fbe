"""Orders on their way to a venue: chosen, set SENDING under the switches, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, text

from fairlead.live.model import OrderStatus, uuid_column
from fairlead.live.store.binary import RawArray, array, bulk_cursor

# A kill switch takes this lock alone, sending takes it shared: when the switch has committed, no
# transaction that did not see it can set an order SENDING any more.
SWITCH_LOCK = 0x6B_69_6C_6C

_BUSY = text("""
SELECT p.id FROM partitions p WHERE EXISTS (
    SELECT 1 FROM orders o WHERE o.partition = p.id AND o.unsettled
      AND (o.status = 1 OR o.lease_until < clock_timestamp()))
ORDER BY p.id
""")

_CHOOSE = text("""
SELECT o.user_id, o.subscription_id, o.leg, o.n, o.client_id, o.connection_id, c.venue,
       c.orders_per_s, o.status
FROM orders o LEFT JOIN connections c ON c.user_id = o.user_id AND c.id = o.connection_id
WHERE o.partition = :partition AND o.unsettled
  AND (o.status = 1 OR o.lease_until < clock_timestamp())
ORDER BY o.rank LIMIT :most
""")

# What may stop an order is read here, in the transaction that sets SENDING, never before. What
# cannot be read stops it too: an unknown subscription or connection, an act nobody knows.
_SEND = """
WITH chosen AS (
    SELECT x.* FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[], %s::integer[])
      t (user_id, subscription_id, leg, n)
    CROSS JOIN LATERAL (
        SELECT o.user_id, o.subscription_id, o.leg, o.n, o.connection_id, o.valid_until,
               o.quantity, o.price, o.purpose FROM orders o
        WHERE o.user_id = t.user_id AND o.subscription_id = t.subscription_id
          AND o.leg = t.leg AND o.n = t.n OFFSET 0
    ) x
), judged AS (
    SELECT o.user_id, o.subscription_id, o.leg, o.n,
        CASE
            WHEN s.id IS NULL THEN 'the subscription does not exist'
            WHEN c.id IS NULL THEN 'the connection does not exist'
            WHEN c.status <> 'active' THEN 'the connection is disabled'
            WHEN c.max_order_notional IS NOT NULL
                AND abs(o.quantity) * o.price > c.max_order_notional AND o.purpose = 1
                THEN 'above the largest order this connection allows'
            WHEN o.purpose <> 1 THEN NULL
            WHEN o.valid_until < clock_timestamp() THEN 'too late to be sent'
            WHEN EXISTS (SELECT 1 FROM platform_switches WHERE released_at IS NULL)
                THEN 'the platform''s kill switch is pulled'
            WHEN EXISTS (SELECT 1 FROM kill_switches k WHERE k.user_id = o.user_id
                         AND k.released_at IS NULL
                         AND (k.scope <> 'subscription' OR k.subject_id = o.subscription_id))
                THEN 'a kill switch is pulled'
            WHEN s.status <> 'active' THEN 'the subscription is ' || s.status
        END AS obstacle
    FROM chosen o
    LEFT JOIN subscriptions s ON s.user_id = o.user_id AND s.id = o.subscription_id
    LEFT JOIN connections c ON c.user_id = o.user_id AND c.id = o.connection_id
)
UPDATE orders o SET
    status = CASE WHEN j.obstacle IS NULL THEN 2 WHEN o.status = 1 THEN 6 ELSE 8 END,
    unsettled = j.obstacle IS NULL OR o.status <> 1,
    attempt = o.attempt + 1,
    lease_until = clock_timestamp() + make_interval(secs => %s),
    sent_at = CASE WHEN j.obstacle IS NULL THEN clock_timestamp() ELSE o.sent_at END,
    updated_at = clock_timestamp(),
    note = COALESCE(j.obstacle, o.note)
FROM judged j
WHERE o.user_id = j.user_id AND o.subscription_id = j.subscription_id AND o.leg = j.leg
  AND o.n = j.n
  AND (o.status = 1 OR (o.status IN (2, 8) AND o.lease_until < clock_timestamp()))
RETURNING o.user_id, o.subscription_id, o.leg, o.n, o.client_id, o.connection_id,
          o.attempt, o.kind, o.lots, o.quantity, o.price, o.purpose, o.status, j.obstacle
"""

_INSTRUMENTS = text("""
SELECT g.leg, g.instrument FROM lineup_legs g JOIN partitions p ON p.lineup_id = g.lineup_id
WHERE p.id = :partition
""")

# Notes are seldom: the shorter array is filled up with NULL.
_RECORD = """
UPDATE orders o SET status = t.status, unsettled = t.status IN (1, 2, 8), note = t.note,
    updated_at = clock_timestamp(), lease_until = CASE WHEN t.status = 8 THEN o.lease_until END
FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[], %s::integer[], %s::smallint[],
            %s::smallint[], %s::text[])
  t (user_id, subscription_id, leg, n, attempt, status, note)
WHERE o.user_id = t.user_id AND o.subscription_id = t.subscription_id AND o.leg = t.leg
  AND o.n = t.n AND o.status = 2 AND o.attempt = t.attempt
RETURNING o.user_id, o.subscription_id, o.leg, o.n
"""


OrderKey = tuple[UUID, UUID, int, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order that wants to be sent, or whose sender has not been heard of."""

    user_id: UUID
    subscription_id: UUID
    leg: int
    n: int
    client_id: str
    connection_id: UUID
    venue: str | None
    orders_per_s: float | None
    status: int


@dataclass(frozen=True, slots=True)
class Sending:
    """An order that is now SENDING, or was stopped by `obstacle`."""

    user_id: UUID
    subscription_id: UUID
    leg: int
    n: int
    client_id: str
    connection_id: UUID
    attempt: int
    kind: int
    lots: int
    quantity: float
    price: float
    purpose: int
    status: int
    obstacle: str | None

    @property
    def key(self) -> OrderKey:
        """Return what names the order."""
        return (self.user_id, self.subscription_id, self.leg, self.n)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the venue said of a sending; written only if nobody else wrote since."""

    sending: Sending
    status: OrderStatus
    note: str | None


def busy_partitions(connection: Connection) -> list[int]:
    """Return the partitions that have orders to be sent or looked after."""
    return list(connection.execute(_BUSY).scalars())


def choose(connection: Connection, partition: int, most: int) -> list[Candidate]:
    """Return the next orders of a partition: exits first, then subscribers in a drawn order."""
    rows = connection.execute(_CHOOSE, {"partition": partition, "most": most})
    return [Candidate(*row) for row in rows]


def instruments(connection: Connection, partition: int) -> dict[int, str]:
    """Return the instrument of each leg that a partition's books hold."""
    rows = connection.execute(_INSTRUMENTS, {"partition": partition})
    return {row.leg: row.instrument for row in rows}


def set_sending(
    connection: Connection, chosen: Sequence[Candidate], lease_s: float
) -> list[Sending]:
    """Set orders SENDING unless a pause, a switch or a limit stands in the way; in their order.

    New ones are then CANCELLED with the obstacle as their note, those sent before stay UNKNOWN.
    An order that another worker has, or that waits no more, is left out of the result.
    """
    if not chosen:
        return []
    connection.execute(text("SELECT pg_advisory_xact_lock_shared(:id)"), {"id": SWITCH_LOCK})
    cursor = bulk_cursor(connection)
    cursor.execute(_SEND, (*_key_arrays(chosen), lease_s), binary=True)
    place = {item.client_id: k for k, item in enumerate(chosen)}
    sendings = (Sending(*row) for row in cursor.fetchall())
    return sorted(sendings, key=lambda item: place[item.client_id])


def record_outcomes(connection: Connection, outcomes: Sequence[Outcome]) -> set[OrderKey]:
    """Write what venues said; return the keys of the orders that took it."""
    if not outcomes:
        return set()
    cursor = bulk_cursor(connection)
    noted = any(item.note for item in outcomes)
    cursor.execute(
        _RECORD,
        (
            *_key_arrays([item.sending for item in outcomes]),
            array(np.array([item.sending.attempt for item in outcomes], np.int16)),
            array(np.array([int(item.status) for item in outcomes], np.int16)),
            [item.note for item in outcomes] if noted else [],
        ),
        binary=True,
    )
    return set(cursor.fetchall())


def _key_arrays(items: "Sequence[Candidate] | Sequence[Sending]") -> tuple[RawArray, ...]:
    return (
        array(uuid_column([item.user_id for item in items])),
        array(uuid_column([item.subscription_id for item in items])),
        array(np.array([item.leg for item in items], np.int16)),
        array(np.array([item.n for item in items], np.int32)),
    )


_EXTEND = text("""
UPDATE orders SET status = 8, lease_until = clock_timestamp() + make_interval(secs => :lease_s),
    note = :note, updated_at = clock_timestamp()
WHERE user_id = :user_id AND subscription_id = :subscription_id AND leg = :leg AND n = :n
  AND status IN (2, 8) AND lease_until < clock_timestamp()
""")

_FOUND = text("""
UPDATE orders SET status = 3, unsettled = false, lease_until = NULL, note = :note,
    updated_at = clock_timestamp()
WHERE user_id = :user_id AND subscription_id = :subscription_id AND leg = :leg AND n = :n
  AND status IN (2, 8)
""")

_STATUS = text("""
SELECT o.status, o.client_id, o.connection_id, c.venue FROM orders o
LEFT JOIN connections c ON c.user_id = o.user_id AND c.id = o.connection_id
WHERE o.user_id = :user_id AND o.subscription_id = :subscription_id AND o.leg = :leg AND o.n = :n
""")

_CANCEL = text("""
UPDATE orders SET status = 6, unsettled = false, note = :note, updated_at = clock_timestamp()
WHERE user_id = :user_id AND subscription_id = :subscription_id AND leg = :leg AND n = :n
  AND status = :status
""")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an order stands, and at which venue."""

    status: OrderStatus
    client_id: str
    connection_id: UUID
    venue: str | None


def keep_unknown(connection: Connection, item: Candidate, lease_s: float, note: str) -> None:
    """Leave an order UNKNOWN until it is asked for again; its risk stays reserved."""
    connection.execute(_EXTEND, _place(item) | {"lease_s": lease_s, "note": note})


def mark_found(connection: Connection, item: Candidate) -> None:
    """Note that an order of unknown outcome works at the venue."""
    connection.execute(_FOUND, _place(item) | {"note": "found at the venue"})


def standing(
    connection: Connection, user_id: UUID, subscription_id: UUID, leg: int, n: int
) -> Standing | None:
    """Return where an order stands, None when there is no such order."""
    place = {"user_id": user_id, "subscription_id": subscription_id, "leg": leg, "n": n}
    row = connection.execute(_STATUS, place).one_or_none()
    return Standing(OrderStatus(row[0]), *row[1:]) if row is not None else None


def cancel_one(
    connection: Connection,
    user_id: UUID,
    subscription_id: UUID,
    leg: int,
    n: int,
    status: OrderStatus,
    note: str,
) -> bool:
    """Cancel an order that stands at `status`; return False when it does not any more."""
    place = {"user_id": user_id, "subscription_id": subscription_id, "leg": leg, "n": n}
    row = place | {"status": int(status), "note": note}
    return connection.execute(_CANCEL, row).rowcount == 1


def _place(item: Candidate) -> dict[str, object]:
    return {
        "user_id": item.user_id,
        "subscription_id": item.subscription_id,
        "leg": item.leg,
        "n": item.n,
    }
