"""HTTP of portfolio backtests: /portfolios/{id}/backtests and /portfolio-backtests."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, InternalDefect, NotFound
from fairlead.infra.outbox import emit
from fairlead.infra.pages import page_of, wrong_cursor
from fairlead.market.lake import Lake
from fairlead.research.events import finished
from fairlead.research.portfolio.store import list_portfolio_runs
from fairlead.research.portfolio.submitting import WantedBacktest, submit_portfolio
from fairlead.research.routes_bodies import AccountBody, RunPage, RunView, account_of, run_view
from fairlead.research.runs import FINAL, Run
from fairlead.research.store import cancel_run, delete_run, find_run, get_result
from fairlead.strategies.portfolios.authoring import owned_portfolio
from fairlead.tenancy.access import (
    CurrentPrincipal,
    PageQuery,
    TenantConnection,
    require,
    surroundings,
)
from fairlead.tenancy.access_idempotency import IdempotentRoute

router = APIRouter(tags=["portfolios"], route_class=IdempotentRoute)

RUN = [require("research.run")]
READ = [require("research.read")]
Point = tuple[int, float | None]


class PortfolioBacktestBody(AccountBody):
    """Ask for a backtest of a stored portfolio as it is now, on one shared account."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: Annotated[datetime | None, Field(alias="from")] = None
    end: Annotated[datetime | None, Field(alias="to")] = None


class ContributionView(BaseModel):
    """What one leg earned, and its part of the whole."""

    leg: str
    pnl: float
    share: float | None


class CorrelationView(BaseModel):
    """Correlations of the legs' daily returns; rows and columns are the labels."""

    labels: list[str]
    values: list[list[float]]


class LegReportView(BaseModel):
    """One leg on the shared account; `gained` adds up its daily returns."""

    label: str
    strategy: str
    version_hash: str
    parameters: dict[str, Any]
    instrument: str
    timeframe: str
    weight: float
    bars: int
    first_ts: int
    last_ts: int
    trades: int
    wins: int
    fees: float
    charges: float
    pnl: float
    share: float | None
    gained: list[Point]
    vetoes: list[dict[str, Any]]


class PortfolioReportView(BaseModel):
    """A portfolio's report; curves are [epoch ms, value]."""

    currency: str
    cash: float
    metrics: dict[str, float | None]
    equity: list[Point]
    drawdown: list[Point]
    exposure: list[Point]
    contribution: list[ContributionView]
    correlation: CorrelationView
    monthly_returns: list[dict[str, Any]]
    legs: list[LegReportView]
    assumptions: dict[str, Any]
    assumptions_text: list[tuple[str, str]]
    notes: list[str]


@router.post("/portfolios/{portfolio_id}/backtests", status_code=202, dependencies=RUN)
def submit_backtest(
    portfolio_id: UUID,
    body: PortfolioBacktestBody,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> RunView:
    """Queue a backtest of a portfolio; the answer's id leads to its status and its report."""
    around = surroundings(request)
    portfolio = owned_portfolio(connection, portfolio_id)
    wanted = WantedBacktest(
        start=_in_utc(body.start),
        end=_in_utc(body.end),
        account=account_of(body),
    )
    lake = Lake(around.settings.lake_dir)
    now = around.clock.now()
    run = submit_portfolio(connection, principal.user_id, lake, portfolio, wanted, now)
    return run_view(run)


@router.get("/portfolio-backtests", dependencies=READ)
def list_backtests(
    principal: CurrentPrincipal,
    connection: TenantConnection,
    page: PageQuery,
    portfolio_id: Annotated[UUID | None, Query()] = None,
) -> RunPage:
    """List the backtests of portfolios, or of one, newest first."""
    after = page.after(1)
    before = None if after is None else _uuid(after[0])
    rows = list_portfolio_runs(connection, principal.user_id, portfolio_id, before, page.limit + 1)
    found = page_of(rows, page.limit, lambda run: (str(run.run_id),))
    return RunPage(items=[run_view(run) for run in found.items], next_cursor=found.next_cursor)


@router.get("/portfolio-backtests/{run_id}", dependencies=READ)
def read_backtest(
    run_id: UUID, principal: CurrentPrincipal, connection: TenantConnection
) -> RunView:
    """Return the status of one run."""
    return run_view(_found(connection, principal.user_id, run_id))


@router.get("/portfolio-backtests/{run_id}/report", dependencies=READ)
def read_report(
    run_id: UUID, principal: CurrentPrincipal, connection: TenantConnection
) -> PortfolioReportView:
    """Return the report of a finished backtest; curves have at most 20,000 points."""
    content = _part(connection, principal.user_id, run_id, "report.json")
    return PortfolioReportView.model_validate_json(content)


@router.get("/portfolio-backtests/{run_id}/report.html", dependencies=READ)
def read_page(
    run_id: UUID, principal: CurrentPrincipal, connection: TenantConnection, download: bool = False
) -> Response:
    """Return the report as one page that needs nothing else; `download` saves it as a file."""
    page = _part(connection, principal.user_id, run_id, "report.html")
    name = f'attachment; filename="portfolio-{run_id}-report.html"'
    headers = {"Content-Disposition": name} if download else {}
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)


@router.post("/portfolio-backtests/{run_id}/cancel", dependencies=RUN)
def cancel_backtest(
    run_id: UUID, request: Request, principal: CurrentPrincipal, connection: TenantConnection
) -> RunView:
    """Stop a run: a queued one at once, a running one at its next step; ended ones stay."""
    before = _found(connection, principal.user_id, run_id)
    now = surroundings(request).clock.now()
    run = cancel_run(connection, principal.user_id, run_id, "portfolio", now)
    if run is None:
        raise _missing(run_id)
    if run.status == "cancelled" and before.status not in FINAL:
        emit(connection, principal.user_id, finished(run))
    return run_view(run)


@router.delete("/portfolio-backtests/{run_id}", status_code=204, dependencies=RUN)
def delete_backtest(
    run_id: UUID, principal: CurrentPrincipal, connection: TenantConnection
) -> None:
    """Delete an ended run and its result."""
    _found(connection, principal.user_id, run_id)
    if not delete_run(connection, principal.user_id, run_id):
        raise Conflict("The run has not ended.", action="Cancel it first.")


def _part(connection: Connection, tenant_id: UUID, run_id: UUID, part: str) -> bytes:
    run = _found(connection, tenant_id, run_id)
    if run.status != "done":
        raise Conflict(
            f"The run has no result: it is {run.status}.",
            found=run.error,
            action="Wait until it is done." if run.status not in FINAL else "Start it again.",
        )
    content = get_result(connection, tenant_id, run_id, part)
    if content is None:
        raise InternalDefect(f"Run {run_id} is done and has no {part}.")
    return content


def _found(connection: Connection, tenant_id: UUID, run_id: UUID) -> Run:
    run = find_run(connection, tenant_id, run_id, "portfolio")
    if run is None:
        raise _missing(run_id)
    return run


def _missing(run_id: UUID) -> NotFound:
    return NotFound("There is no such run.", found=str(run_id))


def _in_utc(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=UTC)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise wrong_cursor(text) from None
