"""The bus: news, values, token buckets, and silence instead of failure without a server."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairlead.infra.bus import Bus
from fairlead.infra.clock import SystemClock
from fairlead.infra.errors import InvalidInput
from fairlead.infra.ids import uuid7
from fairlead.infra.metrics import BUS_FAILURES
from fairlead.infra.valkey_server import EmbeddedValkey


@pytest.fixture
def key() -> str:
    """Return a key nobody else uses."""
    return f"test:{uuid7()}"


@pytest.fixture
def deaf() -> Iterator[Bus]:
    """Return a bus whose server does not exist."""
    bus = Bus("redis://127.0.0.1:1/0")
    yield bus
    bus.close()


def test_value_is_kept_until_its_time_is_over(bus: Bus, key: str) -> None:
    assert bus.get(key) is None
    assert bus.set(key, b"1", ttl_s=0.05)
    assert bus.get(key) == b"1"
    SystemClock().sleep(0.1)
    assert bus.get(key) is None


def test_deleted_value_is_gone_once(bus: Bus, key: str) -> None:
    bus.set(key, b"1", ttl_s=60)
    assert bus.delete(key)
    assert not bus.delete(key)


def test_subscriber_hears_its_channel_and_pattern_only(bus: Bus, key: str) -> None:
    stopping = threading.Event()
    news = bus.subscribe([f"{key}:a", f"{key}:b:*"], stopping)
    assert next(news) is None
    bus.publish(f"{key}:other", b"0")
    bus.publish_all([(f"{key}:a", b"1"), (f"{key}:b:7", b"2")])
    heard = [it for it in (next(news) for _ in range(4)) if it is not None]
    stopping.set()
    assert heard == [(f"{key}:a", b"1"), (f"{key}:b:7", b"2")]
    assert list(news) == []


def test_listener_of_asyncio_hears_the_same(bus: Bus, key: str) -> None:
    async def hear() -> tuple[str, bytes]:
        async for news in bus.listen([key]):
            if news is None:
                bus.publish(key, b"now")
            else:
                return news
        raise AssertionError

    assert asyncio.run(hear()) == (key, b"now")


def test_bucket_gives_burst_at_once_and_then_a_wait_each(bus: Bus, key: str) -> None:
    waits = [bus.take_token(key, rate=0.01, burst=3) for _ in range(5)]
    assert waits[:3] == [0, 0, 0]
    assert 90 < waits[3] <= 100
    assert 190 < waits[4] <= 200


def test_try_token_takes_nothing_when_there_is_none(bus: Bus, key: str) -> None:
    assert bus.try_token(key, rate=0.01, burst=1) == 0
    waits = [bus.try_token(key, rate=0.01, burst=1) for _ in range(3)]
    assert all(90 < wait <= 100 for wait in waits)


def test_bucket_shared_by_threads_gives_its_burst_once(bus: Bus, key: str) -> None:
    waits: list[float] = []
    threads = [
        threading.Thread(
            target=lambda: waits.extend(bus.try_token(key, rate=0.001, burst=5) for _ in range(10))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(wait == 0 for wait in waits) == 5


def test_bucket_without_server_still_limits(deaf: Bus, key: str) -> None:
    assert [deaf.try_token(key, rate=0.01, burst=2) == 0 for _ in range(4)] == [
        True,
        True,
        False,
        False,
    ]


def test_bucket_with_impossible_rate_is_refused(bus: Bus, key: str) -> None:
    with pytest.raises(ValueError, match="rate must be above 0"):
        bus.take_token(key, rate=0, burst=1)


def test_every_call_without_server_is_counted_and_harmless(deaf: Bus, key: str) -> None:
    def failures() -> float:
        return sum(
            sample.value
            for metric in BUS_FAILURES.collect()
            for sample in metric.samples
            if sample.name.endswith("_total")
        )

    before = failures()
    assert not deaf.publish(key, b"1")
    assert not deaf.publish_all([(key, b"1")])
    assert deaf.get(key) is None
    assert not deaf.set(key, b"1", ttl_s=1)
    assert not deaf.delete(key)
    assert not deaf.ping()
    assert failures() == before + 6


def test_subscriber_goes_on_after_the_server_came_back(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    bus = Bus(server.start())
    stopping = threading.Event()
    news = bus.subscribe(["planned"], stopping)
    assert next(news) is None
    server.stop()
    assert next(news) is None
    server.start()
    for _ in range(100):
        bus.publish("planned", b"again")
        heard = next(news)
        if heard is not None:
            break
    stopping.set()
    bus.close()
    server.stop()
    assert heard == ("planned", b"again")


def test_address_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="REDIS_URL is not an address"):
        Bus("http://localhost")
