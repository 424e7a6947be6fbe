"""Which longer bar each bar belongs to: by the clock, or by the sessions of an exchange."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fairlead.indicators.session import DAY_MS
from fairlead.kernel.series import Int64s

WEEK_MS: Final = 7 * DAY_MS
MONDAY_DAYS: Final = 4
"""1970 began on a Thursday: its first Monday was day 4."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Trading days of an exchange, ascending: dates (days since 1970), first open, last close.

    Times are UTC in milliseconds, shape (s,); s is at least 1.
    """

    day: Int64s
    open_ms: Int64s
    close_ms: Int64s


@dataclass(frozen=True, slots=True)
class Blocks:
    """For each bar when its longer bar begins and ends (UTC, ms), shape (n,)."""

    start: Int64s
    end: Int64s


def clock_blocks(ts: Int64s, longer_ms: int, day_offset_ms: int) -> Blocks:
    """Return blocks of a market that never closes; weeks begin on Monday."""
    phase = MONDAY_DAYS * DAY_MS if longer_ms % WEEK_MS == 0 else 0
    shift = day_offset_ms - phase
    start = (ts + shift) // longer_ms * longer_ms - shift
    return Blocks(start, start + longer_ms)


def session_blocks(
    ts: Int64s, timeframe_ms: int, longer_ms: int, day_offset_ms: int, sessions: Sessions
) -> Blocks:
    """Return blocks that respect sessions: none spans two, and the last ends with its session.

    Below a day they are counted from the session's open, as venues count their own bars; from a
    day on they hold whole trading days by date and end at the last one's close. The calendar and
    the bar's own time alone decide. Bars outside of all sessions make blocks of their own.
    """
    at = np.searchsorted(sessions.open_ms, ts + timeframe_ms, side="left") - 1
    known = np.maximum(at, 0)
    inside = (at >= 0) & (ts < sessions.close_ms[known])
    if longer_ms < DAY_MS or longer_ms % DAY_MS:
        return _from_the_open(ts, timeframe_ms, longer_ms, sessions, known, inside)
    after = (at >= 0) & ~inside & ((ts + day_offset_ms) // DAY_MS == sessions.day[known])
    following = np.minimum(known + 1, len(sessions.day) - 1)
    date = np.where(inside, sessions.day[known], (ts + day_offset_ms) // DAY_MS)
    # what trades after the close belongs to the next trading day
    date = np.where(after, sessions.day[following], date)
    return _of_days(date, longer_ms, day_offset_ms, sessions)


def _from_the_open(
    ts: Int64s,
    timeframe_ms: int,
    longer_ms: int,
    sessions: Sessions,
    known: Int64s,
    inside: NDArray[np.bool_],
) -> Blocks:
    opened, closed = sessions.open_ms[known], sessions.close_ms[known]
    # bars cut at the full hour begin before the session that they open
    lead = np.where(inside, (opened - ts) % timeframe_ms, 0)
    days_on = np.where(inside, 0, (ts - opened) // DAY_MS)
    anchor = opened - lead + days_on * DAY_MS
    start = anchor + (ts - anchor) // longer_ms * longer_ms
    limit = np.where(inside, closed, anchor + DAY_MS)
    late = ~inside & (ts >= closed)
    return Blocks(
        np.where(late, np.maximum(start, closed), start), np.minimum(start + longer_ms, limit)
    )


def _of_days(date: Int64s, longer_ms: int, day_offset_ms: int, sessions: Sessions) -> Blocks:
    days = longer_ms // DAY_MS
    phase = MONDAY_DAYS if longer_ms % WEEK_MS == 0 else 0
    first = (date - phase) // days * days + phase
    last = np.searchsorted(sessions.day, first + days, side="left") - 1
    held = np.maximum(last, 0)
    traded = (last >= 0) & (sessions.day[held] >= first)
    midnight = (first + days) * DAY_MS - day_offset_ms
    end = np.where(traded, sessions.close_ms[held], midnight)
    return Blocks(first * DAY_MS - day_offset_ms, end)
