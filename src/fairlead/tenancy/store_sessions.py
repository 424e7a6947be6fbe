"""SQL of sessions, rotating refresh tokens and WebSocket tickets."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from fairlead.tenancy.model import Session, Ticket
from fairlead.tenancy.permissions import Role

_SESSION = "session_id, user_id, device, address, created_at, last_used_at, expires_at"
_INSERT = text(f"""
    INSERT INTO sessions ({_SESSION})
    VALUES (:session_id, :user_id, :device, :address, :at, :at, :expires_at)
""")
_PRUNE = text("""
    DELETE FROM sessions WHERE user_id = :user_id AND (expires_at < :at OR session_id IN (
        SELECT session_id FROM sessions WHERE user_id = :user_id
        ORDER BY last_used_at DESC OFFSET :keep))
""")
_LIST = text(f"""
    SELECT {_SESSION} FROM sessions
    WHERE user_id = :user_id AND revoked_at IS NULL AND expires_at > :at
    ORDER BY last_used_at DESC
""")
_STATE = text("""
    SELECT u.role, u.token_version
    FROM sessions s JOIN users u USING (user_id)
    WHERE s.user_id = :user_id AND s.session_id = :session_id AND s.revoked_at IS NULL
      AND s.expires_at > :at AND u.disabled_at IS NULL
""")
_REVOKE = text("""
    UPDATE sessions SET revoked_at = :at, revoked_reason = :reason
    WHERE user_id = :user_id AND session_id = :session_id AND revoked_at IS NULL
""")
_REVOKE_ALL = text("""
    UPDATE sessions SET revoked_at = :at, revoked_reason = :reason
    WHERE user_id = :user_id AND session_id <> :keep AND revoked_at IS NULL
""")
_INSERT_TOKEN = text("""
    INSERT INTO refresh_tokens (user_id, token_hash, session_id, issued_at)
    VALUES (:user_id, :token_hash, :session_id, :at)
""")
# FOR UPDATE makes two refreshes with one token take turns: exactly one finds it unused.
_TAKE_TOKEN = text("""
    SELECT t.user_id, t.session_id, t.used_at,
           s.revoked_at IS NULL AND s.expires_at > :at AND u.disabled_at IS NULL AS alive
    FROM refresh_tokens t
    JOIN sessions s ON s.user_id = t.user_id AND s.session_id = t.session_id
    JOIN users u ON u.user_id = t.user_id
    WHERE t.token_hash = :token_hash
    FOR UPDATE OF t
""")
_USE_TOKEN = text(
    "UPDATE refresh_tokens SET used_at = :at WHERE user_id = :user_id AND token_hash = :token_hash"
)
_PRUNE_TOKENS = text("""
    DELETE FROM refresh_tokens
    WHERE user_id = :user_id AND session_id = :session_id AND used_at < :before
""")
_TOUCH = text("""
    UPDATE sessions SET last_used_at = :at, expires_at = :expires_at, address = :address
    WHERE user_id = :user_id AND session_id = :session_id
""")
_INSERT_TICKET = text("""
    INSERT INTO ws_tickets (user_id, ticket_hash, role, actor_id, credential_id, expires_at)
    VALUES (:user_id, :ticket_hash, :role, :actor_id, :credential_id, :expires_at)
""")
_PRUNE_TICKETS = text("DELETE FROM ws_tickets WHERE user_id = :user_id AND expires_at < :at")
_REDEEM_TICKET = text("""
    DELETE FROM ws_tickets WHERE ticket_hash = :ticket_hash
    RETURNING user_id, role, actor_id, credential_id, expires_at
""")


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """What the database knows about a refresh token someone shows."""

    user_id: UUID
    session_id: UUID
    used_at: datetime | None
    alive: bool


@dataclass(frozen=True, slots=True)
class SessionState:
    """What must still hold for a session to act: read from the database, not from the token."""

    role: Role
    token_version: int


def insert_session(connection: Connection, session: Session) -> None:
    """Write a new session."""
    values = {
        "session_id": session.session_id,
        "user_id": session.user_id,
        "device": session.device,
        "address": session.address,
        "at": session.created_at,
        "expires_at": session.expires_at,
    }
    connection.execute(_INSERT, values)


def prune_sessions(connection: Connection, user_id: UUID, at: datetime, keep: int) -> None:
    """Drop a user's expired sessions, and all but the `keep` used last."""
    connection.execute(_PRUNE, {"user_id": user_id, "at": at, "keep": keep})


