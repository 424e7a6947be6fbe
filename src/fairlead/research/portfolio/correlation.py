"""How alike the daily returns of legs are, and which legs a correlation cap leaves."""

from collections.abc import Sequence

import numpy as np

from fairlead.research.daily import Floats
from fairlead.research.statistics import DEVIATION_FLOOR

# Of 20 days of unrelated returns one pair in a thousand looks correlated by 0.68; below, by more.
DAYS_MIN = 20


def deviations(returns: Floats) -> Floats:
    """Return the sample standard deviation (ddof 1) of each column of (days, legs).

    It is 0 for a column without variance (rounding noise counts as none) and below two days.
    """
    if returns.shape[0] < 2:
        return np.zeros(returns.shape[1])
    found: Floats = returns.std(axis=0, ddof=1)
    return np.where(found > DEVIATION_FLOOR, found, 0.0)


def correlation_of(returns: Floats) -> Floats:
    """Return Pearson's correlations (legs, legs) of (days, legs); a constant leg has none (0).

    The diagonal is 1. Each pair is computed by itself, so it does not depend on the others.
    """
    legs = returns.shape[1]
    found = np.eye(legs)
    spread = deviations(returns)
    moving = np.flatnonzero(spread)
    scaled = (returns - returns.mean(axis=0)) if returns.shape[0] else returns
    for place, left in enumerate(moving):
        for right in moving[:place]:
            product = float(np.dot(scaled[:, left], scaled[:, right])) / (returns.shape[0] - 1)
            value = min(1.0, max(-1.0, product / float(spread[left] * spread[right])))
            found[left, right] = found[right, left] = value
    return found


def kept_legs(returns: Floats, ranks: Sequence[int], highest: float) -> list[int]:
    """Return the legs that a cap on correlation leaves, in column order.

    `ranks` lists the legs by evidence, the best first. From the best on, a leg stays when its
    correlation with every leg that stays is at most `highest`: of a pair too alike it is the one
    with less evidence that goes. Negative correlation is no reason to go.
    """
    correlation = correlation_of(returns)
    kept: list[int] = []
    for leg in ranks:
        if all(correlation[leg, other] <= highest for other in kept):
            kept.append(leg)
    return sorted(kept)
