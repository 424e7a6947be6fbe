"""Kill switches: pulled and released by people, carried to every book by the engine."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from fairlead.kernel.reasons import Reason
from fairlead.live.model import Act
from fairlead.live.store.dispatch import SWITCH_LOCK

_INSERT = text("""
INSERT INTO kill_switches (user_id, id, act, note, created_by, scope, subject_id)
VALUES (:user_id, :id, :act, :note, :by, :scope, :subject)
""")

_INSERT_PLATFORM = text("""
INSERT INTO platform_switches (id, act, note, created_by) VALUES (:id, :act, :note, :by)
""")

_OF_TENANT = text("""
SELECT id, scope, subject_id, act, note, created_at, created_by, expanded_at, released_at,
       release_expanded_at
FROM kill_switches WHERE released_at IS NULL OR :all ORDER BY created_at DESC LIMIT :most
""")

_OF_PLATFORM = text("""
SELECT id, 'platform' AS scope, NULL::uuid AS subject_id, act, note, created_at, created_by,
       expanded_at, released_at, release_expanded_at
FROM platform_switches WHERE released_at IS NULL OR :all ORDER BY created_at DESC LIMIT :most
""")

_PROGRESS = text("""
SELECT count(*) AS asked, count(*) FILTER (WHERE status = 0) AS waiting,
       count(*) FILTER (WHERE status = 2) AS failed
FROM commands WHERE switch_id = :id
""")

# Orders that a switch asked to end and that may still trade.
_RESIDUAL = text("""
SELECT count(*) FROM orders o WHERE o.status IN (1, 2, 3, 4, 8) AND EXISTS (
    SELECT 1 FROM commands c WHERE c.switch_id = :id AND c.user_id = o.user_id
      AND c.subscription_id = o.subscription_id)
""")

_OPEN = """
SELECT 'platform' AS scope, id, NULL::uuid AS user_id, NULL::uuid AS subject_id, act,
       released_at IS NOT NULL AS released, created_at
FROM platform_switches
WHERE expanded_at IS NULL OR (released_at IS NOT NULL AND release_expanded_at IS NULL)
UNION ALL
SELECT scope, id, user_id, subject_id, act, released_at IS NOT NULL, created_at
FROM kill_switches
WHERE expanded_at IS NULL OR (released_at IS NOT NULL AND release_expanded_at IS NULL)
ORDER BY created_at
"""

_SCOPE = """
FROM subscriptions s
JOIN books b ON b.user_id = s.user_id AND b.subscription_id = s.id AND b.partition > 0
WHERE s.partition IS NOT NULL
  AND (:scope = 'platform' OR s.user_id = :user_id)
  AND (:scope <> 'subscription' OR s.id = :subject)
"""

_EXPAND = text(f"""
INSERT INTO commands (user_id, id, subscription_id, partition, act, leg, reason, note, switch_id)
SELECT s.user_id, gen_random_uuid(), s.id, s.partition, a.act, -1,
       CASE WHEN a.act = {int(Act.CLOSE)} THEN {int(Reason.KILL)} ELSE 0 END, :note, :id
FROM (SELECT s.* {_SCOPE}) s
CROSS JOIN unnest(CAST(:acts AS smallint[])) WITH ORDINALITY a (act, place)
ORDER BY s.user_id, s.id, a.place
""")

# A book is released when no other switch holds for it.
_EXPAND_RELEASE = text(f"""
INSERT INTO commands (user_id, id, subscription_id, partition, act, leg, note, switch_id)
SELECT s.user_id, gen_random_uuid(), s.id, s.partition, {int(Act.RELEASE)}, 0, :note, :id
FROM (SELECT s.* {_SCOPE}) s
WHERE NOT EXISTS (SELECT 1 FROM platform_switches WHERE released_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM kill_switches k WHERE k.user_id = s.user_id
                  AND k.released_at IS NULL
                  AND (k.scope <> 'subscription' OR k.subject_id = s.id))
ORDER BY s.user_id, s.id
""")

ACTS_OF = {
    "stop_new": (Act.KILL,),
    "cancel_open": (Act.KILL, Act.CANCEL_ENTRY),
    "flatten": (Act.KILL, Act.CANCEL_ENTRY, Act.CLOSE),
}


@dataclass(frozen=True, slots=True)
class Switch:
    """One kill switch; `asked` to `open_orders` say how far it has got."""

    id: UUID
    scope: str
    subject_id: UUID | None
    act: str
    note: str
    created_at: datetime
    created_by: UUID
    expanded_at: datetime | None
    released_at: datetime | None
    asked: int
    waiting: int
    failed: int
    open_orders: int


@dataclass(frozen=True, slots=True)
class Unexpanded:
    """A switch, or its release, that has not reached its books yet."""

    scope: str
    id: UUID
    user_id: UUID | None
    subject_id: UUID | None
    act: str
    released: bool


def stop_sending(connection: Connection) -> None:
    """Wait until no order is on its way to SENDING, and keep it so until commit."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": SWITCH_LOCK})


