"""Jobs: run with their cause, by any worker, again after a death, and given up with a reason."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

import pytest
from procrastinate.schema import SchemaManager
from sqlalchemy import text

from fairlead.infra.bus import Bus
from fairlead.infra.clock import SystemClock
from fairlead.infra.db import Database
from fairlead.infra.errors import InvalidInput, Unavailable
from fairlead.infra.ids import uuid7
from fairlead.infra.job_runner import JobCatalog, JobParts, run_jobs
from fairlead.infra.migrate import MIGRATIONS
from fairlead.infra.queue import (
    MAX_ATTEMPTS,
    Handler,
    JobContext,
    JobInterrupted,
    enqueue,
    prune_jobs,
    recent_jobs,
)
from fairlead.infra.settings import Settings

PATIENCE_S = 60.0


class KilledHere(Exception):
    """Ends a transaction as a death would."""


class Seen:
    """What handlers were called with, in order."""

    def __init__(self) -> None:
        self.calls: list[JobContext] = []
        self.given_up: list[tuple[JobContext, str]] = []
        self._changed = threading.Condition()

    def add(self, context: JobContext) -> None:
        with self._changed:
            self.calls.append(context)
            self._changed.notify_all()

    def give_up(self, context: JobContext, reason: str) -> None:
        with self._changed:
            self.given_up.append((context, reason))
            self._changed.notify_all()

    def wait(self, condition: Callable[["Seen"], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self), PATIENCE_S), self.calls


Start = Callable[..., None]


@pytest.fixture
def start_worker(
    database: Database, settings: Settings, bus: Bus
) -> Iterator[Callable[[dict[str, Handler], Seen], None]]:
    """Return a function that starts a worker with these handlers; all stop at the end."""
    stopping = threading.Event()
    threads: list[threading.Thread] = []

    def start(handlers: dict[str, Handler], seen: Seen) -> None:
        catalog = JobCatalog(handlers, dict.fromkeys(handlers, seen.give_up), {})
        parts = JobParts(database, settings, SystemClock(), bus)
        thread = threading.Thread(target=run_jobs, args=(parts, catalog, stopping))
        thread.start()
        threads.append(thread)

    yield start
    stopping.set()
    for thread in threads:
        thread.join()


@contextmanager
def _status(database: Database, job_id: UUID) -> Iterator[Callable[[], str | None]]:
    def look() -> str | None:
        with database.system_transaction() as connection:
            found = [job for job in recent_jobs(connection, limit=500) if job.job_id == job_id]
        return found[0].status if found else None

    yield look


def _enqueue(database: Database, tenant: UUID, task: str) -> UUID:
    job_id = uuid7()
    with database.tenant_transaction(tenant) as connection:
        enqueue(connection, task, job_id, tenant)
    return job_id


def test_job_of_committed_transaction_runs_with_its_ids(
    database: Database, tenant: UUID, start_worker: Start
) -> None:
    seen = Seen()
    task = f"test.{uuid7().hex[-12:]}"
    start_worker({task: seen.add}, seen)
    job_id = _enqueue(database, tenant, task)
    seen.wait(lambda it: bool(it.calls))
    assert (seen.calls[0].tenant_id, seen.calls[0].job_id) == (tenant, job_id)
    assert seen.calls[0].attempt == 0


def test_job_of_rolled_back_transaction_does_not_exist(database: Database, tenant: UUID) -> None:
    job_id = uuid7()
    with suppress(KilledHere), database.tenant_transaction(tenant) as connection:
        enqueue(connection, "test.never", job_id, tenant)
        raise KilledHere
    with _status(database, job_id) as status:
        assert status() is None


def test_interrupted_job_runs_again(database: Database, tenant: UUID, start_worker: Start) -> None:
    seen = Seen()
    task = f"test.{uuid7().hex[-12:]}"

    def handler(context: JobContext) -> None:
        seen.add(context)
        if context.attempt == 0:
            raise JobInterrupted

    start_worker({task: handler}, seen)
    _enqueue(database, tenant, task)
    seen.wait(lambda it: len(it.calls) == 2)
    assert [call.attempt for call in seen.calls] == [0, 1]
    assert seen.given_up == []


def test_job_that_meets_something_unavailable_runs_again(
    database: Database, tenant: UUID, start_worker: Start
) -> None:
    seen = Seen()
    task = f"test.{uuid7().hex[-12:]}"

    def handler(context: JobContext) -> None:
        seen.add(context)
        if context.attempt == 0:
            raise Unavailable("The venue does not answer.")

    start_worker({task: handler}, seen)
    _enqueue(database, tenant, task)
    seen.wait(lambda it: len(it.calls) == 2)
    assert seen.given_up == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (InvalidInput("No such bars."), "No such bars."),
        (ZeroDivisionError(), "An unexpected error."),
    ],
)
def test_job_that_fails_is_given_up_once_with_its_reason(
    database: Database, tenant: UUID, start_worker: Start, error: Exception, reason: str
) -> None:
    seen = Seen()
    task = f"test.{uuid7().hex[-12:]}"

    def handler(context: JobContext) -> None:
        seen.add(context)
        raise error

    start_worker({task: handler}, seen)
    _enqueue(database, tenant, task)
    seen.wait(lambda it: bool(it.given_up))
    assert [why for _, why in seen.given_up] == [reason]
    assert len(seen.calls) == 1


def _claim_as_a_worker_that_dies(database: Database, task: str, attempts: int = 0) -> None:
    """Do to the queue what a worker does that fetches a job and is killed with -9."""
    with database.system_transaction() as connection:
        connection.execute(text("SET LOCAL search_path TO jobs"))
        worker_id = connection.execute(
            text("""
                INSERT INTO procrastinate_workers (last_heartbeat)
                VALUES (clock_timestamp() - interval '1 minute') RETURNING id
            """)
        ).scalar_one()
        connection.execute(
            text("SELECT procrastinate_fetch_job_v2(ARRAY[:task]::varchar[], :id)"),
            {"task": task, "id": worker_id},
        )
        connection.execute(
            text("UPDATE procrastinate_jobs SET attempts = :n WHERE worker_id = :id"),
            {"n": attempts, "id": worker_id},
        )


def test_job_of_dead_worker_is_taken_over(
    database: Database, tenant: UUID, start_worker: Start
) -> None:
    seen = Seen()
    task = f"test.{uuid7().hex[-12:]}"
    job_id = _enqueue(database, tenant, task)
    _claim_as_a_worker_that_dies(database, task)
    with _status(database, job_id) as status:
        assert status() == "doing"
    start_worker({task: seen.add}, seen)
    seen.wait(lambda it: bool(it.calls))
    assert seen.calls[0].job_id == job_id
    assert seen.calls[0].attempt == 1


def test_job_that_killed_too_many_workers_is_given_up(
    database: Database, tenant: UUID, start_worker: Start
) -> None:
    seen = Seen()
    task = f"test.{uuid7().hex[-12:]}"
    job_id = _enqueue(database, tenant, task)
    _claim_as_a_worker_that_dies(database, task, attempts=MAX_ATTEMPTS - 1)
    start_worker({task: seen.add}, seen)
    seen.wait(lambda it: bool(it.given_up))
    assert seen.given_up[0][0].job_id == job_id
    assert "died 5 times" in seen.given_up[0][1]
    assert seen.calls == []


def test_worker_that_stops_tells_its_handlers(
    database: Database, tenant: UUID, settings: Settings, bus: Bus
) -> None:
    seen = Seen()
    task = f"test.{uuid7().hex[-12:]}"
    stopping = threading.Event()

    def handler(context: JobContext) -> None:
        seen.add(context)
        assert context.stopping.wait(PATIENCE_S)
        raise JobInterrupted

    catalog = JobCatalog({task: handler}, {}, {})
    parts = JobParts(database, settings, SystemClock(), bus)
    worker = threading.Thread(target=run_jobs, args=(parts, catalog, stopping))
    worker.start()
    job_id = _enqueue(database, tenant, task)
    seen.wait(lambda it: bool(it.calls))
    stopping.set()
    worker.join(PATIENCE_S)
    assert not worker.is_alive()
    with _status(database, job_id) as status:
        assert status() == "todo"


def test_prune_forgets_only_old_finished_jobs(
    database: Database, tenant: UUID, start_worker: Start
) -> None:
    seen = Seen()
    task = f"test.{uuid7().hex[-12:]}"
    start_worker({task: seen.add}, seen)
    done = _enqueue(database, tenant, task)
    seen.wait(lambda it: bool(it.calls))
    clock = SystemClock()
    with _status(database, done) as status:
        while status() != "succeeded":
            clock.sleep(0.02)
        waiting = _enqueue(database, tenant, "test.nobody-runs-this")
        with database.system_transaction() as connection:
            prune_jobs(connection, clock.now())
        assert status() is None
    with _status(database, waiting) as status:
        assert status() == "todo"


def test_frozen_queue_schema_is_that_of_the_installed_library() -> None:
    """A newer procrastinate needs a migration of its own before this file may change."""
    frozen = (MIGRATIONS / "sql" / "procrastinate_3_10_0.sql").read_text()
    assert frozen == SchemaManager.get_schema()


def test_task_name_too_long_for_its_channel_is_refused(database: Database, tenant: UUID) -> None:
    with pytest.raises(ValueError, match="at most 40"):
        _enqueue(database, tenant, "t" * 41)
