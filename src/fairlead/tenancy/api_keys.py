"""API keys: made once, shown once, ended at any time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, InvalidInput, NotFound
from fairlead.infra.ids import uuid7
from fairlead.tenancy.audit import record
from fairlead.tenancy.credentials import new_api_key
from fairlead.tenancy.model import MAX_API_KEYS, ApiKey, plain_name
from fairlead.tenancy.permissions import SCOPES, Scope
from fairlead.tenancy.store_keys import insert_api_key, list_api_keys, revoke_api_key


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """What someone wants a key to be; `lifetime` of None means until revoked."""

    name: str
    scopes: tuple[Scope, ...]
    lifetime: timedelta | None


def create_api_key(
    connection: Connection, user_id: UUID, wanted: KeyRequest, now: datetime
) -> tuple[ApiKey, str]:
    """Make a key and return it with its secret, which is not stored and cannot be shown again.

    Raises InvalidInput for a missing or unknown scope, Conflict beyond fifty keys.
    """
    scopes = tuple(scope for scope in SCOPES if scope in wanted.scopes)
    if not scopes or len(scopes) != len(set(wanted.scopes)):
        raise InvalidInput(
            "These scopes cannot be used.",
            expected=f"at least one of {', '.join(SCOPES)}",
            found=", ".join(wanted.scopes) or "none",
            path="/scopes",
        )
    if len(list_api_keys(connection, user_id)) >= MAX_API_KEYS:
        raise Conflict(
            f"There are {MAX_API_KEYS} keys already.", action="Revoke one that is not used."
        )
    fresh = new_api_key()
    expires_at = now + wanted.lifetime if wanted.lifetime is not None else None
    key = ApiKey(
        uuid7(), user_id, plain_name(wanted.name), fresh.prefix, scopes, now, None, expires_at
    )
    insert_api_key(connection, key, fresh.hash)
    detail = {"prefix": key.prefix, "scopes": " ".join(scopes)}
    record(connection, user_id, "key.create", f"key:{key.key_id}", detail)
    return key, fresh.secret


def end_api_key(connection: Connection, user_id: UUID, key_id: UUID, now: datetime) -> None:
    """Revoke a key at once; raise NotFound when the user has no such living key."""
    if not revoke_api_key(connection, user_id, key_id, now):
        raise NotFound("There is no such API key.", found=str(key_id))
    record(connection, user_id, "key.revoke", f"key:{key_id}", {})
