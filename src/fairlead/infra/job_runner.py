"""Run queued jobs: heartbeats, take-over from dead workers, bounded retries, graceful stop."""

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import procrastinate
import psycopg
import structlog
from procrastinate import exceptions, jobs, retry, worker

from fairlead.infra.bus import Bus
from fairlead.infra.clock import Clock
from fairlead.infra.db import Database
from fairlead.infra.errors import FairleadError, StorageFull, Unavailable
from fairlead.infra.metrics import JOB_SECONDS, JOBS
from fairlead.infra.queue import (
    MAX_ATTEMPTS,
    Abandon,
    Handler,
    JobContext,
    JobInterrupted,
    Periodic,
    PeriodicContext,
)
from fairlead.infra.roles import libpq_url, role_urls
from fairlead.infra.settings import Settings

HEARTBEAT_S = 1.0
STALLED_S = 5.0
SWEEP_S = 2.0
POLL_S = 2.0
GRACE_S = 8.0
RECONNECT_S = 1.0
RETRY_S = (1, 5, 30, 120)
_log = structlog.get_logger(__name__)
_LOST = (exceptions.ConnectorException, psycopg.OperationalError, OSError)


@dataclass(frozen=True, slots=True)
class JobCatalog:
    """Everything a worker can run, by name."""

    handlers: Mapping[str, Handler]
    abandoned: Mapping[str, Abandon]
    periodic: Mapping[str, Periodic]


@dataclass(frozen=True, slots=True)
class JobParts:
    """What the runner hands on to handlers."""

    database: Database
    settings: Settings
    clock: Clock
    bus: Bus


def run_jobs(parts: JobParts, catalog: JobCatalog, stopping: threading.Event) -> None:
    """Run jobs until `stopping` is set; an unreachable database is waited for.

    Raises InvalidInput when the settings name no database.
    """
    asyncio.run(_run_until_stopped(parts, catalog, stopping))


async def _run_until_stopped(
    parts: JobParts, catalog: JobCatalog, stopping: threading.Event
) -> None:
    threads = ThreadPoolExecutor(parts.settings.worker_concurrency + 2, "job")
    asyncio.get_running_loop().set_default_executor(threads)
    while not stopping.is_set():
        try:
            await _run_connected(parts, catalog, stopping)
        except _LOST as error:
            _log.warning("worker.lost_database", error=str(error))
            await asyncio.sleep(RECONNECT_S)


async def _run_connected(parts: JobParts, catalog: JobCatalog, stopping: threading.Event) -> None:
    halted = threading.Event()
    app = procrastinate.App(connector=_connector(parts.settings))
    for name, handler in catalog.handlers.items():
        _register(app, name, handler, catalog, parts, halted)
    for name, periodic in catalog.periodic.items():
        _register_periodic(app, name, periodic, parts, halted)
    async with app.open_async():
        runner = _Worker(
            app=app,
            queues=[*catalog.handlers, *catalog.periodic],
            concurrency=parts.settings.worker_concurrency,
            fetch_job_polling_interval=POLL_S,
            shutdown_graceful_timeout=GRACE_S,
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT_S,
            stalled_worker_timeout=STALLED_S,
        )
        runner.halted = halted
        side = [
            asyncio.create_task(_stop_when(stopping, runner)),
            asyncio.create_task(_take_over(app, catalog, parts, halted)),
        ]
        try:
            await runner.run()  # type: ignore[no-untyped-call]  # procrastinate leaves it untyped
        finally:
            halted.set()
            for task in side:
                task.cancel()
            await asyncio.gather(*side, return_exceptions=True)


class _Worker(worker.Worker):
    """Tell handlers at once when the worker stops, for whatever reason."""

    halted: threading.Event

    def stop(self) -> None:
        self.halted.set()
        super().stop()  # type: ignore[no-untyped-call]  # procrastinate leaves it untyped


def _connector(settings: Settings) -> procrastinate.PsycopgConnector:
    assert settings.database_url is not None
    url = role_urls(settings.database_url, settings.secret_key).system
    return procrastinate.PsycopgConnector(
        conninfo=libpq_url(url),
        min_size=1,
        max_size=settings.worker_concurrency + 3,
        timeout=5.0,
        reconnect_timeout=5.0,
        kwargs={"options": "-c search_path=jobs -c statement_timeout=15000", "connect_timeout": 5},
    )


async def _stop_when(stopping: threading.Event, runner: _Worker) -> None:
    while not stopping.is_set():  # noqa: ASYNC110  # an event of threads cannot be awaited
        await asyncio.sleep(0.1)
    runner.stop()


