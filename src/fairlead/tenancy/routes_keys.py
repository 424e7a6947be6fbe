"""HTTP of API keys: /api-keys."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from fairlead.tenancy.access import (
    CurrentPrincipal,
    TenantConnection,
    require,
    surroundings,
)
from fairlead.tenancy.api_keys import KeyRequest, create_api_key, end_api_key
from fairlead.tenancy.model import ApiKey
from fairlead.tenancy.permissions import Scope
from fairlead.tenancy.store_keys import list_api_keys

# Not an IdempotentRoute: the answer holds the secret, which must not be stored for a repeat.
router = APIRouter(prefix="/api-keys", tags=["api-keys"])


class NewKeyBody(BaseModel):
    """Ask for a key; without `expires_in_days` it lives until it is revoked."""

    name: Annotated[str, Field(max_length=200)]
    scopes: Annotated[list[Scope], Field(max_length=20)]
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class KeyView(BaseModel):
    """A key as it can be shown at any time."""

    id: UUID
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class NewKeyView(KeyView):
    """A key as it is shown once."""

    key: str


@router.get("", dependencies=[require("account.read")])
def list_keys(principal: CurrentPrincipal, connection: TenantConnection) -> list[KeyView]:
    """List the keys that work."""
    return [_view(key) for key in list_api_keys(connection, principal.user_id)]


@router.post("", status_code=201, dependencies=[require("keys.manage")])
def create_key(
    body: NewKeyBody,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> NewKeyView:
    """Make a key; its secret is shown in this answer only."""
    days = body.expires_in_days
    wanted = KeyRequest(
        body.name, tuple(body.scopes), timedelta(days=days) if days is not None else None
    )
    now = surroundings(request).clock.now()
    key, secret = create_api_key(connection, principal.user_id, wanted, now)
    response.headers["Cache-Control"] = "no-store"
    return NewKeyView(**_view(key).model_dump(), key=secret)


@router.delete("/{key_id}", status_code=204, dependencies=[require("keys.manage")])
def delete_key(
    key_id: UUID, request: Request, principal: CurrentPrincipal, connection: TenantConnection
) -> None:
    """Revoke a key at once."""
    end_api_key(connection, principal.user_id, key_id, surroundings(request).clock.now())


def _view(key: ApiKey) -> KeyView:
    return KeyView(
        id=key.key_id,
        name=key.name,
        prefix=key.prefix,
        scopes=list(key.scopes),
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        expires_at=key.expires_at,
    )
