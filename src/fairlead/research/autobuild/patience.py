"""Waiting for somebody else's code no longer than allowed: it may hang for ever."""

import threading
from collections.abc import Callable
from typing import TypeVar

from fairlead.infra.clock import Clock
from fairlead.research.autobuild.steps import Stop
from fairlead.research.progress import RunCancelled

T = TypeVar("T")
LOOK_EVERY_S = 0.1


def in_time(call: Callable[[], T], limit_s: float, stop: Stop, clock: Clock) -> T:
    """Return what `call` returns, or raise what it raises.

    Raises `TimeoutError` after `limit_s`, `RunCancelled` when `stop` says so. The call itself
    cannot be ended: it is left behind on a thread of its own, and its result is thrown away.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001  (carried over to the caller's thread)
            errors.append(error)

    thread = threading.Thread(target=run, name="autobuild-wait", daemon=True)
    begun_s = clock.monotonic_s()
    thread.start()
    while True:
        thread.join(LOOK_EVERY_S)
        if errors:
            raise errors[0]
        if results:
            return results[0]
        if stop():
            raise RunCancelled
        if clock.monotonic_s() - begun_s > limit_s:
            raise TimeoutError
