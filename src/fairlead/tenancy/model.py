"""Words and rules of people who sign in: accounts, sessions, keys, and how long a lock lasts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fairlead.infra.errors import InvalidInput
from fairlead.tenancy.permissions import Role, Scope

ACCESS_TOKEN_S = 300
REFRESH_TOKEN_S = 30 * 24 * 3600
# Two tabs may refresh with the same token at once; within this time the loser is asked to
# repeat instead of being treated as a thief.
REFRESH_LEEWAY_S = 10
TICKET_S = 30
VERIFY_LINK_S = 3 * 24 * 3600
RESET_LINK_S = 3600
FREE_ATTEMPTS = 5
LONGEST_LOCK_S = 900
MAX_EMAIL_LENGTH = 254
MAX_NAME_LENGTH = 100
MAX_SESSIONS = 50
MAX_API_KEYS = 50


@dataclass(frozen=True, slots=True)
class User:
    """One person with an account; also the tenant whose rows carry `user_id`."""

    user_id: UUID
    email: str
    name: str
    role: Role
    token_version: int
    revision: int
    email_verified_at: datetime | None
    disabled_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in on one device; all refresh tokens rotated from it are its family."""

    session_id: UUID
    user_id: UUID
    device: str
    address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A long-lived credential for programs; the secret itself is shown once and never stored."""

    key_id: UUID
    user_id: UUID
    name: str
    prefix: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A single-use right to open one event socket."""

    user_id: UUID
    role: Role
    actor_id: UUID
    credential_id: UUID
    expires_at: datetime


def lock_duration_s(failures: int) -> int:
    """Return how long sign-in stays locked after `failures` wrong passwords in a row.

    The first five are free, then the wait doubles from one second up to fifteen minutes.
    """
    if failures <= FREE_ATTEMPTS:
        return 0
    return int(min(LONGEST_LOCK_S, 2 ** min(failures - FREE_ATTEMPTS - 1, 30)))


def normal_email(email: str) -> str:
    """Return `email` in the one form it is compared in; raise InvalidInput when it is none.

    Deliberately shallow (something@something.tld, no spaces): the verification mail is what
    proves an address, not a grammar.
    """
    text = email.strip().casefold()
    name, at, domain = text.rpartition("@")
    plausible = bool(at and name and "." in domain.strip(".") and len(text) <= MAX_EMAIL_LENGTH)
    if not plausible or any(c.isspace() or not c.isprintable() for c in text):
        raise InvalidInput(
            "This is not an e-mail address.",
            expected=f"name@example.com, at most {MAX_EMAIL_LENGTH} characters",
            found=email[:MAX_EMAIL_LENGTH],
            action="Check the address and send it again.",
            path="/email",
        )
    return text


def plain_name(name: str) -> str:
    """Return a display name without surrounding blanks; raise InvalidInput when unusable."""
    text = " ".join(name.split())
    if not text or len(text) > MAX_NAME_LENGTH or not text.isprintable():
        raise InvalidInput(
            "This name cannot be shown.",
            expected=f"1 to {MAX_NAME_LENGTH} printable characters",
            found=f"{len(text)} characters",
            action="Choose another name.",
            path="/name",
        )
    return text
