"""HTTP of administration: tenants, the audit log, and the wrapping of keys under /admin."""

import json
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from fairlead.infra.pages import page_of, wrong_cursor
from fairlead.tenancy.access import CurrentPrincipal, PageQuery, PageRequest, require, surroundings
from fairlead.tenancy.access_etag import ExpectedRevision, put_etag
from fairlead.tenancy.administration import (
    TenantChange,
    change_tenant,
    find_tenant,
    rewrap_data_keys,
)
from fairlead.tenancy.audit import verify
from fairlead.tenancy.audit_chain import Break, Entry
from fairlead.tenancy.model import User
from fairlead.tenancy.permissions import Role
from fairlead.tenancy.store import UserPage, list_users
from fairlead.tenancy.store_audit import AuditPage, list_entries

router = APIRouter(prefix="/admin", tags=["admin"])

_LAST_ID = UUID(int=2**128 - 1)
_LAST_MOMENT = datetime(9999, 1, 1, tzinfo=UTC)
_LAST_ENTRY = 2**62

Search = Annotated[str, Query(max_length=100)]


class TenantView(BaseModel):
    """One tenant as administrators see it."""

    id: UUID
    email: str
    name: str
    role: Role
    email_verified: bool
    disabled: bool
    revision: int
    created_at: datetime


class TenantPageView(BaseModel):
    """A page of tenants, newest first."""

    items: list[TenantView]
    next_cursor: str | None


class TenantPatch(BaseModel):
    """What to change; a field that is not sent stays."""

    role: Role | None = None
    disabled: bool | None = None


class AuditView(BaseModel):
    """One entry of the audit log."""

    seq: int
    at: datetime
    user_id: UUID
    actor_id: UUID
    action: str
    subject: str
    detail: dict[str, str]
    hash: str


class AuditPageView(BaseModel):
    """A page of the audit log, newest first."""

    items: list[AuditView]
    next_cursor: str | None


class ChainView(BaseModel):
    """Whether the audit log is whole; `broken_at` names the first entry that is not."""

    intact: bool
    entries: int
    hash: str | None
    broken_at: int | None
    reason: str | None


class RewrapView(BaseModel):
    """How many data keys were wrapped again, and how many still need an older master key."""

    rewrapped: Annotated[int, Field(ge=0)]
    remaining: Annotated[int, Field(ge=0)]


@router.get("/tenants", dependencies=[require("admin.read")])
def tenants(request: Request, page: PageQuery, search: Search = "") -> TenantPageView:
    """List tenants, optionally those whose address or name contains `search`."""
    before_at, before_id = _tenants_before(page)
    wanted = UserPage(before_at, before_id, page.limit + 1, search.strip())
    with surroundings(request).database.system_transaction() as connection:
        rows = list_users(connection, wanted)
    found = page_of(rows, page.limit, lambda u: (u.created_at.isoformat(), str(u.user_id)))
    return TenantPageView(
        items=[_tenant_view(user) for user in found.items], next_cursor=found.next_cursor
    )


@router.get("/tenants/{tenant_id}", dependencies=[require("admin.read")])
def tenant(tenant_id: UUID, request: Request, response: Response) -> TenantView:
    """Return one tenant, with the ETag an edit needs."""
    user = find_tenant(surroundings(request), tenant_id)
    put_etag(response, user.revision)
    return _tenant_view(user)


@router.patch("/tenants/{tenant_id}", dependencies=[require("admin.write")])
def patch_tenant(
    tenant_id: UUID,
    body: TenantPatch,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    revision: ExpectedRevision,
) -> TenantView:
    """Change a tenant's role, or switch their access off or on."""
    around = surroundings(request)
    now = find_tenant(around, tenant_id)
    role = body.role if body.role is not None else now.role
    disabled = body.disabled if body.disabled is not None else now.disabled_at is not None
    change = TenantChange(role, disabled, revision)
    user = change_tenant(around, principal.actor_id, tenant_id, change)
    put_etag(response, user.revision)
    return _tenant_view(user)


@router.get("/audit", dependencies=[require("admin.read")])
def audit(
    request: Request, page: PageQuery, action: Search = "", person: Search = ""
) -> AuditPageView:
    """Read the audit log; `action` is a prefix, `person` a tenant's or an actor's id."""
    wanted = AuditPage(_entries_before(page), page.limit + 1, action.strip(), person.strip())
    with surroundings(request).database.system_transaction() as connection:
        rows = list_entries(connection, wanted)
    found = page_of(rows, page.limit, lambda entry: (str(entry.seq),))
    return AuditPageView(
        items=[_audit_view(entry) for entry in found.items], next_cursor=found.next_cursor
    )


@router.get("/audit/verify", dependencies=[require("admin.read")])
def verify_audit(request: Request) -> ChainView:
    """Recompute the whole chain."""
    with surroundings(request).database.system_transaction() as connection:
        found = verify(connection)
    if isinstance(found, Break):
        return ChainView(
            intact=False,
            entries=found.seq - 1,
            hash=None,
            broken_at=found.seq,
            reason=found.reason,
        )
    return ChainView(
        intact=True, entries=found.seq, hash=found.hash.hex(), broken_at=None, reason=None
    )


@router.post("/keys/rewrap", dependencies=[require("admin.write")])
def rewrap(request: Request, principal: CurrentPrincipal) -> RewrapView:
    """Wrap all tenants' data keys with the primary master key; safe to repeat."""
    rewrapped, remaining = rewrap_data_keys(surroundings(request), principal.actor_id)
    return RewrapView(rewrapped=rewrapped, remaining=remaining)


def _tenants_before(page: PageRequest) -> tuple[datetime, UUID]:
    after = page.after(2)
    if after is None:
        return _LAST_MOMENT, _LAST_ID
    try:
        return datetime.fromisoformat(after[0]), UUID(after[1])
    except ValueError as error:
        raise wrong_cursor(page.cursor or "") from error


def _entries_before(page: PageRequest) -> int:
    after = page.after(1)
    if after is None:
        return _LAST_ENTRY
    if not (after[0].isascii() and after[0].isdigit() and len(after[0]) < 19):
        raise wrong_cursor(page.cursor or "")
    return int(after[0])


def _tenant_view(user: User) -> TenantView:
    return TenantView(
        id=user.user_id,
        email=user.email,
        name=user.name,
        role=user.role,
        email_verified=user.email_verified_at is not None,
        disabled=user.disabled_at is not None,
        revision=user.revision,
        created_at=user.created_at,
    )


def _audit_view(entry: Entry) -> AuditView:
    return AuditView(
        seq=entry.seq,
        at=entry.at,
        user_id=entry.user_id,
        actor_id=entry.actor_id,
        action=entry.action,
        subject=entry.subject,
        detail=json.loads(entry.detail),
        hash=entry.hash.hex(),
    )
