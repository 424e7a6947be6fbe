"""Worker processes by Dask: one is killed, one never comes, and the result stays the same."""

import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import pytest

from fairlead.infra.clock import SystemClock
from fairlead.infra.errors import Unavailable
from fairlead.infra.settings import Settings
from fairlead.market.lake import Lake
from fairlead.research.autobuild.cluster import DaskExecutor, executor_of
from fairlead.research.autobuild.executor import InProcess, Result, Task
from fairlead.research.autobuild.pipeline import run_autobuild
from fairlead.research.autobuild.steps import StepEvent, Stop, never, unheard
from fairlead.research.jsonable import Json
from fairlead.research.progress import RunCancelled
from tests.research.autobuild.lab import Deadly, Provider, ports_of, quick, series_of, stocked

INSTRUMENTS = 8
PROC = Path("/proc")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return stocked(tmp_path_factory.mktemp("cluster"), count=INSTRUMENTS)


@dataclass(slots=True)
class Once:
    """Carry tasks out on an executor whose map is left open, so that a test can look inside."""

    inner: DaskExecutor
    taken: list[str] = field(default_factory=list)
    workers: int = 2

    def map(self, tasks: Iterable[Task], stop: Stop) -> Iterator[tuple[str, Result]]:
        def noted() -> Iterator[Task]:
            for task in tasks:
                self.taken.append(task.instrument)
                yield task

        yield from self.inner.map(noted(), stop)


@pytest.mark.slow
def test_killed_worker_process_changes_nothing_in_the_result(lake: Lake) -> None:
    plain = run_autobuild(quick(), ports_of(lake), unheard, never)
    executor = Once(DaskExecutor(SystemClock(), processes=2))
    killed: list[int] = []

    def tell(event: StepEvent) -> None:
        if event.kind == "instrument_done" and not killed:
            killed.append(_a_worker_of(os.getpid()))
            os.kill(killed[0], signal.SIGKILL)

    result = run_autobuild(quick(), replace(ports_of(lake), executor=executor), tell, never)
    assert killed
    assert result == plain
    assert len(result.outcomes) == INSTRUMENTS
    assert sorted(executor.taken) == sorted(each.instrument for each in result.outcomes)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_instrument_that_kills_its_workers_costs_itself_alone(lake: Lake) -> None:
    found = series_of(lake, "lab:a1")
    deadly = Deadly(*(getattr(found, each.name) for each in fields(found)))
    ports = replace(
        ports_of(lake),
        candles=Provider(lake, {"lab:a1": lambda: deadly}),
        executor=DaskExecutor(SystemClock(), processes=2),
    )
    names: list[Json] = [f"lab:a{at}" for at in range(4)]
    universe: Json = {"mode": "whitelist", "whitelist": names}
    result = run_autobuild(quick(universe=universe), ports, unheard, never)
    assert [each.instrument for each in result.outcomes] == ["lab:a0", "lab:a2", "lab:a3"]
    (group,) = result.failures
    assert (group.error_kind, group.instruments) == ("exception", ("lab:a1",))
    assert "died" in group.message
    assert "memory" in group.action


@pytest.mark.slow
def test_cancelled_run_leaves_no_process_behind(lake: Lake) -> None:
    seen: list[StepEvent] = []

    def tell(event: StepEvent) -> None:
        if event.kind == "instrument_done":
            seen.append(event)

    ports = replace(ports_of(lake), executor=DaskExecutor(SystemClock(), processes=2))
    with pytest.raises(RunCancelled):
        run_autobuild(quick(), ports, tell, lambda: bool(seen))
    assert len(seen) == 1
    assert _workers_of(os.getpid()) == []


def test_unreachable_scheduler_is_one_clear_sentence(lake: Lake) -> None:
    executor = DaskExecutor(SystemClock(), scheduler="tcp://127.0.0.1:9")
    with pytest.raises(Unavailable, match=r"tcp://127\.0\.0\.1:9 does not answer") as refused:
        run_autobuild(quick(), replace(ports_of(lake), executor=executor), unheard, never)
    assert "FAIRLEAD_DASK_SCHEDULER" in (refused.value.action or "")


def test_settings_choose_the_executor() -> None:
    settings, clock = Settings(), SystemClock()
    assert isinstance(executor_of(settings.with_changes(research_processes=0), clock), InProcess)
    local = executor_of(settings.with_changes(research_processes=3), clock)
    assert isinstance(local, DaskExecutor)
    assert (local.workers, local.scheduler) == (3, None)
    far = executor_of(settings.with_changes(dask_scheduler="tcp://far:8786"), clock)
    assert isinstance(far, DaskExecutor)
    assert far.scheduler == "tcp://far:8786"


def _a_worker_of(pid: int) -> int:
    return _workers_of(pid)[0]


def _workers_of(pid: int) -> list[int]:
    """Return the processes below one that Dask has spawned and that still live."""
    found = []
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_text()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z" and "spawn_main" in command:
            found.append(int(entry.name))
    return sorted(found)
