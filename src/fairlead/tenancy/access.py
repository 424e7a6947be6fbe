"""What routes ask for: the principal who acts, a permission, and the tenant's transaction.

    router = APIRouter(prefix="/backtests", tags=["backtests"], route_class=IdempotentRoute)

    @router.post("", status_code=202, dependencies=[require("research.run")])
    def submit(body: Submit, principal: CurrentPrincipal, connection: TenantConnection) -> RunView:

A signed-in person comes by cookie, a program by `Authorization: Bearer flk_...`. The transaction
belongs to `principal.user_id` and is committed after the handler has returned and before the
answer is sent: an answer that says done is about something durable.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, params
from sqlalchemy import Connection

from fairlead.infra.db import POOL_TIMEOUT_S
from fairlead.infra.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from fairlead.infra.pages import DEFAULT_LIMIT, MAX_LIMIT, decode_cursor
from fairlead.tenancy.access_cookies import access_cookie, check_origin
from fairlead.tenancy.access_idempotency import reserve
from fairlead.tenancy.access_token import AccessClaims, read_access_token
from fairlead.tenancy.audit import record_for
from fairlead.tenancy.credentials import API_KEY_MARK, is_csrf_token, token_hash
from fairlead.tenancy.limits import bucket_of, spend
from fairlead.tenancy.permissions import (
    PERMISSIONS,
    Permission,
    permissions_acting,
    permissions_of_key,
    permissions_of_role,
)
from fairlead.tenancy.principal import Principal
from fairlead.tenancy.store import user_by_id
from fairlead.tenancy.store_access import make_read_only
from fairlead.tenancy.store_keys import find_api_key, touch_api_key
from fairlead.tenancy.store_sessions import session_state
from fairlead.tenancy.surroundings import Surroundings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ACT_AS = "X-Act-As"
CSRF = "X-CSRF-Token"
# How often the last use of a key is written down; every use would be a write per request.
_TOUCH_AFTER = timedelta(minutes=1)
_ELEVATED = ("support", "admin")
# Left for short look-ups: sessions, event sockets, readiness.
_SPARE_CONNECTIONS = 4


def surroundings(request: Request) -> Surroundings:
    """Return the context of this process."""
    around: Surroundings = request.app.state.context
    return around


def current_principal(request: Request) -> Principal:
    """Return who acts; raise Unauthenticated for nobody, RateLimited for one who asks too often.

    Reads trust the five-minute token of a session. Everything that acts, and everything people
    with power over others do, looks the session up again: role, token version, revocation.
    """
    around = surroundings(request)
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if bearer and scheme.casefold() == "bearer":
        principal = _by_bearer(request, around, bearer.strip())
    else:
        principal = _by_cookie(request, around)
    if ACT_AS in request.headers:
        principal = _acting(request, around, principal)
    request.state.principal = principal
    spend(around.bus, bucket_of(request.method, request.url.path), str(principal.actor_id))
    return principal


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]


def require(permission: Permission) -> params.Depends:
    """Return the dependency that lets only holders of `permission` pass.

    For `dependencies=[require("orders.read")]` or `Annotated[Principal, require("orders.read")]`.
    Raises ValueError at once for a permission that does not exist.
    """
    if permission not in PERMISSIONS:
        raise ValueError(f"{permission!r} is not one of {', '.join(PERMISSIONS)}")

    def permitted(principal: CurrentPrincipal) -> Principal:
        if not principal.may(permission):
            raise Forbidden(
                "This needs a permission you do not have.",
                expected=permission,
                found=f"role {principal.role}, signed in by {principal.kind}",
                action="Ask an administrator, or use a key with the scope for it.",
            )
        return principal

    return params.Depends(permitted)


async def connection_slot(request: Request) -> AsyncIterator[None]:
    """Hold one of the places for requests with an open transaction.

    A handler needs a thread while it holds a connection; were all threads waiting for
    connections, none could finish. So fewer requests may hold one than there are connections.
    Raises Unavailable after ten seconds without a place.
    """
    slots = _slots(request)
    try:
        await asyncio.wait_for(slots.acquire(), POOL_TIMEOUT_S)
    except TimeoutError as error:
        raise Unavailable(
            "The platform is busy with other requests.", action="Try again in a moment."
        ) from error
    try:
        yield
    finally:
        slots.release()


Slot = Annotated[None, Depends(connection_slot, scope="function")]


def tenant_connection(
    request: Request, principal: CurrentPrincipal, _slot: Slot
) -> Iterator[Connection]:
    """Open the tenant's transaction for one request; commit unless the handler raises."""
    around = surroundings(request)
    with around.database.tenant_transaction(principal.user_id) as connection:
        if principal.kind == "acting":
            make_read_only(connection)
        reserve(request, connection, principal.user_id, around.clock.now())
        yield connection


def public_connection(request: Request, _slot: Slot) -> Iterator[Connection]:
    """Open a transaction of nobody, for what everyone may see."""
    with surroundings(request).database.public_transaction() as connection:
        yield connection


