"""How far the best of a search can be believed, as JSON."""

from fairlead.research.jsonable import JsonObject
from fairlead.research.overfitting.cscv import Overfitting
from fairlead.research.overfitting.trials import TrialCount


def trials_json(count: TrialCount) -> JsonObject:
    """Return what a search amounts to; the moments are those of daily Sharpe ratios."""
    return {
        "trials": count.trials,
        "effective": count.effective,
        "sharpe_mean": count.sharpe_mean,
        "sharpe_variance": count.sharpe_variance,
    }


def overfitting_json(found: Overfitting) -> JsonObject:
    """Return the probability of overfitting without its logits."""
    return {
        "probability": found.probability,
        "splits": found.splits,
        "degradation": found.degradation,
        "loss": found.loss,
    }
