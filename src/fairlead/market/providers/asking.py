"""Ask an upstream: paced, never longer than a deadline, and again where it was only busy."""

import threading
from collections.abc import Callable
from typing import TypeVar

from fairlead.infra.clock import Clock
from fairlead.market.providers.port import FailureKind, FetchFailed

MOST_HANGING = 8
_ATTEMPTS = 4
_BACK_OFF_S = 0.5
T = TypeVar("T")


class Asking:
    """Carry out calls to one upstream, one after the other.

    Each call runs in a thread of its own; one that is still at it after `timeout_s` is abandoned,
    and with eight of those hanging nothing more is asked. `per_s` limits calls per second, 0 does
    not. Reads may be repeated, so a transient failure is asked again up to three times.
    """

    def __init__(self, clock: Clock, timeout_s: float, per_s: float = 0.0) -> None:
        self.timeout_s = timeout_s
        self._clock = clock
        self._gap_s = 1 / per_s if per_s else 0.0
        self._free_at_s = clock.monotonic_s()
        self._hanging: list[threading.Thread] = []

    def call(
        self,
        act: Callable[[], T],
        classify: Callable[[Exception], FetchFailed],
        *,
        calls: int = 1,
    ) -> T:
        """Return what `act` returns; raise FetchFailed as `classify` reads its exception.

        `calls` is how many requests `act` makes at most: its deadline is that many times longer.
        """
        for attempt in range(_ATTEMPTS):
            self._pace()
            try:
                return self._within_deadline(act, classify, self.timeout_s * calls)
            except FetchFailed as failure:
                if not failure.transient or attempt == _ATTEMPTS - 1:
                    raise
                self._clock.sleep(_BACK_OFF_S * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _pace(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s < self._free_at_s:
            self._clock.sleep(self._free_at_s - now_s)
        self._free_at_s = max(now_s, self._free_at_s) + self._gap_s

    def _within_deadline(
        self, act: Callable[[], T], classify: Callable[[Exception], FetchFailed], timeout_s: float
    ) -> T:
        self._hanging = [thread for thread in self._hanging if thread.is_alive()]
        if len(self._hanging) >= MOST_HANGING:
            raise FetchFailed(
                FailureKind.TIMEOUT, f"{MOST_HANGING} earlier calls still hang; it was not asked."
            )
        results: list[T] = []
        errors: list[BaseException] = []
        thread = threading.Thread(target=_run, args=(act, results, errors), daemon=True)
        thread.start()
        thread.join(timeout_s)
        if errors:
            raise _as_failure(errors[0], classify) from errors[0]
        if results:
            return results[0]
        self._hanging.append(thread)
        raise FetchFailed(FailureKind.TIMEOUT, f"There was no answer within {timeout_s:g} s.")


def _run(act: Callable[[], T], results: list[T], errors: list[BaseException]) -> None:
    try:
        results.append(act())
    except BaseException as error:  # noqa: BLE001  # carried over to the thread that asked
        errors.append(error)


def _as_failure(
    error: BaseException, classify: Callable[[Exception], FetchFailed]
) -> BaseException:
    if isinstance(error, FetchFailed) or not isinstance(error, Exception):
        return error
    return classify(error)
