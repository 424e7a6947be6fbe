"""How often somebody looked, in numbers: of one search, and of several taken together."""

import math
from dataclasses import dataclass

import numpy as np

from fairlead.research.daily import DailyEquity, Floats, returns_of_sets
from fairlead.research.overfitting.sharpe import (
    compared_sets,
    effective_number,
    effective_trials,
    sharpe_ratios,
)


@dataclass(frozen=True, slots=True)
class TrialCount:
    """Hold what a deflated Sharpe ratio needs to know of everything that was tried.

    `trials` counts every parameter set ever run, `effective` the different ones among them, and
    the moments are those of their daily Sharpe ratios. `known` is False where work was done that
    is not on record.
    """

    trials: int
    effective: float
    sharpe_variance: float
    known: bool
    sharpe_mean: float = 0.0

    def joined(self, other: "TrialCount") -> "TrialCount":
        """Return both together; moments are pooled, each weighing by its effective number.

        `V = sum(n (v + m^2)) / sum(n) - M^2`, the law of total variance.
        """
        weight = self.effective + other.effective
        if weight == 0.0:
            return TrialCount(self.trials + other.trials, 0.0, 0.0, self.known and other.known)
        mine, theirs = self.effective / weight, other.effective / weight
        mean = mine * self.sharpe_mean + theirs * other.sharpe_mean
        inside = mine * self.sharpe_variance + theirs * other.sharpe_variance
        between = mine * theirs * (self.sharpe_mean - other.sharpe_mean) ** 2
        return TrialCount(
            trials=self.trials + other.trials,
            effective=weight,
            sharpe_variance=inside + between,
            known=self.known and other.known,
            sharpe_mean=mean,
        )


NO_TRIALS = TrialCount(0, 0.0, 0.0, known=True)


def trials_of(returns_matrix: Floats) -> TrialCount:
    """Return what one search amounts to, from the daily returns of all its sets, (days, sets)."""
    matrix = np.asarray(returns_matrix, np.float64)
    matrix = matrix[:, np.newaxis] if matrix.ndim == 1 else matrix
    ratios = sharpe_ratios(matrix)
    return _count(matrix.shape[1], effective_trials(matrix), ratios, len(matrix))


def trial_variance(ratios: Floats, days: int) -> float:
    """Return the variance of daily Sharpe ratios between independent trials.

    The effective number counts independent trials, so this has to be their variance. The sets of
    a grid move together and their ratios lie closer than that, so it is never less than the
    sampling variance of one ratio without an edge, `1 / (T - 1)` (A. Lo, "The Statistics of
    Sharpe Ratios", Financial Analysts Journal 58(4), 2002).
    """
    known = ratios[~np.isnan(ratios)]
    spread = float(known.var(ddof=1)) if len(known) > 1 else 0.0
    return max(spread, 1.0 / max(days - 1, 1))


class ReturnsSample:
    """Collect the daily returns of a search as its batches pass, at most 500 sets of it."""

    def __init__(self, sets: int) -> None:
        self._sets = sets
        self._places = {int(place): column for column, place in enumerate(compared_sets(sets))}
        self._columns: dict[int, list[Floats]] = {}
        self._until: dict[int, int] = {}

    def take(self, index: int, daily: DailyEquity) -> None:
        """Keep the returns of set `index` where it is one that is compared.

        A set that runs on several ranges, one after the other, adds what is new. The last day of
        a range may have been cut short, so a later range that has this day gives it.
        """
        column = self._places.get(index)
        if column is None or len(daily.days) == 0:
            return
        returns = returns_of_sets(daily.values[np.newaxis], daily.start)[:, 0]
        parts = self._columns.setdefault(column, [])
        until = self._until.get(column, -1)
        if parts and daily.days[0] <= until:
            parts[-1] = parts[-1][:-1]
            returns = returns[daily.days >= until]
        parts.append(returns)
        self._until[column] = int(daily.days[-1])

    def matrix(self) -> Floats:
        """Return the daily returns of the compared sets, (days, compared)."""
        columns = [np.concatenate(self._columns[column]) for column in sorted(self._columns)]
        return np.column_stack(columns) if columns else np.empty((0, 0), np.float64)

    def count(self, ratios: Floats, evaluations: int) -> TrialCount:
        """Return what the search amounts to, given the daily Sharpe ratios of all its sets.

        `evaluations` is how many times a set was run; a walk-forward runs each once a window.
        """
        matrix = self.matrix()
        return _count(evaluations, effective_number(matrix, self._sets), ratios, len(matrix))


def _count(trials: int, effective: float, ratios: Floats, days: int) -> TrialCount:
    known = ratios[~np.isnan(ratios)]
    return TrialCount(
        trials=trials,
        effective=effective,
        sharpe_variance=trial_variance(ratios, days),
        known=True,
        sharpe_mean=float(known.mean()) if len(known) else 0.0,
    )


def daily_ratio(annual: Floats, days_per_year: int) -> Floats:
    """Return daily Sharpe ratios of annual ones."""
    return annual / math.sqrt(days_per_year)
