"""Which boundaries are due, and what happens to one that was missed: the written policy.

A boundary is on time when its candle is the newest closed one of its series and is announced
within its time of validity. Any other is caught up without entries: its bar is folded, stops,
targets and exit signals work, and an entry signal is recorded as SKIPPED with the reason. So a
missed candle is never traded late, and never silently left out.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

VALID_AT_MOST_S = 60.0
VALID_AT_LEAST_S = 5.0
LEG_DEADLINE_S = 5.0
CATCH_UP_MOST = 500


@dataclass(frozen=True, slots=True)
class ClosedBar:
    """One candle as the nexus closed it; `closed_at` is when it was announced."""

    instrument: str
    timeframe: str
    timeframe_ms: int
    ts: int
    open: float
    high: float
    low: float
    close: float
    closed_at: datetime
    is_live: bool
    is_newest: bool

    @property
    def boundary_ms(self) -> int:
        """Return the candle's close time."""
        return self.ts + self.timeframe_ms


def valid_until(bar: ClosedBar) -> datetime:
    """Return until when entries decided on this candle may be sent.

    A live candle counts from its close, a replayed or simulated one, whose time is not ours,
    from its announcement. The span is a timeframe, at least 5 s and at most 60 s.
    """
    span_s = min(max(bar.timeframe_ms / 1000, VALID_AT_LEAST_S), VALID_AT_MOST_S)
    start = bar.closed_at
    if bar.is_live:
        start = datetime.fromtimestamp(bar.boundary_ms / 1000, UTC)
    return start + timedelta(seconds=span_s)


def lateness(bar: ClosedBar, now: datetime) -> str | None:
    """Return why entries of this candle come too late, None when it is on time."""
    if not bar.is_newest:
        return "missed: a later candle had closed when this one was evaluated"
    late_s = (now - valid_until(bar)).total_seconds()
    if late_s > 0:
        return f"missed: evaluated {late_s:.1f} s after its entries stopped being valid"
    return None
