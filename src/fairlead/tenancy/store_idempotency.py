"""SQL of idempotency keys; every statement runs in the transaction of the act itself."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg.errors
from sqlalchemy import Connection, exc, text

from fairlead.infra.errors import Conflict

WAIT_MS = 5_000

_SET_WAIT = text("SELECT set_config('lock_timeout', :limit, true)")
_CURRENT_WAIT = text("SELECT current_setting('lock_timeout')")
_PRUNE = text("DELETE FROM idempotency_keys WHERE user_id = :user_id AND created_at < :before")
_RESERVE = text("""
    INSERT INTO idempotency_keys (user_id, key, operation, body_hash)
    VALUES (:user_id, :key, :operation, :body_hash)
    ON CONFLICT (user_id, key) DO NOTHING
""")
_FIND = text("""
    SELECT operation, body_hash, status, headers, body FROM idempotency_keys
    WHERE user_id = :user_id AND key = :key
""")
_KEEP = text("""
    UPDATE idempotency_keys
    SET status = :status, headers = CAST(:headers AS jsonb), body = :body
    WHERE user_id = :user_id AND key = :key
""")


@dataclass(frozen=True, slots=True)
class Reservation:
    """One act under one key: what was asked, bound to the tenant and to the body."""

    tenant_id: UUID
    key: str
    operation: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """The answer an act gave when it was carried out, and what had been asked."""

    operation: str
    body_hash: bytes
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes


def prune_keys(connection: Connection, tenant_id: UUID, before: datetime) -> None:
    """Drop a tenant's keys older than a moment."""
    connection.execute(_PRUNE, {"user_id": tenant_id, "before": before})


def reserve_key(connection: Connection, wanted: Reservation) -> bool:
    """Claim the key; say False when it was used before.

    An unfinished act under the same key is waited for up to 5 s: the unique index makes the
    second transaction wait for the first. Raise Conflict when that is not enough.
    """
    before = str(connection.execute(_CURRENT_WAIT).scalar_one())
    connection.execute(_SET_WAIT, {"limit": f"{WAIT_MS}ms"})
    values = {
        "user_id": wanted.tenant_id,
        "key": wanted.key,
        "operation": wanted.operation,
        "body_hash": wanted.body_hash,
    }
    try:
        written = connection.execute(_RESERVE, values).rowcount
    except exc.OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise Conflict(
                "The same request, with the same Idempotency-Key, is still being carried out.",
                action="Wait a few seconds and send it again with the same key.",
            ) from error
        raise
    connection.execute(_SET_WAIT, {"limit": before})
    return written == 1


def find_response(connection: Connection, tenant_id: UUID, key: str) -> StoredResponse | None:
    """Return what was answered under a key, or None."""
    row = connection.execute(_FIND, {"user_id": tenant_id, "key": key}).one_or_none()
    if row is None:
        return None
    headers = tuple((str(name), str(value)) for name, value in row.headers or [])
    return StoredResponse(
        row.operation, bytes(row.body_hash), row.status, headers, bytes(row.body or b"")
    )


def keep_response(
    connection: Connection,
    reserved: Reservation,
    status: int,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
) -> None:
    """Store the answer beside the effects of the act, in the same transaction."""
    values = {
        "user_id": reserved.tenant_id,
        "key": reserved.key,
        "status": status,
        "headers": json.dumps([list(pair) for pair in headers]),
        "body": body,
    }
    connection.execute(_KEEP, values)
