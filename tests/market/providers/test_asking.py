"""Calls to an upstream: paced, within a deadline, repeated where it was only busy."""

import threading

import pytest

from fairlead.infra.clock import ManualClock
from fairlead.kernel.timeframe import Timeframe
from fairlead.market.providers.asking import MOST_HANGING, Asking
from fairlead.market.providers.paging import page_through
from fairlead.market.providers.port import FailureKind, FetchFailed, Row
from tests.market.makers import HOUR, START

HOURLY = Timeframe(HOUR)


def plain(error: Exception) -> FetchFailed:
    """Return a failure that is not worth another try."""
    return FetchFailed(FailureKind.EXCEPTION, str(error))


def busy(error: Exception) -> FetchFailed:
    """Return a failure that may pass."""
    return FetchFailed(FailureKind.EXCEPTION, str(error), transient=True)


class Failing:
    """Fail some times, then answer; counts the calls."""

    def __init__(self, times: int) -> None:
        self.left, self.calls = times, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise ValueError("busy")
        return "answer"


def test_busy_upstream_is_asked_three_times_more_with_longer_pauses() -> None:
    clock, act = ManualClock(), Failing(3)
    assert Asking(clock, 60.0).call(act, busy) == "answer"
    assert act.calls == 4
    assert clock.monotonic_s() == 0.5 + 1.0 + 2.0
    hopeless = Failing(99)
    with pytest.raises(FetchFailed, match="busy"):
        Asking(clock, 60.0).call(hopeless, busy)
    assert hopeless.calls == 4


def test_lasting_failure_is_asked_once() -> None:
    act = Failing(1)
    with pytest.raises(FetchFailed, match="busy"):
        Asking(ManualClock(), 60.0).call(act, plain)
    assert act.calls == 1


def test_calls_keep_to_the_rate() -> None:
    clock = ManualClock()
    asking = Asking(clock, 60.0, per_s=4.0)
    for _ in range(5):
        asking.call(lambda: None, plain)
    assert clock.monotonic_s() == 1.0
    clock.sleep(10)
    asking.call(lambda: None, plain)
    assert clock.monotonic_s() == 11.0


def test_hanging_calls_are_abandoned_and_their_number_is_bounded() -> None:
    asking, release, begun = Asking(ManualClock(), 0.01), threading.Event(), list[None]()

    def hang() -> None:
        begun.append(None)
        release.wait(60)

    for _ in range(MOST_HANGING + 3):
        with pytest.raises(FetchFailed) as failed:
            asking.call(hang, plain)
        assert failed.value.kind is FailureKind.TIMEOUT
    assert len(begun) == MOST_HANGING
    assert "was not asked" in failed.value.message
    release.set()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.daemon:
            thread.join(0.5)
    assert Asking(ManualClock(), 60.0).call(lambda: "well", plain) == "well"


def pages(known: list[int], limit: int, *, newest: bool, hours: int = 40) -> list[int]:
    """Page through an upstream that gives at most `limit` bars of a call, from one end."""

    def ask(start_ms: int, end_ms: int) -> list[Row]:
        found = [START + k * HOUR for k in known if start_ms <= START + k * HOUR < end_ms]
        return [(ts, 1, 1, 1, 1, 1) for ts in (found[-limit:] if newest else found[:limit])]

    found = page_through(ask, HOURLY, START, START + 100 * HOUR, hours * HOUR)
    return [(int(row[0] or 0) - START) // HOUR for page in found for row in page]


@pytest.mark.parametrize("newest", [True, False])
@pytest.mark.parametrize("limit", [3, 7, 39, 40, 1_000])
def test_limit_of_an_upstream_leaves_no_hole_and_no_double(limit: int, newest: bool) -> None:
    holed = [k for k in range(100) if k not in (0, 39, 40, 41, 55, 99)]
    found = pages(holed, limit, newest=newest)
    assert sorted(found) == holed


def test_bars_of_other_times_are_dropped_and_asked_for_no_further() -> None:
    calls: list[tuple[int, int]] = []

    def elsewhere(start_ms: int, end_ms: int) -> list[Row]:
        calls.append((start_ms, end_ms))
        return [(START - HOUR, 1, 1, 1, 1, 1), (START + 500 * HOUR, 1, 1, 1, 1, 1)]

    assert list(page_through(elsewhere, HOURLY, START, START + 10 * HOUR, 10 * HOUR)) == []
    assert len(calls) == 1


def test_upstream_that_answers_in_scraps_is_given_up() -> None:
    with pytest.raises(FetchFailed, match="scraps"):
        pages(list(range(100)), 1, newest=False, hours=100)
