"""Sessions: begun by a sign-in, kept alive by rotating tokens, ended by a thief's mistake."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, NotFound, Unauthenticated
from fairlead.infra.ids import uuid7
from fairlead.tenancy.access_token import issue_access_token
from fairlead.tenancy.audit import record
from fairlead.tenancy.credentials import csrf_token, new_token, token_hash
from fairlead.tenancy.model import (
    MAX_SESSIONS,
    REFRESH_LEEWAY_S,
    REFRESH_TOKEN_S,
    Session,
    User,
)
from fairlead.tenancy.store import user_by_id
from fairlead.tenancy.store_sessions import (
    PresentedToken,
    insert_refresh_token,
    insert_session,
    prune_refresh_tokens,
    prune_sessions,
    revoke_session,
    take_refresh_token,
    touch_session,
    use_refresh_token,
)
from fairlead.tenancy.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Caller:
    """From where someone signs in, as far as it can be told."""

    device: str
    address: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session with fresh tokens; `refresh_token` replaces the one before it."""

    user: User
    session_id: UUID
    access_token: str
    refresh_token: str
    csrf_token: str


def begin_session(
    connection: Connection, jwt_secret: str, user: User, caller: Caller, now: datetime
) -> SignedIn:
    """Start a session for a user who has just proved who they are, and record it."""
    prune_sessions(connection, user.user_id, now, MAX_SESSIONS - 1)
    expires_at = now + timedelta(seconds=REFRESH_TOKEN_S)
    session = Session(
        uuid7(), user.user_id, caller.device[:200], caller.address[:100], now, now, expires_at
    )
    insert_session(connection, session)
    signed_in = _with_new_tokens(connection, jwt_secret, user, session.session_id, now)
    subject = f"session:{session.session_id}"
    record(connection, user.user_id, "session.begin", subject, {"address": session.address})
    return signed_in


def start_session(around: Surroundings, user: User, caller: Caller) -> SignedIn:
    """Begin a session in a transaction of its own, for an account made a moment ago."""
    with around.database.system_transaction() as connection:
        now = around.clock.now()
        return begin_session(connection, around.settings.jwt_secret, user, caller, now)


def end_session(around: Surroundings, user_id: UUID, session_id: UUID, reason: str) -> None:
    """End one of a user's sessions; raise NotFound when there is no such living one."""
    with around.database.system_transaction() as connection:
        if not revoke_session(connection, user_id, session_id, reason, around.clock.now()):
            raise NotFound("There is no such session.", found=str(session_id))
        record(connection, user_id, "session.revoke", f"session:{session_id}", {"reason": reason})


def end_session_by_token(around: Surroundings, token: str) -> None:
    """End the session a refresh token belongs to, even when its access token has expired."""
    now = around.clock.now()
    with around.database.system_transaction() as connection:
        found = take_refresh_token(connection, token_hash(token), now)
        if found is None or not revoke_session(
            connection, found.user_id, found.session_id, "signed out", now
        ):
            return
        subject = f"session:{found.session_id}"
        record(connection, found.user_id, "session.end", subject, {})


def refresh_session(around: Surroundings, token: str, caller: Caller) -> SignedIn:
    """Exchange a refresh token for new tokens; each token works once.

    A token shown a second time means that two parties hold it: the whole session ends. Within
    ten seconds of its use it is only refused (Conflict), because two tabs of one browser do that
    too. Raises Unauthenticated for unknown, used or ended tokens.
    """
    now = around.clock.now()
    hashed = token_hash(token)
    with around.database.system_transaction() as connection:
        presented = take_refresh_token(connection, hashed, now)
        if presented is not None and presented.alive and presented.used_at is None:
            return _rotated(connection, around.settings.jwt_secret, presented, hashed, caller, now)
        if presented is not None and presented.alive:
            _end_if_stolen(connection, presented, caller, now)
    # Raised outside, so that the revocation above is committed and not rolled back.
    if presented is not None and presented.alive and _is_fresh(presented, now):
        raise Conflict(
            "This session was refreshed a moment ago, probably by another tab.",
            action="Send the request again with the cookies the browser has now.",
        )
    raise Unauthenticated("The session has ended.", action="Sign in again.")


def _rotated(
    connection: Connection,
    jwt_secret: str,
    presented: PresentedToken,
    hashed: bytes,
    caller: Caller,
    now: datetime,
) -> SignedIn:
    user = user_by_id(connection, presented.user_id)
    if user is None:
        raise Unauthenticated("The session has ended.", action="Sign in again.")
    use_refresh_token(connection, presented, hashed, now)
    expires_at = now + timedelta(seconds=REFRESH_TOKEN_S)
    touch_session(connection, presented, caller.address[:100], now, expires_at)
    prune_refresh_tokens(connection, presented, now - timedelta(seconds=REFRESH_TOKEN_S))
    return _with_new_tokens(connection, jwt_secret, user, presented.session_id, now)


def _end_if_stolen(
    connection: Connection, presented: PresentedToken, caller: Caller, now: datetime
) -> None:
    if _is_fresh(presented, now):
        return
    reason = "refresh token used twice"
    if revoke_session(connection, presented.user_id, presented.session_id, reason, now):
        subject = f"session:{presented.session_id}"
        detail = {"reason": reason, "address": caller.address}
        record(connection, presented.user_id, "session.revoke", subject, detail)


def _is_fresh(presented: PresentedToken, now: datetime) -> bool:
    used_at = presented.used_at
    return used_at is not None and now - used_at <= timedelta(seconds=REFRESH_LEEWAY_S)


def _with_new_tokens(
    connection: Connection, jwt_secret: str, user: User, session_id: UUID, now: datetime
) -> SignedIn:
    refresh = new_token()
    insert_refresh_token(connection, user.user_id, session_id, token_hash(refresh), now)
    access = issue_access_token(
        jwt_secret, user.user_id, session_id, user.role, user.token_version, now
    )
    return SignedIn(user, session_id, access, refresh, csrf_token(jwt_secret, session_id))
