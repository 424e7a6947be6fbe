"""The SQL of research: runs and their results."""

import hashlib
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, Row, text

from fairlead.infra.errors import InternalDefect
from fairlead.research.jsonable import Json, JsonObject, dump_json
from fairlead.research.runs import Asked, Kind, Run, Status

_COLUMNS = """run_id, kind, status, progress, cancel_requested, strategy_name, version_id,
    version_hash, instrument, timeframe, summary, error, created_at, started_at, finished_at"""
FIRST_ATTEMPT = 0


def insert_run(
    connection: Connection,
    tenant_id: UUID,
    run_id: UUID,
    submission: Asked,
    strategy_name: str,
    version_hash: str,
    now: datetime,
) -> None:
    """Write a queued run."""
    connection.execute(
        text("""
            INSERT INTO runs (user_id, run_id, kind, request, strategy_name, version_id,
                              version_hash, instrument, timeframe, created_at)
            VALUES (:tenant, :run, :kind, CAST(:request AS jsonb), :name, :version, :hash,
                    :instrument, :timeframe, :now)
        """),
        {
            "tenant": tenant_id,
            "run": run_id,
            "kind": submission.kind,
            "request": dump_json(submission.to_json()),
            "name": strategy_name,
            "version": submission.version_id,
            "hash": version_hash,
            "instrument": submission.instrument,
            "timeframe": submission.timeframe,
            "now": now,
        },
    )


def find_run(connection: Connection, tenant_id: UUID, run_id: UUID, kind: Kind) -> Run | None:
    """Return one run of a kind, or None."""
    row = connection.execute(
        text(f"""
            SELECT {_COLUMNS} FROM runs
            WHERE user_id = :tenant AND run_id = :run AND kind = :kind
        """),
        {"tenant": tenant_id, "run": run_id, "kind": kind},
    ).one_or_none()
    return None if row is None else _run_of(row)


def find_any_run(connection: Connection, tenant_id: UUID, run_id: UUID) -> Run | None:
    """Return one run of whatever kind, or None."""
    row = connection.execute(
        text(f"SELECT {_COLUMNS} FROM runs WHERE user_id = :tenant AND run_id = :run"),
        {"tenant": tenant_id, "run": run_id},
    ).one_or_none()
    return None if row is None else _run_of(row)


def find_request(
    connection: Connection, tenant_id: UUID, run_id: UUID
) -> Mapping[str, Json] | None:
    """Return what was asked of a run, as it was stored, or None."""
    row = connection.execute(
        text("SELECT request FROM runs WHERE user_id = :tenant AND run_id = :run"),
        {"tenant": tenant_id, "run": run_id},
    ).one_or_none()
    return None if row is None else cast("Mapping[str, Json]", row.request)


def list_runs(
    connection: Connection, tenant_id: UUID, kind: Kind, before: UUID | None, limit: int
) -> list[Run]:
    """Return up to `limit` runs of a kind, newest first, older than run `before` when given."""
    rows = connection.execute(
        text(f"""
            SELECT {_COLUMNS} FROM runs
            WHERE user_id = :tenant AND kind = :kind
              AND (CAST(:before AS uuid) IS NULL OR run_id < CAST(:before AS uuid))
            ORDER BY run_id DESC LIMIT :limit
        """),
        {"tenant": tenant_id, "kind": kind, "before": before, "limit": limit},
    )
    return [_run_of(row) for row in rows]


def latest_done(
    connection: Connection,
    tenant_id: UUID,
    kind: Kind,
    version_hash: str,
    series: tuple[str, str] | None = None,
) -> Run | None:
    """Return the newest finished run of a kind on this content, or None.

    `series` asks for one on exactly this (instrument, timeframe).
    """
    instrument, timeframe = series or (None, None)
    row = connection.execute(
        text(f"""
            SELECT {_COLUMNS} FROM runs
            WHERE user_id = :tenant AND kind = :kind AND version_hash = :hash AND status = 'done'
              AND (CAST(:instrument AS text) IS NULL
                   OR (instrument = :instrument AND timeframe = :timeframe))
            ORDER BY run_id DESC LIMIT 1
        """),
        {
            "tenant": tenant_id,
            "kind": kind,
            "hash": version_hash,
            "instrument": instrument,
            "timeframe": timeframe,
        },
    ).one_or_none()
    return None if row is None else _run_of(row)


def request_of(connection: Connection, tenant_id: UUID, run_id: UUID) -> Mapping[str, Json] | None:
    """Return what a run was asked with, as `Asked.to_json` wrote it, or None."""
    row = connection.execute(
        text("SELECT request FROM runs WHERE user_id = :tenant AND run_id = :run"),
        {"tenant": tenant_id, "run": run_id},
    ).one_or_none()
    return None if row is None else cast("Mapping[str, Json]", row.request)


def count_unfinished(connection: Connection, tenant_id: UUID) -> int:
    """Count the runs that wait or run."""
    return int(
        connection.execute(
            text("""
                SELECT count(*) FROM runs
                WHERE user_id = :tenant AND status IN ('queued', 'running')
            """),
            {"tenant": tenant_id},
        ).scalar_one()
    )


def claim_run(
    connection: Connection, tenant_id: UUID, run_id: UUID, attempt: int, now: datetime
) -> Mapping[str, Json] | None:
    """Take a run for this attempt and return its request, as `Asked.to_json` wrote it.

    None when it has ended or a later attempt holds it.
    """
    row = connection.execute(
        text("""
            UPDATE runs SET status = 'running', attempt = :attempt, progress = 0,
                            started_at = COALESCE(started_at, :now)
            WHERE user_id = :tenant AND run_id = :run AND attempt <= :attempt
              AND status IN ('queued', 'running')
            RETURNING request
        """),
        {"tenant": tenant_id, "run": run_id, "attempt": attempt, "now": now},
    ).one_or_none()
    return None if row is None else cast("Mapping[str, Json]", row.request)


