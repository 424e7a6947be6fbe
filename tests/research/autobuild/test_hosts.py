"""AutoBuild on two hosts, each in a network of its own, one of which is killed in the middle."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from fairlead.infra.clock import SystemClock
from fairlead.research.autobuild.cluster import DaskExecutor
from fairlead.research.autobuild.pipeline import run_autobuild
from fairlead.research.autobuild.steps import StepEvent, never, unheard
from tests.research.autobuild.lab import ports_of, quick, stocked

pytestmark = [pytest.mark.torture, pytest.mark.timeout(600)]
BRIDGE, NETWORK, PORT = "flbridge", "10.77.5", 18_786
PATIENCE_S = 60.0


@dataclass(slots=True)
class Hosts:
    """A bridge with network namespaces on it, each with one Dask worker."""

    names: tuple[str, ...]
    folder: Path
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    scheduler: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"tcp://{NETWORK}.1:{PORT}"

    def build(self) -> None:
        _ip("link", "add", BRIDGE, "type", "bridge")
        _ip("addr", "add", f"{NETWORK}.1/24", "dev", BRIDGE)
        _ip("link", "set", BRIDGE, "up")
        for at, name in enumerate(self.names):
            _ip("netns", "add", name)
            _ip("link", "add", f"{name}-out", "type", "veth", "peer", "name", f"{name}-in")
            _ip("link", "set", f"{name}-out", "master", BRIDGE, "up")
            _ip("link", "set", f"{name}-in", "netns", name)
            inside = ("netns", "exec", name, "ip")
            _ip(*inside, "addr", "add", f"{NETWORK}.{at + 2}/24", "dev", f"{name}-in")
            _ip(*inside, "link", "set", f"{name}-in", "up")
            _ip(*inside, "link", "set", "lo", "up")

    def start(self) -> None:
        dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard"]
        listen = ["--host", f"{NETWORK}.1", "--port", str(PORT)]
        self.scheduler = _spawn([*dask, *listen], self.folder / "scheduler.log")
        for at, name in enumerate(self.names):
            worker = [
                sys.executable, "-m", "distributed.cli.dask_worker", self.address,
                "--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name,
                "--host", f"{NETWORK}.{at + 2}", "--local-directory", str(self.folder / name),
            ]  # fmt: skip
            command = ["ip", "netns", "exec", name, *worker]
            self.workers[name] = _spawn(command, self.folder / f"{name}.log")

    def kill(self, name: str) -> None:
        os.killpg(self.workers[name].pid, signal.SIGKILL)
        self.workers[name].wait()

    def demolish(self) -> None:
        for process in (*self.workers.values(), self.scheduler):
            if process is not None and process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", BRIDGE], check=False, capture_output=True)


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    reason = _why_not()
    if reason:
        pytest.skip(reason)
    made = Hosts(("flhosta", "flhostb"), tmp_path)
    with ExitStack() as stack:
        stack.callback(made.demolish)
        made.build()
        made.start()
        _wait_for_workers(made)
        yield made


def test_killed_host_leaves_the_result_as_it_would_have_been(hosts: Hosts, tmp_path: Path) -> None:
    lake = stocked(tmp_path / "lake", count=12, bars=9_000)
    plain = run_autobuild(quick(), ports_of(lake), unheard, never)
    executor = DaskExecutor(SystemClock(), scheduler=hosts.address)
    done: list[str] = []

    def tell(event: StepEvent) -> None:
        if event.kind != "instrument_done":
            return
        done.append(event.kind)
        if len(done) == 3:
            hosts.kill("flhosta")

    result = run_autobuild(quick(), replace(ports_of(lake), executor=executor), tell, never)
    assert executor.workers == 2
    assert hosts.workers["flhosta"].poll() is not None
    assert hosts.workers["flhostb"].poll() is None
    assert result == plain
    assert len(result.outcomes) == 12


def _why_not() -> str:
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "the command ip is missing (iproute2)"
    tried = subprocess.run(["ip", "netns", "add", "fltry"], check=False, capture_output=True)
    subprocess.run(["ip", "netns", "del", "fltry"], check=False, capture_output=True)
    if tried.returncode != 0:
        return f"network namespaces cannot be made here: {tried.stderr.decode().strip()}"
    tried = subprocess.run(
        ["ip", "link", "add", BRIDGE, "type", "bridge"], check=False, capture_output=True
    )
    subprocess.run(["ip", "link", "del", BRIDGE], check=False, capture_output=True)
    if tried.returncode == 0:
        return ""
    return f"bridges cannot be made here: {tried.stderr.decode().strip()}"


def _wait_for_workers(hosts: Hosts) -> None:
    distributed: Any = import_module("distributed")
    with distributed.Client(hosts.address, timeout=PATIENCE_S, set_as_default=False) as client:
        client.wait_for_workers(len(hosts.names), timeout=PATIENCE_S)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _spawn(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True)
