"""Facts for people: written with their cause, numbered per tenant after commit, read resumably."""

import dataclasses
import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar, Protocol
from uuid import UUID

import structlog
from sqlalchemy import Connection, text

from fairlead.infra.bus import Bus
from fairlead.infra.db import Database
from fairlead.infra.errors import FairleadError
from fairlead.infra.ids import uuid7
from fairlead.infra.metrics import EVENTS_RELAYED, RELAY_FAILURES

BATCH = 2_000
READ_LIMIT = 500
PRUNE_BATCH = 20_000
IDLE_S = 0.05
IDLE_MOST_S = 0.25
FAILED_S = 1.0
_RELAY_LOCK = 0x72_65_6C_61  # one relay at a time keeps a tenant's facts in order
_log = structlog.get_logger(__name__)


class Event(Protocol):
    """A frozen dataclass with plain fields; `type` is its name on the wire (`order.updated`)."""

    type: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One numbered fact of a tenant; `data` is a JSON object, kept as text."""

    seq: int
    type: str
    at: datetime
    data: str


_INSERT = text("""
INSERT INTO outbox (user_id, id, type, data)
SELECT * FROM unnest(CAST(:tenants AS uuid[]), CAST(:ids AS uuid[]), CAST(:types AS text[]),
                     CAST(:datas AS jsonb[]))
""")

# The head row of a tenant stays locked until commit, so seq n is never visible before n - 1.
_RELAY = text("""
WITH claimed AS (
    DELETE FROM outbox WHERE (user_id, id) IN (
        SELECT user_id, id FROM outbox ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED
    ) RETURNING user_id, id, type, at, data
), heads AS (
    INSERT INTO event_heads AS head (user_id, seq)
    SELECT user_id, count(*) FROM claimed GROUP BY user_id ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE SET seq = head.seq + excluded.seq
    RETURNING user_id, seq
), numbered AS (
    INSERT INTO events (user_id, seq, id, type, at, data)
    SELECT c.user_id,
           h.seq - count(*) OVER (PARTITION BY c.user_id)
             + row_number() OVER (PARTITION BY c.user_id ORDER BY c.id),
           c.id, c.type, c.at, c.data
    FROM claimed c JOIN heads h USING (user_id)
    RETURNING user_id, seq
)
SELECT user_id, max(seq), count(*) FROM numbered GROUP BY user_id
""")

_READ = text("""
SELECT seq, type, at, data::text FROM events WHERE seq > :after ORDER BY seq LIMIT :limit
""")


_PRUNE = text("""
DELETE FROM events WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM events WHERE at < :before LIMIT :batch))
""")


def emit(connection: Connection, tenant_id: UUID, event: Event) -> None:
    """Write `event` for `tenant_id` in the caller's transaction: it exists if that commits."""
    emit_all(connection, [(tenant_id, event)])


def emit_all(connection: Connection, facts: Iterable[tuple[UUID, Event]]) -> None:
    """Write many events, of any tenants the role may write for, in one statement."""
    rows = [(tenant, uuid7(), event.type, encode(event)) for tenant, event in facts]
    if not rows:
        return
    tenants, ids, types, datas = zip(*rows, strict=True)
    connection.execute(
        _INSERT,
        {"tenants": list(tenants), "ids": list(ids), "types": list(types), "datas": list(datas)},
    )


def encode(event: Event) -> str:
    """Return the fields of `event` as a JSON object: decimals and ids as strings, times in ISO.

    Raises TypeError for a field JSON cannot hold, ValueError for one that is not finite.
    """
    fields = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    return json.dumps(fields, default=_plain, allow_nan=False, separators=(",", ":"))


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise TypeError(f"an event cannot hold a {type(value).__name__}")


def read_events(
    connection: Connection, after_seq: int, limit: int = READ_LIMIT
) -> list[StoredEvent]:
    """Return the current tenant's events numbered above `after_seq`, oldest first."""
    rows = connection.execute(_READ, {"after": after_seq, "limit": min(limit, READ_LIMIT)})
    return [StoredEvent(seq, kind, at, data) for seq, kind, at, data in rows]


def last_seq(connection: Connection) -> int:
    """Return the number of the current tenant's newest event, 0 when there is none."""
    return connection.execute(text("SELECT seq FROM event_heads")).scalar() or 0


def relay_once(database: Database, bus: Bus, batch: int = BATCH) -> int:
    """Move one batch of committed facts to their numbered place, wake listeners, return the count.

    Claiming deletes the outbox row in the transaction that inserts the numbered one: a relay
    that dies leaves both as they were. The wake-up may be lost, so listeners also look for
    themselves.
    """
    with database.system_transaction() as connection:
        turn = connection.execute(
            text("SELECT pg_try_advisory_xact_lock(:id)"), {"id": _RELAY_LOCK}
        ).scalar_one()
        rows = connection.execute(_RELAY, {"batch": batch}).all() if turn else []
    _wake(bus, [(tenant, newest) for tenant, newest, _ in rows])
    moved = sum(int(count) for *_, count in rows)
    EVENTS_RELAYED.inc(moved)
    return moved


def _wake(bus: Bus, heads: Sequence[tuple[UUID, int]]) -> None:
    bus.publish_all([(f"events:{tenant}", str(newest).encode()) for tenant, newest in heads])


def run_relay(database: Database, bus: Bus, stopping: threading.Event) -> None:
    """Move facts until `stopping` is set; an unreachable database is waited for."""
    idle_s = IDLE_S
    while not stopping.is_set():
        try:
            moved = relay_once(database, bus)
        except FairleadError as error:
            RELAY_FAILURES.inc()
            _log.warning("relay.failed", error=error.message)
            stopping.wait(FAILED_S)
            continue
        if moved:
            idle_s = IDLE_S
        if moved < BATCH:
            stopping.wait(idle_s)
            idle_s = min(IDLE_MOST_S, idle_s * 1.5)


def prune_events(connection: Connection, older_than: datetime) -> int:
    """Forget up to PRUNE_BATCH numbered events from before `older_than`; return how many.

    Needs a system transaction; called again until it returns less than PRUNE_BATCH, so that no
    transaction is long.
    """
    found = connection.execute(_PRUNE, {"before": older_than, "batch": PRUNE_BATCH})
    return found.rowcount
