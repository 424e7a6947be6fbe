"""The worker role: runs queued jobs and periodic tasks, and numbers committed events."""

import threading
from datetime import timedelta

from fairlead.infra.job_runner import JobCatalog, JobParts, run_jobs
from fairlead.infra.outbox import prune_events, run_relay
from fairlead.infra.queue import Abandon, Handler, Periodic, PeriodicContext, prune_jobs
from fairlead.research import jobs as research
from fairlead.wiring import Context

KEEP_EVENTS = timedelta(days=90)
KEEP_FINISHED_JOBS = timedelta(days=3)


def run(context: Context) -> None:
    """Work until `context.stopping` is set."""
    relay = threading.Thread(
        target=run_relay, args=(context.database, context.bus, context.stopping), name="relay"
    )
    relay.start()
    parts = JobParts(context.database, context.settings, context.clock, context.bus)
    try:
        run_jobs(parts, JobCatalog(HANDLERS, ABANDONED, PERIODIC), context.stopping)
    finally:
        context.stopping.set()
        relay.join()


def _prune_events(context: PeriodicContext) -> None:
    prune_events(context.database, context.due_at - KEEP_EVENTS)


def _prune_jobs(context: PeriodicContext) -> None:
    with context.database.system_transaction() as connection:
        prune_jobs(connection, context.due_at - KEEP_FINISHED_JOBS)


HANDLERS: dict[str, Handler] = {**research.HANDLERS}
ABANDONED: dict[str, Abandon] = {**research.ABANDONED}
PERIODIC: dict[str, Periodic] = {
    "infra.prune_events": Periodic("17 3 * * *", _prune_events),
    "infra.prune_jobs": Periodic("47 * * * *", _prune_jobs),
}
