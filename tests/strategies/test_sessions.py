"""Session ends follow from calendar and clock, and flag the last two bars of a day."""

import numpy as np
import pytest

from fairlead.indicators.session import DAY_MS
from fairlead.kernel.series import Bars, Int64s
from fairlead.market.instruments import default_instrument
from fairlead.strategies.sessions import session_ends
from tests.indicators.markets import market

MINUTE_MS = 60_000
IST_MS = 330 * MINUTE_MS


def bars_at(ts: Int64s, timeframe_ms: int) -> Bars:
    ones = np.ones(ts.shape[0])
    return Bars(np.ascontiguousarray(ts), ones, ones, ones, ones, ones, timeframe_ms)


def day_of(date: str) -> int:
    return int(np.datetime64(date, "ms").astype(np.int64))


def clock(ts: Int64s, offset_ms: int) -> list[str]:
    return [str(np.datetime64(int(t) + offset_ms, "ms").astype("datetime64[m]"))[11:] for t in ts]


def test_venue_that_never_closes_ends_at_midnight() -> None:
    bars = market(2_000, 1, missing=0.1)
    flags = session_ends(bars, None)
    hours = (bars.ts // 3_600_000) % 24
    assert (flags == (hours >= 22)).all()


@pytest.mark.parametrize("minutes", [1, 5, 15, 60])
def test_exchange_day_ends_with_its_last_two_bars(minutes: int) -> None:
    step = minutes * MINUTE_MS
    opening = day_of("2024-03-05") + 9 * 60 * MINUTE_MS + 15 * MINUTE_MS - IST_MS
    count = -(-375 // minutes)
    bars = bars_at(opening + np.arange(count) * step, step)
    flags = session_ends(bars, default_instrument("nse:SBIN"))
    close_ms = day_of("2024-03-05") + (15 * 60 + 30) * MINUTE_MS - IST_MS
    expected = bars.ts + 2 * step >= close_ms
    assert (flags == expected).all()
    assert flags.sum() in (1, 2)
    assert flags[-1] == 1


def test_missing_last_bars_move_no_flag() -> None:
    step = 5 * MINUTE_MS
    opening = day_of("2024-03-05") + 555 * MINUTE_MS - IST_MS
    whole = bars_at(opening + np.arange(75) * step, step)
    flags = session_ends(whole, default_instrument("nse:SBIN"))
    cut = session_ends(whole.slice(0, 60), default_instrument("nse:SBIN"))
    assert (cut == flags[:60]).all()
    assert not cut.any()


def test_daily_bars_and_bars_outside_the_hours_are_not_flagged() -> None:
    daily = bars_at(day_of("2024-03-04") - IST_MS + np.arange(5) * DAY_MS, DAY_MS)
    assert not session_ends(daily, default_instrument("nse:SBIN")).any()
    assert not session_ends(daily, None).any()
    night = bars_at(day_of("2024-03-05") + np.arange(12) * MINUTE_MS * 5, 5 * MINUTE_MS)
    assert not session_ends(night, default_instrument("nse:SBIN")).any()
    assert session_ends(bars_at(np.empty(0, np.int64), MINUTE_MS), None).shape == (0,)


def test_clock_change_of_the_exchange_is_followed() -> None:
    step = 30 * MINUTE_MS
    for date, close_utc in (("2024-03-08", "21:00"), ("2024-03-11", "20:00")):
        bars = bars_at(day_of(date) + np.arange(48) * step, step)
        flags = session_ends(bars, default_instrument("us:SPY"))
        last = bars.ts[np.flatnonzero(flags)[-1]] + step
        assert clock(np.array([last]), 0) == [close_utc]
        assert flags.sum() == 2
