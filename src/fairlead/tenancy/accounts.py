"""Accounts: made, confirmed by mail, recovered by mail; the demo's and those of a crowd."""

import json
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, InvalidInput
from fairlead.infra.ids import random_secret, uuid7
from fairlead.infra.secrets import make_private_dir, write_private
from fairlead.tenancy.access_token import dead_link, issue_link_token, read_link_token
from fairlead.tenancy.audit import record
from fairlead.tenancy.credentials import subject_hash
from fairlead.tenancy.mail import Letter, send, site_url
from fairlead.tenancy.model import User, normal_email, plain_name
from fairlead.tenancy.passwords import check_password, hash_password, verify_password
from fairlead.tenancy.permissions import Role
from fairlead.tenancy.store import (
    bump_token_version,
    clear_attempts,
    forget_attempts,
    ids_by_email,
    insert_user,
    insert_users,
    mark_email_verified,
    password_identity,
    put_password,
    user_by_email,
    user_by_id,
)
from fairlead.tenancy.store_keys import revoke_all_api_keys
from fairlead.tenancy.store_sessions import revoke_other_sessions
from fairlead.tenancy.surroundings import Surroundings

DEMO_EMAIL = "demo@fairlead.example"
MAX_BULK = 1_000_000
_NOBODY = UUID(int=0)
_FORGET_AFTER = timedelta(days=7)


def register(around: Surroundings, email: str, password: str, name: str) -> User:
    """Make a trader's account and mail a link that proves the address.

    Raises InvalidInput for an unusable address, name or password, Conflict when the address has
    an account.
    """
    address, shown = normal_email(email), plain_name(name)
    check_password(password, email=address, name=shown)
    user = _make_account(around, address, shown, "trader", hash_password(password))
    _mail_verification(around, user)
    return user


def verify_email(around: Surroundings, token: str) -> None:
    """Record that an address belongs to its user; raise InvalidInput for a dead link."""
    now = around.clock.now()
    link = read_link_token(around.settings.secret_key, "verify-email", token, now)
    with around.database.system_transaction() as connection:
        if not mark_email_verified(connection, link.user_id, link.email, now):
            raise dead_link()
        record(connection, link.user_id, "account.verify_email", f"user:{link.user_id}", {})


def request_password_reset(around: Surroundings, email: str) -> None:
    """Mail a reset link if the address has an account; never tell whether it has."""
    address = normal_email(email)
    with around.database.system_transaction() as connection:
        user = user_by_email(connection, address)
    if user is None or user.disabled_at is not None:
        return
    token = issue_link_token(around.settings.secret_key, "reset-password", user, around.clock.now())
    text = (
        "Someone, hopefully you, asked for a new password for this address.\n\n"
        f"{site_url(around.settings)}/reset-password?token={token}\n\n"
        "The link works once, for one hour. If it was not you, do nothing.\n"
    )
    send(around.settings, Letter(user.email, "A new password for Fairlead", text))


def reset_password(around: Surroundings, token: str, password: str) -> None:
    """Set a new password by a mailed link and end every session and API key.

    Raises InvalidInput for a dead link or a refused password.
    """
    now = around.clock.now()
    link = read_link_token(around.settings.secret_key, "reset-password", token, now)
    check_password(password, email=link.email, name="")
    hashed = hash_password(password)
    with around.database.system_transaction() as connection:
        user = user_by_id(connection, link.user_id)
        if user is None or (user.email, user.token_version) != (link.email, link.token_version):
            raise dead_link()
        _replace_password(around, connection, user, hashed, _NOBODY, now)
        mark_email_verified(connection, user.user_id, user.email, now)
        revoke_all_api_keys(connection, user.user_id, now)
        record(connection, user.user_id, "account.reset_password", f"user:{user.user_id}", {})


def change_password(
    around: Surroundings, user_id: UUID, keep_session: UUID, current: str, new: str
) -> None:
    """Set a new password for a signed-in user who knows the current one; end other sessions.

    Raises InvalidInput when the current password is wrong or the new one is refused.
    """
    now = around.clock.now()
    with around.database.system_transaction() as connection:
        user = user_by_id(connection, user_id)
        found = password_identity(connection, user.email) if user else None
    if user is None or not verify_password(found[1] if found else None, current):
        raise InvalidInput(
            "The current password is wrong.", action="Enter it again.", path="/current"
        )
    check_password(new, email=user.email, name=user.name)
    hashed = hash_password(new)
    with around.database.system_transaction() as connection:
        _replace_password(around, connection, user, hashed, keep_session, now)
        record(connection, user.user_id, "account.change_password", f"user:{user.user_id}", {})


