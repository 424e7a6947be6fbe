"""What is missing, by the calendar; and filling it, whatever a provider does."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import Timeframe
from fairlead.market.calendars import load_calendar
from fairlead.market.fetching import Filled, FillReport, MissingRange, fill, missing_ranges
from fairlead.market.lake import Lake
from fairlead.market.providers.port import FailureKind, FetchFailed, Row
from tests.market.makers import DAY, HOUR, START, make_bars, pick, same_bars

NOW = START + 10_000 * HOUR
HOLIDAY_2024 = "2024-01-22"  # a Monday on which Indian exchanges were closed


class Script:
    """A provider that has `bars`, and may fail for some instruments; counts what it is asked."""

    name = "script"

    def __init__(
        self, bars: Bars, fails: dict[str, Exception] | None = None, page: int = 100
    ) -> None:
        self.bars = bars
        self.fails = fails or {}
        self.page = page
        self.asked: list[tuple[str, int, int]] = []
        self.pages_until_death = 10**9

    def fetch(
        self, instrument: str, timeframe: Timeframe, start_ms: int, end_ms: int
    ) -> Iterator[tuple[Row, ...]]:
        self.asked.append((instrument, start_ms, end_ms))
        if instrument in self.fails:
            raise self.fails[instrument]
        rows = rows_of(self.bars.between(start_ms, end_ms))
        for first in range(0, len(rows), self.page):
            self.pages_until_death -= 1
            if self.pages_until_death < 0:
                raise FetchFailed(FailureKind.TIMEOUT, "gone")
            yield tuple(rows[first : first + self.page])


def rows_of(bars: Bars) -> list[Row]:
    """Return bars as rows."""
    columns = (bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def fill_all(
    lake: Lake, provider: Script, instruments: Sequence[str] = ("x:BTC-USDT",)
) -> FillReport:
    """Fill 500 hours."""
    return fill(lake, provider, instruments, "1h", START, START + 500 * HOUR, now_ms=NOW)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def test_series_that_is_not_there_is_missing_whole(lake: Lake) -> None:
    found = missing_ranges(lake, "x:BTC-USDT", "1h", START + 1, START + 10 * HOUR)
    assert found == (MissingRange(START + HOUR, START + 10 * HOUR, 9),)


@settings(max_examples=25)
@given(present=st.sets(st.integers(0, 59)), edge=st.integers(0, 20))
def test_missing_ranges_are_exactly_the_holes(
    tmp_path_factory: pytest.TempPathFactory, present: set[int], edge: int
) -> None:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    bars = make_bars(60)
    if present:
        lake.append("x:A", "1h", pick(bars, sorted(present)))
    start, end = START + edge * HOUR, START + 60 * HOUR
    found = missing_ranges(lake, "x:A", "1h", start, end)
    covered = [
        ts for each in found for ts in range(each.start_ms, each.end_ms, HOUR)
    ]  # fmt: skip
    assert covered == [START + k * HOUR for k in range(edge, 60) if k not in present]
    assert all(left.end_ms < right.start_ms for left, right in pairwise(found))
    assert sum(each.bars for each in found) == len(covered)


@pytest.mark.parametrize("timeframe_ms", [DAY, HOUR, 15 * 60_000])
def test_nights_week_ends_and_holidays_are_no_gaps(lake: Lake, timeframe_ms: int) -> None:
    calendar = load_calendar("XBOM")
    phase = calendar.anchor(timeframe_ms)
    ts = calendar.expected(START, START + 60 * DAY, timeframe_ms, phase)
    walk = make_bars(len(ts), timeframe_ms=timeframe_ms)
    whole = Bars(ts, walk.open, walk.high, walk.low, walk.close, walk.volume, timeframe_ms)
    days = {str(day) for day in calendar.local(ts).astype("datetime64[ms]").astype("datetime64[D]")}
    assert HOLIDAY_2024 not in days
    holed = [k for k in range(len(ts)) if k not in (3, 4, 5)]
    lake.append("nse:SBIN", Timeframe(timeframe_ms), pick(whole, holed))
    found = missing_ranges(lake, "nse:SBIN", Timeframe(timeframe_ms), START, START + 60 * DAY)
    assert sum(each.bars for each in found) == 3
    assert found[0].start_ms == ts[3]


def test_daily_bars_stamped_at_another_midnight_are_there(lake: Lake) -> None:
    calendar = load_calendar("XNYS")
    march = START + 65 * DAY  # New York changes its clock on 2024-03-10
    ts = calendar.expected(march, march + 20 * DAY, DAY, 5 * HOUR)
    walk = make_bars(len(ts), timeframe_ms=DAY)
    bars = Bars(ts, walk.open, walk.high, walk.low, walk.close, walk.volume, DAY)
    lake.append("us:AAPL", "1d", bars)
    assert missing_ranges(lake, "us:AAPL", "1d", march, march + 20 * DAY) == ()


def test_fill_asks_only_for_what_is_missing_and_gaps_stay_gaps(lake: Lake) -> None:
    bars = make_bars(500)
    lake.append("x:BTC-USDT", "1h", bars.slice(0, 200))
    lake.append("x:BTC-USDT", "1h", bars.slice(250, 260))
    known = Script(pick(bars, [k for k in range(500) if k not in (300, 301)]))
    report = fill_all(lake, known)
    (filled,) = report.filled
    assert (filled.missing, filled.added, filled.left) == (290, 288, 2)
    assert known.asked == [("x:BTC-USDT", START + 190 * HOUR, START + 500 * HOUR)]
    assert same_bars(lake.bars("x:BTC-USDT", "1h"), known.bars)
    assert lake.coverage("x:BTC-USDT")[0].missing_bars == 2


def test_fill_again_asks_for_nothing_but_the_gap(lake: Lake) -> None:
    known = Script(make_bars(500))
    fill_all(lake, known)
    again = Script(make_bars(500, seed=9))
    report = fill_all(lake, again)
    assert (report.filled[0].missing, report.failures, again.asked) == (0, (), [])
    assert same_bars(lake.bars("x:BTC-USDT", "1h"), known.bars)


def test_fetch_that_dies_keeps_its_pages_and_goes_on_from_there(lake: Lake) -> None:
    dying = Script(make_bars(500))
    dying.pages_until_death = 3
    (filled,) = fill_all(lake, dying).filled
    assert filled.failure is not None
    assert (filled.added, filled.left) == (300, 200)
    living = Script(make_bars(500))
    fill_all(lake, living)
    assert living.asked == [("x:BTC-USDT", START + 290 * HOUR, START + 500 * HOUR)]
    assert same_bars(lake.bars("x:BTC-USDT", "1h"), living.bars)


def test_provider_that_throws_costs_its_instrument_and_not_the_others(lake: Lake) -> None:
    names = [f"x:N{k}" for k in range(4)]
    provider = Script(
        make_bars(500),
        {
            "x:N0": ZeroDivisionError("their defect"),
            "x:N1": FetchFailed(FailureKind.UNSUPPORTED_SYMBOL, "no such thing"),
            "x:N2": FetchFailed(FailureKind.UNSUPPORTED_SYMBOL, "nor that"),
        },
    )
    told: list[tuple[int, int, str]] = []

    def tell(done: int, total: int, filled: Filled) -> None:
        told.append((done, total, filled.instrument))

    report = fill(lake, provider, names, "1h", START, START + 500 * HOUR, now_ms=NOW, tell=tell)
    kinds = [(group.kind, group.instruments) for group in report.failures]
    assert kinds == [
        (FailureKind.UNSUPPORTED_SYMBOL, ("x:N1", "x:N2")),
        (FailureKind.EXCEPTION, ("x:N0",)),
    ]
    assert report.failures[1].message == "ZeroDivisionError: their defect"
    assert all(group.to_json()["action"] for group in report.failures)
    assert report.filled[3].added == 500
    assert told == [(k + 1, 4, name) for k, name in enumerate(names)]


def test_silent_upstream_is_not_asked_for_hundreds_of_instruments(lake: Lake) -> None:
    names = [f"x:N{k:02d}" for k in range(20)]
    provider = Script(
        make_bars(10), {name: FetchFailed(FailureKind.TIMEOUT, "silence") for name in names}
    )
    report = fill_all(lake, provider, names)
    assert len(provider.asked) == 5
    (group,) = report.failures
    assert (group.kind, len(group.instruments)) == (FailureKind.TIMEOUT, 20)


def test_no_bars_at_all_is_no_data(lake: Lake) -> None:
    report = fill_all(lake, Script(make_bars(0)))
    (group,) = report.failures
    assert group.kind is FailureKind.NO_DATA


def test_time_before_an_instrument_was_listed_is_no_failure(lake: Lake) -> None:
    provider = Script(make_bars(300, start=START + 200 * HOUR))
    first, again = fill_all(lake, provider), fill_all(lake, provider)
    assert (first.failures, first.filled[0].left) == ((), 200)
    assert (again.failures, again.filled[0].left) == ((), 200)


def test_new_series_never_begins_on_a_wrong_grid(lake: Lake) -> None:
    crooked = make_bars(500, start=START + 7 * 60_000)
    report = fill_all(lake, Script(crooked))
    (group,) = report.failures
    assert group.kind is FailureKind.EXCEPTION
    assert "full 1h" in group.message
    assert not lake.has("x:BTC-USDT", "1h")


def test_bar_of_the_lake_stands_against_what_a_provider_says_later(lake: Lake) -> None:
    bars = make_bars(500)
    lake.append("x:BTC-USDT", "1h", pick(bars, range(0, 500, 2)))
    report = fill_all(lake, Script(make_bars(500, seed=3)))
    assert report.filled[0].reasons == {"lake_conflict": 250}
    kept = lake.bars("x:BTC-USDT", "1h")
    assert len(kept) == 500
    assert same_bars(pick(kept, range(0, 500, 2)), pick(bars, range(0, 500, 2)))


def test_single_bars_far_apart_are_filled_and_a_liar_about_them_is_found(lake: Lake) -> None:
    bars = make_bars(5_000)
    holes = range(300, 5_000, 300)
    lake.append("x:BTC-USDT", "1h", pick(bars, [k for k in range(5_000) if k not in holes]))
    shorter = make_bars(60_000, timeframe_ms=5 * 60_000)
    wanted = (["x:BTC-USDT"], "1h", START, START + 5_000 * HOUR)
    lied = fill(lake, Script(shorter), *wanted, now_ms=NOW)
    assert [group.kind for group in lied.failures] == [FailureKind.EXCEPTION]
    assert lied.filled[0].left == len(holes)
    told = fill(lake, Script(bars), *wanted, now_ms=NOW)
    assert (told.filled[0].added, told.filled[0].left) == (len(holes), 0)
    assert same_bars(lake.bars("x:BTC-USDT", "1h"), bars)


def test_stop_ends_between_pages_and_says_so(lake: Lake) -> None:
    asked: list[None] = []

    def stop() -> bool:
        asked.append(None)
        return len(asked) > 3

    report = fill(
        lake, Script(make_bars(500)), ["x:A", "x:B"], "1h", START, START + 500 * HOUR,
        now_ms=NOW, stop=stop,
    )  # fmt: skip
    assert report.stopped
    assert [each.instrument for each in report.filled] == ["x:A"]
    assert 0 < report.filled[0].added < 500


def test_fetch_beyond_all_reason_is_refused(lake: Lake) -> None:
    with pytest.raises(InvalidInput, match="too much"):
        fill(lake, Script(make_bars(1)), [f"x:{k}" for k in range(100)], "1m",
             0, 2_000 * DAY, now_ms=NOW)  # fmt: skip
