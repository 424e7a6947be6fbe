"""Signed tokens: the short-lived access token, and the links sent by mail (JWT, HS256)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import jwt

from fairlead.infra.errors import InvalidInput, Unauthenticated
from fairlead.infra.secrets import derive
from fairlead.tenancy.model import ACCESS_TOKEN_S, RESET_LINK_S, VERIFY_LINK_S, User
from fairlead.tenancy.permissions import ROLES, Role

_ALGORITHM = "HS256"
_ISSUER = "fairlead"

Purpose = Literal["verify-email", "reset-password"]
_LIFETIME_S: dict[Purpose, int] = {"verify-email": VERIFY_LINK_S, "reset-password": RESET_LINK_S}


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says; trusted for reads only, checked again before any act."""

    user_id: UUID
    session_id: UUID
    role: Role
    token_version: int


@dataclass(frozen=True, slots=True)
class LinkClaims:
    """What a mailed link says; dead once the token version or the address has changed."""

    user_id: UUID
    email: str
    token_version: int


def issue_access_token(
    secret: str, user_id: UUID, session_id: UUID, role: Role, token_version: int, now: datetime
) -> str:
    """Return a signed token that lives five minutes."""
    claims = {
        "iss": _ISSUER,
        "aud": "access",
        "sub": str(user_id),
        "sid": str(session_id),
        "role": role,
        "tv": token_version,
        "iat": now,
        "exp": now + timedelta(seconds=ACCESS_TOKEN_S),
    }
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


def read_access_token(secret: str, token: str, now: datetime) -> AccessClaims:
    """Return what a valid token says; raise Unauthenticated for any other."""
    claims = _decoded(secret, token, "access", now)
    if claims is None:
        raise Unauthenticated(
            "The sign-in has expired.", action="Refresh the session, or sign in again."
        )
    role = claims["role"]
    if role not in ROLES:
        raise Unauthenticated("The sign-in is not valid.", action="Sign in again.")
    return AccessClaims(
        UUID(str(claims["sub"])), UUID(str(claims["sid"])), role, int(str(claims["tv"]))
    )


def issue_link_token(secret_key: str, purpose: Purpose, user: User, now: datetime) -> str:
    """Return a signed token for a mailed link; each purpose has a key and a lifetime of its own."""
    claims = {
        "iss": _ISSUER,
        "aud": purpose,
        "sub": str(user.user_id),
        "email": user.email,
        "tv": user.token_version,
        "iat": now,
        "exp": now + timedelta(seconds=_LIFETIME_S[purpose]),
    }
    return jwt.encode(claims, derive(secret_key, f"mailed link {purpose}"), algorithm=_ALGORITHM)


def read_link_token(secret_key: str, purpose: Purpose, token: str, now: datetime) -> LinkClaims:
    """Return what a valid link says; raise InvalidInput for any other."""
    key = derive(secret_key, f"mailed link {purpose}")
    claims = _decoded(key, token, purpose, now)
    if claims is None:
        raise dead_link()
    return LinkClaims(UUID(str(claims["sub"])), str(claims["email"]), int(str(claims["tv"])))


def dead_link() -> InvalidInput:
    """Return the one error for links that are wrong, used or too old."""
    return InvalidInput(
        "This link is not valid any more.",
        expected="the newest link sent to you, used once and in time",
        action="Ask for a new one.",
        path="/token",
    )


def _decoded(secret: str, token: str, audience: str, now: datetime) -> dict[str, object] | None:
    """Return verified claims; expiry is judged by our clock, not by the library's."""
    try:
        claims: dict[str, object] = jwt.decode(
            token,
            secret,
            [_ALGORITHM],
            {"require": ["exp", "iat", "sub"], "verify_exp": False, "verify_iat": False},
            audience=audience,
            issuer=_ISSUER,
        )
    except jwt.InvalidTokenError:
        return None
    expires = claims["exp"]
    return claims if isinstance(expires, int) and now.timestamp() < expires else None
