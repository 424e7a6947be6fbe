"""The probability of overfitting: against a plain recount, on noise, and on a planted edge."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.research.daily import Floats
from fairlead.research.overfitting.cscv import probability_of_overfitting


def noise(days: int, sets: int, seed: int) -> Floats:
    return np.random.default_rng(seed).normal(0.0, 0.01, (days, sets))


def recounted(matrix: Floats, blocks: int) -> tuple[list[float], list[float], list[float]]:
    """Follow the paper step by step: logits, and the chosen sets' ratios in and out of sample."""
    length = len(matrix) // blocks
    parts = np.split(matrix[len(matrix) - length * blocks :], blocks)
    logits, inside, outside = [], [], []
    for chosen in itertools.combinations(range(blocks), blocks // 2):
        sample = np.concatenate([parts[at] for at in chosen])
        test = np.concatenate([parts[at] for at in range(blocks) if at not in chosen])
        ratios, tested = ratios_of(sample), ratios_of(test)
        best = int(np.argmax(ratios))
        rank = float((tested < tested[best]).sum()) + ((tested == tested[best]).sum() + 1) / 2
        share = rank / (matrix.shape[1] + 1)
        logits.append(math.log(share / (1 - share)))
        inside.append(float(ratios[best]))
        outside.append(float(tested[best]))
    return logits, inside, outside


def ratios_of(returns: Floats) -> Floats:
    deviations = returns.std(axis=0)
    flat = deviations < 1e-9
    return np.where(flat, 0.0, returns.mean(axis=0) / np.where(flat, 1.0, deviations))


@given(st.integers(8, 40), st.integers(2, 7), st.sampled_from([2, 4, 6]), st.integers(0, 999))
@hypothesis_settings(max_examples=40)
def test_overfitting_equals_a_plain_recount(days: int, sets: int, blocks: int, seed: int) -> None:
    matrix = noise(max(days, 2 * blocks), sets, seed)
    found = probability_of_overfitting(matrix, blocks)
    logits, inside, outside = recounted(matrix, blocks)
    assert found.splits == math.comb(blocks, blocks // 2)
    assert sorted(found.logits.tolist()) == pytest.approx(sorted(logits))
    assert found.probability == pytest.approx(np.mean([each <= 0.0 for each in logits]))
    assert found.loss == pytest.approx(np.mean([each < 0.0 for each in outside]))
    if len(set(inside)) > 2:
        slope = float(np.polyfit(inside, outside, 1)[0])
        assert found.degradation == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_overfitting_uses_the_splits_of_skfolio() -> None:
    from skfolio.model_selection import CombinatorialPurgedCV  # an independent implementation

    matrix = noise(60, 5, 3)
    logits = []
    for fit, tests in CombinatorialPurgedCV(n_folds=6, n_test_folds=3).split(matrix):
        test = np.concatenate(tests)
        ratios, tested = ratios_of(matrix[fit]), ratios_of(matrix[test])
        rank = float((tested <= tested[int(np.argmax(ratios))]).sum())
        logits.append(math.log(rank / (6 - rank)))
    found = probability_of_overfitting(matrix, blocks=6)
    assert sorted(found.logits.tolist()) == pytest.approx(sorted(logits))


def test_overfitting_on_noise_is_about_a_half() -> None:
    found = [probability_of_overfitting(noise(400, 30, seed), 8).probability for seed in range(60)]
    assert all(each is not None for each in found)
    assert np.mean([each or 0.0 for each in found]) == pytest.approx(0.5, abs=0.08)


def test_overfitting_of_a_planted_edge_is_near_zero() -> None:
    matrix = noise(730, 50, 1)
    matrix[:, 17] += 0.002
    found = probability_of_overfitting(matrix)
    assert found.splits == 12_870
    assert found.probability is not None
    assert found.probability < 0.02
    assert found.loss is not None
    assert found.loss < 0.02


def test_overfitting_of_sets_that_fit_one_half_each_is_certain() -> None:
    # whichever half is chosen, its best set loses in the other
    days = np.arange(160) // 10 % 2
    sides = np.where(days == 0, 1.0, -1.0)
    matrix = noise(160, 2, 4) * 0.1 + 0.005 * np.column_stack((sides, -sides))
    found = probability_of_overfitting(matrix)
    assert found.probability == pytest.approx(1.0, abs=0.1)
    assert found.degradation is not None
    assert found.degradation < -0.5


def test_overfitting_order_of_sets_and_scale_change_nothing() -> None:
    matrix = noise(200, 9, 2)
    plain = probability_of_overfitting(matrix, 8)
    turned = probability_of_overfitting(matrix[:, ::-1], 8)
    scaled = probability_of_overfitting(matrix * 64.0, 8)
    assert sorted(plain.logits) == pytest.approx(sorted(turned.logits))
    assert plain.probability == turned.probability == scaled.probability


def test_overfitting_equal_sets_share_their_rank() -> None:
    pair = noise(80, 2, 6)
    doubled = np.repeat(pair, 2, axis=1)
    found = probability_of_overfitting(doubled, 4)
    # ranks 1.5 and 3.5 of 4: the logits of 1.5/5 and 3.5/5
    assert {round(abs(each), 9) for each in found.logits} == {round(math.log(0.7 / 0.3), 9)}


def test_overfitting_sets_that_never_traded_rank_at_zero() -> None:
    matrix = np.column_stack((noise(80, 1, 1) - 0.02, np.zeros(80), np.full(80, 0.001)))
    found = probability_of_overfitting(matrix, 4)
    # the loser is never chosen; the two flat ones share ranks 2 and 3 of 3
    assert found.logits.tolist() == pytest.approx([math.log(2.5 / 1.5)] * 6)
    assert (found.probability, found.loss, found.degradation) == (0.0, 0.0, None)


@pytest.mark.parametrize(
    "matrix",
    [noise(100, 1, 1), np.repeat(noise(100, 1, 1), 5, axis=1), noise(31, 5, 1), np.zeros((0, 3))],
    ids=["one set", "all equal", "too few days", "no days"],
)
def test_overfitting_without_a_choice_is_undefined(matrix: Floats) -> None:
    found = probability_of_overfitting(matrix)
    assert (found.probability, found.splits, found.degradation) == (None, 0, None)


@pytest.mark.parametrize("blocks", [0, 3, 18, -2])
def test_overfitting_blocks_that_have_no_halves_are_refused(blocks: int) -> None:
    with pytest.raises(InvalidInput):
        probability_of_overfitting(noise(100, 3, 1), blocks)


def test_overfitting_return_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not a number"):
        probability_of_overfitting(np.array([[0.1, np.nan]] * 40))
