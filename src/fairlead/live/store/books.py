"""The states of books: read and written by partition, whole columns at a time."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, text

from fairlead.infra.errors import InternalDefect
from fairlead.kernel.records import LIMITS, POLICY, Records, state_size
from fairlead.live.batch import (
    Batch,
    Integers,
    Roster,
    Rules,
    pack,
    read_limits,
    read_policies,
    state_dtype,
    unpack,
    unsound_rules,
)
from fairlead.live.store.binary import array, bulk_cursor, expect_rows, read_packed

# A blob of another size than it must have is read as zeros, which the kernel and the check of
# policies refuse: that book fails alone.
_ROSTER = """
SELECT string_agg(uuid_send(s.user_id) || uuid_send(s.id) || uuid_send(s.connection_id)
    || CASE WHEN octet_length(s.policies) = {policies} THEN s.policies
            ELSE decode(repeat('00', {policies}), 'hex') END
    || CASE WHEN octet_length(s.limits) = {limits} THEN s.limits
            ELSE decode(repeat('00', {limits}), 'hex') END,
    ''::bytea ORDER BY b.user_id, b.subscription_id)
FROM books b JOIN subscriptions s ON s.user_id = b.user_id AND s.id = b.subscription_id
WHERE b.partition = {partition}
"""

_STATES = """
SELECT string_agg(uuid_send(subscription_id)
    || CASE WHEN octet_length(state) = {size} THEN state
            ELSE decode(repeat('00', {size}), 'hex') END,
    ''::bytea ORDER BY user_id, subscription_id)
FROM books WHERE partition = {partition}
"""

_UPDATE = """
UPDATE books b SET as_of_ms = t.as_of, state = t.state
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::bytea[]) t (user_id, id, as_of, state)
WHERE b.user_id = t.user_id AND b.subscription_id = t.id AND b.partition = %s
"""

_INSERT = """
INSERT INTO books (user_id, subscription_id, partition, as_of_ms, state)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::integer[], %s::bigint[], %s::bytea[])
"""

_QUARANTINE = text("""
WITH moved AS (
    UPDATE books SET partition = -partition
    WHERE partition = :partition AND user_id = :user_id AND subscription_id = :id
    RETURNING 1
)
UPDATE subscriptions SET fault = :fault, revision = revision + 1
WHERE user_id = :user_id AND id = :id AND EXISTS (SELECT 1 FROM moved)
""")


_ENDED = text("""
SELECT s.id FROM subscriptions s JOIN books b ON b.user_id = s.user_id AND b.subscription_id = s.id
WHERE b.partition = :partition AND s.status = 'cancelled'
  AND NOT EXISTS (SELECT 1 FROM commands c WHERE c.partition = :partition AND c.status = 0
                  AND c.subscription_id = s.id)
""")

_ENDED_PARTITIONS = text("""
SELECT DISTINCT b.partition FROM subscriptions s
JOIN books b ON b.user_id = s.user_id AND b.subscription_id = s.id
WHERE s.status = 'cancelled' AND b.partition > 0
""")

_RETIRE = text("""
UPDATE books SET partition = -partition
WHERE partition = :partition AND user_id = :user_id AND subscription_id = :id
""")


def ended_rows(connection: Connection, partition: int) -> set[UUID]:
    """Return the cancelled subscriptions of a partition that nothing is waiting for."""
    return set(connection.execute(_ENDED, {"partition": partition}).scalars())


def partitions_with_ended(connection: Connection) -> list[int]:
    """Return the partitions that hold books of cancelled subscriptions."""
    return list(connection.execute(_ENDED_PARTITIONS).scalars())


def retire(connection: Connection, partition: int, user_id: UUID, subscription_id: UUID) -> None:
    """Take a book out of its partition for good."""
    row = {"partition": partition, "user_id": user_id, "id": subscription_id}
    connection.execute(_RETIRE, row)


def read_roster(connection: Connection, partition: int, version: int, legs: int) -> Roster:
    """Return who is in the partition, sorted by user, then by subscription."""
    policies, limits = POLICY.itemsize * legs, LIMITS.itemsize
    rows = read_packed(
        bulk_cursor(connection),
        _ROSTER.format(policies=policies, limits=limits, partition=partition),
        [
            ("user", "V16"),
            ("id", "V16"),
            ("connection", "V16"),
            ("policies", f"V{policies}"),
            ("limits", f"V{limits}"),
        ],
    )
    rules = Rules(read_policies(rows["policies"], legs), read_limits(rows["limits"]))
    return Roster(
        version,
        rows["user"].copy(),
        rows["id"].copy(),
        rows["connection"].copy(),
        rules,
        unsound_rules(rules),
    )


def read_states(connection: Connection, partition: int, roster: Roster, legs: int) -> Batch:
    """Return the states of the roster's books, in its order."""
    size = state_size(legs)
    rows = read_packed(
        bulk_cursor(connection),
        _STATES.format(size=size, partition=partition),
        [("id", "V16"), ("state", f"V{size}")],
    )
    if rows["id"].tobytes() != roster.subscriptions.tobytes():
        raise InternalDefect(
            f"Partition {partition} holds other books than its roster says.",
            expected=f"{roster.subscriptions.shape[0]} books of roster {roster.version}",
            found=f"{rows.shape[0]} books",
        )
    return unpack(np.frombuffer(rows["state"].tobytes(), state_dtype(legs)))


def write_states(
    connection: Connection, partition: int, roster: Roster, batch: Batch, rows: Integers
) -> None:
    """Write the states of the named rows; raise InternalDefect unless each was there."""
    if rows.shape[0] == 0:
        return
    users = roster.users[rows]
    picked = batch.pick(rows)
    cursor = bulk_cursor(connection)
    cursor.execute(
        _UPDATE,
        (
            array(users),
            array(roster.subscriptions[rows]),
            array(picked.books["as_of"]),
            array(pack(picked)),
            partition,
        ),
    )
    expect_rows(cursor, rows.shape[0], "states of books")


def insert_books(
    connection: Connection,
    users: Records,
    subscriptions: Records,
    partitions: Sequence[int],
    batch: Batch,
) -> None:
    """Write new books; rows come in the order of their users."""
    cursor = bulk_cursor(connection)
    cursor.execute(
        _INSERT,
        (
            array(users),
            array(subscriptions),
            array(np.array(partitions, np.int32)),
            array(batch.books["as_of"]),
            array(pack(batch)),
        ),
    )
    expect_rows(cursor, users.shape[0], "new books")


def quarantine(
    connection: Connection, partition: int, user_id: UUID, subscription_id: UUID, fault: str
) -> None:
    """Take one book out of its partition with the reason; its state stays as it is."""
    connection.execute(
        _QUARANTINE,
        {"partition": partition, "user_id": user_id, "id": subscription_id, "fault": fault},
    )
