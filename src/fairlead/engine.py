"""The engine role: evaluates versions, applies turns, sends orders, carries out commands.

Each duty has a thread of its own and looks for work by itself; news on the bus only wakes it
earlier. Any number of engines may run: rows in PostgreSQL decide who does what.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from fairlead.brokers.catalog import open_venues
from fairlead.infra.errors import FairleadError, Unavailable
from fairlead.infra.logs import get_logger
from fairlead.infra.memory import keep_large_buffers
from fairlead.infra.metrics import counter, histogram
from fairlead.live import passes
from fairlead.live.cache import Cache
from fairlead.live.evaluate import Desk
from fairlead.live.execution import Dispatcher
from fairlead.live.passes import Post
from fairlead.live.steps import walk_on
from fairlead.live.turn import apply_next_chunk
from fairlead.live.versions import LakeHistory, StoredVersions
from fairlead.wiring import Context

BARS = "bars"
TURNS = "turns"
ORDERS = "orders"
IDLE_S = 0.25
TIDY_EVERY_S = 10.0
FAILED_S = 1.0
JOIN_S = 8.0

_log = get_logger("fairlead.engine")
_FAILURES = counter("fairlead_engine_failures_total", "Failed rounds of a duty", ("duty",))
_CHUNKS = counter("fairlead_engine_chunks_total", "Chunks of turns applied")
_ORDERS = counter("fairlead_engine_orders_total", "Orders written by turns")
_FAULTS = counter("fairlead_engine_faults_total", "Books set aside for a fault")
_CHUNK_SECONDS = histogram(
    "fairlead_engine_chunk_seconds",
    "Time from claiming a chunk to its commit",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
)


@dataclass(frozen=True, slots=True)
class _Bells:
    """What wakes a duty before it would look by itself."""

    bars: threading.Event = field(default_factory=threading.Event)
    turns: threading.Event = field(default_factory=threading.Event)
    orders: threading.Event = field(default_factory=threading.Event)
    care: threading.Event = field(default_factory=threading.Event)

    def ring_all(self) -> None:
        for bell in (self.bars, self.turns, self.orders, self.care):
            bell.set()


def run(context: Context) -> None:
    """Work until `context.stopping` is set; ends within ten seconds."""
    keep_large_buffers()
    bells = _Bells()
    post = open_post(context)
    duties: dict[str, tuple[threading.Event, Callable[[], int]]] = {
        "evaluate": (bells.bars, _evaluation(context, post, bells)),
        "turns": (bells.turns, _turns(context, bells)),
        "orders": (bells.orders, lambda: passes.dispatch_orders(post)),
        "care": (bells.care, _care(context, post, bells)),
    }
    threads = [
        threading.Thread(target=_duty, args=(context, name, *duty), name=name)
        for name, duty in duties.items()
    ]
    threads.append(threading.Thread(target=_listen, args=(context, bells), name="listen"))
    for thread in threads:
        thread.start()
    context.stopping.wait()
    bells.ring_all()
    for thread in threads:
        thread.join(JOIN_S)


def open_post(context: Context) -> Post:
    """Return what the duties need, built from the process's context."""
    desk = Desk(
        StoredVersions(context.database),
        LakeHistory(context.database, context.lake),
        Cache(),
        context.clock.now,
        walk_on,
    )
    dispatcher = Dispatcher(context.database, open_venues(), context.bus, walk_on)
    return Post(context.database, context.lake, desk, dispatcher)


def _listen(context: Context, bells: _Bells) -> None:
    wakes = {BARS: bells.bars, TURNS: bells.turns, ORDERS: bells.orders}
    for news in context.bus.subscribe(list(wakes), context.stopping):
        if news is not None and news[0] in wakes:
            wakes[news[0]].set()


def _duty(context: Context, name: str, bell: threading.Event, round_of: Callable[[], int]) -> None:
    """Repeat a duty's rounds; rest when there was nothing, longer when one failed."""
    while not context.stopping.is_set():
        bell.clear()
        try:
            moved = round_of()
        except Unavailable as error:
            _FAILURES.labels(duty=name).inc()
            _log.warning("duty.waits", duty=name, error=error.message)
            context.stopping.wait(FAILED_S)
            continue
        except FairleadError as error:
            _FAILURES.labels(duty=name).inc()
            _log.error("duty.failed", duty=name, error=error.message, found=error.found)
            context.stopping.wait(FAILED_S)
            continue
        except Exception as error:  # noqa: BLE001  # one bad round must not end the engine
            _FAILURES.labels(duty=name).inc()
            _log.exception("duty.failed", duty=name, error=repr(error))
            context.stopping.wait(FAILED_S)
            continue
        if not moved and not context.stopping.is_set():
            bell.wait(IDLE_S)


def _evaluation(context: Context, post: Post, bells: _Bells) -> Callable[[], int]:
    def evaluate() -> int:
        begun = passes.evaluate_due(post)
        if begun:
            bells.turns.set()
            context.bus.publish(TURNS, b"")
        return begun

    return evaluate


def _turns(context: Context, bells: _Bells) -> Callable[[], int]:
    cache = Cache()

    def apply() -> int:
        started_s = context.clock.monotonic_s()
        report = apply_next_chunk(context.database, cache, walk_on)
        if report is None:
            return 0
        _CHUNK_SECONDS.observe(context.clock.monotonic_s() - started_s)
        _CHUNKS.inc()
        _ORDERS.inc(report.result.orders)
        _FAULTS.inc(report.result.faults)
        if report.result.orders:
            bells.orders.set()
        return 1

    return apply


def _care(context: Context, post: Post, bells: _Bells) -> Callable[[], int]:
    cache = Cache()
    tidied_s = context.clock.monotonic_s() - TIDY_EVERY_S

    def care() -> int:
        nonlocal tidied_s
        moved = passes.spread_switches(post) + passes.carry_out_commands(post, cache)
        moved += passes.admit(post)
        if moved:
            bells.orders.set()
        if context.clock.monotonic_s() - tidied_s >= TIDY_EVERY_S:
            tidied_s = context.clock.monotonic_s()
            passes.tidy_up(post, cache)
        return moved

    return care
