"""HTTP of research: /backtests, /sweeps and /walkforwards."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, InternalDefect, NotFound
from fairlead.infra.outbox import emit
from fairlead.infra.pages import page_of, wrong_cursor
from fairlead.market.lake import Lake
from fairlead.research.events import finished
from fairlead.research.evidence import show_in_catalog
from fairlead.research.jsonable import JsonObject, dump_json
from fairlead.research.render.comparison import (
    COMPARED_MAX,
    check_count,
    comparable,
    name_of,
    read_result,
)
from fairlead.research.routes_bodies import (
    BacktestBody,
    RunPage,
    RunView,
    SweepBody,
    WalkforwardBody,
    run_view,
    wanted_of,
)
from fairlead.research.runs import FINAL, Kind, Run
from fairlead.research.store import (
    cancel_run,
    delete_run,
    find_any_run,
    find_run,
    get_result,
    list_runs,
)
from fairlead.research.submitting import submit
from fairlead.tenancy.access import (
    CurrentPrincipal,
    PageQuery,
    TenantConnection,
    require,
    surroundings,
)
from fairlead.tenancy.access_idempotency import IdempotentRoute

backtests = APIRouter(prefix="/backtests", tags=["research"], route_class=IdempotentRoute)
sweeps = APIRouter(prefix="/sweeps", tags=["research"], route_class=IdempotentRoute)
walkforwards = APIRouter(prefix="/walkforwards", tags=["research"], route_class=IdempotentRoute)
runs = APIRouter(prefix="/runs", tags=["research"], route_class=IdempotentRoute)

RUN = [require("research.run")]
READ = [require("research.read")]
PUBLISH = [require("strategies.publish")]
JSON = "application/json"
# a run of another kind keeps its figures and its curve in result.json
REPORT_PARTS = {"backtest": "report.json", "portfolio": "report.json"}
CSV_PARTS = {"trades": "trades.csv", "equity": "equity.csv"}


@backtests.post("", status_code=202, dependencies=RUN)
def submit_backtest(
    body: BacktestBody,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> RunView:
    """Queue a backtest; the answer's id leads to its status and its report."""
    return _submitted("backtest", body, request, principal.user_id, connection)


@sweeps.post("", status_code=202, dependencies=RUN)
def submit_sweep(
    body: SweepBody, request: Request, principal: CurrentPrincipal, connection: TenantConnection
) -> RunView:
    """Queue a sweep over a grid of parameters."""
    return _submitted("sweep", body, request, principal.user_id, connection)


@walkforwards.post("", status_code=202, dependencies=RUN)
def submit_walkforward(
    body: WalkforwardBody,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> RunView:
    """Queue a walk-forward over a grid of parameters."""
    return _submitted("walkforward", body, request, principal.user_id, connection)


@backtests.get("/{run_id}/report", dependencies=READ)
def read_report(
    run_id: UUID, principal: CurrentPrincipal, connection: TenantConnection
) -> Response:
    """Return the report of a finished backtest as JSON; curves have at most 20,000 points."""
    run = _found(connection, principal.user_id, run_id, "backtest")
    return Response(_part(connection, principal.user_id, run, "report.json"), media_type=JSON)


@backtests.get("/{run_id}/report.html", dependencies=READ)
def read_page(
    run_id: UUID, principal: CurrentPrincipal, connection: TenantConnection, download: bool = False
) -> Response:
    """Return the report as one page that needs nothing else; `download` saves it as a file."""
    run = _found(connection, principal.user_id, run_id, "backtest")
    page = _part(connection, principal.user_id, run, "report.html")
    headers = _attachment(run, "report.html") if download else {}
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)


@backtests.get("/{run_id}/report.pdf", dependencies=READ)
def read_pdf(run_id: UUID, principal: CurrentPrincipal, connection: TenantConnection) -> Response:
    """Return the report of a finished backtest as a document in PDF."""
    run = _found(connection, principal.user_id, run_id, "backtest")
    content = _part(connection, principal.user_id, run, "report.pdf")
    headers = _attachment(run, "report.pdf")
    return Response(content, media_type="application/pdf", headers=headers)


@backtests.get("/{run_id}/report.csv", dependencies=READ)
def read_csv(
    run_id: UUID,
    principal: CurrentPrincipal,
    connection: TenantConnection,
    part: Annotated[Literal["trades", "equity"], Query()] = "trades",
) -> Response:
    """Return the trades, or the equity, of a finished backtest as CSV."""
    run = _found(connection, principal.user_id, run_id, "backtest")
    content = _part(connection, principal.user_id, run, CSV_PARTS[part])
    headers = _attachment(run, CSV_PARTS[part])
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@runs.get("/compare", dependencies=READ)
def compare_runs(
    principal: CurrentPrincipal,
    connection: TenantConnection,
    ids: Annotated[list[UUID], Query(alias="id", max_length=COMPARED_MAX)],
) -> Response:
    """Return 2 to 8 finished runs side by side: figures and equity in at most 1,500 points."""
    check_count(len(set(ids)))
    found = [_compared(connection, principal.user_id, run_id) for run_id in dict.fromkeys(ids)]
    return Response(dump_json({"runs": found}), media_type=JSON)


@walkforwards.get("/{run_id}/report.html", dependencies=READ)
def read_walkforward_page(
    run_id: UUID, principal: CurrentPrincipal, connection: TenantConnection, download: bool = False
) -> Response:
    """Return a finished walk-forward as one page that needs nothing else."""
    run = _found(connection, principal.user_id, run_id, "walkforward")
    page = _part(connection, principal.user_id, run, "report.html")
    headers = _attachment(run, "report.html") if download else {}
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)


