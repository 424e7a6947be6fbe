"""Weights of legs: against skfolio and hand-computed values, their caps, and bad input."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.research.daily import Floats
from fairlead.research.portfolio.weights import METHODS, Caps, weigh, weigh_in_full

NO_CAPS = Caps()
BY_RISK = [method for method in METHODS if method != "equal"]


def sample_returns(days: int = 250, seed: int = 3) -> Floats:
    """Return five legs: two alike, one wild, two plain."""
    random = np.random.default_rng(seed)
    returns = random.normal(0.0004, 0.01, (days, 5))
    returns[:, 1] = 0.8 * returns[:, 0] + 0.2 * returns[:, 1]
    returns[:, 3] *= 4.0
    return returns


def test_weigh_inverse_volatility_matches_a_hand_computed_value() -> None:
    leg = np.array([0.01, -0.01] * 10)
    weights = weigh("inverse_volatility", np.column_stack([leg, 3.0 * leg]), NO_CAPS)
    assert weights == pytest.approx([0.75, 0.25], abs=1e-15)


def test_weigh_risk_budget_of_unrelated_legs_matches_the_closed_form() -> None:
    # Without correlation a weight is proportional to sqrt(budget) / volatility.
    first = np.array([0.01, -0.01, 0.01, -0.01] * 8)
    second = np.array([0.02, 0.02, -0.02, -0.02] * 8)
    returns = np.column_stack([first, second])
    found = weigh("risk_budget", returns, NO_CAPS, budgets=[4.0, 1.0])
    assert found == pytest.approx([2.0 / 2.5, 0.5 / 2.5], abs=1e-5)


def test_weigh_hrp_of_two_legs_splits_by_inverse_variance() -> None:
    leg = np.array([0.01, -0.01, 0.01, -0.01] * 8)
    other = np.array([0.02, 0.02, -0.02, -0.02] * 8)
    found = weigh("hrp", np.column_stack([leg, other]), NO_CAPS)
    assert found == pytest.approx([0.8, 0.2], abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_weigh_matches_skfolio_on_plain_input(method: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from skfolio import optimization
    peers = {
        "equal": optimization.EqualWeighted(),
        "inverse_volatility": optimization.InverseVolatility(),
        "hrp": optimization.HierarchicalRiskParity(),
        "risk_budget": optimization.RiskBudgeting(),
    }
    returns = sample_returns()
    expected = peers[method].fit(returns).weights_
    assert weigh(method, returns, NO_CAPS) == pytest.approx(expected, abs=1e-4)


def test_weigh_risk_budget_makes_each_leg_contribute_its_share() -> None:
    returns = sample_returns()
    budgets = np.array([1.0, 1.0, 2.0, 3.0, 1.0])
    weights = weigh("risk_budget", returns, NO_CAPS, budgets=list(budgets))
    covariance = np.cov(returns, rowvar=False)
    contribution = weights * (covariance @ weights)
    assert contribution / contribution.sum() == pytest.approx(budgets / budgets.sum(), abs=1e-4)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15, deadline=None)
@given(order=st.permutations(range(5)), seed=st.integers(0, 50))
def test_weigh_columns_in_another_order_give_the_same_weights(
    method: str, order: list[int], seed: int
) -> None:
    returns = sample_returns(60, seed)
    caps, evidence = Caps(0.35, 0.9), [1.0, 2.0, 0.5, 3.0, 0.1]
    plain = weigh(method, returns, caps, evidence=evidence)
    moved = weigh(method, returns[:, order], caps, evidence=[evidence[leg] for leg in order])
    assert moved == pytest.approx(plain[order], abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    legs=st.integers(1, 8),
    highest=st.floats(0.05, 1.0),
    method=st.sampled_from(["equal", "inverse_volatility"]),
)
def test_weigh_cap_holds_and_only_a_full_house_leaves_cash(
    seed: int, legs: int, highest: float, method: str
) -> None:
    random = np.random.default_rng(seed)
    returns = random.normal(0.0, 1.0, (40, legs)) * 10.0 ** random.uniform(-4, 0, legs)
    found = weigh_in_full(method, returns, Caps(max_weight=highest))
    assert (found.weights >= 0.0).all()
    assert found.weights.max() <= highest
    assert found.weights.sum() == pytest.approx(min(1.0, highest * legs), abs=1e-9)
    assert any("stays in cash" in note for note in found.notes) == (highest * legs < 1.0 - 1e-9)


def test_weigh_cap_passes_the_excess_on_in_proportion() -> None:
    leg = np.array([0.01, -0.01] * 10)
    returns = np.column_stack([leg, 4.0 * leg, 8.0 * leg])
    # Plain weights are 8/11, 2/11, 1/11; half of the capital goes to the others, 2 to 1.
    found = weigh("inverse_volatility", returns, Caps(max_weight=0.5))
    assert found == pytest.approx([0.5, 1 / 3, 1 / 6], abs=1e-12)


def test_weigh_correlation_cap_drops_the_leg_with_less_evidence() -> None:
    returns = sample_returns()
    names = ["a", "b", "c", "d", "e"]
    first = weigh_in_full("equal", returns, Caps(max_correlation=0.7), labels=names)
    assert first.kept == (0, 2, 3, 4)
    assert "Dropped b" in first.notes[0]
    evidence = [0.1, 0.2, 0.0, 0.0, 0.0]
    second = weigh_in_full("equal", returns, Caps(max_correlation=0.7), evidence=evidence)
    assert second.kept == (1, 2, 3, 4)
    assert second.weights[0] == 0.0


def test_weigh_correlation_cap_keeps_legs_that_move_against_each_other() -> None:
    leg = np.random.default_rng(1).normal(0.0, 0.01, 60)
    found = weigh_in_full("equal", np.column_stack([leg, -leg]), Caps(max_correlation=0.1))
    assert found.kept == (0, 1)


@pytest.mark.parametrize("method", METHODS)
def test_weigh_one_leg_gets_everything(method: str) -> None:
    assert weigh(method, sample_returns()[:, :1], NO_CAPS).tolist() == [1.0]


@pytest.mark.parametrize("method", BY_RISK)
def test_weigh_leg_without_variance_gets_no_weight_by_risk(method: str) -> None:
    returns = sample_returns()
    returns[:, 2] = 0.001
    found = weigh_in_full(method, returns, NO_CAPS, labels=["a", "b", "still", "d", "e"])
    assert found.weights[2] == 0.0
    assert found.weights.sum() == pytest.approx(1.0)
    assert "still" in found.notes[0]


@pytest.mark.parametrize("method", BY_RISK)
@pytest.mark.parametrize("days", [0, 1, 30])
def test_weigh_nothing_that_varies_falls_back_to_equal_and_says_so(method: str, days: int) -> None:
    found = weigh_in_full(method, np.full((days, 4), 0.002), NO_CAPS)
    assert found.weights.tolist() == [0.25] * 4
    assert "weights are equal" in found.notes[0]


@pytest.mark.parametrize("method", ["hrp", "risk_budget"])
def test_weigh_fewer_days_than_legs_falls_back_to_inverse_volatility(method: str) -> None:
    returns = sample_returns(5)
    found = weigh_in_full(method, returns, NO_CAPS)
    assert (found.weights == weigh("inverse_volatility", returns, NO_CAPS)).all()
    assert "5 days are too few" in found.notes[0]


@pytest.mark.parametrize("method", ["hrp", "risk_budget"])
def test_weigh_twins_share_and_do_not_break_the_method(method: str) -> None:
    returns = sample_returns()
    returns[:, 1] = returns[:, 0]
    found = weigh_in_full(method, returns, NO_CAPS)
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.weights[0] == pytest.approx(found.weights[1], rel=1e-3)
    assert found.notes == ()


def test_weigh_tiny_returns_weigh_as_large_ones_do() -> None:
    returns = sample_returns()
    found = weigh_in_full("risk_budget", returns * 1e-7, NO_CAPS)
    assert found.weights == pytest.approx(weigh("risk_budget", returns, NO_CAPS), abs=1e-4)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weigh_numbers_that_are_not_finite_are_refused(bad: float) -> None:
    returns = sample_returns()
    returns[7, 3] = bad
    with pytest.raises(InvalidInput, match="leg 4"):
        weigh("equal", returns, NO_CAPS)


@pytest.mark.parametrize(
    ("caps", "path"),
    [
        (Caps(max_weight=0.0), "caps/max_weight"),
        (Caps(max_weight=float("nan")), "caps/max_weight"),
        (Caps(max_correlation=-1.0), "caps/max_correlation"),
        (Caps(max_correlation=1.5), "caps/max_correlation"),
    ],
)
def test_weigh_caps_that_cannot_be_meant_are_refused(caps: Caps, path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        weigh("equal", sample_returns(), caps)
    assert caught.value.path == path


def test_weigh_unknown_method_and_no_legs_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no method best"):
        weigh("best", sample_returns(), NO_CAPS)
    with pytest.raises(InvalidInput, match="nothing to weigh"):
        weigh("equal", np.empty((10, 0)), NO_CAPS)
    with pytest.raises(InvalidInput, match="budgets"):
        weigh("risk_budget", sample_returns(), NO_CAPS, budgets=[1.0, 0.0, 1.0, 1.0, 1.0])
