"""The same trades in another order, or drawn again."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fairlead.infra.errors import InvalidInput
from fairlead.research.daily import Floats
from fairlead.research.overfitting import montecarlo
from fairlead.research.overfitting.chance import random_numbers
from fairlead.research.overfitting.montecarlo import (
    bootstrap_trades,
    shuffle_trades,
    trade_returns,
    usual_runs,
)

TRADES = hnp.arrays(np.float64, st.integers(0, 40), elements=st.floats(-0.9, 2.0))


def sample(trades: int = 200, mean: float = 0.002, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(mean, 0.02, trades)


def test_random_numbers_are_those_of_splitmix64() -> None:
    # SplitMix64 with state 1234567 gives 6457827717110365317 and 3203168211198807973 first
    # (the reference implementation by S. Vigna); the seed is mixed once before it is a state
    words = [word >> 11 for word in (6457827717110365317, 3203168211198807973)]
    found = random_numbers(_unmixed(1234567), 0, 2)
    assert (found * 2.0**53).astype(np.int64).tolist() == words


def _unmixed(state: int) -> int:
    """Undo the mixing of a seed, so that the counter starts at `state`."""
    word = _unshift(state, 31)
    word = word * pow(0x94D049BB133111EB, -1, 2**64) % 2**64
    word = _unshift(word, 27)
    word = word * pow(0xBF58476D1CE4E5B9, -1, 2**64) % 2**64
    return (_unshift(word, 30) - 0x9E3779B97F4A7C15) % 2**64


def _unshift(word: int, bits: int) -> int:
    result = word
    for _ in range(64 // bits):
        result = word ^ (result >> bits)
    return result


@given(st.integers(0, 2**70), st.integers(0, 1_000), st.integers(1, 50), st.integers(0, 50))
def test_random_numbers_are_the_same_in_parts(seed: int, first: int, count: int, cut: int) -> None:
    whole = random_numbers(seed, first, count + cut)
    parts = [random_numbers(seed, first, count), random_numbers(seed, first + count, cut)]
    assert whole.tolist() == np.concatenate(parts).tolist()
    assert ((whole >= 0.0) & (whole < 1.0)).all()


@given(TRADES, st.integers(0, 99))
def test_shuffle_ends_where_the_trades_end_and_never_falls_less_than_its_worst(
    trades: Floats, seed: int
) -> None:
    found = shuffle_trades(trades, 1_000.0, seed, runs=50)
    end = 1_000.0 * float(np.prod(1.0 + trades))
    assert found.final_equity == pytest.approx([end] * 5)
    assert found.loss_probability == (1.0 if end < 1_000.0 * (1 - 1e-9) else 0.0)
    worst = max(0.0, -float(trades.min(initial=0.0)))
    assert list(found.max_drawdown) == sorted(found.max_drawdown)
    assert worst - 1e-9 <= found.max_drawdown[0] <= found.max_drawdown[-1] <= 1.0


def test_shuffle_depends_on_the_seed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    first = shuffle_trades(sample(), 1_000.0, 7)
    monkeypatch.setattr(montecarlo, "CELLS_MAX", 999)
    assert shuffle_trades(sample(), 1_000.0, 7) == first
    assert shuffle_trades(sample(), 1_000.0, 8).max_drawdown != first.max_drawdown


def test_bootstrap_spreads_the_end_around_that_of_the_trades() -> None:
    trades = sample()
    found = bootstrap_trades(trades, 1_000.0, 3, runs=4_000)
    # the logarithm of the end is a sum of as many draws: mean and deviation are known
    logs = np.log1p(trades)
    middle = 1_000.0 * float(np.exp(logs.sum()))
    assert found.final_equity[2] == pytest.approx(middle, rel=0.03)
    spread = float(np.log(found.final_equity[4] / found.final_equity[0]))
    assert spread == pytest.approx(2 * 1.645 * logs.std() * len(logs) ** 0.5, rel=0.05)
    expected = NormalDist(logs.sum(), logs.std() * len(logs) ** 0.5).cdf(0.0)
    assert found.loss_probability == pytest.approx(expected, abs=0.03)


def test_bootstrap_of_winners_never_loses_and_of_losers_always() -> None:
    assert bootstrap_trades(np.full(9, 0.01), 10.0, 1).loss_probability == 0.0
    assert bootstrap_trades(np.full(9, -0.01), 10.0, 1).loss_probability == 1.0


def test_paths_through_a_total_loss_stay_at_zero() -> None:
    found = shuffle_trades(np.array([0.5, -1.0, 0.5, 3.0]), 100.0, 1)
    assert found.final_equity == (0.0,) * 5
    assert found.max_drawdown == (1.0,) * 5


def test_paths_without_trades_keep_the_cash() -> None:
    for found in (shuffle_trades(np.empty(0), 5.0, 1), bootstrap_trades(np.empty(0), 5.0, 1)):
        assert (found.final_equity, found.max_drawdown) == ((5.0,) * 5, (0.0,) * 5)
        assert found.to_json()["trades"] == 0


def test_trade_returns_are_profits_over_what_there_was() -> None:
    assert trade_returns(np.array([10.0, -11.0, 99.0]), 100.0).tolist() == [0.1, -0.1, 1.0]
    assert trade_returns(np.array([-50.0, -50.0, 10.0]), 100.0).tolist() == [-0.5, -1.0]
    assert trade_returns(np.empty(0), 100.0).tolist() == []


def test_usual_runs_keep_the_work_small() -> None:
    assert [usual_runs(trades) for trades in (0, 1, 2_000, 4_000, 10**6)] == [
        1_000,
        1_000,
        1_000,
        500,
        100,
    ]


@pytest.mark.parametrize(
    ("trades", "cash", "runs"),
    [
        ([np.nan], 1.0, 10),
        ([0.1], 0.0, 10),
        ([0.1], np.inf, 10),
        ([0.1], 1.0, 0),
        ([0.1], 1.0, 10**6),
    ],
)
def test_impossible_paths_are_refused(trades: list[float], cash: float, runs: int) -> None:
    with pytest.raises(InvalidInput):
        shuffle_trades(np.array(trades), cash, 1, runs)
