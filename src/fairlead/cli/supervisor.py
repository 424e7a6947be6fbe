"""Keep the roles of `fairlead up` running: start, restart with patience, stop together."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

GRACE_S = 10.0
BACK_OFF_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
HEALTHY_AFTER_S = 60.0
TAIL_LINES = 3


@dataclass(slots=True)
class Child:
    """One role's process; `label` is its role, with a number where there are several."""

    label: str
    role: str
    process: "subprocess.Popen[bytes] | None" = None
    started_s: float = 0.0
    failures: int = 0
    start_at_s: float = 0.0


def role_command(role: str) -> list[str]:
    """Return how a role is started: by the same Python, from the same installation."""
    return [sys.executable, "-m", "fairlead.cli.main", "run", role]


@dataclass(slots=True)
class Supervisor:
    """Start the roles as child processes of this one and restart those that end."""

    environment: Mapping[str, str]
    log_dir: Path
    say: Callable[[str], None]
    command: Callable[[str], list[str]] = role_command
    children: list[Child] = field(default_factory=list)

    def add(self, role: str, label: str) -> None:
        """Start one more child."""
        child = Child(label, role)
        self.children.append(child)
        self._start(child)

    def check(self) -> None:
        """Look after every child once: say who ended, start again whose wait is over."""
        now_s = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now_s >= child.start_at_s:
                    self._start(child)
                continue
            code = child.process.poll()
            if code is not None:
                self._ended(child, code, now_s)
            elif child.failures and now_s - child.started_s > HEALTHY_AFTER_S:
                child.failures = 0

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Ask all children to end, wait ten seconds together (less in a `hurry`), then end them."""
        running = [child.process for child in self.children if child.process]
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        give_up_at = time.monotonic() + GRACE_S
        while any(process.poll() is None for process in running):
            if hurry() or time.monotonic() > give_up_at:
                break
            time.sleep(0.02)
        for process in running:
            process.kill()
            process.wait()
        self.children.clear()

    def _start(self, child: Child) -> None:
        self.log_dir.mkdir(mode=0o750, parents=True, exist_ok=True)
        crash_log = self.log_dir / f"{child.label}.crash.log"
        environment = {
            **self.environment,
            "FAIRLEAD_LOG_FILE": str(self.log_dir / f"{child.label}.log"),
            "FAIRLEAD_PARENT_PID": str(os.getpid()),
            "PYTHONUNBUFFERED": "1",
        }
        with crash_log.open("wb") as stderr:
            # a session of its own: Ctrl-C reaches only us, and we stop the roles in order
            child.process = subprocess.Popen(
                self.command(child.role),
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
                env=environment,
                start_new_session=True,
            )
        child.started_s = time.monotonic()

    def _ended(self, child: Child, code: int, now_s: float) -> None:
        wait_s = BACK_OFF_S[min(child.failures, len(BACK_OFF_S) - 1)]
        child.failures += 1
        child.process = None
        child.start_at_s = now_s + wait_s
        how = (
            f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        )
        self.say(f"{child.label} {how}; starting it again in {wait_s:g} s.{self._tail(child)}")

    def _tail(self, child: Child) -> str:
        crash_log = self.log_dir / f"{child.label}.crash.log"
        lines = crash_log.read_text(errors="replace").strip().splitlines()[-TAIL_LINES:]
        return "".join(f"\n    {line}" for line in lines)
