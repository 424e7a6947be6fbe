"""HTTP of AutoBuild: /autobuilds."""

from collections.abc import Mapping
from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, InternalDefect, NotFound
from fairlead.infra.outbox import emit
from fairlead.infra.pages import page_of, wrong_cursor
from fairlead.market.autofetch import read_venues
from fairlead.market.lake import Lake
from fairlead.market.reports import Coverage
from fairlead.market.sources import joint_coverage, private_lake
from fairlead.research.autobuild.constraints import constraints_schema, read_constraints
from fairlead.research.autobuild.estimating import estimate_of
from fairlead.research.autobuild.events import finished
from fairlead.research.autobuild.findings import detail_of
from fairlead.research.autobuild.record import AutoBuild, JobEvent
from fairlead.research.autobuild.routes_bodies import (
    AutoBuildBody,
    AutoBuildEstimateView,
    AutoBuildEventsView,
    AutoBuildPage,
    AutoBuildView,
    ConstraintsBody,
    Document,
    SaveBody,
    autobuild_view,
    estimate_view,
    event_view,
)
from fairlead.research.autobuild.routes_results import AutoBuildDetail, AutoBuildFindings
from fairlead.research.autobuild.saving import save_portfolio
from fairlead.research.autobuild.store import (
    cancel_autobuild,
    delete_autobuild,
    list_autobuilds,
)
from fairlead.research.autobuild.store_parts import find_checkpoint, get_result, read_events
from fairlead.research.autobuild.submitting import existing, resume, submit_autobuild
from fairlead.research.jsonable import Json, dump_json
from fairlead.research.runs import FINAL
from fairlead.strategies.portfolios.views import PortfolioView, portfolio_view
from fairlead.tenancy.access import (
    CurrentPrincipal,
    PageQuery,
    TenantConnection,
    require,
    surroundings,
)
from fairlead.tenancy.access_idempotency import IdempotentRoute
from fairlead.tenancy.audit import record

router = APIRouter(prefix="/autobuilds", tags=["autobuild"], route_class=IdempotentRoute)

RUN = [require("research.run")]
READ = [require("research.read")]
SAVE = [require("strategies.write")]
JSON = "application/json"
EVENTS_MAX = 1_000


@router.get("/schema", dependencies=READ)
def read_schema() -> Document:
    """Return the JSON schema of constraints with defaults and help texts."""
    return dict(constraints_schema())


@router.post("/estimate", dependencies=READ)
def estimate(
    body: ConstraintsBody, request: Request, principal: CurrentPrincipal
) -> AutoBuildEstimateView:
    """Tell what an AutoBuild under these constraints would take; starts nothing."""
    constraints = read_constraints(cast("Mapping[str, Json]", body.constraints))
    now_ms = round(surroundings(request).clock.now().timestamp() * 1000)
    coverage = _coverage(request, principal.user_id)
    return estimate_view(estimate_of(constraints, coverage, now_ms))


