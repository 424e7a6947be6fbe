"""Candles from ticks in any order, and longer candles from shorter ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.market.calendars import AlwaysOpen, load_calendar
from fairlead.market.candles import (
    Candle,
    CandleBuilder,
    Rollup,
    Tick,
    bars_of_candles,
    candles_of,
    roll_up,
)
from tests.market.makers import DAY, HOUR, MINUTE, START, make_bars, pick, same_bars

SETTLE = 2_000
TICKS = st.lists(
    st.builds(
        Tick,
        st.sampled_from(["a", "b"]),
        st.integers(START, START + 5 * MINUTE),
        st.integers(1, 20).map(float),
        st.integers(1, 9).map(float),
    ),
    max_size=60,
)
# how late each tick arrives, and when the clock is looked at between ticks
DELAYS = st.lists(st.integers(0, 3 * MINUTE), min_size=60, max_size=60)


def oracle(arrivals: list[tuple[int, Tick]]) -> tuple[dict[tuple[int, str], Candle], int]:
    """Group ticks the slow and plain way; a tick is late when its candle was due at its arrival."""
    groups: dict[tuple[int, str], list[tuple[int, int, Tick]]] = {}
    late = 0
    for order, (arrived, tick) in enumerate(arrivals):
        ts = tick.ts // MINUTE * MINUTE
        if arrived - SETTLE >= ts + MINUTE:
            late += 1
            continue
        groups.setdefault((ts, tick.instrument), []).append((tick.ts, order, tick))
    candles = {}
    for (ts, name), members in groups.items():
        first = min(members, key=lambda member: (member[0], member[1]))[2]
        last = max(members, key=lambda member: (member[0], member[1]))[2]
        prices = [tick.price for _, _, tick in members]
        volume = sum(tick.size for _, _, tick in members)
        candles[ts, name] = Candle(
            name, MINUTE, ts, first.price, max(prices), min(prices), last.price, volume
        )
    return candles, late


@given(TICKS, DELAYS)
def test_candles_of_shuffled_and_late_ticks_equal_the_oracle(
    ticks: list[Tick], delays: list[int]
) -> None:
    arrivals = sorted(
        ((tick.ts + delay, tick) for tick, delay in zip(ticks, delays, strict=False)),
        key=lambda pair: pair[0],
    )
    builder = CandleBuilder(MINUTE, SETTLE)
    closed: list[Candle] = []
    for arrived, tick in arrivals:
        closed += builder.close_due(arrived)
        builder.add(tick)
    closed += builder.close_due(START + DAY)
    expected, late = oracle(arrivals)
    assert {(candle.ts, candle.instrument): candle for candle in closed} == expected
    assert len(closed) == len(expected)
    assert builder.late == late
    assert [candle.ts for candle in closed] == sorted(candle.ts for candle in closed)


def test_candle_is_closed_once_and_only_behind_its_settle_delay() -> None:
    builder = CandleBuilder(MINUTE, SETTLE)
    builder.add(Tick("a", START + 1, 10.0, 1.0))
    assert builder.close_due(START + MINUTE + SETTLE - 1) == []
    builder.add(Tick("a", START + MINUTE - 1, 12.0, 1.0))
    builder.add(Tick("a", START, 9.0, 1.0))
    closed = builder.close_due(START + MINUTE + SETTLE)
    assert closed == [Candle("a", MINUTE, START, 9.0, 12.0, 9.0, 12.0, 3.0)]
    assert builder.close_due(START + MINUTE + SETTLE) == []
    builder.add(Tick("a", START + 5, 99.0, 1.0))
    assert builder.late == 1
    assert builder.close_due(START + DAY) == []


def test_builder_behind_a_restart_refuses_what_was_closed() -> None:
    builder = CandleBuilder(MINUTE, SETTLE, closed_until_ms=START + MINUTE)
    builder.add(Tick("a", START + MINUTE - 1, 1.0, 1.0))
    builder.add(Tick("a", START + MINUTE, 2.0, 1.0))
    assert builder.late == 1
    assert [candle.ts for candle in builder.close_due(START + DAY)] == [START + MINUTE]


@given(
    st.sets(st.integers(0, 299), min_size=1),
    st.sampled_from([5 * MINUTE, 15 * MINUTE, HOUR]),
    st.integers(0, 59),
)
def test_rollup_bar_by_bar_equals_the_one_of_columns(
    kept: set[int], longer_ms: int, offset: int
) -> None:
    bars = pick(make_bars(300, start=START + offset * MINUTE, timeframe_ms=MINUTE), sorted(kept))
    rollup = Rollup("a", longer_ms, AlwaysOpen())
    closed: list[Candle] = []
    for candle in candles_of(bars, "a"):
        closed += rollup.add(candle)
    until = int(bars.ts[-1]) + MINUTE
    closed += rollup.close_due(until)
    whole = [candle for candle in closed if candle.ts >= int(bars.ts[0])]
    expected = roll_up(bars, longer_ms, AlwaysOpen(), until)
    if whole:
        assert same_bars(bars_of_candles(whole, longer_ms), expected)
    else:
        assert len(expected) == 0


def test_rollup_closes_with_the_bar_that_completes_it() -> None:
    rollup = Rollup("a", 5 * MINUTE, AlwaysOpen())
    counts = [len(rollup.add(candle)) for candle in
              candles_of(make_bars(11, timeframe_ms=MINUTE), "a")]  # fmt: skip
    assert counts == [0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
    assert rollup.close_due(START + 15 * MINUTE - 1) == []
    assert len(rollup.close_due(START + 15 * MINUTE)) == 1
    assert rollup.close_due(START + DAY) == []


@pytest.mark.parametrize("longer_ms", [HOUR, DAY])
def test_rollup_of_indian_minutes_is_anchored_at_the_session(longer_ms: int) -> None:
    opening = START + 3 * HOUR + 45 * MINUTE
    bars = make_bars(375, start=opening, timeframe_ms=MINUTE)
    rolled = roll_up(bars, longer_ms, load_calendar("XBOM"), START + 2 * DAY)
    if longer_ms == HOUR:
        assert (rolled.ts - opening).tolist() == [k * HOUR for k in range(7)]
        assert rolled.close[0] == bars.close[59]
    else:
        assert len(rolled) == 0  # its midnight lies before the first bar: not known to be whole
        rollup = Rollup("a", DAY, load_calendar("XBOM"))
        closed = [c for candle in candles_of(bars, "a") for c in rollup.add(candle)]
        closed += rollup.close_due(START + 2 * DAY)
        assert [(c.ts, c.open, c.close) for c in closed] == [
            (START - 19_800_000, bars.open[0], bars.close[-1])
        ]


def test_candles_and_columns_convert_without_loss() -> None:
    bars = make_bars(50)
    assert same_bars(bars_of_candles(candles_of(bars, "a"), HOUR), bars)
    assert np.array_equal(bars.ts, [candle.ts for candle in candles_of(bars, "a")])
