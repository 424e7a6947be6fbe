"""The only place that reads the time, so that tests and replays can bring their own."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tell the time and wait; every part that needs either takes a clock."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""

    def now_ms(self) -> int:
        """Return the current time as epoch milliseconds."""

    def monotonic_s(self) -> float:
        """Return seconds that never run backwards, for measuring durations."""

    def sleep(self, duration_s: float) -> None:
        """Wait for `duration_s` seconds."""


class SystemClock:
    """Read the clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        return time.monotonic()

    def sleep(self, duration_s: float) -> None:
        time.sleep(max(0.0, duration_s))


class ManualClock:
    """Stand still until told to move; `sleep` moves it at once. Safe to share between threads."""

    def __init__(self, start: datetime = datetime(2024, 1, 1, tzinfo=UTC)) -> None:
        if start.tzinfo is None:
            raise ValueError(f"start must be an aware datetime, found {start!r}")
        self._now = start.astimezone(UTC)
        self._elapsed_s = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def now_ms(self) -> int:
        return (self._now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

    def monotonic_s(self) -> float:
        return self._elapsed_s

    def sleep(self, duration_s: float) -> None:
        self.advance(timedelta(seconds=max(0.0, duration_s)))

    def advance(self, step: timedelta) -> None:
        """Move forward by `step`; raise ValueError for a step back."""
        if step < timedelta(0):
            raise ValueError(f"a clock only moves forward, found a step of {step}")
        with self._lock:
            self._now += step
            self._elapsed_s += step.total_seconds()
