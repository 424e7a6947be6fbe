"""How far a result can be believed, as JSON."""

import numpy as np

from fairlead.research.jsonable import JsonObject
from fairlead.research.model import Report
from fairlead.research.overfitting.cscv import Overfitting
from fairlead.research.overfitting.montecarlo import (
    MonteCarlo,
    bootstrap_trades,
    shuffle_trades,
    trade_returns,
    usual_runs,
)
from fairlead.research.overfitting.trials import TrialCount

SEED = 0


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


def monte_carlo_of(report: Report) -> tuple[MonteCarlo, MonteCarlo]:
    """Return a backtest's trades in other orders, and drawn again."""
    cash = report.metrics.final_equity - report.metrics.profit
    returns = trade_returns(np.asarray(report.trades["pnl"], np.float64), cash)
    runs = usual_runs(len(returns))
    return shuffle_trades(returns, cash, SEED, runs), bootstrap_trades(returns, cash, SEED, runs)


def monte_carlo_json(report: Report) -> JsonObject:
    """Return both, by their names."""
    return {each.method: each.to_json() for each in monte_carlo_of(report)}
