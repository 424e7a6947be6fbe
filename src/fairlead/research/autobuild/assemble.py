"""From accepted instruments to one portfolio: choose legs, weigh them, say what that gives."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

import numpy as np

from fairlead.research.autobuild.outcome import InstrumentOutcome
from fairlead.research.autobuild.terms import Constraints
from fairlead.research.daily import ALWAYS_DAYS_PER_YEAR, DAY_MS, Floats, Ints
from fairlead.research.jsonable import JsonObject
from fairlead.research.portfolio.correlation import correlation_of
from fairlead.research.portfolio.weights import Caps, weigh_in_full
from fairlead.research.statistics import annual_volatility, growth_rate, sharpe_ratio, underwater
from fairlead.strategies.model import Setting

COMMON_DAYS_MIN = 60


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a portfolio; `contribution` is its share of the portfolio's summed returns."""

    instrument: str
    timeframe: str
    template: str
    parameters: Mapping[str, Setting]
    weight: float
    contribution: float


@dataclass(frozen=True, slots=True)
class AssembledPortfolio:
    """Hold weighted legs and what they would have given out of sample, rebalanced daily.

    The equity is a preview from the legs' daily returns; a backtest on one shared account has the
    last word. `correlation` is (legs, legs), in the order of the legs.
    """

    method: str
    legs: tuple[Leg, ...]
    correlation: tuple[tuple[float, ...], ...]
    equity: tuple[tuple[int, float], ...]
    metrics: Mapping[str, float | None]
    notes: tuple[str, ...]

    def to_json(self) -> JsonObject:
        """Return the portfolio as plain JSON, the correlation with its labels."""
        whole = cast("JsonObject", asdict(self))
        labels = [leg.instrument for leg in self.legs]
        whole["correlation"] = {
            "labels": labels,
            "values": [list(row) for row in self.correlation],
        }
        return whole


def assemble(outcomes: Sequence[InstrumentOutcome], constraints: Constraints) -> AssembledPortfolio:
    """Weigh the accepted instruments under the limits of the constraints.

    Legs are ranked by their confidence out of sample, so equal outcomes give an equal portfolio
    whatever their order. Without an accepted instrument the portfolio is empty and says so.
    """
    method, limits = constraints.limits.method, constraints.limits
    ranked = sorted((each for each in outcomes if each.accepted), key=_rank)
    if not ranked:
        note = "No instrument passed all gates: there is nothing to trade, and nothing to lose."
        return AssembledPortfolio(method, (), (), (), {}, (note,))
    days, returns, notes = _aligned(ranked)
    caps = Caps(max_weight=1.0, max_correlation=limits.maximum_correlation)
    labels = [each.instrument for each in ranked]
    kept = weigh_in_full("equal", returns, caps, labels=labels)
    notes += list(kept.notes)
    chosen = list(kept.kept)[: limits.maximum_legs]
    if len(kept.kept) > len(chosen):
        notes.append(f"{len(kept.kept) - len(chosen)} more would fit; the limit is {len(chosen)}.")
    legs, returns = [ranked[at] for at in chosen], returns[:, chosen]
    caps = Caps(max_weight=limits.maximum_weight, max_correlation=1.0)
    weighing = weigh_in_full(method, returns, caps, labels=[each.instrument for each in legs])
    notes += list(weighing.notes)
    year = max(each.days_per_year for each in legs)
    weights = _within_budget(weighing.weights, returns, limits.risk_budget, year, notes)
    total = returns @ weights
    return AssembledPortfolio(
        method=method,
        legs=_legs(legs, weights, returns),
        correlation=tuple(tuple(row) for row in correlation_of(returns).tolist()),
        equity=_equity(days, total, float(constraints.account.cash)),
        metrics=_metrics(days, total, year),
        notes=tuple(notes),
    )


def _rank(outcome: InstrumentOutcome) -> tuple[float, float, str]:
    return (-(outcome.significance or 0.0), -(outcome.sharpe_out or 0.0), outcome.instrument)


def _aligned(outcomes: Sequence[InstrumentOutcome]) -> tuple[Ints, Floats, list[str]]:
    """Return common days and (days, legs) of returns; a leg without a bar that day has 0."""
    first = max(each.days[0] for each in outcomes)
    last = min(each.days[-1] for each in outcomes)
    notes = []
    if last - first < COMMON_DAYS_MIN:
        notes.append(
            f"The tests of the legs share fewer than {COMMON_DAYS_MIN} days: days on which a leg "
            "was not tested count as flat."
        )
        first, last = min(each.days[0] for each in outcomes), max(e.days[-1] for e in outcomes)
    days = np.unique(np.concatenate([np.array(each.days) for each in outcomes]))
    days = days[(days >= first) & (days <= last)].astype(np.int64)
    returns = np.zeros((len(days), len(outcomes)))
    for column, each in enumerate(outcomes):
        own = np.array(each.days)
        inside = (own >= first) & (own <= last)
        returns[np.searchsorted(days, own[inside]), column] = np.array(each.returns)[inside]
    return days, returns, notes


def _within_budget(
    weights: Floats, returns: Floats, budget: float, year: int, notes: list[str]
) -> Floats:
    volatility = annual_volatility(returns @ weights, year) or 0.0
    if volatility <= budget:
        return weights
    share = budget / volatility
    notes.append(
        f"All weights shrink to {share:.0%}: the portfolio's annual volatility of "
        f"{volatility:.1%} is above the risk budget of {budget:.1%}."
    )
    return weights * share


def _legs(
    outcomes: Sequence[InstrumentOutcome], weights: Floats, returns: Floats
) -> tuple[Leg, ...]:
    earned = (returns * weights).sum(axis=0)
    total = float(earned.sum())
    return tuple(
        Leg(
            instrument=each.instrument,
            timeframe=each.timeframe,
            template=each.template,
            parameters=each.parameters,
            weight=float(weights[at]),
            contribution=float(earned[at]) / total if total > 0.0 else 0.0,
        )
        for at, each in enumerate(outcomes)
    )


def _equity(days: Ints, returns: Floats, cash: float) -> tuple[tuple[int, float], ...]:
    levels = cash * np.cumprod(1.0 + returns)
    return tuple(zip((days * DAY_MS).tolist(), levels.tolist(), strict=True))


def _metrics(days: Ints, returns: Floats, year: int) -> dict[str, float | None]:
    levels = np.asarray(np.cumprod(1.0 + returns), np.float64)
    elapsed = (int(days[-1]) - int(days[0]) + 1) * DAY_MS
    return {
        "return": float(levels[-1]) - 1.0,
        "cagr": growth_rate(1.0, float(levels[-1]), elapsed),
        "sharpe": sharpe_ratio(returns, year),
        "volatility": annual_volatility(returns, year),
        "max_drawdown": float(underwater(levels, 1.0).max()),
        "days": float(len(days)),
        "years": math.floor(len(days) / (year or ALWAYS_DAYS_PER_YEAR) * 100) / 100,
    }