def list_sessions(connection: Connection, user_id: UUID, at: datetime) -> list[Session]:
    """Return the sessions a user is signed in with, last used first."""
    rows = connection.execute(_LIST, {"user_id": user_id, "at": at})
    return [Session(*row) for row in rows]


def session_state(
    connection: Connection, user_id: UUID, session_id: UUID, at: datetime
) -> SessionState | None:
    """Return role and token version of a living session of an enabled user, or None."""
    values = {"user_id": user_id, "session_id": session_id, "at": at}
    row = connection.execute(_STATE, values).one_or_none()
    return SessionState(row.role, row.token_version) if row else None


def revoke_session(
    connection: Connection, user_id: UUID, session_id: UUID, reason: str, at: datetime
) -> bool:
    """End one session with all its tokens; say False when it was not alive."""
    values = {"user_id": user_id, "session_id": session_id, "reason": reason, "at": at}
    return connection.execute(_REVOKE, values).rowcount == 1


def revoke_other_sessions(
    connection: Connection, user_id: UUID, keep: UUID, reason: str, at: datetime
) -> int:
    """End all sessions of a user but `keep`; return how many were alive."""
    values = {"user_id": user_id, "keep": keep, "reason": reason, "at": at}
    return connection.execute(_REVOKE_ALL, values).rowcount


def insert_refresh_token(
    connection: Connection, user_id: UUID, session_id: UUID, token_hash: bytes, at: datetime
) -> None:
    """Write the hash of a newly issued refresh token."""
    values = {"user_id": user_id, "session_id": session_id, "token_hash": token_hash, "at": at}
    connection.execute(_INSERT_TOKEN, values)


def take_refresh_token(
    connection: Connection, token_hash: bytes, at: datetime
) -> PresentedToken | None:
    """Find a presented token and hold it until the transaction ends."""
    row = connection.execute(_TAKE_TOKEN, {"token_hash": token_hash, "at": at}).one_or_none()
    return PresentedToken(*row) if row else None


def use_refresh_token(
    connection: Connection, token: PresentedToken, token_hash: bytes, at: datetime
) -> None:
    """Mark a token as used, so that showing it again gives the thief away."""
    values = {"user_id": token.user_id, "token_hash": token_hash, "at": at}
    connection.execute(_USE_TOKEN, values)


def prune_refresh_tokens(connection: Connection, token: PresentedToken, before: datetime) -> None:
    """Drop tokens of the family that were used before a moment."""
    values = {"user_id": token.user_id, "session_id": token.session_id, "before": before}
    connection.execute(_PRUNE_TOKENS, values)


def touch_session(
    connection: Connection, token: PresentedToken, address: str, at: datetime, expires_at: datetime
) -> None:
    """Record that a session was used now, and from where."""
    values = {
        "user_id": token.user_id,
        "session_id": token.session_id,
        "address": address,
        "at": at,
        "expires_at": expires_at,
    }
    connection.execute(_TOUCH, values)


def insert_ticket(connection: Connection, ticket: Ticket, ticket_hash: bytes) -> None:
    """Write the hash of a new ticket."""
    values = {
        "user_id": ticket.user_id,
        "ticket_hash": ticket_hash,
        "role": ticket.role,
        "actor_id": ticket.actor_id,
        "credential_id": ticket.credential_id,
        "expires_at": ticket.expires_at,
    }
    connection.execute(_INSERT_TICKET, values)


def prune_tickets(connection: Connection, user_id: UUID, at: datetime) -> None:
    """Drop a tenant's tickets that nobody used in time."""
    connection.execute(_PRUNE_TICKETS, {"user_id": user_id, "at": at})


def redeem_ticket(connection: Connection, ticket_hash: bytes) -> Ticket | None:
    """Take a ticket out of the database; only one caller ever gets it."""
    row = connection.execute(_REDEEM_TICKET, {"ticket_hash": ticket_hash}).one_or_none()
    return Ticket(*row) if row else None
