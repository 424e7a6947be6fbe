"""The API process: a socket, uvicorn, and an end that comes in time."""

import contextlib
import errno
import socket
import threading
from collections.abc import Iterator

import uvicorn

from fairlead.api.app import create_app
from fairlead.infra.errors import InvalidInput
from fairlead.infra.logs import get_logger
from fairlead.infra.settings import Settings
from fairlead.wiring import Context

GRACE_S = 8
BACKLOG = 1024
MAX_SOCKET_MESSAGE = 16_384
_log = get_logger(__name__)


def run(context: Context) -> None:
    """Serve until `context.stopping` is set or the process is asked to end.

    Open requests get eight seconds, event sockets are told to reconnect. Raises InvalidInput
    when the address cannot be used.
    """
    settings = context.settings
    config = uvicorn.Config(
        create_app(context),
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=30,
        ws_max_size=MAX_SOCKET_MESSAGE,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    with _listening(settings) as listener, _stopping(server, context.stopping):
        _log.info("api.listening", host=settings.host, port=settings.port)
        server.run(sockets=[listener])
    context.stopping.set()


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    address = (settings.host, settings.port)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:
        raise _unusable(error, settings) from error
    with contextlib.closing(listener):
        yield listener


def _unusable(error: OSError, settings: Settings) -> InvalidInput:
    if error.errno == errno.EADDRINUSE:
        return InvalidInput(
            f"Port {settings.port} on {settings.host} is in use.",
            expected="a free port",
            action="Stop the other program, or choose another port with --port or BACKEND_PORT.",
        )
    return InvalidInput(
        f"The address {settings.host}:{settings.port} cannot be used: {error.strerror}.",
        action="Correct BACKEND_HOST and BACKEND_PORT.",
    )


@contextlib.contextmanager
def _stopping(server: uvicorn.Server, stopping: threading.Event) -> Iterator[None]:
    """End the server when the rest of the process is told to stop."""
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            if stopping.wait(0.2):
                server.should_exit = True
                return

    watcher = threading.Thread(target=watch, name="api-stopping", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