@router.post("", status_code=202, dependencies=RUN)
def submit(
    body: AutoBuildBody,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> AutoBuildView:
    """Queue an AutoBuild; the answer's id leads to its status, events and result."""
    coverage = _coverage(request, principal.user_id)
    now = surroundings(request).clock.now()
    fetched = read_venues(surroundings(request).settings.auto_fetch)
    made = submit_autobuild(
        connection, principal.user_id, coverage, body.name, body.constraints, now, fetched
    )
    return autobuild_view(made)


@router.get("", dependencies=READ)
def list_all(
    principal: CurrentPrincipal, connection: TenantConnection, page: PageQuery
) -> AutoBuildPage:
    """List the AutoBuilds, newest first."""
    after = page.after(1)
    before = None if after is None else _uuid(after[0])
    rows = list_autobuilds(connection, principal.user_id, before, page.limit + 1)
    found = page_of(rows, page.limit, lambda row: (str(row.autobuild_id),))
    items = [autobuild_view(row) for row in found.items]
    return AutoBuildPage(items=items, next_cursor=found.next_cursor)


@router.get("/{autobuild_id}", dependencies=READ)
def read(
    autobuild_id: UUID, principal: CurrentPrincipal, connection: TenantConnection
) -> AutoBuildView:
    """Return how far an AutoBuild is, or how it ended."""
    return autobuild_view(existing(connection, principal.user_id, autobuild_id))


@router.post("/{autobuild_id}/cancel", dependencies=RUN)
def cancel(
    autobuild_id: UUID,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> AutoBuildView:
    """Stop an AutoBuild: a queued one at once, a running one within ten seconds."""
    tenant_id = principal.user_id
    before = existing(connection, tenant_id, autobuild_id)
    now = surroundings(request).clock.now()
    last = JobEvent(now, "finished", before.standing.stage, {"status": "cancelled", "error": None})
    autobuild = cancel_autobuild(connection, tenant_id, autobuild_id, last)
    if autobuild is None:
        raise InternalDefect(f"AutoBuild {autobuild_id} was read and is not there.")
    if autobuild.status == "cancelled" and before.status not in FINAL:
        emit(connection, tenant_id, finished(autobuild))
    return autobuild_view(autobuild)


@router.post("/{autobuild_id}/resume", status_code=202, dependencies=RUN)
def resume_stopped(
    autobuild_id: UUID, principal: CurrentPrincipal, connection: TenantConnection
) -> AutoBuildView:
    """Go on with one that failed or was cancelled; finished instruments are kept."""
    return autobuild_view(resume(connection, principal.user_id, autobuild_id))


@router.delete("/{autobuild_id}", status_code=204, dependencies=RUN)
def delete(autobuild_id: UUID, principal: CurrentPrincipal, connection: TenantConnection) -> None:
    """Delete an ended AutoBuild; the ledger of trials keeps its lines."""
    existing(connection, principal.user_id, autobuild_id)
    if not delete_autobuild(connection, principal.user_id, autobuild_id):
        raise Conflict("The AutoBuild has not ended.", action="Cancel it first.")


@router.get("/{autobuild_id}/events", dependencies=READ)
def list_events(
    autobuild_id: UUID,
    principal: CurrentPrincipal,
    connection: TenantConnection,
    after: Annotated[int, Query(ge=0, lt=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=EVENTS_MAX)] = 200,
) -> AutoBuildEventsView:
    """Read events after a number, for programs and pages without a socket."""
    existing(connection, principal.user_id, autobuild_id)
    found = read_events(connection, principal.user_id, autobuild_id, after, limit)
    items = [event_view(event) for event in found]
    return AutoBuildEventsView(items=items, next_after=items[-1].seq if items else after)


@router.get("/{autobuild_id}/result", dependencies=READ, response_model=AutoBuildFindings)
def read_result(
    autobuild_id: UUID, principal: CurrentPrincipal, connection: TenantConnection
) -> Response:
    """Return what a finished AutoBuild found."""
    _, content = _result(connection, principal.user_id, autobuild_id)
    return Response(content, media_type=JSON)


@router.post("/{autobuild_id}/portfolio", status_code=201, dependencies=SAVE)
def save(
    autobuild_id: UUID,
    body: SaveBody,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> PortfolioView:
    """Keep the assembled portfolio; its templates become strategies of one's own."""
    autobuild, content = _result(connection, principal.user_id, autobuild_id)
    now = surroundings(request).clock.now()
    made = save_portfolio(connection, principal.user_id, autobuild, content, body.name, now)
    detail = {"autobuild": str(autobuild_id), "legs": str(len(made.legs))}
    record(connection, principal.actor_id, "portfolio.create", f"portfolio:{made.id}", detail)
    return portfolio_view(made)


@router.get(
    "/{autobuild_id}/instruments/{instrument}", dependencies=READ, response_model=AutoBuildDetail
)
def read_instrument(
    autobuild_id: UUID,
    instrument: str,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> Response:
    """Return the evidence of one instrument, as soon as it is finished."""
    existing(connection, principal.user_id, autobuild_id)
    content = find_checkpoint(connection, principal.user_id, autobuild_id, instrument)
    if content is None:
        raise NotFound(
            "This AutoBuild has no finished instrument of that name.",
            found=instrument[:100],
            action="Choose one that its result lists, or wait until it is finished.",
        )
    return Response(dump_json(detail_of(content)), media_type=JSON)


def _result(connection: Connection, tenant_id: UUID, autobuild_id: UUID) -> tuple[AutoBuild, bytes]:
    autobuild = existing(connection, tenant_id, autobuild_id)
    if autobuild.status != "done":
        over = autobuild.status in FINAL
        raise Conflict(
            f"The AutoBuild has no result: it is {autobuild.status}.",
            found=autobuild.error,
            action="Resume it." if over else "Wait until it is done.",
        )
    content = get_result(connection, tenant_id, autobuild_id)
    if content is None:
        raise InternalDefect(f"AutoBuild {autobuild_id} is done and has no result.")
    return autobuild, content


def _coverage(request: Request, tenant_id: UUID) -> list[Coverage]:
    """Return what the tenant may use: its own lake first, then the shared one."""
    settings = surroundings(request).settings
    return joint_coverage(private_lake(settings.data_dir, tenant_id), Lake(settings.lake_dir))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise wrong_cursor(text) from None
