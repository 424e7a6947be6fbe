"""Port and password of an embedded server, kept in the data folder for its next start."""

import contextlib
import fcntl
import json
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from fairlead.infra.errors import InvalidInput
from fairlead.infra.secrets import as_file_error, write_private


@dataclass(frozen=True, slots=True)
class ServerState:
    """Port and password of an embedded server; `pid` is 0 where the server keeps its own file."""

    port: int
    password: str
    pid: int = 0


def load_state(path: Path) -> ServerState | None:
    """Read the state at `path`, None when there is none; raise InvalidInput when it is broken."""
    try:
        content = json.loads(path.read_text())
        return ServerState(int(content["port"]), str(content["password"]), int(content["pid"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"{path} cannot be read: {error}.",
            action="Correct its rights or restore it from a backup; it holds the password of the "
            "embedded server.",
        ) from error


def save_state(path: Path, state: ServerState) -> None:
    """Keep `state` at `path`, readable by its owner only."""
    write_private(path, json.dumps(asdict(state)))


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, so that two starts of one server take turns."""
    try:
        lock = path.open("w")
    except OSError as error:
        raise as_file_error(error, path) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether a server could listen on `port` of `host` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
