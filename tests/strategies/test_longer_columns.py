"""Columns of a longer timeframe: those of an oracle in plain Python, seen when they have closed."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.indicators.catalog import INDICATORS
from fairlead.kernel.series import Bars, bars_of
from fairlead.market.calendars import SessionCalendar, load_calendar
from fairlead.market.instruments import IST_OFFSET_MS, default_instrument
from fairlead.strategies.kinds.rules.columns import ColumnCache, column_of
from fairlead.strategies.kinds.rules.lower import ColumnKey
from fairlead.strategies.sessions import VenueDay
from tests.indicators.markets import HOUR_MS, market

MINUTE_MS, DAY_MS = 60_000, 86_400_000
WEEK_MS = 7 * DAY_MS
NSE = default_instrument("nse:RELIANCE")
NSE_DAY = VenueDay(IST_OFFSET_MS, "XBOM")
Blocks = list[tuple[int, int]]


def clock_oracle(bars: Bars, longer_ms: int, offset_ms: int) -> Blocks:
    """Return for each bar when its longer bar begins and ends, counted from local midnight."""
    blocks = []
    for ts in bars.ts.tolist():
        monday = 4 * DAY_MS if longer_ms == WEEK_MS else 0
        into = (ts + offset_ms - monday) % longer_ms
        blocks.append((ts - into, ts - into + longer_ms))
    return blocks


def session_oracle(bars: Bars, longer_ms: int, calendar: SessionCalendar) -> Blocks:
    """Return the same, counted from each session's open and cut at its close."""
    windows: dict[int, tuple[int, int]] = {}
    for owner, opened, closed in zip(
        calendar.owner.tolist(), calendar.open_ms.tolist(), calendar.close_ms.tolist(), strict=True
    ):
        day = int(calendar.day[owner])
        first, _ = windows.get(day, (opened, closed))
        windows[day] = (first, closed)
    blocks = []
    for ts in bars.ts.tolist():
        day = (ts + IST_OFFSET_MS) // DAY_MS
        opened, closed = windows[day]
        assert opened <= ts < closed
        if longer_ms >= DAY_MS:
            # 1970-01-05 was a Monday
            span = longer_ms // DAY_MS
            first = day - (day - 4) % span if span == 7 else day - day % span
            held = [windows[each] for each in range(first, first + span) if each in windows]
            blocks.append((first, held[-1][1]))
        else:
            start = opened + (ts - opened) // longer_ms * longer_ms
            blocks.append((start, min(start + longer_ms, closed)))
    return blocks


def joined_oracle(bars: Bars, blocks: Blocks, ago: int = 0, window: int = 1) -> Iterator[float]:
    """Yield at each bar the mean of the last closes of longer bars whose end has come."""
    for i in range(len(bars)):
        now = int(bars.ts[i]) + bars.timeframe_ms
        closes = []
        for (_, end), group in itertools.groupby(range(i + 1), key=lambda j: blocks[j]):
            if end <= now:
                closes.append(float(bars.close[list(group)[-1]]))
        closes = closes[: len(closes) - ago]
        yield sum(closes[-window:]) / window if len(closes) >= window else float("nan")


def nse_bars(days: int, timeframe_ms: int, seed: int, missing: float = 0.0) -> Bars:
    """Return bars of the sessions that the calendar knows, from a seeded day of 2022 on."""
    calendar = load_calendar("XBOM")
    assert isinstance(calendar, SessionCalendar)
    rng = np.random.default_rng(seed)
    first = int(np.searchsorted(calendar.open_ms, 1_641_000_000_000)) + int(rng.integers(0, 200))
    grids = [
        np.arange(calendar.open_ms[w], calendar.close_ms[w], timeframe_ms)
        for w in range(first, first + days)
    ]
    ts = np.concatenate(grids)
    ts = ts[rng.random(len(ts)) >= missing]
    flat = market(len(ts), seed, timeframe_ms=timeframe_ms, missing=0.0, holes=0, tick=0.05)
    return bars_of(ts, flat.open, flat.high, flat.low, flat.close, flat.volume, timeframe_ms)


def column(bars: Bars, key: ColumnKey, venue: VenueDay) -> list[float]:
    found: list[float] = column_of(bars, key, ColumnCache().of(bars, venue), venue).tolist()
    return found


def equal(found: list[float], expected: list[float]) -> bool:
    return bool(np.allclose(found, expected, rtol=1e-12, atol=0.0, equal_nan=True))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 9_999),
    longer_ms=st.sampled_from([2 * HOUR_MS, 4 * HOUR_MS, DAY_MS, WEEK_MS]),
    offset_ms=st.sampled_from([0, IST_OFFSET_MS]),
    ago=st.integers(0, 2),
)
def test_price_of_longer_bars_is_that_of_an_oracle(
    seed: int, longer_ms: int, offset_ms: int, ago: int
) -> None:
    bars = market(250, seed, missing=0.2)
    key = ColumnKey("", "close", (), 0, longer_ms, ago)
    found = column(bars, key, VenueDay(offset_ms, "always"))
    oracle = [*joined_oracle(bars, clock_oracle(bars, longer_ms, offset_ms), ago)]
    assert np.array_equal(found, oracle, equal_nan=True)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 9_999),
    longer_ms=st.sampled_from([30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, DAY_MS, WEEK_MS]),
    missing=st.sampled_from([0.0, 0.2]),
    ago=st.integers(0, 1),
)
def test_price_of_longer_bars_in_sessions_is_that_of_an_oracle(
    seed: int, longer_ms: int, missing: float, ago: int
) -> None:
    bars = nse_bars(12, 15 * MINUTE_MS, seed, missing)
    calendar = load_calendar("XBOM")
    assert isinstance(calendar, SessionCalendar)
    found = column(bars, ColumnKey("", "close", (), 0, longer_ms, ago), NSE_DAY)
    oracle = [*joined_oracle(bars, session_oracle(bars, longer_ms, calendar), ago)]
    assert np.array_equal(found, oracle, equal_nan=True)


