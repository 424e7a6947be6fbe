"""The two methods that skfolio computes; it takes seconds to import, so only when it is used."""

import warnings
from typing import Any

import numpy as np

from fairlead.research.daily import Floats


def hierarchical(returns: Floats) -> Floats | None:
    """Return hierarchical risk parity (Lopez de Prado 2016) of (days, legs), or None.

    Pearson's distance, Ward's linkage and the sample covariance are skfolio's defaults.
    """
    from skfolio.optimization import HierarchicalRiskParity

    return _fitted(HierarchicalRiskParity(), returns)


def risk_budgeted(returns: Floats, budgets: Floats) -> Floats | None:
    """Return weights whose shares of the variance are as `budgets`, or None.

    The convex form with a logarithmic barrier (Spinu 2013), long only.
    """
    from skfolio.optimization import RiskBudgeting

    return _fitted(RiskBudgeting(risk_budget=budgets / budgets.sum()), returns)


def _fitted(model: Any, returns: Floats) -> Floats | None:
    """Fit a model; legs that repeat each other make it clip the covariance, and say so aloud."""
    from skfolio.exceptions import SkfolioError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            found: Floats = np.asarray(model.fit(returns).weights_, np.float64)
        except (SkfolioError, ValueError):
            return None
    return found if np.isfinite(found).all() and float(found.sum()) > 0.0 else None
