"""Monthly returns by the calendar of the venue's session time."""

import datetime as dt

from fairlead.research.daily import DailyEquity
from fairlead.research.model import MonthReturn

EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()


def monthly_returns(daily: DailyEquity) -> tuple[MonthReturn, ...]:
    """Return each month's equity change over the end of the month before.

    The first month starts from the cash. A month that begins without equity has no return.
    Months without bars are left out; the next month's return then spans them.
    """
    closes: dict[tuple[int, int], float] = {}
    for day, value in zip(daily.days.tolist(), daily.values.tolist(), strict=True):
        date = dt.date.fromordinal(EPOCH_ORDINAL + day)
        closes[(date.year, date.month)] = value
    months = []
    base = daily.start
    for (year, month), close in closes.items():
        months.append(MonthReturn(year, month, close / base - 1.0 if base > 0.0 else None))
        base = close
    return tuple(months)


def yearly_returns(months: tuple[MonthReturn, ...]) -> dict[int, float | None]:
    """Chain each year's months: `prod(1 + r) - 1`; None where a month has no return."""
    years: dict[int, float | None] = {}
    for month in months:
        so_far = years.get(month.year, 0.0)
        if so_far is None or month.value is None:
            years[month.year] = None
            continue
        years[month.year] = (1.0 + so_far) * (1.0 + month.value) - 1.0
    return years
