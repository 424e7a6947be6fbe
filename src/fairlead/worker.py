"""The worker role: runs queued jobs and periodic tasks, and numbers committed events."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from fairlead.infra.job_runner import JobCatalog, JobParts, run_jobs
from fairlead.infra.outbox import PRUNE_BATCH as EVENTS_AT_ONCE
from fairlead.infra.outbox import prune_events, run_relay
from fairlead.infra.queue import PRUNE_BATCH as JOBS_AT_ONCE
from fairlead.infra.queue import Abandon, Handler, Periodic, PeriodicContext, prune_jobs
from fairlead.market import jobs as market
from fairlead.research import jobs as research
from fairlead.research.autobuild import jobs as autobuild
from fairlead.wiring import Context

KEEP_EVENTS = timedelta(days=90)
KEEP_FINISHED_JOBS = timedelta(days=3)

Forget = Callable[[Connection, datetime], int]


def run(context: Context) -> None:
    """Work until `context.stopping` is set."""
    relay = threading.Thread(target=_relay, args=(context,), name="relay")
    relay.start()
    parts = JobParts(context.database, context.settings, context.clock, context.bus)
    try:
        run_jobs(parts, JobCatalog(HANDLERS, ABANDONED, PERIODIC), context.stopping)
    finally:
        context.stopping.set()
        relay.join()


def _relay(context: Context) -> None:
    """Relay events; a defect here ends the whole role, so that it is seen and started again."""
    try:
        run_relay(context.database, context.bus, context.stopping)
    finally:
        context.stopping.set()


def _prune_events(context: PeriodicContext) -> None:
    _prune(context, prune_events, context.due_at - KEEP_EVENTS, EVENTS_AT_ONCE)


def _prune_jobs(context: PeriodicContext) -> None:
    _prune(context, prune_jobs, context.due_at - KEEP_FINISHED_JOBS, JOBS_AT_ONCE)


def _prune(context: PeriodicContext, forget: Forget, before: datetime, at_once: int) -> None:
    pruned = at_once
    while pruned == at_once and not context.stopping.is_set():
        with context.database.system_transaction() as connection:
            pruned = forget(connection, before)


HANDLERS: dict[str, Handler] = {**market.HANDLERS, **research.HANDLERS, **autobuild.HANDLERS}
ABANDONED: dict[str, Abandon] = {**market.ABANDONED, **research.ABANDONED, **autobuild.ABANDONED}
PERIODIC: dict[str, Periodic] = {
    "infra.prune_events": Periodic("17 3 * * *", _prune_events),
    "infra.prune_jobs": Periodic("47 * * * *", _prune_jobs),
}
