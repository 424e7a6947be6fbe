"""When a venue's days begin and end: for longer bars, and for exits before the close."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fairlead.indicators.blocks import Sessions
from fairlead.indicators.indicator import read_only_bars
from fairlead.indicators.session import DAY_MS, flag_days, flag_sessions
from fairlead.kernel.series import Bars, Int64s
from fairlead.market.calendars import SessionCalendar, load_calendar
from fairlead.market.instruments import ALWAYS, Instrument


@dataclass(frozen=True, slots=True)
class VenueDay:
    """How a venue counts its days: their offset to UTC, and the calendar of its sessions."""

    offset_ms: int
    calendar: str


EVERYWHERE: Final = VenueDay(0, ALWAYS)
"""Days of UTC, without sessions: where no instrument is known."""


def venue_day(instrument: Instrument | None) -> VenueDay:
    """Return how an instrument's venue counts its days."""
    if instrument is None:
        return EVERYWHERE
    return VenueDay(instrument.day_offset_ms, instrument.calendar)


@cache
def sessions_of(calendar: str) -> Sessions | None:
    """Return the trading days of a calendar, None for a venue that never closes.

    Days whose hours are not recorded are left out.
    """
    known = load_calendar(calendar)
    if not isinstance(known, SessionCalendar):
        return None
    traded, first = np.unique(known.owner, return_index=True)
    return Sessions(known.day[traded], known.open_ms[first], _last_closes(known)[first])


def slots_holding(bars: int, timeframe_ms: int, instrument: Instrument) -> int:
    """Return how many time slots hold that many bars on average; more where a venue closes."""
    sessions = sessions_of(instrument.calendar)
    if sessions is None:
        return bars
    span_ms = int(sessions.close_ms[-1] - sessions.open_ms[0])
    traded_ms = int((sessions.close_ms - sessions.open_ms).sum())
    if timeframe_ms >= DAY_MS:
        traded_ms = len(sessions.day) * DAY_MS
    return -(-bars * span_ms // traded_ms)


def session_ends(bars: Bars, instrument: Instrument | None) -> NDArray[np.int8]:
    """Flag each close after which at most one more bar opens in its session, shape (n,).

    The calendar and the clock alone decide, never a later bar. A venue that never closes has
    sessions of UTC days, moved by its day offset. Bars of a day or longer are never flagged, nor
    are bars outside the hours that the calendar knows.
    """
    flags = np.zeros(len(bars), np.int8)
    if bars.timeframe_ms >= DAY_MS or len(bars) == 0:
        return flags
    calendar = None if instrument is None else load_calendar(instrument.calendar)
    if isinstance(calendar, SessionCalendar):
        last = _last_closes(calendar)
        flag_sessions(read_only_bars(bars).ts, calendar.open_ms, last, bars.timeframe_ms, flags)
    else:
        offset_ms = 0 if instrument is None else instrument.day_offset_ms
        flag_days(read_only_bars(bars).ts, bars.timeframe_ms, offset_ms, flags)
    return flags


def _last_closes(calendar: SessionCalendar) -> Int64s:
    """Return for each window of trading when the last window of its day closes."""
    last = np.zeros(len(calendar.day), np.int64)
    np.maximum.at(last, calendar.owner, calendar.close_ms)
    return last[calendar.owner]
