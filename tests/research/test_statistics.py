"""Statistics against hand-worked figures and their properties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fairlead.research.daily import DAY_MS, daily_returns, sample_daily
from fairlead.research.statistics import (
    annual_volatility,
    calmar_ratio,
    drawdown_of,
    growth_rate,
    kurtosis,
    sharpe_ratio,
    skewness,
    sortino_ratio,
    underwater,
)

RETURNS = hnp.arrays(np.float64, st.integers(2, 60), elements=st.floats(-0.25, 0.25, width=32))
CURVES = hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(1.0, 1e6))


def test_sharpe_ratio_three_returns_matches_hand_worked_figure() -> None:
    # mean 0.01, deviations -0.02, 0, 0.02: sample variance 0.0004, deviation 0.02
    assert sharpe_ratio(np.array([-0.01, 0.01, 0.03]), 365) == pytest.approx(0.5 * math.sqrt(365))


def test_sharpe_ratio_exchange_year_uses_252_days() -> None:
    assert sharpe_ratio(np.array([-0.01, 0.01, 0.03]), 252) == pytest.approx(0.5 * math.sqrt(252))


def test_sortino_ratio_divides_by_all_returns() -> None:
    # downside deviation sqrt((0.03^2) / 4) = 0.015; mean 0.0075
    returns = np.array([0.02, -0.03, 0.03, 0.01])
    assert sortino_ratio(returns, 252) == pytest.approx(0.0075 / 0.015 * math.sqrt(252))


def test_growth_rate_two_years_doubling_is_root_of_two() -> None:
    two_years = round(2 * 365.25 * DAY_MS)
    assert growth_rate(100.0, 200.0, two_years) == pytest.approx(math.sqrt(2.0) - 1.0)


@pytest.mark.parametrize(
    ("start", "end", "elapsed", "expected"),
    [(100.0, 0.0, DAY_MS, -1.0), (100.0, -5.0, DAY_MS, -1.0), (100.0, 110.0, 0, None)],
)
def test_growth_rate_edge_is_defined(
    start: float, end: float, elapsed: int, expected: float | None
) -> None:
    assert growth_rate(start, end, elapsed) == expected


def test_growth_rate_beyond_a_float_is_undefined() -> None:
    assert growth_rate(1.0, 1000.0, 60_000) is None


@pytest.mark.parametrize("returns", [np.array([]), np.array([0.01]), np.full(9, 0.001)])
def test_ratios_without_variance_are_undefined(returns: np.ndarray) -> None:
    assert sharpe_ratio(returns, 365) is None
    assert sortino_ratio(returns, 365) is None


def test_moments_of_symmetric_returns_match_hand_worked_figures() -> None:
    returns = np.array([-0.01, 0.0, 0.01])
    assert skewness(returns) == pytest.approx(0.0)
    # m2 = 2/3e-4, m4 = 2/3e-8: m4 / m2^2 = 1.5
    assert kurtosis(returns) == pytest.approx(1.5)


def test_calmar_ratio_without_drawdown_is_undefined() -> None:
    assert calmar_ratio(0.2, 0.0) is None
    assert calmar_ratio(0.2, 0.1) == pytest.approx(2.0)


def test_drawdown_hand_worked_curve_gives_depth_and_longest_stretch() -> None:
    ts = np.arange(1, 9)
    equity = np.array([110.0, 99.0, 111.0, 100.0, 105.0, 90.0, 100.0, 112.0])
    fall = drawdown_of(ts, equity, 100.0, 0)
    assert fall.depth == pytest.approx(1.0 - 90.0 / 111.0)
    assert (fall.peak_ts, fall.trough_ts) == (3, 6)
    assert fall.longest == 5


def test_drawdown_never_recovered_lasts_until_the_end() -> None:
    fall = drawdown_of(np.arange(1, 5), np.array([90.0, 95.0, 80.0, 99.0]), 100.0, 0)
    assert fall.longest == 4


def test_drawdown_equal_peaks_are_not_below_water() -> None:
    assert drawdown_of(np.arange(1, 4), np.full(3, 100.0), 100.0, 0).longest == 0


def test_drawdown_below_zero_is_deeper_than_one() -> None:
    assert drawdown_of(np.array([1]), np.array([-20.0]), 100.0, 0).depth == pytest.approx(1.2)


@given(CURVES)
def test_drawdown_depth_equals_deepest_point_under_water(equity: np.ndarray) -> None:
    fall = drawdown_of(np.arange(1, len(equity) + 1), equity, 100.0, 0)
    falls = underwater(equity, 100.0)
    assert fall.depth == max(0.0, float(falls.max()))
    assert (falls >= 0.0).all()
    assert 0 <= fall.longest <= len(equity)
    assert fall.peak_ts <= fall.trough_ts


@given(CURVES)
def test_drawdown_longest_matches_a_plain_walk(equity: np.ndarray) -> None:
    best, peak, since = 0, 100.0, 0
    for at, value in enumerate(equity.tolist(), start=1):
        if value >= peak:
            best = max(best, at - since) if at - since > 1 else best
            peak, since = value, at
    if equity[-1] < peak:
        best = max(best, len(equity) - since)
    assert drawdown_of(np.arange(1, len(equity) + 1), equity, 100.0, 0).longest == best


@given(RETURNS, st.floats(0.1, 3.0))
def test_sharpe_ratio_does_not_depend_on_scale(returns: np.ndarray, factor: float) -> None:
    plain = sharpe_ratio(returns, 365)
    scaled = sharpe_ratio(returns * factor, 365)
    if plain is None or scaled is None:
        return
    assert scaled == pytest.approx(plain, rel=1e-6, abs=1e-6)


@given(RETURNS)
def test_statistics_never_give_nan(returns: np.ndarray) -> None:
    figures = (
        sharpe_ratio(returns, 365),
        sortino_ratio(returns, 365),
        annual_volatility(returns, 365),
        skewness(returns),
        kurtosis(returns),
    )
    assert all(figure is None or math.isfinite(figure) for figure in figures)


def test_daily_sampling_uses_the_session_day_not_the_utc_day() -> None:
    # 18:30 UTC opens the next day in India
    ts = np.array([0, 17, 18, 20, 41, 42], np.int64) * 3_600_000 + 30 * 60_000
    equity = np.arange(1.0, 7.0)
    utc = sample_daily(ts, equity, 1.0, 0)
    india = sample_daily(ts, equity, 1.0, 19_800_000)
    assert utc.days.tolist() == [0, 1]
    assert utc.values.tolist() == [4.0, 6.0]
    assert india.days.tolist() == [0, 1, 2]
    assert india.values.tolist() == [2.0, 5.0, 6.0]


def test_daily_returns_chain_back_to_the_equity() -> None:
    daily = sample_daily(np.arange(4) * DAY_MS, np.array([110.0, 99.0, 99.0, 120.0]), 100.0, 0)
    assert 100.0 * float(np.prod(1.0 + daily_returns(daily))) == pytest.approx(120.0)


def test_daily_returns_end_at_ruin_with_minus_one() -> None:
    daily = sample_daily(np.arange(4) * DAY_MS, np.array([110.0, -3.0, 50.0, 60.0]), 100.0, 0)
    assert daily_returns(daily).tolist() == pytest.approx([0.1, -1.0])
