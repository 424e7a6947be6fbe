"""What legs earn day by day, each on an account of its own: the basis of their weights."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.research.daily import Floats, Ints, daily_returns
from fairlead.research.model import Account, Period
from fairlead.research.portfolio.backtest import backtest_portfolio
from fairlead.research.portfolio.model import PortfolioLeg
from fairlead.research.statistics import sharpe_ratio


@dataclass(frozen=True, slots=True)
class AloneReturns:
    """Daily returns (days, legs) on the days all legs have, and each leg's annual Sharpe ratio."""

    days: Ints
    returns: Floats
    sharpes: tuple[float, ...]
    labels: tuple[str, ...]


def returns_alone(legs: Sequence[PortfolioLeg], account: Account, period: Period) -> AloneReturns:
    """Run each leg alone and return what they earned on the days that all of them have.

    A leg without a Sharpe ratio counts as 0. Raises `InvalidInput` where no day is common.
    """
    days: list[Ints] = []
    returns: list[Floats] = []
    sharpes: list[float] = []
    labels: list[str] = []
    for place, leg in enumerate(legs):
        report = backtest_portfolio(
            [replace(leg, weight=1.0)], account.cash, account=account, period=period
        )
        found = daily_returns(report.daily)
        days.append(report.daily.days[: len(found)])
        returns.append(found)
        sharpe = sharpe_ratio(found, 365)
        sharpes.append(0.0 if sharpe is None else sharpe)
        labels.append(report.legs[0].label.replace("1.", f"{place + 1}.", 1))
    common = reduce(np.intersect1d, days)
    if len(common) == 0:
        raise InvalidInput(
            "There is no day on which all legs have candles.",
            expected="legs whose histories overlap",
            action="Take out the leg that starts last, or import more history.",
            path="legs",
        )
    columns = [each[np.searchsorted(own, common)] for own, each in zip(days, returns, strict=True)]
    return AloneReturns(common, np.column_stack(columns), tuple(sharpes), tuple(labels))
