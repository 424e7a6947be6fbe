"""HTTP of signing in and of one's own account: /auth."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from fairlead.infra.errors import NotFound, Unauthenticated
from fairlead.tenancy.access import (
    CurrentPrincipal,
    TenantConnection,
    require,
    surroundings,
)
from fairlead.tenancy.access_cookies import (
    access_cookie,
    check_origin,
    drop_cookies,
    put_cookies,
    refresh_cookie,
)
from fairlead.tenancy.accounts import (
    change_password,
    register,
    request_password_reset,
    reset_password,
    verify_email,
)
from fairlead.tenancy.credentials import csrf_token
from fairlead.tenancy.limits import spend
from fairlead.tenancy.model import TICKET_S, Session, User
from fairlead.tenancy.permissions import Role
from fairlead.tenancy.sessions import (
    Caller,
    SignedIn,
    end_session,
    end_session_by_token,
    refresh_session,
    start_session,
)
from fairlead.tenancy.sign_in import sign_in
from fairlead.tenancy.store import user_by_id
from fairlead.tenancy.store_sessions import list_sessions
from fairlead.tenancy.tickets import issue_ticket


def from_own_site(request: Request) -> None:
    """Refuse to be used by another site's pages."""
    if request.method != "GET":
        check_origin(request, surroundings(request).settings)


def not_too_often(request: Request) -> None:
    """Limit attempts by address, whoever they are about."""
    spend(surroundings(request).bus, "sign-in", _caller(request).address)


router = APIRouter(prefix="/auth", tags=["auth"], dependencies=[Depends(from_own_site)])
Limited = Depends(not_too_often)

Email = Annotated[str, Field(max_length=254)]
Password = Annotated[str, Field(max_length=1000, repr=False)]


class Register(BaseModel):
    """Ask for an account."""

    email: Email
    password: Password
    name: Annotated[str, Field(max_length=200)]


class Login(BaseModel):
    """Prove who one is."""

    email: Email
    password: Password


class LinkToken(BaseModel):
    """Carry the token of a mailed link."""

    token: Annotated[str, Field(max_length=2000, repr=False)]


class ResetRequest(BaseModel):
    """Ask for a link to set a new password."""

    email: Email


class Reset(LinkToken):
    """Set a new password by a mailed link."""

    password: Password


class PasswordChange(BaseModel):
    """Set a new password while knowing the current one."""

    current: Password
    new: Password


class UserView(BaseModel):
    """One's own account."""

    id: UUID
    email: str
    name: str
    role: Role
    email_verified: bool
    created_at: datetime


class SignInView(BaseModel):
    """A signed-in user; the tokens are in cookies too, which is what pages use."""

    user: UserView
    token: str
    csrf_token: str


class MeView(BaseModel):
    """Who is signed in; `csrf_token` is empty for API keys, which need none."""

    user: UserView
    csrf_token: str


class SessionView(BaseModel):
    """One device that is signed in."""

    id: UUID
    device: str
    address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class TicketView(BaseModel):
    """A single-use right to open /ws/events."""

    ticket: str
    expires_in_s: int


@router.post("/register", status_code=201, dependencies=[Limited])
def register_account(body: Register, request: Request, response: Response) -> SignInView:
    """Make an account and sign in."""
    around = surroundings(request)
    user = register(around, body.email, body.password, body.name)
    return _signed_in(request, response, start_session(around, user, _caller(request)))


@router.post("/login", dependencies=[Limited])
def login(body: Login, request: Request, response: Response) -> SignInView:
    """Sign in with e-mail and password."""
    around = surroundings(request)
    return _signed_in(
        request, response, sign_in(around, body.email, body.password, _caller(request))
    )


@router.post("/refresh")
def refresh(request: Request, response: Response) -> SignInView:
    """Exchange the refresh cookie for new tokens."""
    around = surroundings(request)
    token = refresh_cookie(request, around.settings)
    if token is None:
        raise Unauthenticated("Nobody is signed in.", action="Sign in.")
    return _signed_in(request, response, refresh_session(around, token, _caller(request)))


