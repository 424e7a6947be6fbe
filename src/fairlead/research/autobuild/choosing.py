"""Choosing a set on a stretch of days: the best Sharpe ratio among those that really traded."""

import math

import numpy as np
from numpy.typing import NDArray

from fairlead.research.daily import Floats
from fairlead.research.statistics import DEVIATION_FLOOR

# A set that moved on fewer days than this is not known well enough to be chosen.
ACTIVE_DAYS_MIN = 10


def daily_sharpes(returns: Floats) -> Floats:
    """Return the daily Sharpe ratio of every row of (sets, days), NaN where it has no meaning.

    Rows without variance, with fewer than 10 days of any change, or ruined ones have none.
    """
    sets, days = returns.shape
    if days < 2:
        return np.full(sets, np.nan)
    mean = returns.mean(axis=1)
    deviation = returns.std(axis=1, ddof=1)
    active = np.count_nonzero(returns, axis=1)
    fine = (deviation >= DEVIATION_FLOOR) & (active >= min(ACTIVE_DAYS_MIN, days))
    fine &= returns.min(axis=1) > -1.0
    return np.where(fine, mean / np.where(fine, deviation, 1.0), np.nan)


def choose(sharpes: Floats) -> int:
    """Return the set with the best Sharpe ratio, the first of equals; -1 when none has one."""
    known = np.flatnonzero(~np.isnan(sharpes))
    return int(known[sharpes[known].argmax()]) if len(known) else -1


def neighbourhood(sharpes: Floats, neighbours: NDArray[np.int64], index: int) -> float | None:
    """Return the median Sharpe ratio around a set; a neighbour without one counts as the worst.

    None without neighbours, or when most of them have none.
    """
    near = neighbours[index][neighbours[index] >= 0]
    if len(near) == 0:
        return None
    median = float(np.median(np.where(np.isnan(sharpes[near]), -np.inf, sharpes[near])))
    return median if math.isfinite(median) else None
