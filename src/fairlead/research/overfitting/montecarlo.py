"""What the same trades could have come to in another order, or drawn again."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.research.daily import Floats
from fairlead.research.jsonable import JsonObject
from fairlead.research.overfitting.chance import random_numbers

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
RUNS_MAX = 100_000
# Paths are made in parts of so many numbers, so that memory stays flat: 16 MB a part.
CELLS_MAX = 2_000_000
# Orders of one product differ in its last digits; that is no loss.
ROUNDING = 1e-9

Method = Literal["shuffle", "bootstrap"]


@dataclass(frozen=True, slots=True)
class MonteCarlo:
    """Hold what many paths through the same trades came to.

    `final_equity` and `max_drawdown` have one value for each share in `SHARES` (5, 25, 50, 75 and
    95 % of all paths are at or below it). Drawdown is a positive fraction of the peak, from trade
    to trade. `loss_probability` is the share of paths that end below the starting cash.
    """

    method: Method
    runs: int
    trades: int
    final_equity: tuple[float, ...]
    max_drawdown: tuple[float, ...]
    loss_probability: float

    def to_json(self) -> JsonObject:
        """Return the figures with the shares they belong to."""
        return {
            "method": self.method,
            "runs": self.runs,
            "trades": self.trades,
            "shares": list(SHARES),
            "final_equity": list(self.final_equity),
            "max_drawdown": list(self.max_drawdown),
            "loss_probability": self.loss_probability,
        }


def trade_returns(pnl: Floats, cash: float) -> Floats:
    """Return each trade's profit over the cash there was before it, from profits in their order.

    Trades after the account is spent have nothing to be measured by and are left out.
    """
    before = cash + np.concatenate(([0.0], np.cumsum(pnl)[:-1])) if len(pnl) else np.empty(0)
    spent = np.flatnonzero(before <= 0.0)
    alive = int(spent[0]) if len(spent) else len(pnl)
    return np.asarray(pnl[:alive] / before[:alive], np.float64)


def usual_runs(trades: int) -> int:
    """Return how many paths are enough and take no time: 1,000, fewer for thousands of trades."""
    return max(100, min(1_000, CELLS_MAX // max(trades, 1)))


def shuffle_trades(trade_returns: Floats, cash: float, seed: int, runs: int = 1000) -> MonteCarlo:
    """Put the trades into `runs` random orders.

    Each trade earns its share of the equity before it, `e(k) = e(k-1) (1 + r(k))`; an account at
    zero stays there. The end is the same in every order, how deep the account falls on the way is
    not: its quantiles say how much of the drawdown seen was the luck of one order (K. Davey,
    "Building Winning Algorithmic Trading Systems", 2014, chapter 7). Equal seeds, equal figures.

    Raises `InvalidInput` for returns that are not finite, cash or runs that are not positive, and
    more than 100,000 runs.
    """
    return _simulate("shuffle", trade_returns, cash, seed, runs)


def bootstrap_trades(trade_returns: Floats, cash: float, seed: int, runs: int = 1000) -> MonteCarlo:
    """Draw as many trades as there were, with replacement, `runs` times.

    The trades stand for all that could have happened, so end and drawdown both spread (B. Efron,
    "Bootstrap Methods: Another Look at the Jackknife", Annals of Statistics 7(1), 1979). Trades
    are taken as independent: streaks that belong together are torn apart. As `shuffle_trades`
    otherwise.
    """
    return _simulate("bootstrap", trade_returns, cash, seed, runs)


def _simulate(
    method: Method, trade_returns: Floats, cash: float, seed: int, runs: int
) -> MonteCarlo:
    returns = _checked(trade_returns, cash, runs)
    ends, falls = [], []
    for paths in _paths(method, returns, seed, runs):
        growth = np.cumprod(np.maximum(1.0 + paths, 0.0), axis=1)
        peaks = np.maximum(np.maximum.accumulate(growth, axis=1), 1.0)
        ends.append(growth[:, -1] if len(returns) else np.ones(len(paths)))
        falls.append((1.0 - growth / peaks).max(axis=1, initial=0.0))
    final, fall = cash * np.concatenate(ends), np.concatenate(falls)
    return MonteCarlo(
        method=method,
        runs=runs,
        trades=len(returns),
        final_equity=tuple(np.quantile(final, SHARES).tolist()),
        max_drawdown=tuple(np.quantile(fall, SHARES).tolist()),
        loss_probability=float(np.mean(final < cash * (1.0 - ROUNDING))),
    )


def _paths(method: Method, returns: Floats, seed: int, runs: int) -> Iterator[Floats]:
    """Give the returns of all paths, some paths at a time, (paths, trades)."""
    trades = len(returns)
    step = max(1, CELLS_MAX // max(trades, 1))
    for done in range(0, runs, step):
        count = min(step, runs - done)
        numbers = random_numbers(seed, done * trades, count * trades).reshape(count, trades)
        if method == "bootstrap":
            yield returns[(numbers * trades).astype(np.int64)]
        else:
            yield returns[np.argsort(numbers, axis=1, kind="stable")]


def _checked(trade_returns: Floats, cash: float, runs: int) -> Floats:
    returns = np.asarray(trade_returns, np.float64).ravel()
    if not np.isfinite(returns).all():
        raise InvalidInput("The return of a trade is not a number.", expected="finite returns")
    if not (np.isfinite(cash) and cash > 0.0):
        raise InvalidInput(
            f"{cash:g} is no cash to start with.", expected="more than 0", path="cash"
        )
    if not 1 <= runs <= RUNS_MAX:
        raise InvalidInput(
            f"{runs:,} runs are out of range.", expected=f"1 to {RUNS_MAX:,}", path="runs"
        )
    return returns
