"""SQL of people: users, the identities they sign in with, and the guard against guessing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from fairlead.tenancy.model import User
from fairlead.tenancy.permissions import Role

_USER = (
    "u.user_id, u.email, u.name, u.role, u.token_version, u.revision, u.email_verified_at, "
    "u.disabled_at, u.created_at"
)

_BY_ID = text(f"SELECT {_USER} FROM users u WHERE u.user_id = :user_id")
_BY_EMAIL = text(f"SELECT {_USER} FROM users u WHERE u.email = :email")
_BY_PASSWORD_IDENTITY = text(
    f"SELECT {_USER}, i.secret_hash FROM identities i JOIN users u USING (user_id) "
    "WHERE i.provider = 'password' AND i.subject = :email"
)
_INSERT = text("""
    INSERT INTO users (user_id, email, name, role, created_at)
    VALUES (:user_id, :email, :name, :role, :created_at)
    ON CONFLICT (email) DO NOTHING
""")
_INSERT_IDENTITY = text("""
    INSERT INTO identities (user_id, provider, subject, secret_hash)
    VALUES (:user_id, 'password', :email, :secret_hash)
    ON CONFLICT (provider, subject) DO UPDATE
    SET secret_hash = EXCLUDED.secret_hash, changed_at = clock_timestamp()
    WHERE identities.user_id = EXCLUDED.user_id
""")
_BULK = text("""
    INSERT INTO users (user_id, email, name)
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:emails AS text[]), CAST(:names AS text[]))
    ON CONFLICT (email) DO NOTHING
""")
_IDS_BY_EMAIL = text(
    "SELECT user_id FROM users WHERE email = ANY(CAST(:emails AS text[])) ORDER BY email"
)
_BUMP_TOKEN_VERSION = text(
    "UPDATE users SET token_version = token_version + 1, revision = revision + 1 "
    "WHERE user_id = :user_id"
)
_VERIFY_EMAIL = text("""
    UPDATE users SET email_verified_at = COALESCE(email_verified_at, :at)
    WHERE user_id = :user_id AND email = :email
""")
_ADMINISTER = text("""
    UPDATE users SET role = :role, revision = revision + 1, token_version = token_version + 1,
        disabled_at = CASE WHEN :disabled THEN COALESCE(disabled_at, :at) END
    WHERE user_id = :user_id AND revision = :revision
""")
_LIST = text(f"""
    SELECT {_USER} FROM users u
    WHERE (u.created_at, u.user_id) < (:before_at, :before_id)
      AND (:search = '' OR u.email ILIKE :pattern OR u.name ILIKE :pattern)
    ORDER BY u.created_at DESC, u.user_id DESC LIMIT :limit
""")
_COUNT_ADMINS = text(
    "SELECT count(*) FROM (SELECT 1 FROM users WHERE role = 'admin' AND disabled_at IS NULL "
    "FOR UPDATE) AS admins"
)
# Charged before the password is looked at, so that guesses sent side by side all count.
_CHARGE = text("""
    INSERT INTO sign_in_guards AS g (subject_hash, failures, last_failed_at, locked_until)
    VALUES (:subject, 1, :at, :at)
    ON CONFLICT (subject_hash) DO UPDATE
    SET failures = CASE WHEN g.last_failed_at < :forget THEN 1 ELSE g.failures + 1 END,
        last_failed_at = :at
    WHERE g.locked_until <= :at
    RETURNING failures
