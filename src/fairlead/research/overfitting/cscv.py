"""The probability that choosing the best set was overfitting, by combinatorial splits."""

from dataclasses import dataclass
from math import comb

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.jit import jit
from fairlead.research.daily import Floats

BLOCKS_MAX = 16
BLOCK_DAYS_MIN = 2
# A variance below this share of the mean square is rounding noise of equal returns.
FLAT_SHARE = 1e-12


@dataclass(frozen=True, slots=True)
class Overfitting:
    """Hold what all splits say about choosing the set with the best Sharpe ratio.

    `probability` is the share of splits in which the set that was best in one half ranks at or
    below the median of the other half; `logits` has each split's rank as `ln(w / (1 - w))`.
    `degradation` is the slope of a line through the chosen sets' Sharpe ratios: out of sample
    over in sample; near or below 0 when the one says nothing about the other. `loss` is the
    share of splits in which the chosen set lost money out of sample. Figures without a meaning
    (fewer than two different sets, too few days) are None, with no splits.
    """

    probability: float | None
    splits: int
    logits: Floats
    degradation: float | None
    loss: float | None = None


def probability_of_overfitting(returns_matrix: Floats, blocks: int = 16) -> Overfitting:
    """Split the days of (days, sets) into halves in every way and see what becomes of the best.

    Combinatorially symmetric cross-validation (D. Bailey, J. Borwein, M. Lopez de Prado and
    Q. Zhu, "The Probability of Backtest Overfitting", Journal of Computational Finance 20(4),
    2015). The days are cut into `blocks` equal blocks (the oldest days that do not fill one are
    left out); each of the C(S, S/2) choices of S/2 blocks is once the sample in which the best
    set is chosen, and its complement the test. With rank r of the chosen set among N sets,
    `w = r / (N + 1)` and `PBO = share of ln(w / (1 - w)) <= 0`.

    Equal sets share the mean of their ranks; the first of equals is chosen. A set without
    variance in a half (one that never traded) has Sharpe ratio 0 there. 200 sets over 730 days
    take a few milliseconds. Raises `InvalidInput` for an odd number of blocks, one outside
    2 to 16, or returns that are not finite.
    """
    matrix = _checked(returns_matrix, blocks)
    days, sets = matrix.shape
    length = days // blocks
    if sets < 2 or length < BLOCK_DAYS_MIN or bool((matrix == matrix[:, :1]).all()):
        return Overfitting(None, 0, np.empty(0, np.float64), None)
    used = np.ascontiguousarray(matrix[days - length * blocks :])
    sums, squares = _block_sums(used, blocks)
    splits = comb(blocks, blocks // 2)
    logits, inside, outside = np.empty(splits), np.empty(splits), np.empty(splits)
    _all_splits(
        *_subset_sums(sums, squares, 0, blocks // 2),
        *_subset_sums(sums, squares, blocks // 2, blocks - blocks // 2),
        float(length * (blocks // 2)),
        logits,
        inside,
        outside,
    )
    return Overfitting(
        probability=float(np.mean(logits <= 0.0)),
        splits=splits,
        logits=logits,
        degradation=_slope(inside, outside),
        loss=float(np.mean(outside < 0.0)),
    )


def _checked(returns_matrix: Floats, blocks: int) -> Floats:
    if blocks % 2 or not 2 <= blocks <= BLOCKS_MAX:
        raise InvalidInput(
            f"{blocks} blocks cannot be split into halves.",
            expected=f"an even number from 2 to {BLOCKS_MAX}",
            found=str(blocks),
            path="blocks",
        )
    matrix = np.asarray(returns_matrix, np.float64)
    matrix = matrix[:, np.newaxis] if matrix.ndim == 1 else matrix
    if not np.isfinite(matrix).all():
        raise InvalidInput(
            "A return is not a number.",
            expected="finite daily returns, one column for each set",
            action="Leave days without equity out.",
        )
    return matrix


def _slope(inside: Floats, outside: Floats) -> float | None:
    centred = inside - inside.mean()
    spread = float(centred @ centred)
    return float(centred @ (outside - outside.mean())) / spread if spread > 0.0 else None


@jit
def _block_sums(matrix: Floats, blocks: int) -> tuple[Floats, Floats]:
    """Return the sum and the sum of squares of every set in every block."""
    days, sets = matrix.shape
    length = days // blocks
    sums, squares = np.zeros((blocks, sets)), np.zeros((blocks, sets))
    for block in range(blocks):
        for day in range(block * length, (block + 1) * length):
            for index in range(sets):
                value = matrix[day, index]
                sums[block, index] += value
                squares[block, index] += value * value
    return sums, squares


@jit
def _subset_sums(sums: Floats, squares: Floats, first: int, count: int) -> tuple[Floats, Floats]:
    """Return the sums over every subset of `count` blocks from `first` on, by its bits."""
    sets = sums.shape[1]
    total, total_squares = np.zeros((1 << count, sets)), np.zeros((1 << count, sets))
    for subset in range(1, 1 << count):
        top = 0
        while subset >> (top + 1):
            top += 1
        rest = subset - (1 << top)
        for index in range(sets):
            total[subset, index] = total[rest, index] + sums[first + top, index]
            total_squares[subset, index] = total_squares[rest, index] + squares[first + top, index]
    return total, total_squares


@jit
def _all_splits(
    low: Floats,
    low_squares: Floats,
    high: Floats,
    high_squares: Floats,
    days: float,
    logits: Floats,
    inside: Floats,
    outside: Floats,
) -> None:
    """Write the logit and both Sharpe ratios of the chosen set for every split.

    A half of the blocks is a subset of the lower and one of the upper blocks. Sharpe ratios are
    compared by their signed squares, which have the same order and need no root.
    """
    sets = low.shape[1]
    last_low, last_high = len(low) - 1, len(high) - 1
    sample, test = np.empty(sets), np.empty(sets)
    half = _count_bits(last_low | (last_high << _count_bits(last_low))) // 2
    split = 0
    for upper in range(last_high + 1):
        for lower in range(last_low + 1):
            if _count_bits(upper) + _count_bits(lower) != half:
                continue
            rest_low, rest_high = last_low - lower, last_high - upper
            _score(low[lower], low_squares[lower], high[upper], high_squares[upper], days, sample)
            _score(
                low[rest_low],
                low_squares[rest_low],
                high[rest_high],
                high_squares[rest_high],
                days,
                test,
            )
            best = 0
            for index in range(1, sets):
                if sample[index] > sample[best]:
                    best = index
            rank = _rank(test, best)
            logits[split] = np.log(rank / (sets + 1.0 - rank))
            inside[split] = _root(sample[best])
            outside[split] = _root(test[best])
            split += 1


@jit
def _score(
    sums: Floats, squares: Floats, more: Floats, more_squares: Floats, days: float, score: Floats
) -> None:
    for index in range(len(score)):
        mean = (sums[index] + more[index]) / days
        square = (squares[index] + more_squares[index]) / days
        variance = square - mean * mean
        flat = variance <= FLAT_SHARE * square
        score[index] = 0.0 if flat else mean * abs(mean) / variance


@jit
def _rank(scores: Floats, chosen: int) -> float:
    """Return the place of one score from the bottom, 1 for the worst; equals share their mean."""
    below, equal = 0, 0
    for index in range(len(scores)):
        below += scores[index] < scores[chosen]
        equal += scores[index] == scores[chosen]
    return below + (equal + 1) / 2.0


@jit
def _root(score: float) -> float:
    return float(np.sqrt(score) if score >= 0.0 else -np.sqrt(-score))


@jit
def _count_bits(value: int) -> int:
    count = 0
    while value:
        count += value & 1
        value >>= 1
    return count
