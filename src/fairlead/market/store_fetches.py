"""The SQL of fetches of past candles."""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, text

from fairlead.market.fetch_model import Fetch, FetchRequest, Status
from fairlead.market.reports import JsonObject

_COLUMNS = """id, provider, instrument, timeframe, from_ms, to_ms, status, report, error_kind,
    error, created_at, started_at, finished_at"""
_INSERT = text("""
    INSERT INTO data_fetches (user_id, id, provider, instrument, timeframe, from_ms, to_ms,
                              created_at)
    VALUES (:tenant, :id, :provider, :instrument, :timeframe, :from_ms, :to_ms, :now)
""")
_COUNT = text("""
    SELECT count(*) FROM data_fetches
    WHERE user_id = :tenant AND status IN ('queued', 'running')
""")
_LIST = text(f"""
    SELECT {_COLUMNS} FROM data_fetches
    WHERE user_id = :tenant AND (CAST(:before AS uuid) IS NULL OR id < CAST(:before AS uuid))
    ORDER BY id DESC LIMIT :limit
""")
_CLAIM = text(f"""
    UPDATE data_fetches SET status = 'running', attempt = :attempt,
                            started_at = COALESCE(started_at, :now)
    WHERE user_id = :tenant AND id = :id AND attempt <= :attempt
      AND status IN ('queued', 'running')
    RETURNING {_COLUMNS}
""")
_FINISH = text(f"""
    UPDATE data_fetches SET status = :status, report = CAST(:report AS jsonb),
                            error_kind = :error_kind, error = :error, finished_at = :now
    WHERE user_id = :tenant AND id = :id AND attempt = :attempt AND status = 'running'
    RETURNING {_COLUMNS}
""")
_ABANDON = text(f"""
    UPDATE data_fetches SET status = 'failed', error_kind = 'exception', error = :error,
                            finished_at = :now
    WHERE user_id = :tenant AND id = :id AND status IN ('queued', 'running')
    RETURNING {_COLUMNS}
""")


def insert_fetch(connection: Connection, tenant_id: UUID, fetch: Fetch) -> None:
    """Write a queued fetch."""
    request = fetch.request
    values = {
        "tenant": tenant_id,
        "id": fetch.id,
        "provider": request.provider,
        "instrument": request.instrument,
        "timeframe": request.timeframe,
        "from_ms": request.from_ms,
        "to_ms": request.to_ms,
        "now": fetch.created_at,
    }
    connection.execute(_INSERT, values)


def count_unfinished(connection: Connection, tenant_id: UUID) -> int:
    """Count the fetches that wait or run."""
    return int(connection.execute(_COUNT, {"tenant": tenant_id}).scalar_one())


def list_fetches(
    connection: Connection, tenant_id: UUID, before: UUID | None, limit: int
) -> list[Fetch]:
    """Return up to `limit` fetches, newest first, older than `before` when given."""
    values = {"tenant": tenant_id, "before": before, "limit": limit}
    return [_fetch_of(row) for row in connection.execute(_LIST, values)]


def claim_fetch(
    connection: Connection, tenant_id: UUID, fetch_id: UUID, attempt: int, now: datetime
) -> Fetch | None:
    """Take a fetch for this attempt; None when it has ended or a later attempt holds it."""
    values = {"tenant": tenant_id, "id": fetch_id, "attempt": attempt, "now": now}
    row = connection.execute(_CLAIM, values).one_or_none()
    return None if row is None else _fetch_of(row)


def finish_fetch(
    connection: Connection,
    tenant_id: UUID,
    fetch_id: UUID,
    attempt: int,
    status: Status,
    report: JsonObject | None,
    error_kind: str | None,
    error: str | None,
    now: datetime,
) -> Fetch | None:
    """End a fetch by compare-and-set on its attempt; None when that no longer holds it."""
    values = {
        "tenant": tenant_id,
        "id": fetch_id,
        "attempt": attempt,
        "status": status,
        "report": None if report is None else json.dumps(report),
        "error_kind": error_kind,
        "error": error,
        "now": now,
    }
    row = connection.execute(_FINISH, values).one_or_none()
    return None if row is None else _fetch_of(row)


def abandon_fetch(
    connection: Connection, tenant_id: UUID, fetch_id: UUID, reason: str, now: datetime
) -> Fetch | None:
    """Record that a fetch is given up; None when it has ended."""
    values = {"tenant": tenant_id, "id": fetch_id, "error": reason, "now": now}
    row = connection.execute(_ABANDON, values).one_or_none()
    return None if row is None else _fetch_of(row)


def _fetch_of(row: Row[tuple[object, ...]]) -> Fetch:
    request = FetchRequest(row.provider, row.instrument, row.timeframe, row.from_ms, row.to_ms)
    return Fetch(
        row.id,
        request,
        row.status,
        row.report,
        row.error_kind,
        row.error,
        row.created_at,
        row.started_at,
        row.finished_at,
    )
