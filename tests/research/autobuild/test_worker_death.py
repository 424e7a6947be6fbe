"""Processes killed with -9 in the middle of an AutoBuild: nothing lost, nothing counted twice."""

from pathlib import Path
from uuid import UUID

import pytest

from fairlead.infra.bus import Bus
from fairlead.infra.db import Database
from fairlead.infra.settings import Settings
from tests.conftest import MakeTenant
from tests.research.autobuild.desk import INSTRUMENTS, Desk
from tests.research.autobuild.worker_process import (
    children_of,
    is_alive,
    kill,
    workers,
)

GRACE_S = 10.0
TRIALS = [(f"{name}/sma_crossover", 4) for name in INSTRUMENTS]


@pytest.fixture
def desk(database: Database, settings: Settings, bus: Bus, tenant: UUID) -> Desk:
    made = Desk(database, settings, bus, tenant)
    made.stock()
    return made


@pytest.fixture
def undisturbed(desk: Desk, make_tenant: MakeTenant) -> dict[str, object]:
    """Return what another tenant finds with the same constraints, undisturbed."""
    other = Desk(desk.database, desk.settings, desk.bus, make_tenant())
    job = other.submit()
    assert other.work(job).status == "done"
    return other.findings(job)


@pytest.mark.slow
def test_killed_worker_is_replaced_and_the_findings_are_the_same(
    desk: Desk, undisturbed: dict[str, object], tmp_path: Path
) -> None:
    with workers(desk, tmp_path, count=2, processes=0) as crew:
        job = crew.submit()
        first = crew.holder(0)
        crew.wait_for_outcomes(job, 2)
        kill(first)
        kept = desk.checkpoints(job)
        assert 2 <= len(kept) < len(INSTRUMENTS)
        assert len(desk.trials(job)) == len(kept)
        second = crew.holder(1)
        done = crew.wait_for_end(job)
    assert second != first
    assert (done.status, done.error) == ("done", None)
    assert desk.findings(job) == undisturbed
    assert {name: desk.checkpoints(job)[name] for name in kept} == kept
    assert desk.trials(job) == TRIALS


@pytest.mark.slow
def test_killed_processes_of_a_cluster_change_nothing(
    desk: Desk, undisturbed: dict[str, object], tmp_path: Path
) -> None:
    """A process of the cluster dies, then the worker itself; then its heir is cancelled."""
    with workers(desk, tmp_path, count=1, processes=2, rest_s=0.5) as crew:
        job = crew.submit()
        first = crew.holder(0)
        crew.wait(lambda: len(children_of(first)) >= 2, "the cluster")
        crew.wait_for_outcomes(job, 1)
        kill(children_of(first)[0])
        done = crew.wait_for_end(job)
        assert (done.status, done.error) == ("done", None)
        left = children_of(first)
        took_s = crew.wait(lambda: not any(map(is_alive, left)), "the end of the cluster")
        assert took_s < GRACE_S
    assert desk.findings(job) == undisturbed
    assert desk.trials(job) == TRIALS
