"""The nexus: runs every enabled feed once for the whole platform and closes its candles.

Which feeds there are is data: rows of the table `feeds`. A process claims a feed for as long as
its heart beats; its number (the fence) stands in every write, so one that was paused while another
took over can do no harm.
"""

import logging
import threading
from dataclasses import dataclass
from typing import Protocol

from fairlead.infra.errors import Conflict, FairleadError
from fairlead.infra.settings import Settings
from fairlead.market.closing import MarketContext
from fairlead.market.feed_runner import FeedRunner, start_thread
from fairlead.market.feeds.catalog import FEEDS, open_feed
from fairlead.market.reports import JsonObject
from fairlead.market.store import (
    claim_feed,
    closed_series,
    list_feeds,
    prune_bars,
    put_feed,
)

LEASE_S = 5.0
WATCH_S = 1.0
KEPT_DAYS = 7
_PRUNE_EVERY_S = 3_600.0
_JOIN_S = 8.0
_BACKOFF_S = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
_log = logging.getLogger(__name__)


class NexusContext(MarketContext, Protocol):
    """What the nexus needs of a role's context."""

    @property
    def settings(self) -> Settings: ...

    @property
    def stopping(self) -> threading.Event: ...


@dataclass(slots=True)
class _Running:
    thread: threading.Thread
    stop: threading.Event


def run(context: NexusContext) -> None:
    """Run all enabled feeds until the process is asked to stop; ends within ten seconds.

    Feeds named in the settings are added to the table when they are not there.
    """
    running: dict[str, _Running] = {}
    failures: dict[str, int] = {}
    retry_at_s: dict[str, float] = {}
    pruned_s = context.clock.monotonic_s()
    seeded = False
    while not context.stopping.is_set():
        try:
            if not seeded:
                add_default_feeds(context)
                seeded = True
            _watch(context, running, failures, retry_at_s)
            if context.clock.monotonic_s() - pruned_s >= _PRUNE_EVERY_S:
                pruned_s = context.clock.monotonic_s()
                prune(context)
        except FairleadError as error:
            _log.warning("the feeds cannot be watched now: %s", error.message)
        context.stopping.wait(WATCH_S)
    for each in running.values():
        each.stop.set()
    for each in running.values():
        each.thread.join(_JOIN_S)


def add_default_feeds(context: NexusContext) -> None:
    """Add the feeds that the settings name, such as `simulated`; existing ones stay as they are."""
    names = [name.strip() for name in context.settings.feeds.split(",")]
    with context.database.engine_transaction() as connection:
        for name in names:
            if name in FEEDS and name != "replay":
                put_feed(connection, name, name, {})


def add_feed(context: MarketContext, name: str, kind: str, config: JsonObject) -> None:
    """Add a feed, which the nexus starts within a second or two.

    Opening it once reads the whole configuration, and for a replay finds the bars. Raises
    InvalidInput or NotFound for what cannot run, Conflict when the name is taken.
    """
    open_feed(kind, config, {}, context.clock.now_ms(), context.lake)
    with context.database.engine_transaction() as connection:
        if not put_feed(connection, name, kind, config):
            raise Conflict(
                f"There is a feed named {name} already.",
                action="Choose another name, or switch that one on or off.",
                path="name",
            )


def prune(context: MarketContext) -> int:
    """Forget closed bars that the lake has and that are older than a week; return how many."""
    forgotten = 0
    with context.database.engine_transaction() as connection:
        for instrument, timeframe in closed_series(connection):
            kept = context.lake.last_ts(instrument, timeframe)
            if kept is not None:
                forgotten += prune_bars(connection, instrument, timeframe, kept, KEPT_DAYS)
    return forgotten


def _watch(
    context: NexusContext,
    running: dict[str, _Running],
    failures: dict[str, int],
    retry_at_s: dict[str, float],
) -> None:
    """Start feeds that should run and stop those that should not."""
    with context.database.engine_transaction() as connection:
        rows = {row.name: row for row in list_feeds(connection)}
    for name, each in list(running.items()):
        if name not in rows or not rows[name].enabled:
            each.stop.set()
        if not each.thread.is_alive():
            del running[name]
            failed = name in rows and rows[name].status == "failed"
            failures[name] = failures.get(name, 0) + 1 if failed else 0
            wait_s = _BACKOFF_S[min(failures[name], len(_BACKOFF_S) - 1)]
            retry_at_s[name] = context.clock.monotonic_s() + wait_s
    for name, row in rows.items():
        due = context.clock.monotonic_s() >= retry_at_s.get(name, 0.0)
        if row.enabled and name not in running and row.status != "finished" and due:
            _start(context, name, running)


def _start(context: NexusContext, name: str, running: dict[str, _Running]) -> None:
    with context.database.engine_transaction() as connection:
        row = claim_feed(connection, name, LEASE_S)
    if row is None:
        return
    _log.info("%s starts", name)
    stop = threading.Event()
    running[name] = _Running(start_thread(FeedRunner(context, row, stop), name), stop)
