"""Seal and open tenants' secrets in their own rows, with keys of their own.

Call `seal` and `open_sealed` inside the transaction that reads or writes the row: the tenant's
data key is read by the same connection, so row-level security guards it like any other row.
"""

from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import InternalDefect
from fairlead.infra.ids import random_bytes
from fairlead.infra.settings import Settings
from fairlead.tenancy.envelope import (
    KEY_BYTES,
    NONCE_BYTES,
    MasterKeys,
    Place,
    WrappedKey,
    key_version,
    master_keys,
    unseal,
    unwrap,
    wrap,
)
from fairlead.tenancy.envelope import seal as seal_with
from fairlead.tenancy.store_keys import (
    claim_old_data_keys,
    count_old_data_keys,
    data_key,
    insert_data_key,
    newest_data_key,
    rewrap_data_key,
)

REWRAP_BATCH = 500


def ring_of(settings: Settings) -> MasterKeys:
    """Return the master keys of this deployment; raise InvalidInput for unusable settings."""
    return master_keys(settings.secret_key, settings.master_keys)


def seal(connection: Connection, ring: MasterKeys, place: Place, plaintext: bytes) -> bytes:
    """Encrypt a secret for one place, making the tenant's data key at first use."""
    stored = newest_data_key(connection, place.tenant_id)
    if stored is None:
        stored = _make_data_key(connection, ring, place.tenant_id, 1)
    return seal_with(
        unwrap(ring, stored), stored.version, place, plaintext, random_bytes(NONCE_BYTES)
    )


def open_sealed(connection: Connection, ring: MasterKeys, place: Place, sealed: bytes) -> bytes:
    """Decrypt a secret read from `place`; raise InternalDefect when it does not belong there."""
    version = key_version(sealed)
    stored = data_key(connection, place.tenant_id, version)
    if stored is None:
        raise InternalDefect(
            f"Tenant {place.tenant_id} has no data key {version}, which a secret in "
            f"{place.table}.{place.column} needs.",
            action="Enter the credential again and look at the audit log.",
        )
    return unseal(unwrap(ring, stored), place, sealed)


def new_data_key(connection: Connection, ring: MasterKeys, tenant_id: UUID) -> int:
    """Give a tenant a new data key for secrets sealed from now on; return its version.

    Older versions stay, so that what they sealed still opens.
    """
    newest = newest_data_key(connection, tenant_id)
    return _make_data_key(connection, ring, tenant_id, newest.version + 1 if newest else 1).version


def rewrap_batch(connection: Connection, ring: MasterKeys) -> int:
    """Wrap up to 500 data keys again with the primary master key; return how many.

    Secrets themselves are untouched and readable throughout, because every data key says which
    master key wraps it. Needs a transaction that sees every tenant; repeat until it returns 0.
    """
    claimed = claim_old_data_keys(connection, ring.primary, REWRAP_BATCH)
    for old in claimed:
        key = unwrap(ring, old)
        rewrap_data_key(
            connection, wrap(ring, old.tenant_id, old.version, key, random_bytes(NONCE_BYTES))
        )
    return len(claimed)


def remaining_to_rewrap(connection: Connection, ring: MasterKeys) -> int:
    """Count data keys that still need a retired master key."""
    return count_old_data_keys(connection, ring.primary)


def _make_data_key(
    connection: Connection, ring: MasterKeys, tenant_id: UUID, version: int
) -> WrappedKey:
    fresh = wrap(ring, tenant_id, version, random_bytes(KEY_BYTES), random_bytes(NONCE_BYTES))
    if insert_data_key(connection, fresh):
        return fresh
    made_meanwhile = data_key(connection, tenant_id, version)
    if made_meanwhile is None:
        raise InternalDefect(f"The data key {version} of tenant {tenant_id} cannot be written.")
    return made_meanwhile
