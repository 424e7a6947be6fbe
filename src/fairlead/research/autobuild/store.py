"""The SQL of AutoBuilds: asked for, claimed by an attempt, reported on, ended."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from fairlead.research.autobuild.record import (
    ATTEMPTS_A_RESUME,
    AutoBuild,
    Claim,
    JobEvent,
    Standing,
)
from fairlead.research.autobuild.store_parts import insert_job_events
from fairlead.research.jsonable import JsonObject, dump_json
from fairlead.research.runs import Status

_STANDING = """stage, progress, instruments_total, instruments_done, accepted, failed, sets_tested,
    sets_per_s, best_sharpe, eta_s"""
_COLUMNS = f"""autobuild_id, name, constraints, as_of_ms, status, cancel_requested, error,
    created_at, started_at, finished_at, {_STANDING}"""


def insert_autobuild(
    connection: Connection,
    tenant_id: UUID,
    autobuild_id: UUID,
    name: str,
    constraints: JsonObject,
    as_of_ms: int,
    now: datetime,
) -> None:
    """Write a queued AutoBuild."""
    connection.execute(
        text("""
            INSERT INTO autobuilds (user_id, autobuild_id, name, constraints, as_of_ms, created_at)
            VALUES (:tenant, :id, :name, CAST(:constraints AS jsonb), :as_of_ms, :now)
        """),
        {
            "tenant": tenant_id,
            "id": autobuild_id,
            "name": name,
            "constraints": dump_json(constraints),
            "as_of_ms": as_of_ms,
            "now": now,
        },
    )


def find_autobuild(connection: Connection, tenant_id: UUID, autobuild_id: UUID) -> AutoBuild | None:
    """Return one AutoBuild, or None."""
    row = connection.execute(
        text(f"SELECT {_COLUMNS} FROM autobuilds WHERE user_id = :tenant AND autobuild_id = :id"),
        {"tenant": tenant_id, "id": autobuild_id},
    ).one_or_none()
    return None if row is None else _autobuild_of(row)


def list_autobuilds(
    connection: Connection, tenant_id: UUID, before: UUID | None, limit: int
) -> list[AutoBuild]:
    """Return up to `limit` AutoBuilds, newest first, older than `before` when given."""
    rows = connection.execute(
        text(f"""
            SELECT {_COLUMNS} FROM autobuilds
            WHERE user_id = :tenant
              AND (CAST(:before AS uuid) IS NULL OR autobuild_id < CAST(:before AS uuid))
            ORDER BY autobuild_id DESC LIMIT :limit
        """),
        {"tenant": tenant_id, "before": before, "limit": limit},
    )
    return [_autobuild_of(row) for row in rows]


def count_unfinished(connection: Connection, tenant_id: UUID) -> int:
    """Count the AutoBuilds that wait or run; two submissions at once count one another.

    The tenant's rows are locked in one order, so of two that come together the second waits.
    """
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('autobuild:' || :tenant, 0))"),
        {"tenant": str(tenant_id)},
    )
    return int(
        connection.execute(
            text("""
                SELECT count(*) FROM autobuilds
                WHERE user_id = :tenant AND status IN ('queued', 'running')
            """),
            {"tenant": tenant_id},
        ).scalar_one()
    )


def claim_autobuild(
    connection: Connection, tenant_id: UUID, autobuild_id: UUID, attempt: int, now: datetime
) -> Claim | None:
    """Take an AutoBuild for this attempt; None when it has ended or a later attempt holds it."""
    row = connection.execute(
        text("""
            UPDATE autobuilds SET status = 'running', attempt = resumes * :block + :attempt,
                                  started_at = COALESCE(started_at, :now)
            WHERE user_id = :tenant AND autobuild_id = :id
              AND attempt <= resumes * :block + :attempt
              AND status IN ('queued', 'running')
            RETURNING attempt, name, constraints, as_of_ms, resumes + :attempt > 0
        """),
        {
            "tenant": tenant_id,
            "id": autobuild_id,
            "attempt": attempt,
            "block": ATTEMPTS_A_RESUME,
            "now": now,
        },
    ).one_or_none()
    return None if row is None else Claim(*row)


def report(
    connection: Connection,
    tenant_id: UUID,
    autobuild_id: UUID,
    fence: int,
    standing: Standing,
    events: Sequence[JobEvent],
) -> bool | None:
    """Write how far an attempt is, with its events; return whether it shall go on.

    False when it was cancelled; None, and nothing is written, when it is this attempt's no more.
    The row stays locked until the caller commits, so event n is never seen before n - 1.
    """
    row = connection.execute(
        text("""
            UPDATE autobuilds SET
                last_seq = last_seq + :count, stage = :stage, progress = :progress,
                instruments_total = :instruments_total, instruments_done = :instruments_done,
                accepted = :accepted, failed = :failed, sets_tested = :sets_tested,
                sets_per_s = :sets_per_s, best_sharpe = :best_sharpe, eta_s = :eta_s
            WHERE user_id = :tenant AND autobuild_id = :id AND attempt = :fence
              AND status = 'running'
            RETURNING last_seq, cancel_requested
        """),
        {
            "tenant": tenant_id,
            "id": autobuild_id,
            "fence": fence,
            "count": len(events),
            **asdict(standing),
        },
    ).one_or_none()
    if row is None:
        return None
    insert_job_events(connection, tenant_id, autobuild_id, row.last_seq - len(events) + 1, events)
    return not row.cancel_requested


def finish_autobuild(
    connection: Connection,
    tenant_id: UUID,
    autobuild_id: UUID,
    fence: int,
    status: Status,
    error: str | None,
    last: JobEvent,
) -> AutoBuild | None:
    """End an AutoBuild by compare-and-set on its attempt; None when it holds it no longer."""
    row = connection.execute(
        text(f"""
            UPDATE autobuilds SET status = :status, error = :error, finished_at = :now,
                   last_seq = last_seq + 1, eta_s = NULL,
                   progress = CASE WHEN :status = 'done' THEN 1 ELSE progress END
            WHERE user_id = :tenant AND autobuild_id = :id AND attempt = :fence
              AND status = 'running'
            RETURNING last_seq, {_COLUMNS}
        """),
        {
            "tenant": tenant_id,
            "id": autobuild_id,
            "fence": fence,
            "status": status,
            "error": error,
            "now": last.at,
        },
    ).one_or_none()
    if row is None:
        return None
    insert_job_events(connection, tenant_id, autobuild_id, row.last_seq, [last])
    return _autobuild_of(row)


def abandon_autobuild(
    connection: Connection, tenant_id: UUID, autobuild_id: UUID, error: str, last: JobEvent
) -> AutoBuild | None:
    """Fail an AutoBuild that has not ended, whatever its attempt; None when it has."""
    row = connection.execute(
        text(f"""
            UPDATE autobuilds SET status = 'failed', error = :error, finished_at = :now,
                                  last_seq = last_seq + 1, eta_s = NULL
            WHERE user_id = :tenant AND autobuild_id = :id AND status IN ('queued', 'running')
            RETURNING last_seq, {_COLUMNS}
        """),
        {"tenant": tenant_id, "id": autobuild_id, "error": error, "now": last.at},
    ).one_or_none()
    if row is None:
        return None
    insert_job_events(connection, tenant_id, autobuild_id, row.last_seq, [last])
    return _autobuild_of(row)


def cancel_autobuild(
    connection: Connection, tenant_id: UUID, autobuild_id: UUID, last: JobEvent
) -> AutoBuild | None:
    """Ask an AutoBuild to stop: a queued one ends at once, a running one at its next step.

    Return it as it is then; an ended one stays as it is, None stands for no such AutoBuild.
    """
    place = {"tenant": tenant_id, "id": autobuild_id}
    waiting = connection.execute(
        text(f"""
            UPDATE autobuilds SET status = 'cancelled', cancel_requested = true,
                                  finished_at = :now, last_seq = last_seq + 1
            WHERE user_id = :tenant AND autobuild_id = :id AND status = 'queued'
            RETURNING last_seq, {_COLUMNS}
        """),
        {**place, "now": last.at},
    ).one_or_none()
    if waiting is not None:
        insert_job_events(connection, tenant_id, autobuild_id, waiting.last_seq, [last])
        return _autobuild_of(waiting)
    row = connection.execute(
        text(f"""
            UPDATE autobuilds SET cancel_requested = cancel_requested OR finished_at IS NULL
            WHERE user_id = :tenant AND autobuild_id = :id
            RETURNING {_COLUMNS}
        """),
        place,
    ).one_or_none()
    return None if row is None else _autobuild_of(row)


def resume_autobuild(
    connection: Connection, tenant_id: UUID, autobuild_id: UUID
) -> AutoBuild | None:
    """Queue one that failed or was cancelled again, with its checkpoints; None for others."""
    row = connection.execute(
        text(f"""
            UPDATE autobuilds SET status = 'queued', error = NULL, finished_at = NULL,
                                  cancel_requested = false, resumes = resumes + 1
            WHERE user_id = :tenant AND autobuild_id = :id AND status IN ('failed', 'cancelled')
            RETURNING {_COLUMNS}
        """),
        {"tenant": tenant_id, "id": autobuild_id},
    ).one_or_none()
    return None if row is None else _autobuild_of(row)


def delete_autobuild(connection: Connection, tenant_id: UUID, autobuild_id: UUID) -> bool:
    """Delete an ended AutoBuild with all that hangs on it; return whether there was one."""
    found = connection.execute(
        text("""
            DELETE FROM autobuilds
            WHERE user_id = :tenant AND autobuild_id = :id AND finished_at IS NOT NULL
        """),
        {"tenant": tenant_id, "id": autobuild_id},
    )
    return found.rowcount == 1


def _autobuild_of(row: Row[Any]) -> AutoBuild:
    values = row._mapping
    standing = Standing(**{name: values[name] for name in Standing.__slots__})
    own = [name for name in AutoBuild.__slots__ if name != "standing"]
    return AutoBuild(standing=standing, **{name: values[name] for name in own})
