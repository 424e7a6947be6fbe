"""`fairlead run ROLE`: one process of the platform, stopped within ten seconds by SIGTERM."""

import contextlib
import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fairlead.infra.settings import Settings
    from fairlead.wiring import Context

GRACE_S = 10.0
PARENT_CHECK_S = 0.5

app = typer.Typer(no_args_is_help=True, help="Run one role: api, worker, nexus or engine.")
Json = Annotated[bool, typer.Option("--json", help="Write the log as JSON lines.")]


@app.command()
def api(json: Json = False) -> None:
    """Serve HTTP, WebSockets and the web page."""
    from fairlead.api.server import run

    _run_role("api", run, json)


@app.command()
def worker(json: Json = False) -> None:
    """Run jobs and number events."""
    from fairlead.worker import run

    _run_role("worker", run, json)


@app.command()
def nexus(json: Json = False) -> None:
    """Turn the feeds' ticks into closed candles for everyone."""
    from fairlead.market.nexus import run

    _run_role("nexus", run, json)


@app.command()
def engine(json: Json = False) -> None:
    """Evaluate strategies and trade for their subscribers."""
    from fairlead.engine import run

    _run_role("engine", run, json)


def migrate(json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False) -> None:
    """Bring the database to the newest revision; needs the rights to create roles."""
    from fairlead.infra.migrate import upgrade
    from fairlead.infra.settings import Settings
    from fairlead.wiring import locate_servers

    settings = locate_servers(Settings.load()).with_secrets()
    assert settings.database_url is not None
    revision = upgrade(settings.database_url, settings.secret_key)
    typer.echo(f'{{"revision": "{revision}"}}' if json else f"The database is at {revision}.")


def _run_role(role: str, run: Callable[["Context"], None], json: bool) -> None:
    from fairlead.infra.logs import configure_logs, get_logger
    from fairlead.infra.metrics import UP_SINCE, serve_metrics
    from fairlead.infra.settings import Settings
    from fairlead.wiring import open_context

    faulthandler.enable()
    settings = Settings.load()
    configure_logs(settings, role, as_json=json)
    log = get_logger("fairlead.role")
    with open_context(settings) as context, _stop_signals(context.stopping):
        _watch(context, settings)
        if settings.metrics_port is not None:
            serve_metrics(settings.host, settings.metrics_port)
        UP_SINCE.labels(role=role).set(context.clock.now().timestamp())
        log.info("role.started", pid=os.getpid())
        try:
            run(context)
        finally:
            context.stopping.set()
            log.info("role.stopped")


@contextlib.contextmanager
def _stop_signals(stopping: threading.Event) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(context: "Context", settings: "Settings") -> None:
    """Stop when the parent is gone, and end the process when stopping takes too long."""

    def watch() -> None:
        while not context.stopping.wait(PARENT_CHECK_S):
            if settings.parent_pid is not None and os.getppid() != settings.parent_pid:
                context.stopping.set()
        context.clock.sleep(GRACE_S)
        sys.stderr.write("stopping took too long; where it hung:\n")
        faulthandler.dump_traceback(all_threads=True)
        os._exit(3)

    threading.Thread(target=watch, name="watch", daemon=True).start()
