"""SQL of API keys and of tenants' wrapped data keys."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from fairlead.tenancy.envelope import WrappedKey
from fairlead.tenancy.model import ApiKey
from fairlead.tenancy.permissions import Role, Scope

_KEY = "key_id, user_id, name, prefix, scopes, created_at, last_used_at, expires_at"
_INSERT = text("""
    INSERT INTO api_keys (user_id, key_id, key_hash, prefix, name, scopes, created_at, expires_at)
    VALUES (:user_id, :key_id, :key_hash, :prefix, :name, CAST(:scopes AS text[]), :created_at,
            :expires_at)
""")
_LIST = text(f"""
    SELECT {_KEY} FROM api_keys WHERE user_id = :user_id AND revoked_at IS NULL
    ORDER BY key_id DESC
""")
_REVOKE = text("""
    UPDATE api_keys SET revoked_at = :at
    WHERE user_id = :user_id AND key_id = :key_id AND revoked_at IS NULL
""")
_REVOKE_ALL = text(
    "UPDATE api_keys SET revoked_at = :at WHERE user_id = :user_id AND revoked_at IS NULL"
)
_FIND = text("""
    SELECT k.user_id, k.key_id, k.scopes, u.role, k.last_used_at
    FROM api_keys k JOIN users u USING (user_id)
    WHERE k.key_hash = :key_hash AND k.revoked_at IS NULL AND u.disabled_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > :at)
""")
_ALIVE = text("""
    SELECT 1 FROM api_keys k JOIN users u USING (user_id)
    WHERE k.user_id = :user_id AND k.key_id = :key_id AND k.revoked_at IS NULL
      AND u.disabled_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > :at)
""")
_TOUCH = text(
    "UPDATE api_keys SET last_used_at = :at WHERE user_id = :user_id AND key_id = :key_id"
)
_DATA_KEY = "user_id, version, master_version, wrapped"
_NEWEST = text(
    f"SELECT {_DATA_KEY} FROM tenant_keys WHERE user_id = :user_id ORDER BY version DESC LIMIT 1"
)
_VERSION = text(
    f"SELECT {_DATA_KEY} FROM tenant_keys WHERE user_id = :user_id AND version = :version"
)
_INSERT_DATA_KEY = text(f"""
    INSERT INTO tenant_keys ({_DATA_KEY})
    VALUES (:user_id, :version, :master_version, :wrapped)
    ON CONFLICT (user_id, version) DO NOTHING
""")
_CLAIM_OLD = text(f"""
    SELECT {_DATA_KEY} FROM tenant_keys WHERE master_version <> :master_version
    ORDER BY user_id, version LIMIT :limit FOR UPDATE SKIP LOCKED
""")
_REWRAP = text("""
    UPDATE tenant_keys SET master_version = :master_version, wrapped = :wrapped
    WHERE user_id = :user_id AND version = :version
""")
_COUNT_OLD = text("SELECT count(*) FROM tenant_keys WHERE master_version <> :master_version")


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """What the database knows about a living API key someone shows."""

    user_id: UUID
    key_id: UUID
    scopes: tuple[Scope, ...]
    role: Role
    last_used_at: datetime | None


def insert_api_key(connection: Connection, key: ApiKey, key_hash: bytes) -> None:
    """Write a new key; only the hash of its secret is stored."""
    values = {
        "user_id": key.user_id,
        "key_id": key.key_id,
        "key_hash": key_hash,
        "prefix": key.prefix,
        "name": key.name,
        "scopes": list(key.scopes),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
    }
    connection.execute(_INSERT, values)


def list_api_keys(connection: Connection, user_id: UUID) -> list[ApiKey]:
    """Return a user's keys that were not revoked, newest first."""
    return [
        ApiKey(
            row.key_id,
            row.user_id,
            row.name,
            row.prefix,
            tuple(row.scopes),
            row.created_at,
            row.last_used_at,
            row.expires_at,
        )
        for row in connection.execute(_LIST, {"user_id": user_id})
    ]


def revoke_api_key(connection: Connection, user_id: UUID, key_id: UUID, at: datetime) -> bool:
    """End one key; say False when it was not there or already ended."""
    values = {"user_id": user_id, "key_id": key_id, "at": at}
    return connection.execute(_REVOKE, values).rowcount == 1


def revoke_all_api_keys(connection: Connection, user_id: UUID, at: datetime) -> int:
    """End all keys of a user; return how many were alive."""
    return connection.execute(_REVOKE_ALL, {"user_id": user_id, "at": at}).rowcount


def find_api_key(connection: Connection, key_hash: bytes, at: datetime) -> PresentedKey | None:
    """Return the living key with this hash, of an enabled user, or None."""
    row = connection.execute(_FIND, {"key_hash": key_hash, "at": at}).one_or_none()
    if row is None:
        return None
    return PresentedKey(row.user_id, row.key_id, tuple(row.scopes), row.role, row.last_used_at)


def is_key_alive(connection: Connection, user_id: UUID, key_id: UUID, at: datetime) -> bool:
    """Say whether a key may still be used."""
    values = {"user_id": user_id, "key_id": key_id, "at": at}
    return connection.execute(_ALIVE, values).one_or_none() is not None


def touch_api_key(connection: Connection, user_id: UUID, key_id: UUID, at: datetime) -> None:
    """Record that a key was used now."""
    connection.execute(_TOUCH, {"user_id": user_id, "key_id": key_id, "at": at})


def newest_data_key(connection: Connection, tenant_id: UUID) -> WrappedKey | None:
    """Return the data key new secrets of a tenant are sealed with, or None before the first."""
    row = connection.execute(_NEWEST, {"user_id": tenant_id}).one_or_none()
    return WrappedKey(*row) if row else None


def data_key(connection: Connection, tenant_id: UUID, version: int) -> WrappedKey | None:
    """Return one version of a tenant's data key, or None."""
    values = {"user_id": tenant_id, "version": version}
    row = connection.execute(_VERSION, values).one_or_none()
    return WrappedKey(*row) if row else None


def insert_data_key(connection: Connection, key: WrappedKey) -> bool:
    """Write a new version; say False when another transaction made that version first."""
    return connection.execute(_INSERT_DATA_KEY, _data_key_values(key)).rowcount == 1


def claim_old_data_keys(
    connection: Connection, master_version: int, limit: int
) -> list[WrappedKey]:
    """Take up to `limit` keys not wrapped by `master_version`, past those others hold."""
    values = {"master_version": master_version, "limit": limit}
    return [WrappedKey(*row) for row in connection.execute(_CLAIM_OLD, values)]


def rewrap_data_key(connection: Connection, key: WrappedKey) -> None:
    """Replace the wrapping of a data key; the key inside stays the same."""
    connection.execute(_REWRAP, _data_key_values(key))


def count_old_data_keys(connection: Connection, master_version: int) -> int:
    """Count keys that still need another master key than `master_version`."""
    return int(connection.execute(_COUNT_OLD, {"master_version": master_version}).scalar_one())


def _data_key_values(key: WrappedKey) -> dict[str, object]:
    return {
        "user_id": key.tenant_id,
        "version": key.version,
        "master_version": key.master_version,
        "wrapped": key.wrapped,
    }