def report_progress(
    connection: Connection, tenant_id: UUID, run_id: UUID, attempt: int, progress: float
) -> bool:
    """Write progress; return whether this attempt is still the one that is wanted.

    False when the run was cancelled, has ended, or belongs to a later attempt.
    """
    row = connection.execute(
        text("""
            UPDATE runs SET progress = :progress
            WHERE user_id = :tenant AND run_id = :run AND attempt = :attempt
              AND status = 'running'
            RETURNING cancel_requested
        """),
        {"tenant": tenant_id, "run": run_id, "attempt": attempt, "progress": progress},
    ).one_or_none()
    return row is not None and not row.cancel_requested


def finish_run(
    connection: Connection,
    tenant_id: UUID,
    run_id: UUID,
    attempt: int,
    status: Status,
    error: str | None,
    summary: JsonObject | None,
    now: datetime,
) -> Run | None:
    """End a run by compare-and-set on its attempt; None when that attempt no longer holds it."""
    row = connection.execute(
        text(f"""
            UPDATE runs SET status = :status, error = :error, finished_at = :now,
                            summary = CAST(:summary AS jsonb),
                            progress = CASE WHEN :status = 'done' THEN 1 ELSE progress END
            WHERE user_id = :tenant AND run_id = :run AND attempt = :attempt
              AND status = 'running'
            RETURNING {_COLUMNS}
        """),
        {
            "tenant": tenant_id,
            "run": run_id,
            "attempt": attempt,
            "status": status,
            "error": error,
            "summary": None if summary is None else dump_json(summary),
            "now": now,
        },
    ).one_or_none()
    return None if row is None else _run_of(row)


def abandon_run(
    connection: Connection, tenant_id: UUID, run_id: UUID, error: str, now: datetime
) -> Run | None:
    """Fail a run that has not ended, whatever its attempt; None when it has."""
    row = connection.execute(
        text(f"""
            UPDATE runs SET status = 'failed', error = :error, finished_at = :now
            WHERE user_id = :tenant AND run_id = :run AND status IN ('queued', 'running')
            RETURNING {_COLUMNS}
        """),
        {"tenant": tenant_id, "run": run_id, "error": error, "now": now},
    ).one_or_none()
    return None if row is None else _run_of(row)


def cancel_run(
    connection: Connection, tenant_id: UUID, run_id: UUID, kind: Kind, now: datetime
) -> Run | None:
    """Ask a run to stop: a queued one ends at once, a running one at its next checkpoint.

    Return the run as it is then; an ended run stays as it is, None stands for no such run.
    """
    row = connection.execute(
        text(f"""
            UPDATE runs SET cancel_requested = cancel_requested OR finished_at IS NULL,
                status = CASE WHEN status = 'queued' THEN 'cancelled' ELSE status END,
                finished_at = CASE WHEN status = 'queued' THEN CAST(:now AS timestamptz)
                                   ELSE finished_at END
            WHERE user_id = :tenant AND run_id = :run AND kind = :kind
            RETURNING {_COLUMNS}
        """),
        {"tenant": tenant_id, "run": run_id, "kind": kind, "now": now},
    ).one_or_none()
    return None if row is None else _run_of(row)


def delete_run(connection: Connection, tenant_id: UUID, run_id: UUID) -> bool:
    """Delete an ended run with its results; return whether there was one."""
    found = connection.execute(
        text("""
            DELETE FROM runs
            WHERE user_id = :tenant AND run_id = :run AND finished_at IS NOT NULL
        """),
        {"tenant": tenant_id, "run": run_id},
    )
    return found.rowcount == 1


def put_result(
    connection: Connection, tenant_id: UUID, run_id: UUID, part: str, content: bytes
) -> None:
    """Store one part of a run's result, compressed, with the checksum of its content."""
    connection.execute(
        text("""
            INSERT INTO run_results (user_id, run_id, part, compressed, raw_bytes, checksum)
            VALUES (:tenant, :run, :part, :compressed, :size, :checksum)
        """),
        {
            "tenant": tenant_id,
            "run": run_id,
            "part": part,
            "compressed": zlib.compress(content, 6),
            "size": len(content),
            "checksum": hashlib.sha256(content).digest(),
        },
    )


def get_results(connection: Connection, tenant_id: UUID, run_id: UUID) -> dict[str, bytes]:
    """Return all parts of a result by name."""
    names = connection.execute(
        text("""
            SELECT part FROM run_results
            WHERE user_id = :tenant AND run_id = :run ORDER BY part
        """),
        {"tenant": tenant_id, "run": run_id},
    ).scalars()
    found = ((str(name), get_result(connection, tenant_id, run_id, str(name))) for name in names)
    return {name: content for name, content in found if content is not None}


def get_result(connection: Connection, tenant_id: UUID, run_id: UUID, part: str) -> bytes | None:
    """Return one part of a result, or None; raise InternalDefect when it is damaged."""
    row = connection.execute(
        text("""
            SELECT compressed, checksum FROM run_results
            WHERE user_id = :tenant AND run_id = :run AND part = :part
        """),
        {"tenant": tenant_id, "run": run_id, "part": part},
    ).one_or_none()
    if row is None:
        return None
    try:
        content = zlib.decompress(bytes(row.compressed))
    except zlib.error:
        content = b""
    if hashlib.sha256(content).digest() != bytes(row.checksum):
        raise InternalDefect(
            f"The stored {part} of run {run_id} is damaged.",
            action="Run it again and report this.",
        )
    return content


def _run_of(row: Row[Any]) -> Run:
    return Run(**row._mapping)