# scope="function": the transaction ends before the answer is sent, not after.
TenantConnection = Annotated[Connection, Depends(tenant_connection, scope="function")]
PublicConnection = Annotated[Connection, Depends(public_connection, scope="function")]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of a list is asked for."""

    limit: int
    cursor: str | None

    def after(self, count: int) -> tuple[str, ...] | None:
        """Return the `count` values the page begins after, None for the first page."""
        return decode_cursor(self.cursor, count) if self.cursor is not None else None


def page_request(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> PageRequest:
    """Read `?limit=50&cursor=...`."""
    return PageRequest(limit, cursor)


PageQuery = Annotated[PageRequest, Depends(page_request)]


def _slots(request: Request) -> asyncio.Semaphore:
    state = request.app.state
    if not hasattr(state, "connection_slots"):
        pooled = 2 * surroundings(request).settings.database_pool_size
        state.connection_slots = asyncio.Semaphore(max(1, pooled - _SPARE_CONNECTIONS))
    slots: asyncio.Semaphore = state.connection_slots
    return slots


def _by_bearer(request: Request, around: Surroundings, bearer: str) -> Principal:
    if bearer.startswith(API_KEY_MARK):
        return _by_key(around, bearer)
    # A token in a header is no ambient authority, so it needs no CSRF token.
    claims = read_access_token(around.settings.jwt_secret, bearer, around.clock.now())
    return _of_session(request, around, claims)


def _by_cookie(request: Request, around: Surroundings) -> Principal:
    token = access_cookie(request, around.settings)
    if token is None:
        raise Unauthenticated("Nobody is signed in.", action="Sign in, or send an API key.")
    claims = read_access_token(around.settings.jwt_secret, token, around.clock.now())
    if request.method not in SAFE_METHODS:
        check_origin(request, around.settings)
        sent = request.headers.get(CSRF, "")
        if not is_csrf_token(around.settings.jwt_secret, claims.session_id, sent):
            raise Forbidden(
                "The request does not carry this session's CSRF token.",
                expected=f"the csrf_token of /auth/me in the header {CSRF}",
                action="Reload the page and try again.",
            )
    return _of_session(request, around, claims)


def _of_session(request: Request, around: Surroundings, claims: AccessClaims) -> Principal:
    role = claims.role
    if request.method not in SAFE_METHODS or role in _ELEVATED or ACT_AS in request.headers:
        with around.database.tenant_transaction(claims.user_id) as connection:
            state = session_state(connection, claims.user_id, claims.session_id, around.clock.now())
        if state is None or state.token_version != claims.token_version:
            raise Unauthenticated(
                "The session has ended or its rights have changed.",
                action="Refresh the session, or sign in again.",
            )
        role = state.role
    return Principal(
        user_id=claims.user_id,
        role=role,
        scopes=(),
        kind="session",
        actor_id=claims.user_id,
        credential_id=claims.session_id,
        permissions=permissions_of_role(role),
    )


def _by_key(around: Surroundings, secret: str) -> Principal:
    now = around.clock.now()
    with around.database.system_transaction() as connection:
        found = find_api_key(connection, token_hash(secret), now)
        if found is None:
            raise Unauthenticated(
                "This API key is unknown, revoked or expired.", action="Make a new one."
            )
        if found.last_used_at is None or now - found.last_used_at > _TOUCH_AFTER:
            touch_api_key(connection, found.user_id, found.key_id, now)
    return Principal(
        user_id=found.user_id,
        role=found.role,
        scopes=found.scopes,
        kind="api_key",
        actor_id=found.user_id,
        credential_id=found.key_id,
        permissions=permissions_of_key(found.role, found.scopes),
    )


def _acting(request: Request, around: Surroundings, principal: Principal) -> Principal:
    """Turn support people into readers of one tenant, on record before anything is read."""
    if not principal.may("tenants.act_as"):
        raise Forbidden("Only support may look at another tenant.", expected="tenants.act_as")
    if request.method not in SAFE_METHODS:
        raise Forbidden(
            "Acting for a tenant means reading only.",
            expected="GET",
            found=request.method,
            action=f"Leave out the header {ACT_AS}.",
        )
    try:
        tenant_id = UUID(request.headers[ACT_AS])
    except ValueError as error:
        raise InvalidInput(
            f"The header {ACT_AS} does not hold a tenant's id.",
            expected="a UUID",
            found=request.headers[ACT_AS][:50],
            path=ACT_AS,
        ) from error
    with around.database.system_transaction() as connection:
        if user_by_id(connection, tenant_id) is None:
            raise NotFound("There is no such tenant.", found=str(tenant_id))
        detail = {"read": request.url.path, "query": request.url.query}
        record_for(
            connection,
            tenant_id,
            principal.actor_id,
            "tenant.act_as",
            f"user:{tenant_id}",
            detail,
        )
    return replace(
        principal,
        user_id=tenant_id,
        kind="acting",
        permissions=permissions_acting(principal.permissions),
    )
