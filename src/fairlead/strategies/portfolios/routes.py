"""HTTP of one's own portfolios: /portfolios."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response

from fairlead.infra.pages import page_of, wrong_cursor
from fairlead.strategies.portfolios.authoring import (
    change_portfolio,
    create_portfolio,
    owned_portfolio,
    remove_portfolio,
)
from fairlead.strategies.portfolios.store import list_portfolios
from fairlead.strategies.portfolios.views import (
    PortfolioBody,
    PortfolioPage,
    PortfolioView,
    portfolio_view,
    wanted_portfolio,
)
from fairlead.tenancy.access import (
    CurrentPrincipal,
    PageQuery,
    TenantConnection,
    require,
    surroundings,
)
from fairlead.tenancy.access_etag import ExpectedRevision, put_etag
from fairlead.tenancy.access_idempotency import IdempotentRoute
from fairlead.tenancy.audit import record

router = APIRouter(prefix="/portfolios", tags=["portfolios"], route_class=IdempotentRoute)

READ = [require("strategies.read")]
WRITE = [require("strategies.write")]


@router.get("", dependencies=READ)
def list_own(connection: TenantConnection, page: PageQuery) -> PortfolioPage:
    """List one's own portfolios, the latest changed first."""
    after = page.after(2)
    place = None if after is None else _place(after)
    rows = list_portfolios(connection, place, page.limit + 1)
    found = page_of(rows, page.limit, lambda row: (row.updated_at.isoformat(), str(row.id)))
    items = [portfolio_view(row) for row in found.items]
    return PortfolioPage(items=items, next_cursor=found.next_cursor)


@router.post("", status_code=201, dependencies=WRITE)
def create(
    body: PortfolioBody,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> PortfolioView:
    """Make a portfolio of one's own versions, or of offered ones."""
    now = surroundings(request).clock.now()
    made = create_portfolio(connection, principal.user_id, wanted_portfolio(body), now)
    detail = {"legs": str(len(made.legs)), "method": made.method}
    record(connection, principal.actor_id, "portfolio.create", f"portfolio:{made.id}", detail)
    put_etag(response, made.revision)
    return portfolio_view(made)


@router.get("/{portfolio_id}", dependencies=READ)
def read(portfolio_id: UUID, response: Response, connection: TenantConnection) -> PortfolioView:
    """Return one portfolio."""
    found = owned_portfolio(connection, portfolio_id)
    put_etag(response, found.revision)
    return portfolio_view(found)


@router.put("/{portfolio_id}", dependencies=WRITE)
def change(
    portfolio_id: UUID,
    body: PortfolioBody,
    request: Request,
    response: Response,
    revision: ExpectedRevision,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> PortfolioView:
    """Replace a portfolio; what already trades it goes on as it was."""
    now = surroundings(request).clock.now()
    changed = change_portfolio(connection, portfolio_id, revision, wanted_portfolio(body), now)
    detail = {"legs": str(len(changed.legs)), "revision": str(changed.revision)}
    record(connection, principal.actor_id, "portfolio.edit", f"portfolio:{portfolio_id}", detail)
    put_etag(response, changed.revision)
    return portfolio_view(changed)


@router.delete("/{portfolio_id}", status_code=204, dependencies=WRITE)
def delete(portfolio_id: UUID, principal: CurrentPrincipal, connection: TenantConnection) -> None:
    """Delete a portfolio; its backtests and what trades it stay."""
    remove_portfolio(connection, portfolio_id)
    record(connection, principal.actor_id, "portfolio.delete", f"portfolio:{portfolio_id}", {})


def _place(after: tuple[str, ...]) -> tuple[datetime, UUID]:
    try:
        moment = datetime.fromisoformat(after[0])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)), UUID(after[1])
    except ValueError:
        raise wrong_cursor(" ".join(after)) from None
