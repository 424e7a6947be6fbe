"""Which bars are the last ones before the venue closes for the day."""

import numpy as np
from numpy.typing import NDArray

from fairlead.indicators.indicator import read_only_bars
from fairlead.indicators.session import DAY_MS, flag_days, flag_sessions
from fairlead.kernel.series import Bars, Int64s
from fairlead.market.calendars import SessionCalendar, load_calendar
from fairlead.market.instruments import Instrument


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
