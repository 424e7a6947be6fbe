"""`fairlead up` as a person meets it: start, port in use, second start, stop, start again."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest

from fairlead.infra.clock import SystemClock
from fairlead.infra.postgres_server import EmbeddedPostgres
from fairlead.infra.server_state import free_port, load_state
from fairlead.infra.valkey_server import EmbeddedValkey

PATIENCE_S = 90.0
UP = [sys.executable, "-m", "fairlead.cli.main", "up"]

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Running:
    """A platform that said it is running."""

    process: "subprocess.Popen[str]"
    address: str
    email: str
    password: str


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a data folder below /tmp; whatever still runs on it is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="fairlead-up-"))
    folder.chmod(0o755)
    yield folder
    EmbeddedPostgres(folder).stop()
    EmbeddedValkey(folder).stop()
    shutil.rmtree(folder)


def _environment() -> dict[str, str]:
    ours = ("DATABASE_URL", "REDIS_URL", "REDIS_HOST", "FAIRLEAD_DATA", "SECRET_KEY", "JWT_SECRET")
    return {name: value for name, value in os.environ.items() if name not in ours}


@contextmanager
def _up(folder: Path, port: int) -> Iterator[Running]:
    command = [*UP, "--port", str(port), "--data", str(folder), "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        try:
            assert line, process.stderr.read()
            said = json.loads(line)
            yield Running(process, said["address"], said["email"], said["password"])
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=PATIENCE_S)


def _refused(folder: Path, port: int) -> dict[str, str]:
    done = subprocess.run(
        [*UP, "--port", str(port), "--data", str(folder), "--json"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env=_environment(),
        check=False,
    )
    assert done.returncode == 2, done.stderr
    error: dict[str, str] = json.loads(done.stdout)["error"]
    return error


def _get(address: str, path: str) -> bytes:
    with urllib.request.urlopen(address + path, timeout=10) as answer:
        body: bytes = answer.read()
        return body


def _roles_of(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if "fairlead.cli.main" in child.cmdline()]


def test_up_outlives_every_death_refuses_a_second_and_stops_cleanly(folder: Path) -> None:
    port = free_port()
    with _up(folder, port) as running:
        assert json.loads(_get(running.address, "/api/v1/health/ready"))["status"] == "ok"
        assert "already runs on data folder" in _refused(folder, free_port())["message"]
        with psycopg.connect(_admin_url(folder)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        server = EmbeddedPostgres(folder).pid()
        roles = _roles_of(running.process)
        assert roles
        running.process.kill()
        _, alive = psutil.wait_procs(roles, timeout=PATIENCE_S)
        assert alive == []
        assert EmbeddedPostgres(folder).pid() == server

    with _up(folder, port) as again:
        assert EmbeddedPostgres(folder).pid() == server
        assert (again.email, again.password) == (running.email, running.password)
        with psycopg.connect(_admin_url(folder)) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        _kill_both_servers(folder)
        _wait_until_ready(again.address)
        again.process.send_signal(signal.SIGINT)
        _, said = again.process.communicate(timeout=PATIENCE_S)
        assert again.process.returncode == 0, said
        assert "everything is kept" in said
    assert EmbeddedPostgres(folder).url_if_running() is None
    assert EmbeddedValkey(folder).url_if_running() is None


def _kill_both_servers(folder: Path) -> None:
    postgres, valkey = EmbeddedPostgres(folder).pid(), load_state(folder / "valkey.json")
    assert postgres is not None
    assert valkey is not None
    for pid in (postgres, valkey.pid):
        victim = psutil.Process(pid)
        victim.kill()
        psutil.wait_procs([victim], timeout=PATIENCE_S)


def _wait_until_ready(address: str) -> None:
    clock = SystemClock()
    give_up_at = clock.monotonic_s() + PATIENCE_S
    status = ""
    while status != "ok" and clock.monotonic_s() < give_up_at:
        clock.sleep(0.2)
        with suppress(OSError):
            status = json.loads(_get(address, "/api/v1/health/ready"))["status"]
    assert status == "ok"


def _admin_url(folder: Path) -> str:
    url = EmbeddedPostgres(folder).url_if_running()
    assert url is not None
    return url


def test_up_on_a_port_in_use_says_which_and_what_to_do(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        error = _refused(folder, port)
    assert f"Port {port} of 127.0.0.1 is already in use" in error["message"]
    assert f"--port {port + 1}" in error["action"]


def test_up_without_its_database_says_so(folder: Path) -> None:
    done = subprocess.run(
        [*UP, "--port", str(free_port()), "--data", str(folder)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env={**_environment(), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        check=False,
    )
    assert done.returncode == 2
    assert "Error: PostgreSQL at 127.0.0.1:1 does not answer." in done.stderr
    assert "Traceback" not in done.stderr
