"""The engine role in full: candles close, books open, orders are sent; it stops when asked."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import text

from fairlead import engine
from fairlead.infra.bus import Bus
from fairlead.infra.clock import SystemClock
from fairlead.infra.db import Database
from fairlead.infra.ids import uuid7
from fairlead.infra.settings import Settings
from fairlead.live import lifecycle, passes
from fairlead.live.demonstration import Demonstration, populate
from fairlead.live.lifecycle import Wanted
from fairlead.live.model import LegDraft
from fairlead.live.passes import Post
from fairlead.live.store import accounts
from fairlead.live.versions import StoredVersions
from fairlead.market.lake import Lake
from fairlead.strategies.authoring import Edit, create_strategy
from fairlead.strategies.templates import load_template
from fairlead.wiring import Context

MINUTE_MS = 60_000
T0 = 1_700_000_040_000
WAVE = [100.0, 99.0, 98.0, 99.0, 101.0, 103.0, 104.0, 103.0, 100.0, 98.0]
PATIENCE_S = 60.0


@contextmanager
def running(context: Context, engines: int = 1) -> Iterator[None]:
    """Run engines until the block ends; they must stop by themselves."""
    threads = [threading.Thread(target=engine.run, args=(context,)) for _ in range(engines)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        context.stopping.set()
        for thread in threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


def eventually(check: Callable[[], bool]) -> None:
    """Wait until `check` holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not check():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def close_bar(context: Context, instrument: str, k: int, price: float) -> None:
    with context.database.engine_transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO feeds (name, kind, enabled) VALUES ('test', 'replay', false) "
                "ON CONFLICT DO NOTHING"
            )
        )
        connection.execute(
            text("""
                INSERT INTO closed_bars (instrument, timeframe, ts, open, high, low, close,
                                         volume, feed)
                VALUES (:key, '1m', :ts, :price, :price, :price, :price, 1, 'test')
            """),
            {"key": instrument, "ts": T0 + MINUTE_MS * k, "price": price},
        )
    context.bus.publish(engine.BARS, b"")


@pytest.fixture
def context(settings: Settings, database: Database, bus: Bus) -> Context:
    """Return what a role works with, on the machine's own clock."""
    return Context(settings, SystemClock(), database, bus, Lake(settings.lake_dir))


def subscribe(context: Context, user_id: UUID, instrument: str) -> UUID:
    """Make a strategy of the tenant's own, and trade it."""
    connection_id = uuid7()
    with context.database.tenant_transaction(user_id) as connection:
        strategy, version = create_strategy(
            connection, user_id, load_template("sma_crossover"), Edit(), context.clock.now()
        )
        accounts.insert_connection(connection, user_id, connection_id, "paper", "paper")
        draft = LegDraft(version.id, instrument, "1m", MINUTE_MS, (("fast", 2.0), ("slow", 3.0)))
        wanted = Wanted(
            strategy.id, strategy.name, (draft,), connection_id, Decimal(10_000), "{}", "wait"
        )
        return lifecycle.begin(connection, user_id, wanted)


def count(context: Context, user_id: UUID, query: str) -> int:
    with context.database.tenant_transaction(user_id) as connection:
        return int(connection.execute(text(query)).scalar_one())


def is_settled(context: Context, user_id: UUID, boundary_ms: int) -> bool:
    """Tell whether the tenant's turn at a boundary is done and its orders are on their way."""
    done = (
        f"SELECT count(*) FROM turn_chunks WHERE boundary_ms = {boundary_ms} AND status = 1 "
        "AND partition = (SELECT partition FROM books LIMIT 1)"
    )
    waiting = "SELECT count(*) FROM orders WHERE unsettled"
    return count(context, user_id, done) == 1 and count(context, user_id, waiting) == 0


@pytest.mark.parametrize("engines", [1, 2])
def test_engines_trade_what_a_tenant_subscribed_to_and_stop_when_asked(
    context: Context, make_tenant: Callable[[], UUID], engines: int
) -> None:
    user_id = make_tenant()
    instrument = f"sim:E{user_id.hex[-8:].upper()}"
    prices = [*[100.0] * 15, *WAVE, *WAVE]
    close_bar(context, instrument, 0, prices[0])
    subscribe(context, user_id, instrument)
    with running(context, engines):
        eventually(lambda: count(context, user_id, "SELECT count(*) FROM books") == 1)
        for k in range(1, len(prices)):
            close_bar(context, instrument, k, prices[k])
            eventually(partial(is_settled, context, user_id, T0 + MINUTE_MS * (k + 1)))
    assert count(context, user_id, "SELECT count(*) FROM fills") >= 3
    unfilled = "SELECT count(*) FROM orders WHERE status NOT IN (3, 5)"
    assert count(context, user_id, unfilled) == 0
    doubled = (
        "SELECT count(*) - count(DISTINCT (version_id, ts)) FROM evaluations "
        f"WHERE instrument = '{instrument}'"
    )
    assert count(context, user_id, doubled) == 0


def test_engine_survives_a_round_that_fails(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    fell = threading.Event()
    real = passes.admit

    def fall_once(post: Post) -> int:
        if not fell.is_set():
            fell.set()
            raise RuntimeError("planted")
        again.set()
        return real(post)

    again = threading.Event()
    monkeypatch.setattr(passes, "admit", fall_once)
    with running(context):
        assert again.wait(PATIENCE_S)


def test_demonstration_makes_tenants_once_and_their_books_open(context: Context) -> None:
    instrument = f"sim:D{uuid7().hex[-8:].upper()}"
    close_bar(context, instrument, 0, 100.0)
    evaluator = StoredVersions(context.database)

    def demonstrate(subscribers: int) -> tuple[int, int]:
        wanted = Demonstration(
            subscribers, "sma_crossover", instrument, "1m", {"fast": 2, "slow": 3}
        )
        made = populate(context.database, evaluator, wanted, context.clock.now())
        return made.subscribers, made.added

    def books() -> int:
        with context.database.engine_transaction() as connection:
            return int(
                connection.execute(
                    text(
                        "SELECT count(DISTINCT s.policies) FROM books b JOIN subscriptions s "
                        "ON s.user_id = b.user_id AND s.id = b.subscription_id "
                        "WHERE s.instrument = :key"
                    ),
                    {"key": instrument},
                ).scalar_one()
            )

    assert demonstrate(30) == (30, 30)
    with running(context):
        eventually(lambda: books() == 30)
    context.stopping.clear()
    assert demonstrate(30) == (30, 0)
    assert demonstrate(40) == (40, 10)
