"""Unguessable strings given to people and programs, and the hashes that are stored of them."""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from fairlead.infra.ids import random_secret
from fairlead.infra.secrets import derive

API_KEY_MARK = "flk_"
_MAX_LENGTH = 200


@dataclass(frozen=True, slots=True)
class NewKey:
    """A freshly made API key: the whole of it for its owner, the rest for the database."""

    secret: str
    prefix: str
    hash: bytes


def new_api_key() -> NewKey:
    """Return a key such as `flk_3kf8Zq0a_...`; its first part may be shown, the whole never again.

    The random part has 256 bits, so a plain SHA-256 of it cannot be reversed by guessing.
    """
    prefix = API_KEY_MARK + random_secret(6)
    secret = f"{prefix}_{random_secret(32)}"
    return NewKey(secret, prefix, token_hash(secret))


def new_token() -> str:
    """Return a refresh token or ticket of 256 random bits."""
    return random_secret(32)


def token_hash(token: str) -> bytes:
    """Return what is stored of a token; over-long input is cut first, it cannot match anyway."""
    return hashlib.sha256(token[:_MAX_LENGTH].encode()).digest()


def subject_hash(secret_key: str, email: str) -> bytes:
    """Return the name under which attempts on an address are counted, known or not."""
    return bytes.fromhex(derive(secret_key, f"attempts on {email}"))


def csrf_token(jwt_secret: str, session_id: UUID) -> str:
    """Return the token a page must send with every act of this session."""
    return derive(jwt_secret, f"csrf {session_id}")


def is_csrf_token(jwt_secret: str, session_id: UUID, sent: str) -> bool:
    """Compare a sent token in constant time."""
    return hmac.compare_digest(csrf_token(jwt_secret, session_id).encode(), sent.encode())
