"""Sessions, special days, changes of the clock, and the end of what is known."""

import time
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from fairlead.infra.errors import InvalidInput
from fairlead.market.calendars import AlwaysOpen, SessionCalendar, load_calendar
from fairlead.market.lake import Lake
from fairlead.market.special_sessions import SPECIAL_DAYS
from fairlead.market.times import read_times
from tests.market.makers import DAY, HOUR, MINUTE, START, csv_rows, make_bars, pick, write_csv

IST = ZoneInfo("Asia/Kolkata")
NEW_YORK = ZoneInfo("America/New_York")


def at(zone: ZoneInfo, *when: int) -> int:
    year, month, day, *clock = when
    hour, minute = clock or (0, 0)
    return int(datetime(year, month, day, hour, minute, tzinfo=zone).timestamp() * 1000)


def india() -> SessionCalendar:
    calendar = load_calendar("XBOM")
    assert isinstance(calendar, SessionCalendar)
    return calendar


def slots_of(
    *times: int, calendar: str = "XBOM", timeframe: int = MINUTE, phase: int = 0
) -> list[int]:
    ts = np.array(times, dtype=np.int64)
    slots: list[int] = load_calendar(calendar).slots(ts, timeframe, phase).slot.tolist()
    return slots


def test_session_in_india_lasts_from_quarter_past_nine_to_half_past_three() -> None:
    first = at(IST, 2024, 1, 2, 9, 15)
    last = at(IST, 2024, 1, 2, 15, 29)
    one, other, before, after = slots_of(first, last, first - MINUTE, last + MINUTE)
    assert (other - one, before, after) == (374, -1, -1)


def test_bars_of_an_hour_in_india_are_anchored_at_the_opening() -> None:
    calendar = india()
    assert calendar.anchor(HOUR) == 15 * MINUTE
    assert calendar.anchor(4 * HOUR) == 75 * MINUTE
    assert calendar.anchor(15 * MINUTE) == 0
    opens = [at(IST, 2024, 1, 2, 9 + k, 15) for k in range(7)]
    tomorrow = at(IST, 2024, 1, 3, 9, 15)
    slots = slots_of(*opens, tomorrow, timeframe=HOUR, phase=15 * MINUTE)
    assert np.diff(slots).tolist() == [1] * 7


def test_holiday_and_weekend_are_no_gap_but_a_lost_day_is() -> None:
    friday, monday = at(IST, 2024, 1, 25, 15, 29), at(IST, 2024, 1, 29, 9, 15)
    one, other = slots_of(friday, monday)  # 26 January 2024 was Republic Day
    assert other - one == 1
    days = [at(IST, 2024, 1, day) for day in (24, 25, 29, 30)]
    assert np.diff(slots_of(*days, timeframe=DAY)).tolist() == [1, 1, 1]
    assert np.diff(slots_of(days[0], days[2], timeframe=DAY)).tolist() == [2]


@pytest.mark.parametrize(
    ("when", "count"),
    [
        ((2024, 11, 1, 18, 0), 60),  # Muhurat evening on a holiday
        ((2024, 1, 20, 9, 15), 375),  # a Saturday that traded in full
        ((2020, 2, 1, 9, 15), 375),  # budget on a Saturday
        ((2024, 3, 2, 9, 15), 45),  # recovery site: two short windows
        ((2024, 3, 2, 11, 30), 60),
    ],
)
def test_special_session_is_known_by_date(when: tuple[int, ...], count: int) -> None:
    first = at(IST, *when)
    times = [first + k * MINUTE for k in range(-1, count + 1)]
    slots = slots_of(*times)
    assert slots[0] == slots[-1] == -1
    assert np.diff(slots[1:-1]).tolist() == [1] * (count - 1)


def test_day_traded_and_closed_against_the_library_is_overridden() -> None:
    fourteenth, fifteenth = (at(IST, 2013, 11, day, 10, 0) for day in (14, 15))
    open_day, closed_day = slots_of(fourteenth, fifteenth)
    assert open_day >= 0
    assert closed_day == -1


def test_special_days_ascend_and_name_each_day_once() -> None:
    days = [date.fromisoformat(entry.day) for entry in SPECIAL_DAYS["XBOM"]]
    assert len(set(days)) == len(days)
    for entry in SPECIAL_DAYS["XBOM"]:
        assert entry.traded or not entry.windows


def test_day_of_unrecorded_hours_takes_any_bar_and_misses_none() -> None:
    ts = np.array([at(IST, 2012, 1, 7, 11, 30)], dtype=np.int64)
    slots = india().slots(ts, MINUTE, 0)
    assert slots.slot[0] == -1
    assert slots.session[0] >= 0
    assert not slots.outside[0]


