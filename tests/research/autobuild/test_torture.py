"""AutoBuilds under real kills and cancels, many times over: what is lost, and how long it takes."""

import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from fairlead.infra.bus import Bus
from fairlead.infra.db import Database
from fairlead.infra.settings import Settings
from fairlead.research.autobuild.record import AutoBuild, JobEvent
from fairlead.research.autobuild.store import cancel_autobuild
from tests.conftest import MakeTenant
from tests.research.autobuild.desk import INSTRUMENTS, NOW, Desk
from tests.research.autobuild.worker_process import (
    Workers,
    children_of,
    is_alive,
    kill,
    workers,
)

GRACE_S = 10.0
# An attempt that is taken over counts; the queue gives a job up at the fifth.
KILLS = 3
RUNS = 12
TRIALS = [(f"{name}/sma_crossover", 4) for name in INSTRUMENTS]

Say = Callable[[str], None]


@pytest.fixture
def desk(database: Database, settings: Settings, bus: Bus, tenant: UUID) -> Desk:
    made = Desk(database, settings, bus, tenant)
    made.stock()
    return made


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Return a function that prints past pytest's capture."""

    def write(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    return write


@pytest.mark.torture
@pytest.mark.timeout(7_200)
def test_random_kills_of_workers_and_clusters_change_nothing(
    desk: Desk, make_tenant: MakeTenant, tmp_path: Path, say: Say
) -> None:
    other = Desk(desk.database, desk.settings, desk.bus, make_tenant())
    undisturbed = other.submit()
    other.work(undisturbed)
    for seed in range(RUNS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        own = Desk(desk.database, desk.settings, desk.bus, make_tenant())
        job, deaths, took_s = _run_with_kills(own, folder, random.Random(seed))
        assert own.state(job).status == "done", own.state(job)
        assert own.findings(job)["failures"] == [], f"seed {seed}"
        assert own.findings(job) == other.findings(undisturbed), f"seed {seed}"
        assert own.trials(job) == TRIALS, f"seed {seed}"
        say(f"seed {seed}: {deaths} deaths, done {took_s:.1f} s after the last, nothing differs")


def _run_with_kills(desk: Desk, folder: Path, dice: random.Random) -> tuple[AutoBuild, int, float]:
    """Kill the worker or a process of its cluster at random moments; return what happened."""
    processes = dice.choice((0, 2))
    with workers(desk, folder, count=KILLS + 1, processes=processes, rest_s=0.1) as crew:
        job = crew.submit()
        deaths = 0
        for attempt in range(KILLS):
            holder = crew.holder(attempt)
            crew.clock.sleep(dice.uniform(0.0, 2.0))
            below = children_of(holder)
            if below and dice.random() < 0.5:
                kill(dice.choice(below))
                deaths += 1
                crew.clock.sleep(dice.uniform(0.0, 1.0))
            if desk.state(job).finished_at is not None:
                break
            kill(holder)
            deaths += 1
            if not _goes_on(crew, job, attempt):
                break
        begun_s = crew.clock.monotonic_s()
        crew.wait_for_end(job)
        return job, deaths, crew.clock.monotonic_s() - begun_s


def _goes_on(crew: Workers, job: AutoBuild, attempt: int) -> bool:
    file = crew.folder / f"attempt-{attempt + 1}"
    crew.wait(
        lambda: file.exists() or crew.desk.state(job).finished_at is not None, "the next attempt"
    )
    return file.exists()


@pytest.mark.torture
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("processes", [0, 2])
def test_cancel_and_stop_end_all_processes_within_the_grace(
    desk: Desk, tmp_path: Path, say: Say, processes: int
) -> None:
    for turn in range(3):
        folder = tmp_path / str(turn)
        folder.mkdir()
        with workers(desk, folder, count=1, processes=processes, rest_s=0.5) as crew:
            ended_s, gone_s = _cancelled(crew)
            stopped_s = _stopped(crew)
        assert max(gone_s, stopped_s) < GRACE_S
        say(
            f"{processes} processes: cancelled in {ended_s:.2f} s, processes gone after "
            f"{gone_s:.2f} s; worker stopped by SIGTERM in {stopped_s:.2f} s"
        )


def _cancelled(crew: Workers) -> tuple[float, float]:
    """Cancel an AutoBuild half-way; return when it had ended, and when its processes were gone."""
    job = crew.submit()
    below = _half_way(crew, job)[1:]
    last = JobEvent(NOW, "finished", None, {"status": "cancelled", "error": None})
    with crew.desk.database.tenant_transaction(crew.desk.tenant) as connection:
        cancel_autobuild(connection, crew.desk.tenant, job.autobuild_id, last)
    ended_s = crew.wait(lambda: crew.desk.state(job).finished_at is not None, "the end")
    gone_s = ended_s + crew.wait(lambda: not any(map(is_alive, below)), "the processes' end")
    assert crew.desk.state(job).status == "cancelled"
    return ended_s, gone_s


def _stopped(crew: Workers) -> float:
    """Stop a worker half-way; return when it and all below it were gone."""
    family = _half_way(crew, crew.submit())
    os.kill(family[0], signal.SIGTERM)
    return crew.wait(lambda: not any(map(is_alive, family)), "the worker's end")


def _half_way(crew: Workers, job: AutoBuild) -> list[int]:
    """Return the worker and all processes below it, once an outcome is kept."""
    crew.wait_for_outcomes(job, 1)
    holder = crew.holder(0)
    return [holder, *children_of(holder)]
