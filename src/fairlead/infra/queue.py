"""Jobs that must finish: enqueued with their cause in one transaction, run by any worker."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from fairlead.infra.bus import Bus
from fairlead.infra.clock import Clock
from fairlead.infra.db import Database
from fairlead.infra.settings import Settings

MAX_ATTEMPTS = 5
PRUNE_BATCH = 5_000
MAX_TASK_NAME = 40  # PostgreSQL limits the name of the channel made of it to 63 bytes


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a handler works with.

    A job runs at least once: after a crash another worker runs it again with a higher `attempt`,
    and a worker that was only paused may still be at it. A handler therefore writes its outcome
    by compare-and-set on its own row, and looks at `stopping` at every checkpoint: when it is set
    it raises `JobInterrupted`, and another worker carries on.
    """

    database: Database
    settings: Settings
    clock: Clock
    bus: Bus
    tenant_id: UUID
    job_id: UUID
    attempt: int
    stopping: threading.Event


Handler = Callable[[JobContext], None]
# Records in the slice's own row that a job is given up, with a sentence about why.
Abandon = Callable[[JobContext, str], None]


@dataclass(frozen=True, slots=True)
class PeriodicContext:
    """What a periodic task works with; `due_at` is the moment it was scheduled for."""

    database: Database
    settings: Settings
    clock: Clock
    bus: Bus
    due_at: datetime
    stopping: threading.Event


@dataclass(frozen=True, slots=True)
class Periodic:
    """A task run by one worker at each moment of `cron` (five fields, or six with seconds)."""

    cron: str
    run: Callable[[PeriodicContext], None]


class JobInterrupted(Exception):
    """Say that a handler stopped at a checkpoint because its worker goes away."""


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A job as the queue sees it; `status` is todo, doing, succeeded, failed or aborted."""

    number: int
    task: str
    status: str
    attempts: int
    tenant_id: UUID | None
    job_id: UUID | None
    queued_at: datetime | None
    started_at: datetime | None


# Each task is a queue of its own, so a worker never fetches what only a newer release knows.
_DEFER = text("""
SELECT jobs.procrastinate_defer_jobs_v1(ARRAY[ROW(
    :task, :task, :priority, :lock, NULL,
    jsonb_build_object('tenant_id', CAST(:tenant_id AS text), 'job_id', CAST(:job_id AS text)),
    NULL
)::jobs.procrastinate_job_to_defer_v1])
""")

_RECENT = text("""
SELECT j.id, j.task_name, j.status, j.attempts,
       CAST(j.args ->> 'tenant_id' AS uuid), CAST(j.args ->> 'job_id' AS uuid),
       min(e.at) FILTER (WHERE e.type = 'deferred'), max(e.at) FILTER (WHERE e.type = 'started')
FROM jobs.procrastinate_jobs j LEFT JOIN jobs.procrastinate_events e ON e.job_id = j.id
WHERE j.id < :before
GROUP BY j.id ORDER BY j.id DESC LIMIT :limit
""")

_PRUNE = text("""
DELETE FROM jobs.procrastinate_jobs WHERE id = ANY (ARRAY(
    SELECT j.id FROM jobs.procrastinate_jobs j
    WHERE j.status IN ('succeeded', 'failed', 'cancelled', 'aborted')
      AND NOT EXISTS (SELECT 1 FROM jobs.procrastinate_events e
                      WHERE e.job_id = j.id AND e.at >= :before)
    ORDER BY j.id LIMIT :batch))
""")


def enqueue(
    connection: Connection, task: str, job_id: UUID, tenant_id: UUID, *, priority: int = 0
) -> None:
    """Put a job in the queue in the caller's transaction: it runs if and only if that commits.

    `task` is a key of a slice's HANDLERS; arguments, progress and outcome live in the slice's own
    row `job_id`. Two jobs of one `job_id` never run at the same time.
    """
    if not 0 < len(task) <= MAX_TASK_NAME:
        raise ValueError(f"a task's name has at most {MAX_TASK_NAME} characters, found {task!r}")
    connection.execute(
        _DEFER,
        {
            "task": task,
            "priority": priority,
            "lock": str(job_id),
            "tenant_id": str(tenant_id),
            "job_id": str(job_id),
        },
    )


def recent_jobs(connection: Connection, *, before: int = 2**62, limit: int = 50) -> list[QueuedJob]:
    """Return jobs newest first, for the administrator; needs a system transaction."""
    rows = connection.execute(_RECENT, {"before": before, "limit": min(limit, 500)})
    return [QueuedJob(*row) for row in rows]


def queue_depth(connection: Connection) -> dict[str, int]:
    """Return how many jobs wait and how many run; needs a system transaction."""
    rows = connection.execute(
        text("""
            SELECT status, count(*) FROM jobs.procrastinate_jobs
            WHERE status IN ('todo', 'doing') GROUP BY status
        """)
    )
    found = {str(status): int(count) for status, count in rows}
    return {"waiting": found.get("todo", 0), "running": found.get("doing", 0)}


def prune_jobs(connection: Connection, finished_before: datetime) -> int:
    """Forget up to PRUNE_BATCH jobs that ended before then, with their history; return how many.

    Needs a system transaction; called again until it returns less than PRUNE_BATCH.
    """
    found = connection.execute(_PRUNE, {"before": finished_before, "batch": PRUNE_BATCH})
    return found.rowcount