def ensure_demo_account(around: Surroundings) -> tuple[str, str]:
    """Return e-mail and password of this data folder's first admin, made if need be.

    The password is random, kept in a file only this user can read, and put back into force when
    the database does not know it.
    """
    make_private_dir(around.settings.data_dir)
    path = around.settings.data_dir / "demo-account.json"
    if path.exists():
        password = str(json.loads(path.read_text())["password"])
    else:
        password = random_secret(12)
        write_private(path, json.dumps({"email": DEMO_EMAIL, "password": password}, indent=1))
    with around.database.system_transaction() as connection:
        found = password_identity(connection, DEMO_EMAIL)
    if found is None or not verify_password(found[1], password):
        _put_demo_account(around, hash_password(password))
    return DEMO_EMAIL, password


def create_accounts(connection: Connection, n: int, prefix: str) -> list[UUID]:
    """Make `n` tenants at once and return their ids in order; those made before are reused.

    For demonstrations with many subscribers: they have no password, so nobody can sign in as
    one. Needs a system transaction. Raises InvalidInput for a number or prefix out of bounds.
    """
    if not 0 <= n <= MAX_BULK or not (prefix.isascii() and prefix.isalnum() and prefix.islower()):
        raise InvalidInput(
            "These accounts cannot be made.",
            expected=f"0 to {MAX_BULK} accounts and a prefix of lower-case letters and digits",
            found=f"{n} accounts, prefix {prefix[:40]!r}",
        )
    emails = [f"{prefix}-{number:07d}@subscribers.invalid" for number in range(1, n + 1)]
    names = [f"{prefix.capitalize()} {number}" for number in range(1, n + 1)]
    known = ids_by_email(connection, emails)
    if len(known) == n:
        return known
    insert_users(connection, [uuid7() for _ in emails], emails, names)
    made = ids_by_email(connection, emails)
    if len(made) != n:
        raise Conflict(f"{n} accounts were asked for, {len(made)} are there.")
    return made


def _make_account(
    around: Surroundings, email: str, name: str, role: Role, secret_hash: str
) -> User:
    now = around.clock.now()
    user = User(uuid7(), email, name, role, 1, 1, None, None, now)
    with around.database.system_transaction() as connection:
        if not insert_user(connection, user) or not put_password(
            connection, user.user_id, email, secret_hash
        ):
            raise Conflict(
                "There is an account with this e-mail address already.",
                action="Sign in, or ask for a new password.",
                path="/email",
            )
        forget_attempts(connection, now - _FORGET_AFTER)
        record(connection, user.user_id, "account.create", f"user:{user.user_id}", {"role": role})
    return user


def _put_demo_account(around: Surroundings, secret_hash: str) -> None:
    with around.database.system_transaction() as connection:
        user = user_by_email(connection, DEMO_EMAIL)
        if user is not None:
            now = around.clock.now()
            _replace_password(around, connection, user, secret_hash, _NOBODY, now)
            record(connection, user.user_id, "account.restore", f"user:{user.user_id}", {})
            return
    _make_account(around, DEMO_EMAIL, "Demo", "admin", secret_hash)


def _replace_password(
    around: Surroundings,
    connection: Connection,
    user: User,
    secret_hash: str,
    keep_session: UUID,
    now: datetime,
) -> None:
    put_password(connection, user.user_id, user.email, secret_hash)
    bump_token_version(connection, user.user_id)
    revoke_other_sessions(connection, user.user_id, keep_session, "password changed", now)
    clear_attempts(connection, subject_hash(around.settings.secret_key, user.email))


def _mail_verification(around: Surroundings, user: User) -> None:
    token = issue_link_token(around.settings.secret_key, "verify-email", user, around.clock.now())
    text = (
        f"Welcome, {user.name}.\n\nPlease confirm that this address is yours:\n\n"
        f"{site_url(around.settings)}/verify-email?token={token}\n\n"
        "The link works for three days.\n"
    )
    send(around.settings, Letter(user.email, "Confirm your address", text))
