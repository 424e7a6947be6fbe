"""A value may not depend on where its series starts, to the bit, gaps or not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.indicators.catalog import INDICATORS
from fairlead.indicators.indicator import Indicator
from fairlead.kernel.series import Bars, Float64s
from tests.indicators.markets import market, sessions

ENTRIES = sorted(INDICATORS)
SHORT = {"window": 5.0, "fast": 3.0, "slow": 6.0, "signal": 3.0, "multiple": 2.0}


def short_values(indicator: Indicator) -> dict[str, float]:
    return {setting.name: SHORT[setting.name] for setting in indicator.parameters}


def assert_late_start_is_equal(indicator: Indicator, bars: Bars, offset: int) -> None:
    values = short_values(indicator)
    settled = indicator.warm_up(values, bars.timeframe_ms)
    whole = indicator.scan(bars, values)
    late = indicator.scan(bars.slice(offset, len(bars)), values)
    assert len(bars) - offset > settled, "the series is too short to show anything"
    for name, full, tail in zip(indicator.outputs, whole, late, strict=True):
        expected, found = full[offset + settled :], tail[settled:]
        assert not np.isnan(found).any(), name
        assert (expected.view(np.int64) == found.view(np.int64)).all(), name


@pytest.mark.parametrize("name", ENTRIES)
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    offset=st.integers(0, 600),
    missing=st.sampled_from([0.0, 0.02, 0.3]),
    halt=st.booleans(),
    timeframe_ms=st.sampled_from([300_000, 3_600_000, 86_400_000]),
)
def test_late_start_after_warm_up_is_equal_to_the_bit(
    name: str, seed: int, offset: int, missing: float, halt: bool, timeframe_ms: int
) -> None:
    bars = market(1_400, seed, missing=missing, halt=halt, timeframe_ms=timeframe_ms)
    assert_late_start_is_equal(INDICATORS[name], bars, offset)


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("offset", [1, 37, 74, 75, 76, 400])
def test_late_start_on_trading_days_is_equal_to_the_bit(name: str, offset: int) -> None:
    assert_late_start_is_equal(INDICATORS[name], sessions(40, seed=offset), offset)


@pytest.mark.parametrize("name", ENTRIES)
def test_every_start_of_one_series_is_equal_to_the_bit(name: str) -> None:
    bars = market(800, 7, missing=0.1)
    for offset in range(0, 200, 7):
        assert_late_start_is_equal(INDICATORS[name], bars, offset)


@pytest.mark.parametrize("name", ENTRIES)
def test_daily_bars_across_a_clock_change_are_equal_to_the_bit(name: str) -> None:
    plain = market(1_000, 3, missing=0.0, holes=0, timeframe_ms=86_400_000)
    ts = plain.ts.copy()
    for change in (90, 270, 455, 635, 820):
        ts[change:] += 3_600_000 if change in (270, 635) else -3_600_000
    bars = Bars(ts, plain.open, plain.high, plain.low, plain.close, plain.volume, 86_400_000)
    for offset in range(60, 120, 3):
        assert_late_start_is_equal(INDICATORS[name], bars, offset)


def running_sum_average(x: Float64s, window: int) -> Float64s:
    out = np.full(x.shape[0], np.nan)
    total = 0.0
    for i in range(x.shape[0]):
        total += x[i] - (x[i - window] if i >= window else 0.0)
        if i >= window - 1:
            out[i] = total / window
    return out


def test_planted_running_sum_is_caught() -> None:
    bars = market(2_000, 1)
    prices = bars.close * np.pi
    whole = running_sum_average(prices, 50)
    late = running_sum_average(prices[300:], 50)
    assert (whole[400:] != late[100:]).any()


def test_planted_textbook_recursion_is_caught() -> None:
    from fairlead.indicators.averages import ema_scan

    bars = market(1_400, 2)
    never = 10**9
    whole = ema_scan(bars.ts, bars.close, 40, never, never, bars.timeframe_ms)
    late = ema_scan(bars.ts[100:], bars.close[100:], 40, never, never, bars.timeframe_ms)
    assert (whole[700:] != late[600:]).any()


@pytest.mark.parametrize("name", ENTRIES)
def test_nan_ends_where_the_catalog_says(name: str) -> None:
    indicator = INDICATORS[name]
    values = short_values(indicator)
    columns = indicator.scan(market(300, 5), values)
    first = indicator.first(indicator.filled(values))
    for output, column in zip(indicator.outputs, columns, strict=True):
        known = ~np.isnan(column)
        assert known[first:].all(), output
        start = int(np.argmax(known))
        assert not known[:start].any()
        assert start <= first


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("bars", [0, 1, 2, 5, 12])
def test_series_shorter_than_the_window_gives_only_nan(name: str, bars: int) -> None:
    indicator = INDICATORS[name]
    values = {"window": 13.0, "fast": 12.0, "slow": 13.0, "signal": 9.0, "multiple": 2.0}
    chosen = {setting.name: values[setting.name] for setting in indicator.parameters}
    for column in indicator.scan(market(30, 5).slice(0, bars), chosen):
        assert column.shape == (bars,)
        if indicator.parameters:
            assert np.isnan(column).all()


@pytest.mark.parametrize("name", ENTRIES)
def test_later_bars_never_change_an_earlier_value(name: str) -> None:
    indicator = INDICATORS[name]
    values = short_values(indicator)
    bars = market(700, 9)
    whole = indicator.scan(bars, values)
    for cut in (1, 50, 333, 699):
        for full, part in zip(whole, indicator.scan(bars.slice(0, cut), values), strict=True):
            assert np.array_equal(full[:cut], part, equal_nan=True)
