"""Gates as data: what the evidence must show, each with its number and what would make it green."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from fairlead.infra.errors import InternalDefect

LABELS = {
    "lookahead_proof": "No look-ahead",
    "trades": "Trades out of sample",
    "out_of_sample": "Sharpe ratio out of sample",
    "deflated_sharpe": "Deflated Sharpe ratio",
    "pbo": "Probability of overfitting",
    "trials_known": "Trials on record",
    "search": "AutoBuild accepted it",
    "shared_account": "Backtest on one account",
    "paper_period": "Days on paper",
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What is asked for; fractions and annual Sharpe ratios, days and trades as counts."""

    trades: float = 30.0
    out_of_sample: float = 0.0
    deflated_sharpe: float = 0.95
    pbo: float = 0.5
    account_return: float = 0.0
    paper_days: float = 14.0


@dataclass(frozen=True, slots=True)
class LegEvidence:
    """What is known of one leg; None where there is no evidence.

    `source` says in words where the figures come from, or why what was tested does not count;
    empty where nothing was. `accepted` is
    AutoBuild's own verdict, None where it was not AutoBuild. `trials` is how many sets were ever
    tried on the family.
    """

    label: str
    source: str
    proven: bool | None
    trades: float | None
    out_of_sample: float | None
    deflated_sharpe: float | None
    pbo: float | None
    trials: int
    trials_known: bool
    accepted: bool | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the gates look at.

    `account_return` is that of a portfolio's own backtest on one account, None without one;
    `paper_days` counts only where the connection is `real`.
    """

    legs: tuple[LegEvidence, ...]
    account_return: float | None
    real: bool
    paper_days: float


@dataclass(frozen=True, slots=True)
class Gate:
    """One question to the evidence; `value` is that of the worst leg, `action` makes it green.

    A value is None where nothing was measured, a threshold where there is none; the action is
    empty where the gate is green.
    """

    name: str
    label: str
    value: float | None
    threshold: float | None
    passed: bool
    text: str
    action: str

    def to_json(self) -> dict[str, str | float | bool | None]:
        """Return the gate as plain JSON."""
        return asdict(self)


def evaluate_gates(evidence: Evidence, thresholds: Thresholds) -> tuple[Gate, ...]:
    """Return every gate that applies, in a fixed order; all must pass.

    A gate over several legs passes when every leg does. What was not measured never passes.
    """
    if not evidence.legs:
        raise InternalDefect("There is nothing to promote: no legs.")
    gates = [
        _proof(evidence.legs),
        _each(evidence.legs, _TRADES, thresholds.trades),
        _each(evidence.legs, _OUT_OF_SAMPLE, thresholds.out_of_sample),
        _each(evidence.legs, _DEFLATED, thresholds.deflated_sharpe),
        _each(evidence.legs, _PBO, thresholds.pbo),
        _trials(evidence.legs),
    ]
    if any(leg.accepted is not None for leg in evidence.legs):
        gates.append(_search(evidence.legs))
    if len(evidence.legs) > 1:
        gates.append(_shared_account(evidence.account_return, thresholds.account_return))
    if evidence.real:
        gates.append(_paper_period(evidence.paper_days, thresholds.paper_days))
    return tuple(gates)


def all_passed(gates: Sequence[Gate]) -> bool:
    """Tell whether every gate is green; no gates at all are not."""
    return bool(gates) and all(gate.passed for gate in gates)


@dataclass(frozen=True, slots=True)
class _Figure:
    """One figure of a leg: how it is read, compared and told."""

    name: str
    read: Callable[[LegEvidence], float | None]
    passes: Callable[[float, float], bool]
    lowest_is_worst: bool
    text: Callable[[float, float], str]
    action: str


_TRADES = _Figure(
    "trades",
    lambda leg: leg.trades,
    lambda value, asked: value >= asked,
    True,
    lambda value, asked: f"{value:,.0f} closed trades; at least {asked:,.0f} are asked.",
    "Test it over a longer history, or on a shorter timeframe.",
)
_OUT_OF_SAMPLE = _Figure(
    "out_of_sample",
    lambda leg: leg.out_of_sample,
    lambda value, asked: value > asked,
    True,
    lambda value, asked: f"{value:.2f} a year; more than {asked:.2f} is asked.",
    "Run a walk-forward or AutoBuild over this series; a leg that earns nothing there does not go.",
)
_DEFLATED = _Figure(
    "deflated_sharpe",
    lambda leg: leg.deflated_sharpe,
    lambda value, asked: value >= asked,
    True,
    lambda value, asked: (
        f"{value:.1%} that it is no luck of many trials; at least {asked:.1%} is asked."
    ),
    "Fewer trials or a longer history: every trial ever run on this idea counts.",
)
_PBO = _Figure(
    "pbo",
    lambda leg: leg.pbo,
    lambda value, asked: value <= asked,
    False,
    lambda value, asked: (
        f"In {value:.1%} of all splits the best falls behind; at most {asked:.1%} is allowed."
    ),
    "Run AutoBuild over this series with fewer, broader axes.",
)


def _each(legs: Sequence[LegEvidence], figure: _Figure, asked: float) -> Gate:
    """Hold one figure of every leg against a threshold, and show the worst."""
    values = [figure.read(leg) for leg in legs]
    known = [value for value in values if value is not None]
    failing = [
        leg.label
        for leg, value in zip(legs, values, strict=True)
        if value is None or not figure.passes(value, asked)
    ]
    worst = None
    if known:
        worst = min(known) if figure.lowest_is_worst else max(known)
    text = _unmeasured(legs) if worst is None else figure.text(worst, asked)
    if worst is not None and len(known) < len(legs):
        text = f"Not measured for {len(legs) - len(known)} of {len(legs)} legs."
    elif worst is not None and figure.name == "out_of_sample":
        text = f"{text} From {_named(sorted({leg.source for leg in legs}))}."
    return _gate(figure.name, worst, asked, text, figure.action, failing, len(legs))


def _unmeasured(legs: Sequence[LegEvidence]) -> str:
    why = sorted({leg.source for leg in legs if leg.source})
    return f"It was not measured: {_named(why)}." if why else "It was not measured."


def _proof(legs: Sequence[LegEvidence]) -> Gate:
    proven = sum(leg.proven is True for leg in legs)
    failing = [leg.label for leg in legs if leg.proven is not True]
    leaking = [leg.label for leg in legs if leg.proven is False]
    text = f"{proven} of {len(legs)} proven not to look ahead."
    action = "Prove the version: its page, or `fairlead prove`, does it in seconds."
    if leaking:
        text = f"{_named(leaking)} looks ahead, or needs more history than it says."
        action = "Correct the definition by what the proof found, on the version's page."
    return _gate("lookahead_proof", float(proven), float(len(legs)), text, action, failing, 1)


def _trials(legs: Sequence[LegEvidence]) -> Gate:
    unknown = [leg.label for leg in legs if not leg.trials_known]
    total = max(leg.trials for leg in legs)
    text = f"{total:,} parameter sets are on record."
    if unknown:
        text = "Work was done elsewhere that is not on record."
    action = "Upload the ledger that the version was made with."
    return _gate("trials_known", float(total), None, text, action, unknown, len(legs))


def _search(legs: Sequence[LegEvidence]) -> Gate:
    asked = [leg for leg in legs if leg.accepted is not None]
    accepted = sum(leg.accepted is True for leg in asked)
    failing = [leg.label for leg in asked if not leg.accepted]
    text = f"{accepted} of {len(asked)} legs passed all gates of their search."
    action = "Take the legs out that AutoBuild rejected."
    return _gate("search", float(accepted), float(len(asked)), text, action, failing, len(legs))


def _shared_account(earned: float | None, asked: float) -> Gate:
    if earned is None:
        text = "These legs with these weights were never run together."
    else:
        text = f"It earned {earned:.2%} on one shared account; more than {asked:.2%} is asked."
    failing = [] if earned is not None and earned > asked else [""]
    action = "Backtest the portfolio as it is now; change its legs where it loses."
    return _gate("shared_account", earned, asked, text, action, failing, 1)


def _paper_period(days: float, asked: float) -> Gate:
    text = f"{days:.1f} days on paper; {asked:.0f} are asked before real money."
    failing = [] if days >= asked else [""]
    action = "Promote it to a paper connection first and let it run."
    return _gate("paper_period", days, asked, text, action, failing, 1)


def _gate(
    name: str,
    value: float | None,
    threshold: float | None,
    text: str,
    action: str,
    failing: Sequence[str],
    legs: int,
) -> Gate:
    if failing and legs > 1:
        text = f"{text} Red: {_named(failing)}."
    passed = not failing
    return Gate(name, LABELS[name], value, threshold, passed, text, "" if passed else action)


def _named(labels: Sequence[str]) -> str:
    shown = ", ".join(labels[:3])
    return shown if len(labels) <= 3 else f"{shown} and {len(labels) - 3} more"
