"""Start the whole platform as a person does, and speak to its API."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

START_TIMEOUT_S = 240.0
STOP_TIMEOUT_S = 30.0
UP = (sys.executable, "-m", "fairlead.cli.main", "up")
NEEDED_SERIES = {("sim:BTC-USDT", "1m"), ("sim:BTC-USDT", "1h")}
PASSWORD = "a lantern over nine harbours"


@dataclass(frozen=True, slots=True)
class Running:
    """A running platform: where it is, and who may sign in from the start."""

    address: str
    admin_email: str
    admin_password: str


@contextmanager
def running_platform() -> Iterator[Running]:
    """Start `fairlead up` on a free port with a data folder of its own; stop it afterwards.

    With `FAIRLEAD_BROWSER_DATA` and `FAIRLEAD_BROWSER_URL` in the environment a platform that
    runs already is used, which makes writing stories quick.
    """
    address = os.environ.get("FAIRLEAD_BROWSER_URL")
    if address is not None:
        yield _signed(address, Path(os.environ["FAIRLEAD_BROWSER_DATA"]))
        return
    # The embedded server gives up root, so the folder has to be reachable for others.
    folder = Path(tempfile.mkdtemp(prefix="fairlead-browser-"))
    folder.chmod(0o755)
    port = _free_port()
    log = folder / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*UP, "--port", str(port), "--data", str(folder / "data")],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_ready(address, process, log)
            running = _signed(address, folder / "data")
            _wait_for_candles(running)
            yield running
        finally:
            _stop(process)
            shutil.rmtree(folder, ignore_errors=True)


class Client:
    """A signed-in program: what a story needs done quickly before it looks at pages."""

    def __init__(self, address: str, email: str, password: str, *, name: str | None = None) -> None:
        self._http = httpx2.Client(base_url=f"{address}/api/v1", timeout=60)
        body = {"email": email, "password": password}
        if name is not None:
            signed_in = self._checked("POST", "/auth/register", {**body, "name": name})
        else:
            signed_in = self._checked("POST", "/auth/login", body)
        self._http.headers["X-CSRF-Token"] = signed_in["csrf_token"]

    def get(self, path: str) -> Any:
        """Read; raise for everything but success."""
        return self._checked("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Act; raise for everything but success."""
        return self._checked("POST", path, body)

    def finish(self, path: str, patience_s: float = 60.0) -> Any:
        """Wait until the run at `path` is done and return it."""
        deadline = time.monotonic() + patience_s
        while True:
            run = self.get(path)
            if run["status"] in ("done", "failed", "cancelled"):
                assert run["status"] == "done", run
                return run
            assert time.monotonic() < deadline, f"{path} did not finish: {run}"
            time.sleep(0.2)

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _checked(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        answer = self._http.request(method, path, json=body, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()


def _signed(address: str, data: Path) -> Running:
    account = json.loads((data / "demo-account.json").read_text())
    return Running(address, account["email"], account["password"])


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            ready = httpx2.get(f"{address}/api/v1/health/ready", timeout=5).is_success
        except httpx2.HTTPError:
            ready = False
        if ready:
            return
        time.sleep(0.3)
    raise AssertionError(f"The platform did not come up: {log.read_text()[-4000:]}")


def _wait_for_candles(running: Running) -> None:
    """Wait until the simulated market has written its history."""
    client = Client(running.address, running.admin_email, running.admin_password)
    deadline = time.monotonic() + START_TIMEOUT_S
    found: set[tuple[str, str]] = set()
    while not found >= NEEDED_SERIES:
        assert time.monotonic() < deadline, f"The simulated market has only {sorted(found)}."
        time.sleep(0.3)
        found = {(row["instrument"], row["timeframe"]) for row in client.get("/data/coverage")}
    client.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
