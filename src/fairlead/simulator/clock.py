"""The market's own time: it may start anywhere, run faster, stand still and jump."""

import threading

from fairlead.infra.clock import Clock


class MarketClock:
    """Tell the market's time, `speed` times as fast as `clock`, from `start_ms` on.

    Without a start it is the time of `clock`. A speed of 0 stands still. Safe between threads.
    """

    def __init__(self, clock: Clock, start_ms: int | None = None, speed: float = 1.0) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._base_ms = clock.now_ms() if start_ms is None else start_ms
        self._since_s = clock.monotonic_s()
        self._speed = speed

    @property
    def speed(self) -> float:
        """Return how many times faster than life the market runs."""
        return self._speed

    def now_ms(self) -> int:
        """Return the market's time as epoch milliseconds."""
        with self._lock:
            return self._now_ms()

    def set(self, now_ms: int | None = None, speed: float | None = None) -> None:
        """Jump to `now_ms`, and run at `speed` from here on; None leaves either as it is."""
        with self._lock:
            self._base_ms = self._now_ms() if now_ms is None else now_ms
            self._since_s = self._clock.monotonic_s()
            self._speed = self._speed if speed is None else speed

    def _now_ms(self) -> int:
        passed_s = self._clock.monotonic_s() - self._since_s
        return self._base_ms + int(passed_s * 1_000 * self._speed)
