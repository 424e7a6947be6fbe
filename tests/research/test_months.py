"""Monthly returns by the session's calendar."""

import datetime as dt

import numpy as np
import pytest

from fairlead.research.daily import DailyEquity
from fairlead.research.months import EPOCH_ORDINAL, monthly_returns, yearly_returns


def daily_of(points: dict[str, float], start: float = 100.0) -> DailyEquity:
    days = [dt.date.fromisoformat(day).toordinal() - EPOCH_ORDINAL for day in points]
    return DailyEquity(np.array(days, np.int64), np.array(list(points.values())), start)


def test_months_chain_from_the_cash() -> None:
    daily = daily_of({"2023-12-30": 105.0, "2023-12-31": 110.0, "2024-01-31": 99.0})
    months = monthly_returns(daily)
    assert [(m.year, m.month) for m in months] == [(2023, 12), (2024, 1)]
    assert [m.value for m in months] == pytest.approx([0.1, -0.1])
    assert yearly_returns(months) == pytest.approx({2023: 0.1, 2024: -0.1})


def test_year_compounds_its_months() -> None:
    months = monthly_returns(daily_of({"2024-01-31": 110.0, "2024-02-29": 121.0}))
    assert yearly_returns(months)[2024] == pytest.approx(0.21)


def test_month_after_ruin_has_no_return() -> None:
    months = monthly_returns(daily_of({"2024-01-31": -5.0, "2024-02-29": -5.0}))
    assert months[1].value is None
    assert yearly_returns(months)[2024] is None


def test_no_days_give_no_months() -> None:
    assert monthly_returns(daily_of({})) == ()