@backtests.post("/{run_id}/publish", status_code=204, dependencies=PUBLISH)
def publish_report(
    run_id: UUID, request: Request, principal: CurrentPrincipal, connection: TenantConnection
) -> None:
    """Show a finished backtest of one's own published version in the catalog."""
    run = _found(connection, principal.user_id, run_id, "backtest")
    report = _part(connection, principal.user_id, run, "report.json")
    now = surroundings(request).clock.now()
    show_in_catalog(connection, principal.user_id, run, report, now)


def _with_shared_routes(router: APIRouter, kind: Kind) -> APIRouter:
    """Add what all kinds of runs have in common: list, status, cancel, delete."""

    @router.get("", dependencies=READ, name=f"list_{kind}s")
    def list_all(
        principal: CurrentPrincipal, connection: TenantConnection, page: PageQuery
    ) -> RunPage:
        """List the runs, newest first."""
        after = page.after(1)
        before = None if after is None else _uuid(after[0])
        rows = list_runs(connection, principal.user_id, kind, before, page.limit + 1)
        found = page_of(rows, page.limit, lambda run: (str(run.run_id),))
        return RunPage(items=[run_view(run) for run in found.items], next_cursor=found.next_cursor)

    @router.get("/{run_id}", dependencies=READ, name=f"read_{kind}")
    def read(run_id: UUID, principal: CurrentPrincipal, connection: TenantConnection) -> RunView:
        """Return the status of one run."""
        return run_view(_found(connection, principal.user_id, run_id, kind))

    @router.post("/{run_id}/cancel", dependencies=RUN, name=f"cancel_{kind}")
    def cancel(
        run_id: UUID,
        request: Request,
        principal: CurrentPrincipal,
        connection: TenantConnection,
    ) -> RunView:
        """Stop a run: a queued one at once, a running one at its next step; ended ones stay."""
        return _cancelled(request, connection, principal.user_id, run_id, kind)

    @router.delete("/{run_id}", status_code=204, dependencies=RUN, name=f"delete_{kind}")
    def delete(run_id: UUID, principal: CurrentPrincipal, connection: TenantConnection) -> None:
        """Delete an ended run and its result; the ledger of trials keeps its line."""
        run = _found(connection, principal.user_id, run_id, kind)
        if not delete_run(connection, principal.user_id, run.run_id):
            raise Conflict("The run has not ended.", action="Cancel it first.")

    return router


def _with_result_route(router: APIRouter, kind: Kind) -> APIRouter:
    @router.get("/{run_id}/result", dependencies=READ, name=f"read_{kind}_result")
    def read_result(
        run_id: UUID, principal: CurrentPrincipal, connection: TenantConnection
    ) -> Response:
        """Return the result of a finished run as JSON."""
        run = _found(connection, principal.user_id, run_id, kind)
        return Response(_part(connection, principal.user_id, run, "result.json"), media_type=JSON)

    return router


def _submitted(
    kind: Kind, body: BacktestBody, request: Request, tenant_id: UUID, connection: Connection
) -> RunView:
    around = surroundings(request)
    lake = Lake(around.settings.lake_dir)
    wanted = wanted_of(kind, body)
    return run_view(submit(connection, tenant_id, lake, wanted, around.clock.now()))


def _cancelled(
    request: Request, connection: Connection, tenant_id: UUID, run_id: UUID, kind: Kind
) -> RunView:
    before = _found(connection, tenant_id, run_id, kind)
    run = cancel_run(connection, tenant_id, run_id, kind, surroundings(request).clock.now())
    if run is None:
        raise _missing(run_id)
    if run.status == "cancelled" and before.status not in FINAL:
        emit(connection, tenant_id, finished(run))
    return run_view(run)


def _found(connection: Connection, tenant_id: UUID, run_id: UUID, kind: Kind) -> Run:
    run = find_run(connection, tenant_id, run_id, kind)
    if run is None:
        raise _missing(run_id)
    return run


def _compared(connection: Connection, tenant_id: UUID, run_id: UUID) -> JsonObject:
    run = find_any_run(connection, tenant_id, run_id)
    if run is None:
        raise _missing(run_id)
    part = _part(connection, tenant_id, run, REPORT_PARTS.get(run.kind, "result.json"))
    result = read_result(part.decode(), str(run_id))
    named = name_of(result) if run.kind == "backtest" else f"{run.strategy_name} {run.kind}"
    return {"id": str(run_id), "kind": run.kind, **comparable(result, named)}


def _part(connection: Connection, tenant_id: UUID, run: Run, part: str) -> bytes:
    if run.status != "done":
        raise Conflict(
            f"The run has no result: it is {run.status}.",
            found=run.error,
            action="Wait until it is done." if run.status not in FINAL else "Start it again.",
        )
    content = get_result(connection, tenant_id, run.run_id, part)
    if content is None:
        raise InternalDefect(f"Run {run.run_id} is done and has no {part}.")
    return content


def _attachment(run: Run, part: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{run.kind}-{run.run_id}-{part}"'}


def _missing(run_id: UUID) -> NotFound:
    return NotFound("There is no such run.", found=str(run_id))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise wrong_cursor(text) from None


router = APIRouter()
router.include_router(runs)
router.include_router(_with_shared_routes(backtests, "backtest"))
router.include_router(_with_shared_routes(_with_result_route(sweeps, "sweep"), "sweep"))
router.include_router(
    _with_shared_routes(_with_result_route(walkforwards, "walkforward"), "walkforward")
)
