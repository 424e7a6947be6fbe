"""The embedded Valkey: started, adopted, killed, stopped; it asks for its password."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from fairlead.infra.server_state import load_state
from fairlead.infra.valkey_server import EmbeddedValkey


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """Return a running server in a folder of its own."""
    server = EmbeddedValkey(tmp_path)
    server.start()
    yield server
    server.stop()


def _pid(folder: Path) -> int:
    state = load_state(folder / "valkey.json")
    assert state is not None
    return state.pid


def test_server_refuses_whoever_has_no_password(server: EmbeddedValkey) -> None:
    url = server.start()
    port = int(url.rsplit(":", 1)[1].split("/")[0])
    with redis.Redis(port=port) as nobody, pytest.raises(redis.AuthenticationError):
        nobody.ping()
    with redis.Redis.from_url(url) as somebody:
        assert somebody.ping()


def test_password_is_on_no_command_line(server: EmbeddedValkey, tmp_path: Path) -> None:
    state = load_state(tmp_path / "valkey.json")
    assert state is not None
    assert state.password not in " ".join(psutil.Process(state.pid).cmdline())
    assert (tmp_path / "valkey.json").stat().st_mode & 0o077 == 0


def test_start_adopts_a_server_that_still_runs(server: EmbeddedValkey, tmp_path: Path) -> None:
    pid = _pid(tmp_path)
    assert EmbeddedValkey(tmp_path).start() == server.start()
    assert _pid(tmp_path) == pid


def test_start_after_kill_nine_starts_another(server: EmbeddedValkey, tmp_path: Path) -> None:
    pid = _pid(tmp_path)
    os.kill(pid, signal.SIGKILL)
    psutil.Process(pid).wait(10)
    with redis.Redis.from_url(server.start()) as client:
        assert client.ping()
    assert _pid(tmp_path) != pid


def test_stop_ends_the_server_and_may_be_repeated(server: EmbeddedValkey) -> None:
    assert server.url_if_running() is not None
    server.stop()
    assert server.url_if_running() is None
    server.stop()
