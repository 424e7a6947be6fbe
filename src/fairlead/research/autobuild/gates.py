"""Which evidence an instrument needs: every gate with its number, its threshold and its words.

The gates and where each comes from:

- `out_of_sample`, `consistency`, `significance` look at the stitched tests of the walk-forward.
  Each set was chosen before its test began, so no choice of this run has seen these returns and
  nothing has to be deflated there: the probabilistic Sharpe ratio against 0 is their confidence.
- `deflated_sharpe` looks at the chosen set over the whole range, which is the best of many. Its
  benchmark is the best Sharpe ratio to expect of as many different trials (this run's and the
  ledger's) if none had an edge. The variance in it is that of an estimate under this hypothesis,
  1 / (days - 1), not the spread that the sets show: where there is an edge, sets that follow it
  and sets that fade it lie far apart, and that spread would hide the very edge; where costs push
  busy sets down, it would count losses as luck. Sets whose true ratio is below 0 only make the
  best of them smaller, so the bound holds for them too.
- `pbo` asks of the whole grid whether choosing by the past says anything about the rest.
- `plateau` asks whether the neighbours of the chosen set did well, too.
- `holdout` asks a range on which nothing was chosen at all, and is opened only when all other
  gates have passed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fairlead.research.autobuild.outcome import Gate, Holdout
from fairlead.research.autobuild.terms import Evidence

LABELS = {
    "trades": "Trades out of sample",
    "in_sample": "Sharpe ratio in sample",
    "out_of_sample": "Sharpe ratio out of sample",
    "significance": "Confidence out of sample",
    "deflated_sharpe": "Deflated Sharpe ratio",
    "pbo": "Probability of overfitting",
    "plateau": "Plateau of neighbours",
    "consistency": "Tests that earned",
    "holdout": "Holdout",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """The numbers that the gates ask for; None where one could not be measured."""

    trades: float
    in_sample: float | None
    out_of_sample: float | None
    significance: float | None
    deflated_sharpe: float | None
    pbo: float | None
    plateau: float | None
    consistency: float | None
    trials_known: bool


def judge(measured: Measured, evidence: Evidence) -> tuple[Gate, ...]:
    """Return every gate but the holdout, in the order of the constraints."""
    return tuple(_gate(measured, evidence, name) for name in LABELS if name != "holdout")


def judge_holdout(holdout: Holdout | None, evidence: Evidence, others_pass: bool) -> Gate:
    """Return the gate of the holdout; it stays closed unless all other gates have passed."""
    threshold = evidence.of("holdout")
    value = None if holdout is None else holdout.total_return
    if not threshold.enabled or holdout is None:
        text = "Not asked." if not threshold.enabled else "No holdout was set aside."
        return Gate("holdout", LABELS["holdout"], None, threshold.value, True, text)
    if not others_pass:
        text = "Left closed: another gate has failed."
        return Gate("holdout", LABELS["holdout"], None, threshold.value, False, text)
    passed = value is not None and value > threshold.value
    shown = "nothing" if value is None else f"{value:.2%}"
    text = f"It earned {shown} on the range that nothing was chosen on."
    return Gate("holdout", LABELS["holdout"], value, threshold.value, passed, text)


def _gate(measured: Measured, evidence: Evidence, name: str) -> Gate:
    threshold = evidence.of(name)
    value: float | None = getattr(measured, name)
    label = LABELS[name]
    if not threshold.enabled:
        return Gate(name, label, value, threshold.value, True, "Not asked.")
    if name == "deflated_sharpe" and not measured.trials_known:
        text = "Trials unknown: there is no ledger that says how often this was tried."
        return Gate(name, label, value, threshold.value, False, text)
    if value is None:
        text = "It could not be measured: too few days or no trade."
        return Gate(name, label, None, threshold.value, False, text)
    passed = COMPARE[name](value, threshold.value)
    return Gate(name, label, value, threshold.value, passed, TEXTS[name](value, threshold.value))


def _at_least(value: float, threshold: float) -> bool:
    return value >= threshold


def _at_most(value: float, threshold: float) -> bool:
    return value <= threshold


def _above(value: float, threshold: float) -> bool:
    return value > threshold


COMPARE: dict[str, Callable[[float, float], bool]] = {
    "trades": _at_least,
    "in_sample": _above,
    "out_of_sample": _above,
    "significance": _at_least,
    "deflated_sharpe": _at_least,
    "pbo": _at_most,
    "plateau": _at_least,
    "consistency": _at_least,
}
TEXTS: dict[str, Callable[[float, float], str]] = {
    "trades": lambda value, asked: f"{value:,.0f} closed trades; at least {asked:,.0f} are asked.",
    "in_sample": lambda value, asked: f"{value:.2f} a year; more than {asked:.2f} is asked.",
    "out_of_sample": lambda value, asked: f"{value:.2f} a year; more than {asked:.2f} is asked.",
    "significance": lambda value, asked: (
        f"{value:.1%} that it is above 0; at least {asked:.1%} is asked."
    ),
    "deflated_sharpe": lambda value, asked: (
        f"{value:.1%} that it is no luck of many trials; at least {asked:.1%} is asked."
    ),
    "pbo": lambda value, asked: (
        f"In {value:.1%} of all splits the best falls behind; at most {asked:.1%} is allowed."
    ),
    "plateau": lambda value, asked: (
        f"Neighbours keep {value:.0%} of the Sharpe ratio; at least {asked:.0%} is asked."
    ),
    "consistency": lambda value, asked: (
        f"{value:.0%} of the tests earned something; at least {asked:.0%} is asked."
    ),
}
