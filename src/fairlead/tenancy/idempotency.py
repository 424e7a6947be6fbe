"""Idempotency keys: an act sent twice is carried out once and answered twice.

The key is claimed, the act done and the answer stored in one transaction, so there is no moment
in which one exists without the others: a failed act leaves its key free.
"""

import re
from datetime import datetime, timedelta

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, InvalidInput
from fairlead.tenancy.store_idempotency import (
    Reservation,
    StoredResponse,
    find_response,
    keep_response,
    prune_keys,
    reserve_key,
)

KEEP_FOR = timedelta(hours=24)
MAX_STORED_BYTES = 1_000_000
_KEY = re.compile(r"[\x21-\x7e]{8,200}")


def check_key(key: str) -> str:
    """Return a usable key; raise InvalidInput for one that is too short, long or unprintable."""
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            "The header Idempotency-Key cannot be used.",
            expected="8 to 200 printable characters without blanks, such as a UUID",
            found=f"{len(key)} characters",
            path="Idempotency-Key",
        )
    return key


def begin(connection: Connection, wanted: Reservation, now: datetime) -> StoredResponse | None:
    """Claim the key for this transaction, or return what the same request was answered before.

    Raise Conflict when the key was used for another request, or is in use right now.
    """
    prune_keys(connection, wanted.tenant_id, now - KEEP_FOR)
    if reserve_key(connection, wanted):
        return None
    stored = find_response(connection, wanted.tenant_id, wanted.key)
    if stored is None or stored.status is None:
        raise Conflict(
            "The same request, with the same Idempotency-Key, is still being carried out.",
            action="Wait a few seconds and send it again with the same key.",
        )
    if (stored.operation, stored.body_hash) != (wanted.operation, wanted.body_hash):
        raise Conflict(
            "This Idempotency-Key was already used for another request.",
            expected="the same operation and the same body as the first time",
            found=f"{wanted.operation}, or another body",
            action="Use a new key for a new request.",
            path="Idempotency-Key",
        )
    return stored


def finish(
    connection: Connection,
    reserved: Reservation,
    status: int,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
) -> None:
    """Store the answer of a carried-out act; raise InvalidInput beyond a million bytes."""
    if len(body) > MAX_STORED_BYTES:
        raise InvalidInput(
            "The answer to this request is too large to be repeated.",
            expected=f"at most {MAX_STORED_BYTES} bytes",
            found=f"{len(body)} bytes",
            action="Send the request without an Idempotency-Key.",
        )
    keep_response(connection, reserved, status, headers, body)