@router.post("/logout", status_code=204)
def logout(request: Request, response: Response) -> None:
    """End the session; harmless when there is none."""
    around = surroundings(request)
    token = refresh_cookie(request, around.settings)
    if token is not None:
        end_session_by_token(around, token)
    drop_cookies(response, request, around.settings)


@router.get("/me", dependencies=[require("account.read")])
def me(request: Request, principal: CurrentPrincipal, connection: TenantConnection) -> MeView:
    """Return who is signed in."""
    user = user_by_id(connection, principal.user_id)
    if user is None:
        raise NotFound("There is no such account.")
    around = surroundings(request)
    by_cookie = principal.kind == "session" and access_cookie(request, around.settings)
    token = csrf_token(around.settings.jwt_secret, principal.credential_id) if by_cookie else ""
    return MeView(user=_user_view(user), csrf_token=token)


@router.get("/sessions", dependencies=[require("account.read")])
def sessions(
    request: Request, principal: CurrentPrincipal, connection: TenantConnection
) -> list[SessionView]:
    """List the devices that are signed in."""
    now = surroundings(request).clock.now()
    found = list_sessions(connection, principal.user_id, now)
    return [_session_view(session, principal.credential_id) for session in found]


@router.delete("/sessions/{session_id}", status_code=204, dependencies=[require("account.write")])
def revoke(session_id: UUID, request: Request, principal: CurrentPrincipal) -> None:
    """Sign a device out."""
    end_session(surroundings(request), principal.user_id, session_id, "revoked by its user")


@router.post("/verify-email", status_code=204, dependencies=[Limited])
def confirm_email(body: LinkToken, request: Request) -> None:
    """Confirm an address by the link mailed to it."""
    verify_email(surroundings(request), body.token)


@router.post("/password-reset", status_code=202, dependencies=[Limited])
def ask_reset(body: ResetRequest, request: Request) -> None:
    """Mail a link for a new password, if the address has an account."""
    request_password_reset(surroundings(request), body.email)


@router.post("/password-reset/confirm", status_code=204, dependencies=[Limited])
def confirm_reset(body: Reset, request: Request) -> None:
    """Set a new password by a mailed link; all sessions and keys end."""
    reset_password(surroundings(request), body.token, body.password)


@router.post("/password", status_code=204, dependencies=[Limited, require("account.write")])
def set_password(body: PasswordChange, request: Request, principal: CurrentPrincipal) -> None:
    """Set a new password; all other sessions end."""
    change_password(
        surroundings(request),
        principal.user_id,
        principal.credential_id,
        body.current,
        body.new,
    )


@router.post("/ws-ticket", dependencies=[require("events.read")])
def ws_ticket(
    request: Request, principal: CurrentPrincipal, connection: TenantConnection
) -> TicketView:
    """Return a ticket that opens /ws/events once, within thirty seconds."""
    ticket = issue_ticket(surroundings(request), connection, principal)
    return TicketView(ticket=ticket, expires_in_s=TICKET_S)


def _caller(request: Request) -> Caller:
    address = request.client.host if request.client else "unknown"
    return Caller(request.headers.get("user-agent", "unknown")[:200], address)


def _signed_in(request: Request, response: Response, signed_in: SignedIn) -> SignInView:
    put_cookies(response, request, surroundings(request).settings, signed_in)
    response.headers["Cache-Control"] = "no-store"
    return SignInView(
        user=_user_view(signed_in.user),
        token=signed_in.access_token,
        csrf_token=signed_in.csrf_token,
    )


def _user_view(user: User) -> UserView:
    return UserView(
        id=user.user_id,
        email=user.email,
        name=user.name,
        role=user.role,
        email_verified=user.email_verified_at is not None,
        created_at=user.created_at,
    )


def _session_view(session: Session, current: UUID) -> SessionView:
    return SessionView(
        id=session.session_id,
        device=session.device,
        address=session.address,
        created_at=session.created_at,
        last_used_at=session.last_used_at,
        expires_at=session.expires_at,
        current=session.session_id == current,
    )
