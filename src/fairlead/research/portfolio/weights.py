"""How much of the capital each leg gets: four methods, two caps, and what happens without data."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairlead.infra.errors import InvalidInput
from fairlead.research.daily import Floats
from fairlead.research.portfolio.allocation import hierarchical, risk_budgeted
from fairlead.research.portfolio.correlation import DAYS_MIN, deviations, kept_legs

EQUAL, INVERSE_VOLATILITY, HRP, RISK_BUDGET = "equal", "inverse_volatility", "hrp", "risk_budget"
METHODS = (EQUAL, INVERSE_VOLATILITY, HRP, RISK_BUDGET)
LEGS_MAX = 500
DUST = 1e-12


@dataclass(frozen=True, slots=True)
class Caps:
    """Bound a portfolio: the largest share of one leg, and the largest correlation of two.

    A weight above `max_weight` is cut to it, and what is cut goes to the legs below it in
    proportion to their weights; what no leg can take stays in cash. Of two legs correlated by
    more than `max_correlation` the one with less evidence is dropped. 1 means no cap.
    """

    max_weight: float = 1.0
    max_correlation: float = 1.0


@dataclass(frozen=True, slots=True)
class Weighing:
    """Hold the weight of each leg (0 for a dropped one), and every departure from the method."""

    weights: Floats
    kept: tuple[int, ...]
    notes: tuple[str, ...]


def weigh(
    method: str,
    returns: Floats,
    caps: Caps,
    *,
    evidence: Sequence[float] = (),
    labels: Sequence[str] = (),
    budgets: Sequence[float] = (),
) -> Floats:
    """Return the weights of legs alone; see `weigh_in_full`."""
    return weigh_in_full(
        method, returns, caps, evidence=evidence, labels=labels, budgets=budgets
    ).weights


def weigh_in_full(
    method: str,
    returns: Floats,
    caps: Caps,
    *,
    evidence: Sequence[float] = (),
    labels: Sequence[str] = (),
    budgets: Sequence[float] = (),
) -> Weighing:
    """Weigh legs by simple daily returns (days, legs); weights are at least 0 and sum to at most 1.

    `equal` gives 1/n; `inverse_volatility` 1/sigma, normalised; `hrp` is hierarchical risk parity
    (Lopez de Prado 2016, by skfolio: Pearson distance, Ward linkage); `risk_budget` gives each leg
    its share of the variance (skfolio; equal shares, or `budgets`).

    `evidence` ranks the legs for the correlation cap, higher is better; without it the columns
    are in order of evidence, the best first. The order of columns changes nothing else.

    Where a method has no meaning it is replaced, and a note says so: a leg without variance gets
    no weight from a method that divides by risk; with no more days than legs a covariance cannot
    be trusted, and `hrp` and `risk_budget` become `inverse_volatility`; when nothing varies, or
    there are fewer than two days, every method is `equal`. Raises `InvalidInput` for numbers that
    are not finite, an unknown method, no legs or caps that cannot be meant.
    """
    _check(method, returns, caps)
    legs = returns.shape[1]
    names = _names(labels, legs)
    notes: list[str] = []
    kept = _kept(returns, caps, _ranked(evidence, legs), names, notes)
    shares = _given("budgets", budgets, legs) if budgets else np.full(legs, 1.0)
    if not (shares > 0.0).all():
        raise _refused("The risk budgets cannot be used.", "a number above 0 for each leg")
    raw = _raw(method, returns[:, kept], shares[kept], [names[leg] for leg in kept], notes)
    weights = np.zeros(legs)
    weights[kept] = _capped(raw, caps.max_weight)
    spare = 1.0 - float(weights.sum())
    if spare > 1e-9:
        notes.append(
            f"No leg may have more than {caps.max_weight:.1%}: {spare:.1%} of the capital "
            "stays in cash."
        )
    return Weighing(weights, tuple(kept), tuple(notes))


def _raw(
    method: str, returns: Floats, budgets: Floats, names: Sequence[str], notes: list[str]
) -> Floats:
    """Return weights that sum to 1, before the cap on a weight."""
    days, legs = returns.shape
    if method == EQUAL or legs == 1:
        if method != EQUAL:
            notes.append("One leg alone gets everything: there is nothing to weigh.")
        return np.full(legs, 1.0 / legs)
    spread = deviations(returns)
    moving = np.flatnonzero(spread)
    if len(moving) == 0:
        notes.append(
            f"No leg's returns vary over {days} days, so there is no risk to measure: weights are "
            "equal."
        )
        return np.full(legs, 1.0 / legs)
    if len(moving) < legs:
        still = ", ".join(names[leg] for leg in range(legs) if leg not in moving)
        notes.append(f"No weight for {still}: without variance there is no risk to weigh by.")
    weights = np.zeros(legs)
    weights[moving] = _by_risk(method, returns[:, moving], budgets[moving], notes)
    return weights


def _by_risk(method: str, returns: Floats, budgets: Floats, notes: list[str]) -> Floats:
    days, legs = returns.shape
    if legs == 1:
        return np.ones(1)
    inverse: Floats = _scaled_to_one(1.0 / deviations(returns))
    if method == INVERSE_VOLATILITY:
        return inverse
    if days <= legs:
        notes.append(
            f"{days} days are too few for the covariance of {legs} legs: weighed by inverse "
            "volatility instead."
        )
        return inverse
    # One order for every order of columns, and a scale at which a solver's tolerance is small.
    order = np.lexsort(returns[::-1])
    scaled = returns[:, order]
    scaled = scaled / float(deviations(scaled).mean())
    found = hierarchical(scaled) if method == HRP else risk_budgeted(scaled, budgets[order])
    if found is None:
        notes.append("The optimiser found no answer: weighed by inverse volatility instead.")
        return inverse
    weights = np.zeros(legs)
    weights[order] = np.where(found > DUST, found, 0.0)
    return _scaled_to_one(weights)


def _scaled_to_one(weights: Floats) -> Floats:
    scaled: Floats = weights / weights.sum()
    return scaled


def _capped(weights: Floats, highest: float) -> Floats:
    """Cut weights to `highest`, passing the excess on; each round caps at least one more leg."""
    found = weights.copy()
    capped = np.zeros(len(found), np.bool_)
    for _ in range(len(found)):
        over = ~capped & (found > highest)
        if not over.any():
            break
        capped |= over
        found[capped] = highest
        free = float(weights[~capped].sum())
        rest = 1.0 - highest * int(capped.sum())
        if free > 0.0:
            found[~capped] = weights[~capped] * (max(rest, 0.0) / free)
    cut: Floats = np.minimum(found, highest)
    return cut


def _kept(
    returns: Floats, caps: Caps, ranks: Sequence[int], names: Sequence[str], notes: list[str]
) -> list[int]:
    days, legs = returns.shape
    if caps.max_correlation >= 1.0 or legs == 1:
        return list(range(legs))
    if days < DAYS_MIN:
        notes.append(
            f"The correlation cap was not applied: {days} days are fewer than the {DAYS_MIN} "
            "that a correlation needs."
        )
        return list(range(legs))
    kept = kept_legs(returns, ranks, caps.max_correlation)
    if len(kept) < legs:
        gone = ", ".join(names[leg] for leg in range(legs) if leg not in kept)
        notes.append(
            f"Dropped {gone}: correlated by more than {caps.max_correlation:g} with a leg that "
            "has more evidence."
        )
    return kept


def _ranked(evidence: Sequence[float], legs: int) -> list[int]:
    """Return the legs, the best evidence first; equals keep their order."""
    if not evidence:
        return list(range(legs))
    values = _given("evidence", evidence, legs)
    return [int(leg) for leg in np.argsort(-values, kind="stable")]


def _given(name: str, values: Sequence[float], legs: int) -> Floats:
    found: Floats = np.asarray(values, np.float64)
    if found.shape != (legs,) or not np.isfinite(found).all():
        raise InvalidInput(
            f"The {name} cannot be used.",
            expected=f"{legs} finite numbers, one for each leg",
            found=f"{len(values)} values",
            path=name,
        )
    return found


def _names(labels: Sequence[str], legs: int) -> Sequence[str]:
    return labels if len(labels) == legs else [f"leg {leg + 1}" for leg in range(legs)]


def _check(method: str, returns: npt.NDArray[np.float64], caps: Caps) -> None:
    if method not in METHODS:
        raise InvalidInput(
            f"There is no method {method} of weighing.",
            expected=", ".join(METHODS),
            found=method,
            path="method",
        )
    if returns.ndim != 2 or not 1 <= returns.shape[1] <= LEGS_MAX:
        raise _refused(
            "There is nothing to weigh.", f"returns of 1 to {LEGS_MAX} legs", str(returns.shape)
        )
    if not np.isfinite(returns).all():
        column = int(np.flatnonzero(~np.isfinite(returns).all(axis=0))[0])
        raise _refused(
            f"The returns of leg {column + 1} cannot be used.",
            "finite numbers on every day",
            "NaN or infinity",
        )
    for name, value, low in (
        ("max_weight", caps.max_weight, 0.0),
        ("max_correlation", caps.max_correlation, -1.0),
    ):
        if not low < value <= 1.0:
            raise InvalidInput(
                f"The cap {name} of {value} cannot be used.",
                expected=f"above {low:g}, at most 1",
                found=str(value),
                path=f"caps/{name}",
            )


def _refused(message: str, expected: str, found: str | None = None) -> InvalidInput:
    return InvalidInput(message, expected=expected, found=found, path="returns")
