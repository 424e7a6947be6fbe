"""Instruments on many processes, here or on other machines, by Dask."""

import logging
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias

from fairlead.infra.clock import Clock, SystemClock
from fairlead.infra.errors import Unavailable
from fairlead.infra.ids import uuid7
from fairlead.infra.settings import Settings
from fairlead.research.autobuild.executor import (
    Executor,
    InProcess,
    Result,
    Task,
    carry_out,
    too_late,
)
from fairlead.research.autobuild.outcome import Failure
from fairlead.research.autobuild.steps import Stop
from fairlead.research.progress import RunCancelled

# distributed is untyped, and imported by those alone who use it
DaskClient: TypeAlias = Any
DaskFuture: TypeAlias = Any
DaskCluster: TypeAlias = Any

CONNECT_S = 5.0
LOOK_EVERY_S = 0.25
# How long running tasks have to see that nobody wants them, before their processes are ended.
GRACE_S = 5.0
CLOSE_S = 2.0
# Beyond the budget of an instrument, after which its process is taken to hang.
PATIENCE_S = 30.0
# A task whose worker died more often is tried again alone, which shows whether it is the cause.
DEATHS_MAX = 1
AHEAD = 2

# What the processes of this machine are told: no threads that watch the threads that work.
LOCAL = {
    "distributed.scheduler.allowed-failures": DEATHS_MAX,
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.gil.enabled": False,
}

# Runs that nobody wants any more, as this worker process was told.
_unwanted: set[str] = set()


@dataclass(slots=True)
class DaskExecutor:
    """Carry tasks out on a cluster: the one at `scheduler`, or processes of this machine.

    Processes of this machine live as long as the map; each may take `memory_bytes`. A worker
    that dies has its instruments done elsewhere. A task names a path, which every worker has to
    see: on other machines the lake lies on a shared folder.
    """

    clock: Clock
    processes: int = 2
    memory_bytes: int = 1 << 30
    scheduler: str | None = None
    _workers: int = field(default=0, init=False)

    @property
    def workers(self) -> int:
        """Return how many tasks run at the same time."""
        return self._workers or self.processes

    def map(self, tasks: Iterable[Task], stop: Stop) -> Iterator[tuple[str, Result]]:
        """Yield each instrument as it comes; see `Executor.map`."""
        with self._client() as client:
            self._workers = _count_workers(client, self.scheduler)
            flight = _Flight(client, self.clock, self._workers, stop, shared=bool(self.scheduler))
            yield from flight.through(iter(tasks))

    @contextmanager
    def _client(self) -> Iterator[DaskClient]:
        if self.scheduler is None:
            with self._local() as client:
                yield client
            return
        try:
            client = _distributed().Client(self.scheduler, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, ImportError) as error:
            raise Unavailable(
                f"The Dask scheduler at {self.scheduler} does not answer.",
                expected="a scheduler that listens there, such as tcp://host:8786",
                found=_first_line(error),
                action="Start it, or unset FAIRLEAD_DASK_SCHEDULER to use this machine alone.",
            ) from error
        try:
            yield client
        finally:
            client.close(timeout=GRACE_S)

    @contextmanager
    def _local(self) -> Iterator[DaskClient]:
        dask = _distributed()
        # Own certificates: whoever reaches a scheduler can run anything on its workers.
        with import_module("dask").config.set(LOCAL):
            cluster = dask.LocalCluster(
                n_workers=self.processes,
                threads_per_worker=1,
                processes=True,
                memory_limit=self.memory_bytes,
                dashboard_address="127.0.0.1:0",
                security=True,
                silence_logs=logging.CRITICAL,
            )
        try:
            client = dask.Client(cluster, timeout=CONNECT_S, set_as_default=False)
            try:
                yield client
            except BaseException:
                _terminate(cluster)
                raise
            finally:
                with suppress(TimeoutError):
                    client.close(timeout=CLOSE_S)
        finally:
            try:
                cluster.close(timeout=GRACE_S)
            except TimeoutError:
                _terminate(cluster)


def executor_of(settings: Settings, clock: Clock) -> Executor:
    """Return the executor that the settings choose."""
    if settings.research_processes == 0 and settings.dask_scheduler is None:
        return InProcess(clock)
    return DaskExecutor(
        clock,
        processes=max(1, settings.research_processes),
        memory_bytes=settings.research_memory_mb << 20,
        scheduler=settings.dask_scheduler,
    )


@dataclass(frozen=True, slots=True)
class _Sent:
    task: Task
    deadline_s: float


