"""How good a cell's neighbours are: a lone peak is luck, a plateau may be an edge."""

import itertools
from operator import add

import numpy as np

from fairlead.research.candidates import Candidates
from fairlead.research.daily import Floats


def plateau_scores(candidates: Candidates, values: Floats, lower_is_better: bool) -> Floats:
    """Return for each set the median of its neighbours' values, NaN where it has none.

    Neighbours differ by at most one step on every axis, diagonals included. A neighbour without
    a value counts as the worst there is; one that the definition rules out does not count.
    """
    where = {place: index for index, place in enumerate(candidates.places)}
    worst = np.inf if lower_is_better else -np.inf
    filled = np.where(np.isnan(values), worst, values)
    offsets = [
        move for move in itertools.product((-1, 0, 1), repeat=len(candidates.axes)) if any(move)
    ]
    scores = np.full(len(values), np.nan)
    for place, index in where.items():
        near = [where.get(tuple(map(add, place, move))) for move in offsets]
        around = [filled[other] for other in near if other is not None]
        if around:
            median = float(np.median(around))
            scores[index] = median if np.isfinite(median) else np.nan
    return scores
