"""The figures that every set of a grid has, and which set is the best by one of them."""

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.research.daily import Floats

CELL_METRICS = (
    "return",
    "cagr",
    "sharpe",
    "sortino",
    "calmar",
    "max_drawdown",
    "max_drawdown_days",
    "volatility",
    "trades",
    "win_rate",
    "profit_factor",
    "expectancy",
    "exposure",
    "turnover_per_year",
    "fees",
    "ambiguous_share",
    "final_equity",
)


def best_of(values: Floats, lower_is_better: bool) -> int:
    """Return the index of the best defined value, the first of equals, -1 when there is none."""
    known = np.flatnonzero(~np.isnan(values))
    if len(known) == 0:
        return -1
    best = values[known].argmin() if lower_is_better else values[known].argmax()
    return int(known[best])


def check_metric(metric: str) -> None:
    """Refuse a metric that a sweep does not have; raises `InvalidInput`."""
    if metric not in CELL_METRICS:
        raise InvalidInput(
            f"There is no metric {metric!r}.",
            expected=", ".join(CELL_METRICS),
            found=metric,
            path="metric",
        )
