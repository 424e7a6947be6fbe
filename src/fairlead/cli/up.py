"""`fairlead up`: the whole platform on this machine, with its own servers, until Ctrl-C."""

import contextlib
import fcntl
import json as jsonlib
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from fairlead.infra.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from fairlead.cli.servers import Servers
    from fairlead.cli.supervisor import Supervisor
    from fairlead.infra.settings import Settings

READY_TIMEOUT_S = 60.0
PAGE_FIRST_S = 8.0
CHECK_S = 0.2
MAX_ENGINES = 16
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Where to serve; 8000 by default.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder that keeps everything; ./.fairlead by default.")
    ] = None,
    engines: Annotated[
        int, typer.Option(min=1, max=MAX_ENGINES, help="How many engine processes trade.")
    ] = 1,
    json: Annotated[
        bool, typer.Option("--json", help="Print address and sign-in as JSON.")
    ] = False,
) -> None:
    """Start the whole platform on this machine and keep it running until Ctrl-C."""
    from fairlead.cli.servers import Servers
    from fairlead.infra.settings import Settings

    settings = Settings.load(data_dir=data)
    if port is not None:
        settings = settings.with_changes(port=port)
    with _stop_signals() as stop, _only_one(settings):
        _require_free_port(settings)
        servers = Servers(settings.with_secrets(), _say)
        try:
            _run(servers, engines, json, stop)
        finally:
            servers.stop()
        _say("Stopped; everything is kept.")


class _Stop:
    """Whether we were asked to stop, and how urgently."""

    def __init__(self) -> None:
        self.asked = 0

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        self.asked += 1
        if self.asked == 1:
            raise KeyboardInterrupt


@contextlib.contextmanager
def _stop_signals() -> Iterator[_Stop]:
    """Turn the first signal into KeyboardInterrupt wherever we are; only count later ones."""
    stop = _Stop()
    before = {number: signal.signal(number, stop.handle) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _only_one(settings: "Settings") -> Iterator[None]:
    """Hold the data folder's lock; a dead holder's lock is free by itself."""
    from fairlead.infra.secrets import as_file_error, make_private_dir

    make_private_dir(settings.data_dir)
    path = settings.data_dir / "up.lock"
    try:
        lock = path.open("a+")
    except OSError as error:
        raise as_file_error(error, path) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise Conflict(
                f"The platform already runs on data folder {settings.data_dir} "
                f"({lock.read().strip() or 'it is just starting'}).",
                action="Use that one, stop it first, or choose another folder with --data.",
            ) from error
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, {_address(settings)}")
        lock.flush()
        yield
        lock.truncate(0)


def _address(settings: "Settings") -> str:
    host = "localhost" if settings.host in ("0.0.0.0", "127.0.0.1", "::", "::1") else settings.host
    return settings.public_url or f"http://{host}:{settings.port}"


def _require_free_port(settings: "Settings") -> None:
    from fairlead.infra.server_state import is_free

    if not is_free(settings.port, settings.host):
        raise Conflict(
            f"Port {settings.port} of {settings.host} is already in use by another program.",
            action=f"Stop that program, or choose another port: fairlead up --port "
            f"{settings.port + 1 if settings.port < 65535 else 8000}",
        )


def _run(servers: "Servers", engines: int, as_json: bool, stop: _Stop) -> None:
    from fairlead.cli.supervisor import Supervisor
    from fairlead.infra.migrate import upgrade

    settings = servers.start()
    assert settings.database_url is not None
    upgrade(settings.database_url, settings.secret_key)
    supervisor = Supervisor(_environment(settings), settings.data_dir / "logs", _say)
    try:
        # the page first: the others take the processor from it while they start
        supervisor.add("api", "api")
        email, password = _demo_account(settings)
        ready = _wait_until_ready(settings, supervisor, PAGE_FIRST_S)
        for role, label in _other_roles(engines):
            supervisor.add(role, label)
        if not ready and not _wait_until_ready(settings, supervisor, READY_TIMEOUT_S):
            raise _not_ready(settings)
        _welcome(settings, email, password, as_json)
        while True:
            servers.keep()
            supervisor.check()
            time.sleep(CHECK_S)
    except KeyboardInterrupt:
        _say("Stopping.")
    finally:
        supervisor.stop(lambda: stop.asked > 1)


def _other_roles(engines: int) -> list[tuple[str, str]]:
    numbered = [("engine", f"engine-{number}") for number in range(1, engines + 1)]
    return [
        ("nexus", "nexus"),
        *(numbered if engines > 1 else [("engine", "engine")]),
        ("worker", "worker"),
    ]


def _demo_account(settings: "Settings") -> tuple[str, str]:
    from fairlead.tenancy.accounts import ensure_demo_account
    from fairlead.wiring import open_context

    with open_context(settings) as context:
        return ensure_demo_account(context)


def _environment(settings: "Settings") -> dict[str, str]:
    """Return what the roles need; not the administrator's password of the database."""
    from fairlead.infra.roles import without_credentials

    assert settings.database_url is not None
    assert settings.effective_redis_url is not None
    return {
        **os.environ,
        "DATABASE_URL": without_credentials(settings.database_url),
        "REDIS_URL": settings.effective_redis_url,
        "FAIRLEAD_DATA": str(settings.data_dir),
        "FAIRLEAD_WEB": str(settings.web_dir),
        "BACKEND_HOST": settings.host,
        "BACKEND_PORT": str(settings.port),
    }


def _wait_until_ready(settings: "Settings", supervisor: "Supervisor", patience_s: float) -> bool:
    """Tell whether the API answers that it is ready, within `patience_s`."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    url = f"http://{host}:{settings.port}/api/v1/health/ready"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    give_up_at = time.monotonic() + patience_s
    while time.monotonic() < give_up_at:
        try:
            with opener.open(url, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:  # refused, reset, or an answer that says "not yet"
            supervisor.check()
            time.sleep(0.05)
    return False


def _not_ready(settings: "Settings") -> Unavailable:
    return Unavailable(
        f"The API did not become ready within {READY_TIMEOUT_S:g} s.",
        action=f"Look into {settings.data_dir / 'logs'} for what is in its way.",
    )


def _welcome(settings: "Settings", email: str, password: str, as_json: bool) -> None:
    if as_json:
        answer = {
            "address": _address(settings),
            "email": email,
            "password": password,
            "data": str(settings.data_dir),
            "pid": os.getpid(),
        }
        typer.echo(jsonlib.dumps(answer))
    else:
        typer.echo(
            f"\nFairlead is running.\n\n"
            f"  address   {_address(settings)}\n"
            f"  e-mail    {email}\n"
            f"  password  {password}\n"
            f"  data      {settings.data_dir}\n"
            f"{_where_the_servers_are(settings)}"
            f"  logs      {settings.data_dir / 'logs'}\n\n"
            "Ctrl-C stops it; everything is kept for the next start."
        )
    sys.stdout.flush()


def _where_the_servers_are(settings: "Settings") -> str:
    pointer = settings.data_dir / "servers.location"
    return f"  database  {pointer.read_text().strip()}\n" if pointer.exists() else ""


def _say(message: str) -> None:
    with contextlib.suppress(OSError):
        typer.echo(message, err=True)
