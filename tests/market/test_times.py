"""Reading columns of times."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.market.times import Times, TimeState, read_times
from fairlead.market.zones import to_local, to_utc
from tests.market.makers import DAY, HOUR, START

MOMENTS = st.integers(min_value=100_000_000_000, max_value=4_000_000_000_000)


def read_one(value: str, zone: str = "") -> tuple[int, TimeState]:
    times = read_times(pa.array([value]), ZoneInfo(zone) if zone else None)
    return int(times.ts[0]), TimeState(int(times.state[0]))


@pytest.mark.parametrize(
    "written",
    [
        "1704067200",
        "1704067200000",
        "1704067200000000",
        "1704067200000000000",
        "1704067200.0",
        "2024-01-01T00:00:00Z",
        "2024-01-01 00:00:00+00:00",
        "2024-01-01T05:30:00+05:30",
        "2024-01-01 05:30+0530",
        "2023-12-31T19:00:00-05",
        "2024/01/01 00:00:00.000 UTC",
        "2024.01.01 00:00Z",
        " 2024-01-01T00:00:00.000000Z ",
        "20240101T000000Z",
    ],
)
def test_time_in_a_usual_form_is_read(written: str) -> None:
    assert read_one(written) == (START, TimeState.GOOD)


@pytest.mark.parametrize(
    "written",
    ["", "yesterday", "01/02/2024", "31-12-2024", "2024-02-30T00:00:00Z", "2024-01-01T25:00:00Z",
     "2024-01-01T00:00:00+99:00", "12345", "-1704067200", "nan", "2024-01-01T00:61Z",
     "1704067200000000000000", "2024-01-01+05:30"],
)  # fmt: skip
def test_time_in_no_form_is_unreadable(written: str) -> None:
    assert read_one(written)[1] is TimeState.UNREADABLE


@pytest.mark.parametrize(
    "written", ["2024-01-01", "2024-01-01 00:00", "20240101", "2024-01-01T00:00"]
)
def test_time_without_offset_is_naive_until_a_zone_is_given(written: str) -> None:
    assert read_one(written)[1] is TimeState.NAIVE
    assert read_one(written, "Asia/Kolkata") == (START - 5 * HOUR - HOUR // 2, TimeState.GOOD)


def test_offset_in_the_text_stands_above_the_zone_given() -> None:
    assert read_one("2024-01-01T00:00:00Z", "Asia/Kolkata") == (START, TimeState.GOOD)


@pytest.mark.parametrize(
    ("written", "state"),
    [
        ("2024-03-10 02:30:00", TimeState.UNCERTAIN),
        ("2024-11-03 01:30:00", TimeState.UNCERTAIN),
        ("2024-03-10 01:59:00", TimeState.GOOD),
        ("2024-03-10 03:00:00", TimeState.GOOD),
        ("2024-11-03 00:59:00", TimeState.GOOD),
        ("2024-11-03 02:00:00", TimeState.GOOD),
    ],
)
def test_local_time_that_the_clock_skipped_or_repeated_is_uncertain(
    written: str, state: TimeState
) -> None:
    assert read_one(written, "America/New_York")[1] is state


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_arrow_timestamps_are_read_in_every_unit(unit: str) -> None:
    column = pa.array([START, None], pa.timestamp("ms", tz="UTC")).cast(
        pa.timestamp(unit, tz="UTC")
    )
    times = read_times(column, None)
    assert times.ts[0] == START
    assert times.state.tolist() == [TimeState.GOOD, TimeState.UNREADABLE]
    assert not times.inexact.any()


def test_arrow_timestamps_and_dates_without_zone_are_naive() -> None:
    day = datetime(2024, 1, 1, tzinfo=UTC)
    for column in (pa.array([START * 1000], pa.timestamp("us")), pa.array([day.date()])):
        assert read_times(column, None).state[0] == TimeState.NAIVE
        assert read_times(column, ZoneInfo("UTC")).ts[0] == START


def test_time_with_less_than_a_millisecond_is_inexact() -> None:
    assert read_times(pa.array(["2024-01-01T00:00:00.0001Z"]), None).inexact[0]
    assert read_times(pa.array([START * 1_000_000 + 1]), None).inexact[0]
    assert not read_times(pa.array(["2024-01-01T00:00:00.5Z"]), None).inexact[0]


def test_units_that_change_within_a_column_are_told_apart_and_reported() -> None:
    times = read_times(pa.array([START // 1000, START, START * 1000]), None)
    assert times.ts.tolist() == [START] * 3
    assert len(times.notes) == 3


@given(MOMENTS, st.sampled_from([-720, -300, 0, 330, 345, 840]))
def test_iso_text_with_any_offset_equals_the_moment(moment: int, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    text = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)).astimezone(zone)
    assert read_one(text.isoformat()) == (moment, TimeState.GOOD)


@given(
    st.lists(MOMENTS, min_size=1, max_size=30),
    st.sampled_from(["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_wall_clocks_agree_with_the_standard_library(moments: list[int], name: str) -> None:
    zone = ZoneInfo(name)
    utc = np.array(moments, dtype=np.int64)
    walls = [
        (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).astimezone(zone)
        for ms in moments
    ]
    expected = [ms + (wall.utcoffset() or timedelta()) // timedelta(milliseconds=1)
                for ms, wall in zip(moments, walls, strict=True)]  # fmt: skip
    local = to_local(utc, zone)
    assert local.tolist() == expected
    back = to_utc(local, zone)
    assert back.ts[back.certain].tolist() == utc[back.certain].tolist()
    repeated = [
        wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset() for wall in walls
    ]
    assert (~back.certain).tolist() == repeated


def test_every_change_of_the_clock_in_thirty_years_round_trips() -> None:
    zone = ZoneInfo("America/New_York")
    utc = np.arange(START - 20 * 366 * DAY, START + 10 * 366 * DAY, HOUR, dtype=np.int64)
    back = to_utc(to_local(utc, zone), zone)
    assert (back.ts[back.certain] == utc[back.certain]).all()
    # each autumn repeats one hour, so two moments share one wall time
    assert int((~back.certain).sum()) == 2 * 30


def states(times: Times) -> list[int]:
    return [int(state) for state in times.state]


def test_mixed_column_reads_each_row_on_its_own() -> None:
    column = pa.array(["1704067200", "2024-01-01T00:00:00Z", "nonsense", "2024-01-01", "20240101"])
    times = read_times(column, None)
    assert states(times) == [0, 0, 1, 2, 2]
    assert times.ts[:2].tolist() == [START, START]