""")
_LOCK_UNTIL = text("UPDATE sign_in_guards SET locked_until = :until WHERE subject_hash = :subject")
_LOCKED_UNTIL = text("SELECT locked_until FROM sign_in_guards WHERE subject_hash = :subject")
_CLEAR = text("DELETE FROM sign_in_guards WHERE subject_hash = :subject")
_FORGET = text("DELETE FROM sign_in_guards WHERE last_failed_at < :forget")


@dataclass(frozen=True, slots=True)
class UserPage:
    """Where a page of users begins and what it is narrowed to; `search` "" means no filter."""

    before_at: datetime
    before_id: UUID
    limit: int
    search: str


def user_by_id(connection: Connection, user_id: UUID) -> User | None:
    """Return one user, or None."""
    return _user(connection.execute(_BY_ID, {"user_id": user_id}).one_or_none())


def user_by_email(connection: Connection, email: str) -> User | None:
    """Return the user with this normal e-mail address, or None."""
    return _user(connection.execute(_BY_EMAIL, {"email": email}).one_or_none())


def password_identity(connection: Connection, email: str) -> tuple[User, str] | None:
    """Return the user who signs in with `email` and a password, and the stored hash."""
    row = connection.execute(_BY_PASSWORD_IDENTITY, {"email": email}).one_or_none()
    return (User(*row[:-1]), str(row[-1])) if row else None


def insert_user(connection: Connection, user: User) -> bool:
    """Write a new user; say False when the address is taken."""
    values = {
        "user_id": user.user_id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "created_at": user.created_at,
    }
    return connection.execute(_INSERT, values).rowcount == 1


def put_password(connection: Connection, user_id: UUID, email: str, secret_hash: str) -> bool:
    """Set the password identity of a user; say False when the address signs in someone else."""
    values = {"user_id": user_id, "email": email, "secret_hash": secret_hash}
    return connection.execute(_INSERT_IDENTITY, values).rowcount == 1


def insert_users(
    connection: Connection, ids: Sequence[UUID], emails: Sequence[str], names: Sequence[str]
) -> None:
    """Write many users at once; addresses that exist already are left as they are."""
    values = {"ids": [str(i) for i in ids], "emails": list(emails), "names": list(names)}
    connection.execute(_BULK, values)


def ids_by_email(connection: Connection, emails: Sequence[str]) -> list[UUID]:
    """Return the ids of the users with these addresses, in order of address."""
    rows = connection.execute(_IDS_BY_EMAIL, {"emails": list(emails)})
    return [row.user_id for row in rows]


def bump_token_version(connection: Connection, user_id: UUID) -> None:
    """Make every access token given out so far worthless for anything that acts."""
    connection.execute(_BUMP_TOKEN_VERSION, {"user_id": user_id})


def mark_email_verified(connection: Connection, user_id: UUID, email: str, at: datetime) -> bool:
    """Record that the address is the user's; say False when it is no longer."""
    values = {"user_id": user_id, "email": email, "at": at}
    return connection.execute(_VERIFY_EMAIL, values).rowcount == 1


def administer_user(
    connection: Connection,
    user_id: UUID,
    *,
    role: Role,
    disabled: bool,
    revision: int,
    at: datetime,
) -> bool:
    """Change role and access of a user; say False when `revision` is no longer current."""
    values = {
        "user_id": user_id,
        "role": role,
        "disabled": disabled,
        "revision": revision,
        "at": at,
    }
    return connection.execute(_ADMINISTER, values).rowcount == 1


def list_users(connection: Connection, page: UserPage) -> list[User]:
    """Return users, newest first."""
    escaped = page.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    values = {
        "before_at": page.before_at,
        "before_id": page.before_id,
        "limit": page.limit,
        "search": page.search,
        "pattern": f"%{escaped}%",
    }
    return [User(*row) for row in connection.execute(_LIST, values)]


def count_active_admins(connection: Connection) -> int:
    """Count admins who can sign in, and keep their rows locked until the transaction ends."""
    return int(connection.execute(_COUNT_ADMINS).scalar_one())


def charge_attempt(
    connection: Connection, subject: bytes, at: datetime, forget: datetime
) -> int | None:
    """Count one attempt and return how many there were in a row; None while locked."""
    values = {"subject": subject, "at": at, "forget": forget}
    return connection.execute(_CHARGE, values).scalar_one_or_none()


def lock_attempts(connection: Connection, subject: bytes, until: datetime) -> None:
    """Refuse further attempts until a moment."""
    connection.execute(_LOCK_UNTIL, {"subject": subject, "until": until})


def locked_until(connection: Connection, subject: bytes) -> datetime | None:
    """Return until when attempts are refused, if any were counted."""
    return connection.execute(_LOCKED_UNTIL, {"subject": subject}).scalar_one_or_none()


def clear_attempts(connection: Connection, subject: bytes) -> None:
    """Forget the attempts on one address."""
    connection.execute(_CLEAR, {"subject": subject})


def forget_attempts(connection: Connection, before: datetime) -> None:
    """Drop guards nobody ran into since `before`."""
    connection.execute(_FORGET, {"forget": before})


def _user(row: Row[*tuple[Any, ...]] | None) -> User | None:
    return User(*row) if row else None