async def _take_over(
    app: procrastinate.App, catalog: JobCatalog, parts: JobParts, halted: threading.Event
) -> None:
    """Give the jobs of workers without a heartbeat back to the queue, or up after too many."""
    while True:
        try:
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
                await _give_back(app, job, catalog, parts, halted)
        except _LOST as error:
            _log.warning("worker.sweep_failed", error=str(error))
        await asyncio.sleep(SWEEP_S)


async def _give_back(
    app: procrastinate.App,
    job: jobs.Job,
    catalog: JobCatalog,
    parts: JobParts,
    halted: threading.Event,
) -> None:
    JOBS.labels(task=job.task_name, outcome="taken_over").inc()
    _log.warning("job.taken_over", task=job.task_name, job=job.id, attempts=job.attempts)
    if job.attempts + 1 < MAX_ATTEMPTS:
        await app.job_manager.retry_job(job=job)
        return
    await app.job_manager.finish_job(job=job, status=jobs.Status.FAILED, delete_job=False)
    context = _context(parts, halted, job)
    if context is not None:
        reason = f"Its worker died {MAX_ATTEMPTS} times while running it."
        await asyncio.to_thread(_abandon, catalog, job.task_name, context, reason)


def _context(parts: JobParts, halted: threading.Event, job: jobs.Job) -> JobContext | None:
    try:
        tenant_id, job_id = _uuid(job, "tenant_id"), _uuid(job, "job_id")
    except (KeyError, ValueError):
        return None
    return JobContext(
        parts.database,
        parts.settings,
        parts.clock,
        parts.bus,
        tenant_id,
        job_id,
        job.attempts,
        halted,
    )


def _uuid(job: jobs.Job, name: str) -> UUID:
    return UUID(str(job.task_kwargs[name]))


def _abandon(catalog: JobCatalog, task: str, context: JobContext, reason: str) -> None:
    record = catalog.abandoned.get(task)
    if record is None:
        return
    try:
        record(context, reason)
    except FairleadError as error:
        _log.error("job.abandon_failed", task=task, job_id=str(context.job_id), error=error.message)


class _Retry(retry.BaseRetryStrategy):
    """Run again at once after an interruption, later while something is unavailable."""

    def get_retry_decision(
        self, *, exception: BaseException, job: jobs.Job
    ) -> retry.RetryDecision | None:
        if isinstance(exception, JobInterrupted):
            return retry.RetryDecision(retry_in={"seconds": 0})
        if isinstance(exception, (Unavailable, StorageFull)) and job.attempts + 1 < MAX_ATTEMPTS:
            wait_s = RETRY_S[min(job.attempts, len(RETRY_S) - 1)]
            return retry.RetryDecision(retry_in={"seconds": wait_s})
        return None


def _register(
    app: procrastinate.App,
    name: str,
    handler: Handler,
    catalog: JobCatalog,
    parts: JobParts,
    halted: threading.Event,
) -> None:
    def run(queued: procrastinate.JobContext, /, **_ids: str) -> None:
        ours = _context(parts, halted, queued.job)
        if ours is None:
            raise ValueError(f"job {queued.job.id} of {name} names no tenant and no row")
        _run_one(name, handler, ours, catalog)

    app.task(name=name, queue=name, pass_context=True, retry=_Retry())(run)


def _run_one(name: str, handler: Handler, context: JobContext, catalog: JobCatalog) -> None:
    """Run one job; whatever it ends with is counted, and a final failure is recorded."""
    outcome = "done"
    structlog.contextvars.bind_contextvars(task=name, job_id=str(context.job_id))
    started_s = context.clock.monotonic_s()
    try:
        handler(context)
    except JobInterrupted:
        outcome = "interrupted"
        raise
    except Exception as error:
        outcome = "failed"
        retried = isinstance(error, (Unavailable, StorageFull))
        if not retried or context.attempt + 1 >= MAX_ATTEMPTS:
            if not isinstance(error, FairleadError):
                _log.exception("job.defect", task=name)
            reason = error.message if isinstance(error, FairleadError) else "An unexpected error."
            _abandon(catalog, name, context, reason)
        raise
    finally:
        JOBS.labels(task=name, outcome=outcome).inc()
        JOB_SECONDS.labels(task=name).observe(context.clock.monotonic_s() - started_s)
        structlog.contextvars.unbind_contextvars("task", "job_id")


def _register_periodic(
    app: procrastinate.App,
    name: str,
    periodic: Periodic,
    parts: JobParts,
    halted: threading.Event,
) -> None:
    def run(timestamp: int) -> None:
        due_at = datetime.fromtimestamp(timestamp, UTC)
        context = PeriodicContext(
            parts.database, parts.settings, parts.clock, parts.bus, due_at, halted
        )
        periodic.run(context)
        JOBS.labels(task=name, outcome="done").inc()

    task = app.task(name=name, queue=name, queueing_lock=name)(run)
    app.periodic(cron=periodic.cron)(task)
