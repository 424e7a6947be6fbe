"""The SQL of portfolio runs beyond that of all runs: those of one portfolio."""

from uuid import UUID

from sqlalchemy import Connection, text

from fairlead.research.runs import Run
from fairlead.research.store import find_run


def list_portfolio_runs(
    connection: Connection,
    tenant_id: UUID,
    portfolio_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[Run]:
    """Return up to `limit` runs of all portfolios or of one, newest first, older than `before`."""
    rows = connection.execute(
        text("""
            SELECT run_id FROM runs
            WHERE user_id = :tenant AND kind = 'portfolio'
              AND (CAST(:before AS uuid) IS NULL OR run_id < CAST(:before AS uuid))
              AND (CAST(:portfolio AS text) IS NULL OR request->>'portfolio_id' = :portfolio)
            ORDER BY run_id DESC LIMIT :limit
        """),
        {
            "tenant": tenant_id,
            "before": before,
            "portfolio": None if portfolio_id is None else str(portfolio_id),
            "limit": limit,
        },
    )
    found = (find_run(connection, tenant_id, row.run_id, "portfolio") for row in rows.all())
    return [run for run in found if run is not None]