def insert_switch(
    connection: Connection,
    user_id: UUID,
    switch_id: UUID,
    scope: str,
    subject_id: UUID,
    act: str,
    note: str,
) -> None:
    """Write a tenant's switch."""
    stop_sending(connection)
    row = {"user_id": user_id, "id": switch_id, "scope": scope, "subject": subject_id}
    connection.execute(_INSERT, row | {"act": act, "note": note, "by": user_id})


def insert_platform_switch(
    connection: Connection, switch_id: UUID, act: str, note: str, by: UUID
) -> None:
    """Write a switch over everybody."""
    stop_sending(connection)
    connection.execute(_INSERT_PLATFORM, {"id": switch_id, "act": act, "note": note, "by": by})


def release_switch(connection: Connection, switch_id: UUID, by: UUID, at: datetime) -> bool:
    """Release a tenant's switch; return False when there is none that is pulled."""
    return _release(connection, "kill_switches", switch_id, by, at)


def release_platform_switch(
    connection: Connection, switch_id: UUID, by: UUID, at: datetime
) -> bool:
    """Release a switch over everybody; return False when there is none that is pulled."""
    return _release(connection, "platform_switches", switch_id, by, at)


def _release(connection: Connection, table: str, switch_id: UUID, by: UUID, at: datetime) -> bool:
    released = connection.execute(
        text(
            f"UPDATE {table} SET released_at = :at, released_by = :by "
            "WHERE id = :id AND released_at IS NULL"
        ),
        {"at": at, "by": by, "id": switch_id},
    )
    return released.rowcount == 1


def tenant_switches(connection: Connection, *, ended: bool = False) -> list[Switch]:
    """Return the tenant's switches, newest first; released ones only with `ended`."""
    rows = connection.execute(_OF_TENANT, {"all": ended, "most": 200}).all()
    return [_with_progress(connection, row) for row in rows]


def platform_switches(
    connection: Connection, *, ended: bool = False, progress: bool = False
) -> list[Switch]:
    """Return the switches over everybody; their progress needs a role that sees everybody."""
    rows = connection.execute(_OF_PLATFORM, {"all": ended, "most": 200}).all()
    return [
        _with_progress(connection, row) if progress else _switch(row, (0, 0, 0), 0) for row in rows
    ]


def _with_progress(connection: Connection, row: Row[Any]) -> Switch:
    key = {"id": row.id}
    progress = connection.execute(_PROGRESS, key).one()
    return _switch(row, tuple(progress), connection.execute(_RESIDUAL, key).scalar_one())


def _switch(row: Row[Any], progress: tuple[int, ...], open_orders: int) -> Switch:
    asked, waiting, failed = progress
    return Switch(
        id=row.id,
        scope=row.scope,
        subject_id=row.subject_id,
        act=row.act,
        note=row.note,
        created_at=row.created_at,
        created_by=row.created_by,
        expanded_at=row.expanded_at,
        released_at=row.released_at,
        asked=asked,
        waiting=waiting,
        failed=failed,
        open_orders=open_orders,
    )


def unexpanded(connection: Connection) -> list[Unexpanded]:
    """Return the switches and releases that have not reached their books, oldest first."""
    rows = connection.execute(text(_OPEN))
    return [
        Unexpanded(row.scope, row.id, row.user_id, row.subject_id, row.act, row.released)
        for row in rows
    ]


def expand(connection: Connection, item: Unexpanded, at: datetime) -> int:
    """Write the commands by which a switch reaches its books; return how many.

    Does nothing when another engine was faster.
    """
    table = "platform_switches" if item.scope == "platform" else "kill_switches"
    column = "release_expanded_at" if item.released else "expanded_at"
    marked = connection.execute(
        text(
            f"UPDATE {table} SET {column} = :at, expanded_at = COALESCE(expanded_at, :at) "
            f"WHERE id = :id AND {column} IS NULL"
            if item.released
            else f"UPDATE {table} SET expanded_at = :at WHERE id = :id AND expanded_at IS NULL"
        ),
        {"at": at, "id": item.id},
    )
    if marked.rowcount != 1:
        return 0
    row: dict[str, object] = {
        "scope": item.scope,
        "user_id": item.user_id,
        "subject": item.subject_id,
        "id": item.id,
        "note": f"kill switch: {item.act}" + (" released" if item.released else ""),
    }
    if item.released:
        return connection.execute(_EXPAND_RELEASE, row).rowcount
    acts = [int(act) for act in ACTS_OF[item.act]]
    return connection.execute(_EXPAND, row | {"acts": acts}).rowcount
