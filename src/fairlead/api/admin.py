"""What administrators see of the machinery: jobs and health under /admin."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel

from fairlead.api.health import Ready, readiness
from fairlead.infra.pages import page_of, wrong_cursor
from fairlead.infra.queue import QueuedJob, queue_depth, recent_jobs
from fairlead.tenancy.access import PageQuery, PageRequest, require, surroundings

router = APIRouter(prefix="/admin", tags=["admin"])

_LAST_JOB = 2**62


class JobView(BaseModel):
    """One job of the queue; `status` is todo, doing, succeeded, failed or aborted."""

    number: int
    task: str
    status: str
    attempts: int
    tenant_id: UUID | None
    job_id: UUID | None
    queued_at: datetime | None
    started_at: datetime | None


class JobPageView(BaseModel):
    """A page of jobs, newest first, and how many wait and run now."""

    items: list[JobView]
    next_cursor: str | None
    waiting: int
    running: int


class HealthView(BaseModel):
    """Readiness, and what operators look at first."""

    ready: Ready
    jobs_waiting: int
    jobs_running: int
    now: datetime
    environment: str


@router.get("/jobs", dependencies=[require("admin.read")])
def jobs(request: Request, page: PageQuery) -> JobPageView:
    """List jobs of all tenants."""
    with surroundings(request).database.system_transaction() as connection:
        rows = recent_jobs(connection, before=_before(page), limit=page.limit + 1)
        depth = queue_depth(connection)
    found = page_of(rows, page.limit, lambda job: (str(job.number),))
    return JobPageView(
        items=[_view(job) for job in found.items],
        next_cursor=found.next_cursor,
        waiting=depth["waiting"],
        running=depth["running"],
    )


@router.get("/health", dependencies=[require("admin.read")])
def health(request: Request) -> HealthView:
    """Return how the platform does."""
    around = surroundings(request)
    with around.database.system_transaction() as connection:
        depth = queue_depth(connection)
    return HealthView(
        ready=readiness(around),
        jobs_waiting=depth["waiting"],
        jobs_running=depth["running"],
        now=around.clock.now(),
        environment=around.settings.environment,
    )


def _before(page: PageRequest) -> int:
    after = page.after(1)
    if after is None:
        return _LAST_JOB
    if not (after[0].isascii() and after[0].isdigit() and len(after[0]) < 19):
        raise wrong_cursor(page.cursor or "")
    return int(after[0])


def _view(job: QueuedJob) -> JobView:
    return JobView(
        number=job.number,
        task=job.task,
        status=job.status,
        attempts=job.attempts,
        tenant_id=job.tenant_id,
        job_id=job.job_id,
        queued_at=job.queued_at,
        started_at=job.started_at,
    )
