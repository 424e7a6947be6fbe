"""A worker process killed with -9: its job is run by another one, and finishes."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from fairlead.infra.clock import SystemClock
from fairlead.infra.db import Database
from fairlead.infra.ids import uuid7
from fairlead.infra.queue import enqueue
from fairlead.infra.settings import Settings
from tests.conftest import SECRET_KEY

PATIENCE_S = 60.0

# A worker whose one handler tells which process runs it, and in its first attempt never ends.
WORKER = """
import os, pathlib, sys, threading, time
from fairlead.infra.bus import Bus
from fairlead.infra.clock import SystemClock
from fairlead.infra.db import Database
from fairlead.infra.job_runner import JobCatalog, JobParts, run_jobs
from fairlead.infra.roles import role_urls
from fairlead.infra.settings import Settings

task, folder = sys.argv[1], pathlib.Path(sys.argv[2])
settings = Settings.load()

def handler(context):
    (folder / f"attempt-{context.attempt}").write_text(str(os.getpid()))
    if context.attempt == 0:
        time.sleep(600)

database = Database.open(role_urls(settings.database_url, settings.secret_key))
parts = JobParts(database, settings, SystemClock(), Bus(settings.redis_url))
run_jobs(parts, JobCatalog({task: handler}, {}, {}), threading.Event())
"""


def _start(settings: Settings, task: str, folder: Path) -> "subprocess.Popen[bytes]":
    assert settings.database_url is not None
    assert settings.redis_url is not None
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": SECRET_KEY,
    }
    return subprocess.Popen([sys.executable, "-c", WORKER, task, str(folder)], env=environment)


def _wait_for(file: Path) -> int:
    clock = SystemClock()
    give_up_at = clock.monotonic_s() + PATIENCE_S
    while not (file.exists() and file.read_text()):
        assert clock.monotonic_s() < give_up_at, f"{file.name} was never made"
        clock.sleep(0.05)
    return int(file.read_text())


@pytest.mark.slow
def test_job_of_a_killed_worker_process_is_run_by_another(
    database: Database, settings: Settings, tenant: UUID, tmp_path: Path
) -> None:
    task, job_id = f"test.{uuid7().hex[-12:]}", uuid7()
    workers = [_start(settings, task, tmp_path) for _ in range(2)]
    try:
        with database.tenant_transaction(tenant) as connection:
            enqueue(connection, task, job_id, tenant)
        first = _wait_for(tmp_path / "attempt-0")
        os.kill(first, signal.SIGKILL)
        second = _wait_for(tmp_path / "attempt-1")
        assert {first, second} == {worker.pid for worker in workers}
        _wait_for_success(database, job_id)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert sorted(path.name for path in tmp_path.glob("attempt-*")) == ["attempt-0", "attempt-1"]


def _wait_for_success(database: Database, job_id: UUID) -> None:
    clock = SystemClock()
    give_up_at = clock.monotonic_s() + PATIENCE_S
    status = ""
    while status != "succeeded":
        assert clock.monotonic_s() < give_up_at, status
        clock.sleep(0.05)
        with database.system_transaction() as connection:
            status = connection.execute(
                text("SELECT status FROM jobs.procrastinate_jobs WHERE args ->> 'job_id' = :id"),
                {"id": str(job_id)},
            ).scalar_one()