def test_average_of_longer_bars_is_that_of_an_oracle() -> None:
    bars = market(300, 4, missing=0.1)
    key = ColumnKey("sma", "close", (("window", 3.0),), 0, 4 * HOUR_MS, 1)
    oracle = [*joined_oracle(bars, clock_oracle(bars, 4 * HOUR_MS, 0), 1, 3)]
    assert equal(column(bars, key, VenueDay(0, "always")), oracle)


def test_hours_of_a_session_are_counted_from_its_open_and_end_with_it() -> None:
    bars = nse_bars(3, 15 * MINUTE_MS, 2)
    minute = ((bars.ts + IST_OFFSET_MS) % DAY_MS) // MINUTE_MS
    seen = np.nan_to_num(column(bars, ColumnKey("", "close", (), 0, HOUR_MS), NSE_DAY))
    changes = {int(minute[i]) + 15 for i in range(1, len(bars)) if seen[i] != seen[i - 1]}
    assert changes == {60 * hour + 15 for hour in range(10, 16)} | {15 * 60 + 30}


def test_bars_cut_at_the_full_hour_are_counted_from_the_one_that_opens_the_session() -> None:
    # New York opens at 09:30; the clocks change on 2024-03-10
    days = [f"2024-03-{day:02}" for day in (7, 8, 11, 12)]
    zones = [5, 5, 4, 4]
    nine = [
        int(np.datetime64(day, "ms").astype(np.int64)) + (9 + zone) * HOUR_MS
        for day, zone in zip(days, zones, strict=True)
    ]
    ts = (np.array(nine)[:, None] + np.arange(7) * HOUR_MS).ravel()
    flat = market(len(ts), 1, missing=0.0, holes=0)
    bars = bars_of(ts, flat.open, flat.high, flat.low, flat.close, flat.volume, HOUR_MS)
    seen = column(bars, ColumnKey("", "close", (), 0, 2 * HOUR_MS), VenueDay(0, "XNYS"))
    # two hours each, and the last one alone until the close at 16:00
    latest = [None, 1, 1, 3, 3, 5, 6]
    for day in range(4):
        for place, known in enumerate(latest):
            at = 7 * day + place
            expected = 7 * day + known if known is not None else at - 1
            assert seen[at] == bars.close[expected] if expected >= 0 else np.isnan(seen[at])


def test_day_is_seen_at_its_sessions_close_and_not_before() -> None:
    bars = nse_bars(4, 15 * MINUTE_MS, 3)
    day = (bars.ts + IST_OFFSET_MS) // DAY_MS
    last = np.flatnonzero(np.append(np.diff(day) > 0, True))
    seen = column(bars, ColumnKey("", "close", (), 0, DAY_MS), NSE_DAY)
    for before, at in itertools.pairwise(last.tolist()):
        assert seen[at] == bars.close[at]
        assert set(seen[before:at]) == {float(bars.close[before])}


def test_bars_outside_of_sessions_never_change_a_longer_bar_that_was_seen() -> None:
    inside = nse_bars(8, 15 * MINUTE_MS, 5)
    late = inside.ts[::25] + 9 * HOUR_MS
    ts = np.unique(np.concatenate((inside.ts, late)))
    flat = market(len(ts), 5, timeframe_ms=15 * MINUTE_MS, missing=0.0, holes=0)
    bars = bars_of(ts, flat.open, flat.high, flat.low, flat.close, flat.volume, flat.timeframe_ms)
    for longer_ms in (HOUR_MS, 4 * HOUR_MS, DAY_MS, WEEK_MS):
        key = ColumnKey("", "close", (), 0, longer_ms)
        whole = column(bars, key, NSE_DAY)
        for cut in range(1, len(bars), 7):
            part = column(bars.slice(0, cut), key, NSE_DAY)
            assert np.array_equal(part, whole[:cut], equal_nan=True)


@pytest.mark.parametrize("kind", INDICATORS)
@pytest.mark.parametrize("longer_ms", [HOUR_MS, DAY_MS])
def test_no_indicator_on_longer_bars_changes_with_later_bars(kind: str, longer_ms: int) -> None:
    bars = nse_bars(30, 15 * MINUTE_MS, 7, 0.05)
    indicator = INDICATORS[kind]
    values = tuple((each.name, max(each.low, 4.0)) for each in indicator.parameters)
    values = tuple(
        (name, value + place) if indicator.ascending else (name, value)
        for place, (name, value) in enumerate(values)
    )
    for output in range(len(indicator.outputs)):
        key = ColumnKey(kind, indicator.source, values, output, longer_ms, output % 2)
        whole = np.array(column(bars, key, NSE_DAY))
        assert longer_ms == DAY_MS or np.isfinite(whole).any()
        for cut in range(40, len(bars), 61):
            part = np.array(column(bars.slice(0, cut), key, NSE_DAY))
            assert part.tobytes() == whole[:cut].tobytes()
