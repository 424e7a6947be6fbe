"""Clocks agree on what they tell; ids are unique and grow."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from fairlead.infra.clock import Clock, ManualClock, SystemClock
from fairlead.infra.ids import random_secret, uuid7


@pytest.mark.parametrize("clock", [SystemClock(), ManualClock()])
def test_clock_tells_one_time_in_utc(clock: Clock) -> None:
    before = clock.now()
    ms = clock.now_ms()
    after = clock.now()
    assert before.utcoffset() == timedelta(0)
    assert int(before.timestamp() * 1000) <= ms <= int(after.timestamp() * 1000) + 1


def test_manual_clock_moves_by_sleep_and_advance_alone() -> None:
    clock = ManualClock(
        datetime(2024, 1, 1, 5, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    )
    assert clock.now() == datetime(2024, 1, 1, tzinfo=UTC)
    clock.sleep(1.5)
    clock.advance(timedelta(milliseconds=500))
    assert clock.now_ms() == 1_704_067_202_000
    assert clock.monotonic_s() == 2.0


def test_manual_clock_refuses_naive_start_and_steps_back() -> None:
    with pytest.raises(ValueError, match="aware"):
        ManualClock(datetime(2024, 1, 1))  # noqa: DTZ001  # that is what is refused
    with pytest.raises(ValueError, match="only moves forward"):
        ManualClock().advance(timedelta(seconds=-1))


def test_uuid7_grows_within_a_process_and_carries_the_time() -> None:
    before_ms = SystemClock().now_ms()
    ids = [uuid7() for _ in range(20_000)]
    assert ids == sorted(set(ids))
    assert {(it.version, it.variant) for it in ids} == {(7, "specified in RFC 4122")}
    assert before_ms <= ids[0].int >> 80 <= SystemClock().now_ms()


def test_uuid7_of_many_threads_never_repeats() -> None:
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.extend([uuid7() for _ in range(5_000)]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 20_000


def test_random_secrets_differ() -> None:
    assert len({random_secret() for _ in range(100)}) == 100
