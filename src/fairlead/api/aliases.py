"""Other addresses under which sources know our routes; each only leads to the real one."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse

from fairlead.api.routers import PREFIX
from fairlead.live.routes import subscriptions
from fairlead.live.routes.bodies import PositionsBody, SubscribeBody
from fairlead.live.routes.shapes import SubscriptionView
from fairlead.tenancy.access import CurrentPrincipal, TenantConnection, require
from fairlead.tenancy.access_idempotency import IdempotentRoute

router = APIRouter(route_class=IdempotentRoute)

Id = Annotated[UUID, Path()]
WRITE = [require("subscriptions.write")]


@router.post("/api/auth/register")
@router.post("/api/auth/login")
@router.post("/api/auth/logout")
@router.get("/api/auth/me")
def auth(request: Request) -> RedirectResponse:
    """Lead to the same words below /api/v1."""
    return _to(request, request.url.path.removeprefix("/api"))


@router.get("/api/strategies")
def strategies(request: Request) -> RedirectResponse:
    """Lead to the catalog: the public list of strategies."""
    return _to(request, "/catalog")


@router.get("/api/strategies/subscriptions")
def subscription_list(request: Request) -> RedirectResponse:
    """Lead to one's subscriptions."""
    return _to(request, "/subscriptions")


@router.get("/api/strategies/subscriptions/{subscription_id}")
@router.get("/api/strategies/subscriptions/{subscription_id}/stats")
def subscription(request: Request, subscription_id: Id) -> RedirectResponse:
    """Lead to a subscription, which carries its totals."""
    return _to(request, f"/subscriptions/{subscription_id}")


@router.post("/api/strategies/subscriptions/{subscription_id}/pause")
@router.post("/api/strategies/subscriptions/{subscription_id}/resume")
def change(request: Request, subscription_id: Id) -> RedirectResponse:
    """Lead to the same act on a subscription."""
    return _to(request, f"/subscriptions/{subscription_id}/{request.url.path.rsplit('/', 1)[1]}")


@router.delete("/api/strategies/subscriptions/{subscription_id}", dependencies=WRITE)
def end(
    request: Request,
    subscription_id: Id,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> SubscriptionView:
    """Cancel a subscription; an open position is kept under its stops to its end."""
    body = PositionsBody(positions="keep")
    return subscriptions.cancel(subscription_id, body, request, principal, connection)


@router.get("/api/strategies/{strategy_id}")
def strategy(request: Request, strategy_id: Id) -> RedirectResponse:
    """Lead to a strategy of the catalog."""
    return _to(request, f"/catalog/{strategy_id}")


@router.post("/api/strategies/{strategy_id}/subscribe", status_code=201, dependencies=WRITE)
def subscribe(
    strategy_id: Id,
    body: SubscribeBody,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> SubscriptionView:
    """Subscribe to the strategy named in the address."""
    wanted = body.model_copy(update={"strategy_id": strategy_id, "version_id": None})
    return subscriptions.subscribe(wanted, principal, connection)


def _to(request: Request, path: str) -> RedirectResponse:
    """Answer 308, which keeps method and body; the query goes along."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{PREFIX}{path}{query}", status_code=308)