class _Flight:
    """Keep a few tasks per worker under way until all have landed."""

    def __init__(
        self, client: DaskClient, clock: Clock, workers: int, stop: Stop, *, shared: bool
    ) -> None:
        self._client, self._clock, self._stop = client, clock, stop
        self._shared = shared
        self._room = AHEAD * workers
        self._run = uuid7().hex
        self._flying: dict[DaskFuture, _Sent] = {}
        self._done: SimpleQueue[DaskFuture] = SimpleQueue()
        self._suspects: list[Task] = []

    def through(self, tasks: Iterator[Task]) -> Iterator[tuple[str, Result]]:
        """Carry out all tasks, and alone at the end those whose workers died.

        Dask blames every task of a worker that dies; by itself a task can only kill its own.
        """
        try:
            yield from self._through(tasks, self._room)
            suspects, self._suspects = self._suspects, []
            for task in suspects:
                yield from self._through(iter((task,)), 1)
            for task in self._suspects:
                yield task.instrument, _deadly(task)
        finally:
            self._abandon()

    def _through(self, tasks: Iterator[Task], room: int) -> Iterator[tuple[str, Result]]:
        self._fill(tasks, room)
        while self._flying:
            if self._stop():
                raise RunCancelled
            for future in self._landed():
                task = self._flying.pop(future).task
                result = _result_of(future, task)
                future.release()
                if result is None:
                    self._suspects.append(task)
                    continue
                yield task.instrument, result
            yield from self._given_up()
            self._fill(tasks, room)

    def _fill(self, tasks: Iterator[Task], room: int) -> None:
        while len(self._flying) < room:
            task = next(tasks, None)
            if task is None:
                return
            future = self._client.submit(
                run_task, task, self._run, pure=False, retries=0, key=f"{self._run}-{uuid7().hex}"
            )
            limit_s = AHEAD * task.constraints.budget.instrument_seconds + PATIENCE_S
            self._flying[future] = _Sent(task, self._clock.monotonic_s() + limit_s)
            future.add_done_callback(self._done.put)

    def _landed(self) -> list[DaskFuture]:
        """Wait a moment for a task to land; return all that have."""
        landed = []
        try:
            landed.append(self._done.get(timeout=LOOK_EVERY_S))
            while True:
                landed.append(self._done.get_nowait())
        except Empty:
            return [future for future in landed if future in self._flying]

    def _given_up(self) -> Iterator[tuple[str, Result]]:
        """Yield what takes far too long, and end the processes in which it hangs."""
        now_s = self._clock.monotonic_s()
        late = [future for future, sent in self._flying.items() if now_s > sent.deadline_s]
        for future in late:
            sent = self._flying.pop(future)
            running = self._client.processing()
            hanging = [worker for worker, keys in running.items() if future.key in keys]
            self._client.cancel([future], force=True)
            if hanging:
                self._client.restart_workers(hanging, timeout=GRACE_S, raise_for_error=False)
            limit_s = sent.task.constraints.budget.instrument_seconds
            yield sent.task.instrument, too_late(sent.task.instrument, limit_s)

    def _abandon(self) -> None:
        """Tell every worker that nobody wants this run, and wait until none works on it.

        Processes of this machine end with the run and need not be told.
        """
        if not self._flying or not self._shared:
            return
        self._client.run(_forget_run, self._run, on_error="ignore")
        self._client.cancel(list(self._flying), force=True)
        end_s = self._clock.monotonic_s() + GRACE_S
        while self._clock.monotonic_s() < end_s:
            running = self._client.processing().values()
            if not any(key.startswith(self._run) for keys in running for key in map(str, keys)):
                return
            self._clock.sleep(LOOK_EVERY_S)


def _terminate(cluster: DaskCluster) -> None:
    """End all processes of a local cluster at once, whatever they are at."""
    nannies = list(cluster.workers.values())
    for nanny in nannies:
        nanny.auto_restart = False
    for nanny in nannies:
        if nanny.pid is not None and nanny.is_alive():
            with suppress(ProcessLookupError):
                os.kill(nanny.pid, signal.SIGTERM)


def _distributed() -> Any:
    return import_module("distributed")


def run_task(task: Task, run: str) -> Result | None:
    """Carry a task out in a worker process; None when its run is not wanted any more."""
    try:
        return carry_out(task, lambda: run in _unwanted, SystemClock())
    except RunCancelled:
        return None


def _forget_run(run: str) -> None:
    _unwanted.add(run)


def _result_of(future: DaskFuture, task: Task) -> Result | None:
    """Return what came of a task, None when its workers died; raises `RunCancelled`."""
    try:
        result: Result | None = future.result(timeout=GRACE_S)
    except _distributed().KilledWorker:
        return None
    except Exception as error:  # noqa: BLE001  (a broken worker costs its instrument alone)
        message = f"{type(error).__name__}: {_first_line(error)}"
        action = "See that every worker runs this version and sees the lake's folder."
        return Failure(task.instrument, "exception", message, action)
    if result is None:
        raise RunCancelled
    return result


def _deadly(task: Task) -> Failure:
    message = f"Every worker that took {task.instrument} died, with nothing else to do."
    action = "Give workers more memory (FAIRLEAD_RESEARCH_MEMORY_MB), or use fewer sets."
    return Failure(task.instrument, "exception", message, action)


def _count_workers(client: DaskClient, scheduler: str | None) -> int:
    threads = sum(client.nthreads().values())
    if threads == 0:
        raise Unavailable(
            f"The Dask scheduler at {scheduler} has no workers.",
            expected="at least one worker",
            found="none",
            action=f"Start some: dask worker {scheduler} --nthreads 1.",
        )
    return int(threads)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
