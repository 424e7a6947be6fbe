"""Real worker processes that run AutoBuilds of one test, and what they leave behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from fairlead.infra.clock import SystemClock
from fairlead.infra.ids import uuid7
from fairlead.infra.queue import enqueue
from fairlead.research.autobuild.constraints import constraints_document, read_constraints
from fairlead.research.autobuild.record import AutoBuild
from fairlead.research.autobuild.store import find_autobuild, insert_autobuild
from fairlead.research.jsonable import JsonObject
from tests.conftest import SECRET_KEY
from tests.research.autobuild.desk import Desk, small

PATIENCE_S = 60.0

# A worker that says which process took an attempt, and rests after each outcome it has kept.
WORKER = """
import os, pathlib, signal, sys, threading, time
from fairlead.infra.bus import Bus
from fairlead.infra.clock import SystemClock
from fairlead.infra.db import Database
from fairlead.infra.job_runner import JobCatalog, JobParts, run_jobs
from fairlead.infra.roles import role_urls
from fairlead.infra.settings import Settings
from fairlead.research.autobuild.attempt import Attempt
from fairlead.research.autobuild.jobs import abandon, run_job

task, folder, rest_s = sys.argv[1], pathlib.Path(sys.argv[2]), float(sys.argv[3])
settings = Settings.load()
stopping = threading.Event()
honest = Attempt.save

def save(self, outcome):
    honest(self, outcome)
    time.sleep(rest_s)

def handler(context):
    (folder / f"attempt-{context.attempt}").write_text(str(os.getpid()))
    run_job(context)

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    Attempt.save = save
    database = Database.open(role_urls(settings.database_url, settings.secret_key))
    parts = JobParts(database, settings, SystemClock(), Bus(settings.redis_url))
    run_jobs(parts, JobCatalog({task: handler}, {task: abandon}, {}), stopping)
"""


@dataclass(frozen=True, slots=True)
class Workers:
    """Workers of one task that only this test uses."""

    desk: Desk
    task: str
    folder: Path
    clock: SystemClock

    def submit(self) -> AutoBuild:
        """Queue an AutoBuild for these workers alone."""
        job_id, desk = uuid7(), self.desk
        document = constraints_document(read_constraints(cast("JsonObject", small())))
        as_of_ms = desk.clock.now_ms()
        with desk.database.tenant_transaction(desk.tenant) as connection:
            insert_autobuild(
                connection, desk.tenant, job_id, "ours", document, as_of_ms, desk.clock.now()
            )
            enqueue(connection, self.task, job_id, desk.tenant)
            made = find_autobuild(connection, desk.tenant, job_id)
        assert made is not None
        return made

    def holder(self, attempt: int) -> int:
        """Return the process that took an attempt, once one has."""
        file = self.folder / f"attempt-{attempt}"
        self.wait(lambda: file.exists() and bool(file.read_text()), f"attempt {attempt}")
        return int(file.read_text())

    def wait(self, happened: Callable[[], bool], what: str) -> float:
        """Wait until something has happened; return how many seconds it took."""
        begun_s = self.clock.monotonic_s()
        while not happened():
            assert self.clock.monotonic_s() < begun_s + PATIENCE_S, f"{what} never came"
            self.clock.sleep(0.02)
        return self.clock.monotonic_s() - begun_s

    def wait_for_outcomes(self, job: AutoBuild, count: int) -> None:
        """Wait until so many outcomes are kept."""

        def kept() -> bool:
            assert self.desk.state(job).finished_at is None, self.desk.state(job)
            return len(self.desk.checkpoints(job)) >= count

        self.wait(kept, f"{count} outcomes")

    def wait_for_end(self, job: AutoBuild) -> AutoBuild:
        """Wait until the AutoBuild has ended; return it."""
        self.wait(lambda: self.desk.state(job).finished_at is not None, "the end")
        return self.desk.state(job)


@contextmanager
def workers(
    desk: Desk, folder: Path, count: int, processes: int, rest_s: float = 0.2
) -> Iterator[Workers]:
    """Run `count` workers, each with so many processes for instruments; 0 does them itself."""
    made = Workers(desk, f"test.{uuid7().hex[-12:]}", folder, SystemClock())
    settings = desk.settings
    assert settings.database_url is not None
    assert settings.redis_url is not None
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": SECRET_KEY,
        "FAIRLEAD_DATA": str(settings.data_dir),
        "FAIRLEAD_RESEARCH_PROCESSES": str(processes),
    }
    script = folder / "worker.py"
    script.write_text(WORKER)
    words = [sys.executable, str(script), made.task, str(folder), str(rest_s)]
    running = [subprocess.Popen(words, env=environment) for _ in range(count)]
    try:
        yield made
    finally:
        for worker in running:
            worker.kill()
            worker.wait()


def kill(pid: int) -> None:
    """End a process as if its machine lost power."""
    os.kill(pid, signal.SIGKILL)


def children_of(pid: int) -> list[int]:
    """Return the processes below one, the helpers of multiprocessing left out."""
    found: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            status = (folder / "stat").read_text()
            words = (folder / "cmdline").read_text()
        except OSError:
            continue
        parent = int(status.rsplit(")", 1)[1].split()[1])
        if "resource_tracker" not in words:
            found.setdefault(parent, []).append(int(folder.name))
    below = list(found.get(pid, []))
    for child in below:
        below += found.get(child, [])
    return below


def is_alive(pid: int) -> bool:
    """Tell whether a process still runs; one that only waits to be buried does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rsplit(")", 1)[1].split()[0] not in "ZX"
