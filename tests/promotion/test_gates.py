"""Gates: each green or red by its number, and what is not measured is never green."""

from dataclasses import fields, replace

import pytest

from fairlead.infra.errors import InternalDefect
from fairlead.promotion.gates import (
    Evidence,
    Gate,
    LegEvidence,
    Thresholds,
    all_passed,
    evaluate_gates,
)

GOOD = LegEvidence(
    label="Crossover sim:A 1h",
    source="AutoBuild",
    proven=True,
    trades=120.0,
    out_of_sample=1.5,
    deflated_sharpe=0.99,
    pbo=0.1,
    trials=50,
    trials_known=True,
    accepted=True,
)
ASKED = Thresholds()


def judged(evidence: Evidence, thresholds: Thresholds = ASKED) -> dict[str, Gate]:
    return {gate.name: gate for gate in evaluate_gates(evidence, thresholds)}


def of(*legs: LegEvidence, earned: float | None = 0.1, **more: object) -> Evidence:
    real, days = bool(more.get("real", False)), float(str(more.get("paper_days", 0.0)))
    return Evidence(legs=legs, account_return=earned, real=real, paper_days=days)


def test_gates_of_good_evidence_are_all_green_and_ask_for_nothing() -> None:
    gates = evaluate_gates(of(GOOD, replace(GOOD, label="other")), ASKED)
    assert [gate.name for gate in gates] == [
        "lookahead_proof",
        "trades",
        "out_of_sample",
        "deflated_sharpe",
        "pbo",
        "trials_known",
        "search",
        "shared_account",
    ]
    assert all_passed(gates)
    assert all(gate.action == "" and gate.text for gate in gates)


@pytest.mark.parametrize(
    ("change", "name", "value"),
    [
        ({"proven": None}, "lookahead_proof", 1.0),
        ({"proven": False}, "lookahead_proof", 1.0),
        ({"trades": 29.0}, "trades", 29.0),
        ({"out_of_sample": 0.0}, "out_of_sample", 0.0),
        ({"deflated_sharpe": 0.9499}, "deflated_sharpe", 0.9499),
        ({"pbo": 0.51}, "pbo", 0.51),
        ({"trials_known": False}, "trials_known", 50.0),
        ({"accepted": False}, "search", 1.0),
    ],
)
def test_gate_is_red_by_its_own_number_alone_and_says_what_would_help(
    change: dict[str, object], name: str, value: float
) -> None:
    worse = replace(GOOD, label="the worse leg", **change)  # type: ignore[arg-type]  # by name
    gates = judged(of(GOOD, worse))
    assert [gate for gate in gates if not gates[gate].passed] == [name]
    assert gates[name].value == value
    assert gates[name].action
    assert "the worse leg" in gates[name].text or name == "lookahead_proof"


@pytest.mark.parametrize("name", ["trades", "out_of_sample", "deflated_sharpe", "pbo"])
def test_gate_of_what_was_not_measured_is_red_for_one_leg_and_for_all(name: str) -> None:
    missing = replace(GOOD, **{name: None})  # type: ignore[arg-type]  # by name
    alone, beside = judged(of(missing))[name], judged(of(GOOD, missing))[name]
    assert not alone.passed
    assert (alone.value, alone.text) == (None, "It was not measured: AutoBuild.")
    assert not beside.passed
    assert "1 of 2 legs" in beside.text


@pytest.mark.parametrize(
    ("name", "value"),
    [("trades", 30.0), ("deflated_sharpe", 0.95), ("pbo", 0.5)],
)
def test_gate_at_its_threshold_is_green(name: str, value: float) -> None:
    evidence = of(replace(GOOD, **{name: value}))  # type: ignore[arg-type]  # by name
    assert judged(evidence)[name].passed


def test_gates_of_one_version_ask_for_no_shared_account() -> None:
    assert "shared_account" not in judged(of(GOOD))
    never = judged(of(GOOD, GOOD, earned=None))["shared_account"]
    lost = judged(of(GOOD, GOOD, earned=-0.1))["shared_account"]
    assert not never.passed
    assert never.value is None
    assert not lost.passed


def test_gate_of_paper_is_asked_of_real_connections_only() -> None:
    assert "paper_period" not in judged(of(GOOD, paper_days=0.0))
    assert not judged(of(GOOD, real=True, paper_days=13.9))["paper_period"].passed
    assert judged(of(GOOD, real=True, paper_days=14.0))["paper_period"].passed


def test_gate_of_a_search_is_asked_only_where_there_was_one() -> None:
    assert "search" not in judged(of(replace(GOOD, accepted=None)))


def test_a_search_with_looser_gates_does_not_loosen_these() -> None:
    assert not judged(of(replace(GOOD, pbo=0.9, accepted=True)))["pbo"].passed


def test_no_gates_and_no_legs_never_pass() -> None:
    assert not all_passed(())
    with pytest.raises(InternalDefect):
        evaluate_gates(of(), ASKED)


def test_every_threshold_is_used_by_a_gate() -> None:
    strictest = Thresholds(1e9, 1e9, 1.0, -1.0, 1e9, 1e9)
    evidence = of(GOOD, GOOD, real=True, paper_days=20.0)
    red = [gate for gate in evaluate_gates(evidence, strictest) if not gate.passed]
    assert len(red) == len(fields(Thresholds))
