"""The supervisor of `up`: restarts what ends, says why, and stops in time."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from fairlead.cli import supervisor as under_test
from fairlead.cli.supervisor import Supervisor
from fairlead.infra.clock import SystemClock

PATIENCE_S = 20.0

Make = Callable[[str], Supervisor]


@pytest.fixture
def said() -> list[str]:
    """Return what the supervisor said so far."""
    return []


@pytest.fixture
def make(tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch) -> Make:
    """Return a function that makes a quick supervisor, with a Python program for every role."""
    monkeypatch.setattr(under_test, "BACK_OFF_S", (0.0, 0.1))
    monkeypatch.setattr(under_test, "GRACE_S", 1.0)

    def arrange(program: str) -> Supervisor:
        script = tmp_path / "role.py"
        script.write_text(program)
        command = [sys.executable, str(script)]
        return Supervisor(dict(os.environ), tmp_path / "logs", said.append, lambda _role: command)

    return arrange


def _until(condition: Callable[[], bool], act: Callable[[], None]) -> None:
    clock = SystemClock()
    give_up_at = clock.monotonic_s() + PATIENCE_S
    while not condition():
        assert clock.monotonic_s() < give_up_at
        act()
        clock.sleep(0.02)


def test_role_that_fails_is_started_again_with_its_last_words(make: Make, said: list[str]) -> None:
    supervisor = make("import sys; sys.exit('no database today')")
    supervisor.add("api", "api")
    _until(lambda: len(said) >= 3, supervisor.check)
    supervisor.stop()
    assert said[0] == ("api ended with code 1; starting it again in 0 s.\n    no database today")
    assert said[2].startswith("api ended with code 1; starting it again in 0.1 s.")


def test_role_that_is_killed_is_started_again(make: Make, said: list[str]) -> None:
    supervisor = make("import time; time.sleep(60)")
    supervisor.add("engine", "engine-1")
    first = supervisor.children[0].process
    assert first is not None
    first.send_signal(signal.SIGKILL)
    _until(lambda: bool(said), supervisor.check)
    assert said == ["engine-1 was ended by SIGKILL; starting it again in 0 s."]
    supervisor.check()
    second = supervisor.children[0].process
    assert second is not None
    assert second.pid != first.pid
    supervisor.stop()
    assert second.poll() == -signal.SIGTERM


def test_stop_ends_a_role_that_does_not_listen(make: Make, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    supervisor = make(
        "import pathlib, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"pathlib.Path({str(ready)!r}).touch()\n"
        "time.sleep(60)"
    )
    supervisor.add("worker", "worker")
    process = supervisor.children[0].process
    assert process is not None
    _until(ready.exists, lambda: None)
    supervisor.stop()
    assert process.returncode == -signal.SIGKILL
    assert not psutil.pid_exists(process.pid)


def test_stop_lets_a_role_finish(make: Make, tmp_path: Path) -> None:
    ready, finished = tmp_path / "ready", tmp_path / "finished"
    supervisor = make(
        "import pathlib, signal, sys\n"
        "def end(*_):\n"
        f"    pathlib.Path({str(finished)!r}).touch(); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        f"pathlib.Path({str(ready)!r}).touch()\n"
        "signal.pause()"
    )
    supervisor.add("worker", "worker")
    _until(ready.exists, lambda: None)
    supervisor.stop()
    assert finished.exists()
