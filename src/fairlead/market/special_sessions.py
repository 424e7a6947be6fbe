"""Sessions of the Indian exchanges that their calendar does not know, by date.

Muhurat evenings, Saturdays on which the exchange traded to test its recovery site, and budget days
at week-ends, from the exchange's circulars. An entry replaces what the calendar says of its day.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """One day that differs: `windows` of trading in the venue's wall clock.

    No windows and `traded` means that the day counts as a session whose hours are not recorded;
    not `traded` means that the venue was closed.
    """

    day: str
    traded: bool
    windows: tuple[tuple[str, str], ...] = ()


_FULL = (("09:15", "15:30"),)
_RECOVERY_SITE = (("09:15", "10:00"), ("11:30", "12:30"))

# Hours before 2014 differ between sources: the day is kept, its hours are left open.
_HOURS_NOT_RECORDED = (
    "2001-01-01 2003-03-22 2003-10-25 2003-11-15 2004-01-01 2004-04-17 2004-10-09 2005-06-04 "
    "2005-11-26 2006-04-29 2006-06-25 2006-10-21 2009-10-17 2010-02-06 2012-01-07 2012-03-03 "
    "2012-04-28 2012-09-08 2013-05-11 2013-11-03 2014-03-22"
)

_INDIA = (
    *(SpecialDay(day, traded=True) for day in _HOURS_NOT_RECORDED.split()),
    SpecialDay("2013-11-14", traded=True, windows=_FULL),
    SpecialDay("2013-11-15", traded=False),
    SpecialDay("2014-10-23", traded=True, windows=(("18:15", "19:30"),)),
    SpecialDay("2015-02-28", traded=True, windows=_FULL),
    SpecialDay("2015-11-11", traded=True, windows=(("17:45", "18:45"),)),
    SpecialDay("2016-10-30", traded=True, windows=(("18:30", "19:30"),)),
    SpecialDay("2017-10-19", traded=True, windows=(("18:30", "19:30"),)),
    SpecialDay("2018-11-07", traded=True, windows=(("17:30", "18:30"),)),
    SpecialDay("2019-10-27", traded=True, windows=(("18:15", "19:15"),)),
    SpecialDay("2020-02-01", traded=True, windows=_FULL),
    SpecialDay("2020-11-14", traded=True, windows=(("18:15", "19:15"),)),
    SpecialDay("2021-11-04", traded=True, windows=(("18:15", "19:15"),)),
    SpecialDay("2022-10-24", traded=True, windows=(("18:15", "19:15"),)),
    SpecialDay("2023-11-12", traded=True, windows=(("18:15", "19:15"),)),
    SpecialDay("2024-01-20", traded=True, windows=_FULL),
    SpecialDay("2024-03-02", traded=True, windows=_RECOVERY_SITE),
    SpecialDay("2024-05-18", traded=True, windows=_RECOVERY_SITE),
    SpecialDay("2024-11-01", traded=True, windows=(("18:00", "19:00"),)),
    SpecialDay("2025-02-01", traded=True, windows=_FULL),
    SpecialDay("2025-10-21", traded=True, windows=(("13:45", "14:45"),)),
    SpecialDay("2026-02-01", traded=True, windows=_FULL),
)

SPECIAL_DAYS: dict[str, tuple[SpecialDay, ...]] = {"XBOM": _INDIA}