def test_date_beyond_the_calendars_end_is_refused(tmp_path: Path) -> None:
    beyond = make_bars(3, start=at(IST, 2031, 1, 1), timeframe_ms=DAY)
    with pytest.raises(InvalidInput, match="known only until"):
        india().slots(beyond.ts, DAY, 0)
    lake = Lake(tmp_path / "lake")
    with pytest.raises(InvalidInput, match="known only until"):
        lake.import_file(write_csv(tmp_path / "a.csv", csv_rows(beyond)), "nse:SBIN", "1d")
    assert lake.series() == []


@pytest.mark.parametrize(
    ("friday", "monday"),
    [((2024, 3, 8), (2024, 3, 11)), ((2024, 11, 1), (2024, 11, 4)), ((2021, 3, 12), (2021, 3, 15))],
)
def test_change_of_the_clock_in_new_york_is_no_gap(
    friday: tuple[int, ...], monday: tuple[int, ...]
) -> None:
    last, first = at(NEW_YORK, *friday, 15, 59), at(NEW_YORK, *monday, 9, 30)
    one, other = slots_of(last, first, calendar="XNYS")
    assert other - one == 1
    days = at(NEW_YORK, *friday), at(NEW_YORK, *monday)
    assert np.diff(slots_of(*days, calendar="XNYS", timeframe=DAY)).tolist() == [1]


def test_half_day_in_new_york_ends_early() -> None:
    inside, outside = at(NEW_YORK, 2024, 11, 29, 12, 59), at(NEW_YORK, 2024, 11, 29, 13, 0)
    slots = slots_of(inside, outside, calendar="XNYS")
    assert slots[0] >= 0
    assert slots[1] == -1


def test_hours_cut_at_the_full_hour_hold_the_opening_in_their_first_bar() -> None:
    hours = [at(NEW_YORK, 2024, 1, 2, hour, 0) for hour in range(9, 16)]
    tomorrow = at(NEW_YORK, 2024, 1, 3, 9, 0)
    slots = slots_of(*hours, tomorrow, calendar="XNYS", timeframe=HOUR)
    assert np.diff(slots).tolist() == [1] * 7


def test_lost_minutes_days_and_odd_hours_of_india_are_reported_apart(tmp_path: Path) -> None:
    opens = [at(IST, 2024, 1, day, 9, 15) for day in (1, 2, 3, 4, 5, 8)]
    times = np.concatenate([np.arange(375) * MINUTE + first for first in opens]).astype(np.int64)
    keep = [k for k in range(len(times)) if not (375 <= k < 750 or 800 <= k < 840 or k == 1500)]
    bars = pick(make_bars(len(times), timeframe_ms=MINUTE), keep)
    rows = [
        f"{ts},{row.split(',', 1)[1]}" for ts, row in zip(times[keep], csv_rows(bars), strict=True)
    ]
    rows.append(f"{at(IST, 2024, 1, 8, 16, 0)},1,1,1,1,1")
    report = Lake(tmp_path / "lake").import_file(
        write_csv(tmp_path / "a.csv", rows), "nse:SBIN", "1m"
    )
    quality = report.quality
    assert (quality.sessions, quality.missing_sessions, quality.incomplete_sessions) == (5, 1, 1)
    assert (quality.missing_bars, quality.outside_session) == (375 + 40 + 1, 1)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_calendars_do_not_depend_on_the_zone_of_the_host(
    monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        found = load_calendar.__wrapped__("XNYS")
        first = at(NEW_YORK, 2024, 3, 11, 9, 30)
        ts = np.arange(first, first + 20 * DAY, 15 * MINUTE, dtype=np.int64)
        slots = found.slots(ts, 15 * MINUTE, 0)
        assert slots.slot[:26].tolist() == list(range(slots.slot[0], slots.slot[0] + 26))
        assert slots.slot.tolist() == load_calendar("XNYS").slots(ts, 15 * MINUTE, 0).slot.tolist()
        assert read_times(pa.array(["2024-01-01 09:15"]), IST).ts[0] == at(IST, 2024, 1, 1, 9, 15)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_venue_that_never_closes_expects_every_bar() -> None:
    slots = AlwaysOpen().slots(np.array([START, START + HOUR, START + 5 * HOUR]), HOUR, 0)
    assert np.diff(slots.slot).tolist() == [1, 4]
    assert not slots.outside.any()


def test_weeks_begin_on_monday() -> None:
    assert AlwaysOpen().anchor(7 * DAY) == START % (7 * DAY)
