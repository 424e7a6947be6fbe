"""Envelope encryption: a data key per tenant, wrapped by a versioned master key (AES-256-GCM).

A sealed value is bound to its place: tenant, table, column and row are authenticated with it, so
that a ciphertext copied anywhere else does not open. Layout: format (1 byte), version of the
tenant's data key (4 bytes, big endian), nonce (12 bytes), ciphertext with its tag.
"""

from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fairlead.infra.errors import InternalDefect, InvalidInput

FORMAT = 1
KEY_BYTES = 32
NONCE_BYTES = 12
_HEADER_BYTES = 1 + 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret is stored; part of what the ciphertext authenticates."""

    tenant_id: UUID
    table: str
    column: str
    row_id: str


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The ring of master keys: `primary` wraps, every version in `keys` still unwraps."""

    primary: int
    keys: dict[int, bytes]

    def key(self, version: int) -> bytes:
        """Return one master key; raise InternalDefect when the ring does not hold it."""
        if version not in self.keys:
            raise InternalDefect(
                f"Master key {version} is not in this process's ring.",
                expected=f"one of {sorted(self.keys)}",
                action="Put the retired key back into MASTER_KEYS until re-wrapping is complete.",
            )
        return self.keys[version]


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A tenant's data key as stored: which version, wrapped by which master key."""

    tenant_id: UUID
    version: int
    master_version: int
    wrapped: bytes


def master_keys(secret_key: str, listed: str) -> MasterKeys:
    """Read the ring from `listed` ("2:<secret>,1:<secret>", the first one wraps).

    Version 1 is derived from `secret_key` unless listed, so that a fresh machine needs no more
    than its one secret. Raise InvalidInput for an entry that cannot be read.
    """
    keys = {1: _stretch(secret_key)}
    order: list[int] = []
    for entry in filter(None, (part.strip() for part in listed.split(","))):
        number, colon, secret = entry.partition(":")
        if not (colon and number.isdigit() and 1 <= int(number) < 2**31 and len(secret) >= 32):
            raise InvalidInput(
                "The setting MASTER_KEYS cannot be used.",
                expected="2:<at least 32 characters>,1:<at least 32 characters>",
                found=f"an entry that begins with {number[:8]!r}",
                action="Correct the environment variable and start again.",
                path="MASTER_KEYS",
            )
        keys[int(number)] = _stretch(secret)
        order.append(int(number))
    return MasterKeys(order[0] if order else 1, keys)


def wrap(ring: MasterKeys, tenant_id: UUID, version: int, key: bytes, nonce: bytes) -> WrappedKey:
    """Wrap a data key with the primary master key; `nonce` must never repeat (12 bytes)."""
    sealed = nonce + AESGCM(ring.key(ring.primary)).encrypt(
        nonce, key, _key_context(tenant_id, version, ring.primary)
    )
    return WrappedKey(tenant_id, version, ring.primary, sealed)


def unwrap(ring: MasterKeys, stored: WrappedKey) -> bytes:
    """Return the data key inside `stored`; raise InternalDefect when it does not authenticate."""
    nonce, sealed = stored.wrapped[:NONCE_BYTES], stored.wrapped[NONCE_BYTES:]
    context = _key_context(stored.tenant_id, stored.version, stored.master_version)
    try:
        return AESGCM(ring.key(stored.master_version)).decrypt(nonce, sealed, context)
    except InvalidTag as error:
        raise InternalDefect(
            f"The data key of tenant {stored.tenant_id} does not open with master key "
            f"{stored.master_version}.",
            action="Restore the master key this deployment was started with.",
        ) from error


def seal(key: bytes, version: int, place: Place, plaintext: bytes, nonce: bytes) -> bytes:
    """Encrypt `plaintext` for one place; `nonce` must never repeat under this key (12 bytes)."""
    header = bytes([FORMAT]) + version.to_bytes(4, "big")
    return header + nonce + AESGCM(key).encrypt(nonce, plaintext, _place_context(header, place))


def key_version(sealed: bytes) -> int:
    """Return which version of the tenant's data key a sealed value needs."""
    if len(sealed) < _HEADER_BYTES + NONCE_BYTES + 16 or sealed[0] != FORMAT:
        raise InternalDefect(
            "A stored secret is not in the sealed format.",
            expected=f"format {FORMAT}",
            found=f"{len(sealed)} bytes of something else",
            action="Enter the credential again.",
        )
    return int.from_bytes(sealed[1:_HEADER_BYTES], "big")


def unseal(key: bytes, place: Place, sealed: bytes) -> bytes:
    """Return the plaintext; raise InternalDefect when `sealed` was made for another place."""
    key_version(sealed)
    header, nonce = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES : _HEADER_BYTES + NONCE_BYTES]
    body = sealed[_HEADER_BYTES + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, _place_context(header, place))
    except InvalidTag as error:
        raise InternalDefect(
            f"The secret in {place.table}.{place.column} of row {place.row_id} does not belong "
            "there, or was changed.",
            action="Enter the credential again and look at the audit log.",
        ) from error


def _stretch(secret: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"fairlead master key").derive(secret.encode())


def _key_context(tenant_id: UUID, version: int, master_version: int) -> bytes:
    return _joined(
        b"data key", tenant_id.bytes, str(version).encode(), str(master_version).encode()
    )


def _place_context(header: bytes, place: Place) -> bytes:
    names = (place.table.encode(), place.column.encode(), place.row_id.encode())
    return _joined(b"value", header, place.tenant_id.bytes, *names)


def _joined(*parts: bytes) -> bytes:
    """Join with lengths, so that no two different lists give the same bytes."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
