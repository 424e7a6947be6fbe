"""Sign-in with e-mail and password, slow for guessers and equally slow for unknown addresses."""

from datetime import datetime, timedelta

from fairlead.infra.errors import InvalidInput, RateLimited, Unauthenticated
from fairlead.tenancy.audit import record
from fairlead.tenancy.credentials import subject_hash
from fairlead.tenancy.model import FREE_ATTEMPTS, User, lock_duration_s, normal_email
from fairlead.tenancy.passwords import MAX_LENGTH, hash_password, is_outdated, verify_password
from fairlead.tenancy.sessions import Caller, SignedIn, begin_session
from fairlead.tenancy.store import (
    charge_attempt,
    clear_attempts,
    lock_attempts,
    locked_until,
    password_identity,
    put_password,
)
from fairlead.tenancy.surroundings import Surroundings

FORGET_FAILURES_AFTER = timedelta(hours=24)


def sign_in(around: Surroundings, email: str, password: str, caller: Caller) -> SignedIn:
    """Check a password and begin a session.

    Every attempt is counted before the password is looked at, so that guesses sent side by side
    all count; success clears the count. Unknown addresses are counted, locked and take the same
    work, so none of it tells whether an account exists.
    Raises Unauthenticated for wrong credentials, RateLimited while locked.
    """
    address = _address(email)
    guard = subject_hash(around.settings.secret_key, address)
    _charge(around, guard)
    with around.database.system_transaction() as connection:
        found = password_identity(connection, address)
    matches = verify_password(found[1] if found else None, password[: MAX_LENGTH + 1])
    if found is None or not matches or found[0].disabled_at is not None:
        _record_failure(around, found[0] if found else None, caller)
        raise Unauthenticated(
            "E-mail address or password is wrong.",
            action="Check both; after several wrong attempts you have to wait.",
        )
    return _begin(around, found[0], found[1], password, guard, caller)


def _address(email: str) -> str:
    """Return the normal form, or one nobody can have registered."""
    try:
        return normal_email(email)
    except InvalidInput:
        return "no address"


def _charge(around: Surroundings, guard: bytes) -> None:
    now = around.clock.now()
    with around.database.system_transaction() as connection:
        attempts = charge_attempt(connection, guard, now, now - FORGET_FAILURES_AFTER)
        if attempts is not None:
            wait = timedelta(seconds=lock_duration_s(attempts))
            lock_attempts(connection, guard, now + wait)
            return
        until = locked_until(connection, guard)
    raise _locked(until, now)


def _locked(until: datetime | None, now: datetime) -> RateLimited:
    wait_s = max(1.0, (until - now).total_seconds()) if until else 1.0
    return RateLimited(
        "Too many wrong attempts for this address.",
        retry_after_s=wait_s,
        expected=f"at most {FREE_ATTEMPTS} in a row",
        action=f"Wait {round(wait_s)} s, or ask for a new password.",
    )


def _record_failure(around: Surroundings, user: User | None, caller: Caller) -> None:
    if user is None:
        return
    with around.database.system_transaction() as connection:
        detail = {"address": caller.address, "disabled": str(user.disabled_at is not None)}
        record(connection, user.user_id, "session.refuse", f"user:{user.user_id}", detail)


def _begin(
    around: Surroundings, user: User, stored: str, password: str, guard: bytes, caller: Caller
) -> SignedIn:
    fresh = hash_password(password) if is_outdated(stored) else None
    with around.database.system_transaction() as connection:
        clear_attempts(connection, guard)
        if fresh is not None:
            put_password(connection, user.user_id, user.email, fresh)
        return begin_session(
            connection, around.settings.jwt_secret, user, caller, around.clock.now()
        )
