"""What searches amount to, alone and together."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.research.daily import DailyEquity, Floats, daily_returns, returns_of_sets
from fairlead.research.overfitting.sharpe import expected_maximum_sharpe, sharpe_ratios
from fairlead.research.overfitting.trials import (
    NO_TRIALS,
    ReturnsSample,
    TrialCount,
    daily_ratio,
    trial_variance,
    trials_of,
)

COUNTS = st.builds(
    TrialCount,
    st.integers(1, 10_000),
    st.floats(1.0, 500.0),
    st.floats(1e-6, 0.1),
    st.just(True),
    st.floats(-0.2, 0.2),
)


def noise(days: int, sets: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(0.0, 0.01, (days, sets))


def test_trials_of_a_search_never_vary_less_than_one_ratio_would() -> None:
    alike = np.repeat(noise(400, 1), 8, axis=1) + noise(400, 8, 2) * 0.05
    count = trials_of(alike)
    assert (count.trials, count.effective, count.known) == (8, 1.0, True)
    assert count.sharpe_variance == 1.0 / 399.0
    spread = noise(400, 8) + np.linspace(-0.01, 0.01, 8)
    assert trials_of(spread).sharpe_variance == pytest.approx(sharpe_ratios(spread).var(ddof=1))


def test_variance_without_any_ratio_is_that_of_one() -> None:
    assert trial_variance(np.array([np.nan, np.nan]), 101) == 0.01
    assert trial_variance(np.empty(0), 1) == 1.0


def test_trials_joined_pool_their_moments_like_one_search() -> None:
    left, right = noise(50, 30, 1), noise(50, 10, 2) + 0.002
    ratios = [sharpe_ratios(each) for each in (left, right)]
    parts = [
        TrialCount(len(each), float(len(each)), float(each.var()), True, float(each.mean()))
        for each in ratios
    ]
    both = np.concatenate(ratios)
    joined = parts[0].joined(parts[1])
    assert (joined.trials, joined.effective) == (40, 40.0)
    assert joined.sharpe_mean == pytest.approx(both.mean())
    assert joined.sharpe_variance == pytest.approx(both.var())


@given(COUNTS, COUNTS)
def test_trials_joined_are_never_fewer_and_the_order_is_the_same(
    left: TrialCount, right: TrialCount
) -> None:
    joined, turned = left.joined(right), right.joined(left)
    assert joined.trials == left.trials + right.trials
    assert joined.effective >= max(left.effective, right.effective)
    assert joined.sharpe_variance == pytest.approx(turned.sharpe_variance)
    assert joined.sharpe_variance >= min(left.sharpe_variance, right.sharpe_variance) * 0.999_999
    same = TrialCount(1, 5.0, left.sharpe_variance, True, left.sharpe_mean)
    more = left.joined(same)
    before = expected_maximum_sharpe(left.effective, left.sharpe_variance)
    after = expected_maximum_sharpe(more.effective, more.sharpe_variance)
    assert after >= before * 0.999_999


def test_trials_joined_with_none_are_the_same_and_the_unknown_stays_unknown() -> None:
    count = TrialCount(9, 3.0, 0.01, True, 0.02)
    assert NO_TRIALS.joined(count) == count
    assert NO_TRIALS.joined(NO_TRIALS) == NO_TRIALS
    assert not count.joined(TrialCount(0, 0.0, 0.0, known=False)).known


def test_sample_keeps_what_is_compared_and_counts_all() -> None:
    sets, days = 1_200, np.arange(40)
    equity = np.asarray(100.0 * np.cumprod(1.0 + noise(40, sets), axis=0), np.float64)
    sample = ReturnsSample(sets)
    for index in range(sets):
        sample.take(index, DailyEquity(days, equity[:, index], 100.0))
    count = sample.count(sharpe_ratios(noise(40, sets)), 3 * sets)
    assert count.trials == 3_600
    assert count.effective == pytest.approx(1_200.0, rel=0.01)
    assert sample.matrix().shape == (40, 500)


def test_sample_of_a_set_that_runs_on_goes_on_with_the_new_days() -> None:
    values = 100.0 + np.arange(10.0)
    cut_short = np.append(values[:5], 1.0)
    sample = ReturnsSample(1)
    sample.take(0, DailyEquity(np.arange(6), cut_short, 100.0))
    sample.take(0, DailyEquity(np.arange(4, 10), values[4:], 103.0))
    sample.take(0, DailyEquity(np.empty(0, np.int64), np.empty(0), 100.0))
    assert sample.matrix()[:, 0] == pytest.approx(values / np.array([100.0, *values[:-1]]) - 1.0)


@given(st.lists(st.floats(-10.0, 10.0), min_size=1, max_size=30))
def test_returns_of_sets_equal_those_of_one_account(steps: list[float]) -> None:
    values = 10.0 + np.cumsum(steps)
    alone = daily_returns(DailyEquity(np.arange(len(values)), values, 10.0))
    columns = returns_of_sets(np.stack((values, np.full(len(values), 10.0))), 10.0)
    padded = np.concatenate((alone, np.zeros(len(values) - len(alone))))
    assert columns[:, 0].tolist() == padded.tolist()
    assert not columns[:, 1].any()


def test_daily_ratio_is_annual_over_the_root_of_days() -> None:
    assert daily_ratio(np.array([2.0]), 256).tolist() == [0.125]
    assert math.isnan(daily_ratio(np.array([np.nan]), 256)[0])
