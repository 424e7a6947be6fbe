"""What a Sharpe ratio is worth: its confidence, and what is left of it after many trials.

Everything here is per day: no figure is annualised. An annualised ratio over D days a year is
the daily one times sqrt(D), an annualised variance of ratios is the daily one times D.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.research.daily import Floats, Ints
from fairlead.research.statistics import DEVIATION_FLOOR, kurtosis, skewness

EULER = 0.577_215_664_901_532_9
RETURNS_MIN = 3
# Two trials that correlate at least this much count as one; see `effective_trials`.
SAME_TRIAL = 0.8
COMPARED_MAX = 500
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class SharpeMoments:
    """Hold what the sampling error of a Sharpe ratio depends on.

    `ratio` is mean over standard deviation (n - 1) per return, `kurtosis` is 3 for a normal.
    """

    ratio: float
    returns: int
    skewness: float
    kurtosis: float


def sharpe_moments(returns: Floats) -> SharpeMoments | None:
    """Measure a series; None below three returns or without variance."""
    checked = _finite(returns)
    if len(checked) < RETURNS_MIN:
        return None
    skew, kurt = skewness(checked), kurtosis(checked)
    if skew is None or kurt is None:
        return None
    ratio = float(checked.mean() / checked.std(ddof=1))
    return SharpeMoments(ratio, len(checked), skew, kurt)


def sharpe_ratios(returns_matrix: Floats) -> Floats:
    """Return the daily Sharpe ratio of every column of (days, sets), NaN for a flat column."""
    matrix = _matrix(returns_matrix)
    if len(matrix) < RETURNS_MIN:
        return np.full(matrix.shape[1], np.nan)
    deviations = matrix.std(axis=0, ddof=1)
    means = matrix.mean(axis=0)
    flat = deviations < DEVIATION_FLOOR
    return np.where(flat, np.nan, means / np.where(flat, 1.0, deviations))


def confidence_of(moments: SharpeMoments, benchmark: float) -> float | None:
    """Return the probability that the true Sharpe ratio is above a benchmark.

    `PSR = Phi((SR - SR*) sqrt(T - 1) / sqrt(1 - g3 SR + (g4 - 1) / 4 SR^2))` with skewness g3 and
    kurtosis g4 (D. Bailey and M. Lopez de Prado, "The Sharpe Ratio Efficient Frontier", Journal
    of Risk 15(2), 2012, equation 11). None where the estimated error has no meaning.
    """
    spread = _spread(moments)
    if spread is None:
        return None
    distance = (moments.ratio - benchmark) * math.sqrt(moments.returns - 1)
    return _NORMAL.cdf(distance / spread)


def probabilistic_sharpe(returns: Floats, benchmark: float = 0.0) -> float | None:
    """Return the probability that the true daily Sharpe ratio is above a daily benchmark.

    See `confidence_of` for the formula. None below three returns or without variance.
    """
    moments = sharpe_moments(returns)
    return None if moments is None else confidence_of(moments, benchmark)


def minimum_track_record(
    moments: SharpeMoments, benchmark: float, confidence: float = 0.95
) -> float | None:
    """Return how many returns it takes for a Sharpe ratio to be above a benchmark.

    `MinTRL = 1 + (1 - g3 SR + (g4 - 1) / 4 SR^2) (z / (SR - SR*))^2` (Bailey and Lopez de Prado,
    2012, equation 13). None when the ratio is not above the benchmark: no length would do.
    """
    spread = _spread(moments)
    if spread is None or moments.ratio <= benchmark:
        return None
    needed = _NORMAL.inv_cdf(confidence) / (moments.ratio - benchmark)
    return 1.0 + (spread * needed) ** 2


def expected_maximum_sharpe(trials: float, variance: float) -> float:
    """Return the best Sharpe ratio to expect of trials that have no edge at all.

    `E[max SR] = sqrt(V) ((1 - g) Z(1 - 1/N) + g Z(1 - 1/(N e)))` with N independent trials, the
    variance V of their Sharpe ratios, the inverse normal Z and Euler's constant g: the False
    Strategy theorem (D. Bailey and M. Lopez de Prado, "The Deflated Sharpe Ratio", Journal of
    Portfolio Management 40(5), 2014, equation 1). The approximation is below zero for N near 1;
    a single trial has nothing to choose from, so the result is never below 0.

    Raises `InvalidInput` for fewer trials than one, or a variance that is negative or unknown.
    """
    if not (math.isfinite(trials) and trials >= 1.0):
        raise InvalidInput(
            f"{trials:g} trials are impossible.", expected="at least 1", path="trials"
        )
    if not (math.isfinite(variance) and variance >= 0.0):
        raise InvalidInput(
            f"A variance of {variance:g} is impossible.", expected="at least 0", path="variance"
        )
    if trials == 1.0:
        return 0.0
    usual = (1.0 - EULER) * _NORMAL.inv_cdf(1.0 - 1.0 / trials)
    extreme = EULER * _NORMAL.inv_cdf(1.0 - 1.0 / (trials * math.e))
    return math.sqrt(variance) * max(0.0, usual + extreme)


def deflated_sharpe(returns: Floats, trials: float, variance: float) -> float | None:
    """Return the probability that the Sharpe ratio is more than the luck of the best trial.

    The probabilistic Sharpe ratio against `expected_maximum_sharpe(trials, variance)` (Bailey
    and Lopez de Prado, 2014, equation 2). `trials` is the effective number, `variance` that of
    the daily Sharpe ratios over all trials. None below three returns or without variance.
    """
    return probabilistic_sharpe(returns, expected_maximum_sharpe(trials, variance))


def effective_trials(returns_matrix: Floats) -> float:
    """Return how many different trials the columns of (days, sets) amount to.

    Columns are clustered by the correlation of their daily returns with the leader algorithm
    (J. Hartigan, "Clustering Algorithms", 1975, chapter 3): in the order of columns, each joins
    the first leader with which it correlates by at least 0.8, or becomes a leader. The number of
    leaders is the effective number: no two of them are nearly the same trial, and every other
    column is nearly one of them. To count clusters, not columns, is the advice of M. Lopez de
    Prado and M. Lewis, "Detection of false investment strategies using unsupervised learning
    methods", Quantitative Finance 19(9), 2019. Opposite trials are two; all columns without
    variance together are one; more columns never make it less.

    Of more than 500 sets 500 are compared; see `effective_number`. Raises `InvalidInput` for no
    columns, or values that are not finite.
    """
    matrix = _matrix(returns_matrix)
    return effective_number(matrix[:, compared_sets(matrix.shape[1])], matrix.shape[1])


def compared_sets(sets: int) -> Ints:
    """Return which sets of a search are compared: all, or 500 that are evenly spread."""
    if sets <= COMPARED_MAX:
        return np.arange(sets, dtype=np.int64)
    return np.linspace(0, sets - 1, COMPARED_MAX).astype(np.int64)


def effective_number(returns_matrix: Floats, sets: int) -> float:
    """Return the effective number of `sets` trials of which only the compared have columns.

    Beyond what is compared the number goes on as it grew between half of the columns and all of
    them: `N(m) = N(c) (m / c)^b` with `b = log2(N(c) / N(c / 2))` within [0, 1]. So sets that are
    all different count all, and sets that repeat what was seen add nothing.
    """
    matrix = _matrix(returns_matrix)
    compared = matrix.shape[1]
    if compared == 0:
        raise InvalidInput("There is no trial to count.", expected="at least one column")
    found = _leaders(matrix)
    if sets <= compared:
        return float(found)
    growth = min(1.0, max(0.0, math.log2(found / _leaders(matrix[:, ::2]))))
    return float(found * (sets / compared) ** growth)


def _leaders(matrix: Floats) -> int:
    deviations = matrix.std(axis=0) if len(matrix) else np.zeros(matrix.shape[1])
    moving = deviations >= DEVIATION_FLOOR
    flat = int(not moving.all())
    if not moving.any():
        return 1
    centred = matrix[:, moving] - matrix[:, moving].mean(axis=0)
    unit = centred / np.sqrt(np.square(centred).sum(axis=0))
    alike = unit.T @ unit >= SAME_TRIAL
    free = np.ones(len(alike), np.bool_)
    leaders = 0
    for column in range(len(alike)):
        if free[column]:
            leaders += 1
            free &= ~alike[column]
    return leaders + flat


def _spread(moments: SharpeMoments) -> float | None:
    ratio = moments.ratio
    squared = 1.0 - moments.skewness * ratio + (moments.kurtosis - 1.0) / 4.0 * ratio * ratio
    return math.sqrt(squared) if squared > 0.0 and moments.returns > 1 else None


def _finite(returns: Floats) -> Floats:
    values = np.asarray(returns, np.float64)
    if not np.isfinite(values).all():
        raise InvalidInput(
            "A return is not a number.",
            expected="finite daily returns",
            action="Leave days without equity out.",
        )
    return values


def _matrix(returns_matrix: Floats) -> Floats:
    matrix = _finite(returns_matrix)
    return matrix[:, np.newaxis] if matrix.ndim == 1 else matrix
