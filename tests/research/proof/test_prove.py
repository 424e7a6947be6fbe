"""What a proof says, and what it refuses to say."""

import json

import numpy as np
import pytest

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Bars
from fairlead.research.progress import RunCancelled
from fairlead.research.proof.model import Proof, proof_of
from fairlead.research.proof.poison import POISONS
from fairlead.research.proof.prove import prove_callable, prove_version
from fairlead.research.proof.synthetic import made_up_bars
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.templates import load_template
from tests.research.proof.corpus.honest import HONEST
from tests.research.proof.corpus.leaking import LEAKING
from tests.research.proof.corpus.series import Actions, average, side
from tests.strategies.definitions import crossover

HOUR_MS = 3_600_000
BARS = made_up_bars(800, HOUR_MS, 1)


def proven(name: str, seed: int = 1) -> Proof:
    return prove_callable((HONEST | LEAKING)[name], BARS, seed)


def test_equal_seeds_give_equal_proofs_and_others_cut_elsewhere() -> None:
    assert proven("future_shift", 4) == proven("future_shift", 4)
    assert {leak.cut_ts for leak in proven("future_shift", 4).leaks} != {
        leak.cut_ts for leak in proven("future_shift", 5).leaks
    }


def test_leak_is_told_in_a_sentence_with_the_cut_and_the_first_bar_that_differs() -> None:
    leak = proven("future_shift").leaks[0]
    assert leak.bar_ts == leak.cut_ts
    assert leak.before != leak.after
    assert leak.text.startswith("With the bars after 20")
    assert f"changed from {leak.before} to {leak.after}." in leak.text
    assert proven("future_shift").text == leak.text


def test_proof_survives_storage() -> None:
    for name in ("future_shift", "averages_cross", "expanding_normalisation"):
        proof = proven(name)
        assert proof_of(json.loads(json.dumps(proof.to_json()))) == proof


@pytest.mark.parametrize("kind", POISONS)
def test_poison_leaves_everything_up_to_the_cut_and_changes_something_after(kind: str) -> None:
    from fairlead.market.feeds.noise import Noise

    for cut in (1, 300, len(BARS) - 3):
        spoiled = POISONS[kind].spoil(BARS, cut, Noise(1, cut))
        for name in ("ts", "open", "high", "low", "close", "volume"):
            early, late = getattr(BARS, name), getattr(spoiled, name)
            assert early[: cut + 1].tobytes() == late[: cut + 1].tobytes()
        assert any(
            getattr(BARS, name).tobytes() != getattr(spoiled, name).tobytes()
            for name in ("close", "volume")
        )
        assert (np.diff(spoiled.ts) > 0).all()


def test_last_bar_alone_is_poisoned_too() -> None:
    def knows_only_the_bar_that_runs(bars: Bars) -> Actions:
        actions = side(bars.close - average(bars.close, 20))
        if len(bars) > 1 and bars.ts[-1] == BARS.ts[-1]:
            actions[-2] = 5.0 if bars.close[-1] > bars.close[-2] else -5.0
        return actions

    proof = prove_callable(knows_only_the_bar_that_runs, BARS, 1)
    assert proof.leaks
    assert {leak.bar_ts for leak in proof.leaks} == {int(BARS.ts[-2])}


def test_no_decision_is_no_proof() -> None:
    proof = prove_callable(lambda bars: np.zeros(len(bars)), BARS)
    assert not proof.passed
    assert not proof.leaks
    assert proof.proven is None
    assert (proven("averages_cross").proven, proven("future_shift").proven) == (True, False)
    assert proof.text == "Nothing was proven: there was no decision on these bars."


def test_function_that_fails_on_nan_gets_finite_poisons_and_a_note() -> None:
    proof = proven("fails_on_what_is_not_finite")
    assert proof.passed
    assert "nan" not in proof.poisons
    assert "ValueError: expected finite prices" in proof.notes[0]


def test_function_that_refuses_a_short_history_is_cut_where_it_does_not() -> None:
    proof = proven("refuses_a_short_history")
    assert proof.passed
    assert "refuses short histories" in proof.notes[0]

    def refuses_all_but_the_whole(bars: Bars) -> Actions:
        if len(bars) < len(BARS):
            raise ValueError("expected more bars")
        return side(bars.close - average(bars.close, 20))

    refused = prove_callable(refuses_all_but_the_whole, BARS)
    assert not refused.passed
    assert "it failed: ValueError: expected more bars" in refused.text


def test_function_that_writes_into_its_bars_is_named() -> None:
    proof = proven("writes_into_its_bars")
    assert [leak.kind for leak in proof.leaks] == ["mutation"]
    assert "the column close changed" in proof.text


def test_function_that_throws_dice_is_named() -> None:
    proof = proven("throws_dice")
    assert [leak.kind for leak in proof.leaks] == ["unrepeatable"]


@pytest.mark.parametrize(
    ("returned", "found"),
    [
        (None, "None for action"),
        ([1, 2], "shape (2,)"),
        ({}, "no column at all"),
        (["buy"] * len(BARS), "the value 'buy'"),
        (np.zeros(len(BARS), np.complex128), "complex128"),
    ],
)
def test_what_is_no_decision_is_refused(returned: object, found: str) -> None:
    with pytest.raises(InvalidInput, match="signals\\(bars\\) returned") as caught:
        prove_callable(lambda _: returned, BARS)
    assert found in str(caught.value.message)


def test_function_that_fails_on_the_bars_themselves_is_refused() -> None:
    def fails(bars: Bars) -> Actions:
        raise KeyError("spread")

    with pytest.raises(InvalidInput, match="KeyError: 'spread'"):
        prove_callable(fails, BARS)


def test_few_bars_are_refused() -> None:
    with pytest.raises(InvalidInput, match="too few"):
        prove_callable(HONEST["averages_cross"], BARS.slice(0, 99))


def test_declared_warm_up_is_held_against_the_needed_one() -> None:
    enough = prove_callable(HONEST["averages_cross"], BARS, warm_up=19)
    assert (enough.passed, enough.warm_up_needed, enough.warm_up_declared) == (True, 19, 19)
    short = prove_callable(HONEST["averages_cross"], BARS, warm_up=18)
    assert not short.passed
    assert short.leaks[0].kind == "warm_up"
    never = prove_callable(HONEST["expanding_normalisation"], BARS, warm_up=100)
    assert not never.passed
    assert "never settled" in never.text


def test_undeclared_dependence_on_the_start_is_noted_and_no_leak() -> None:
    proof = proven("expanding_normalisation")
    assert proof.passed
    assert proof.warm_up_needed is None
    assert "never stop depending on where the bars begin" in proof.notes[0]


def test_version_is_proven_under_its_parameters() -> None:
    document = read_document(crossover())
    slow = prove_version(document, BARS, parameters={"fast": 20, "slow": 60})
    assert slow.passed
    assert 0 < slow.decisions < prove_version(document, BARS).decisions
    with pytest.raises(InvalidInput, match="no parameter"):
        prove_version(document, BARS, parameters={"fats": 1})


def test_proof_stops_where_its_owner_cancels() -> None:
    def cancelled(share: float) -> None:
        if share > 0.3:
            raise RunCancelled

    with pytest.raises(RunCancelled):
        prove_version(load_template("macd"), BARS, progress=cancelled)


def test_made_up_bars_have_gaps_and_sessions_and_follow_from_the_seed() -> None:
    assert made_up_bars(800, HOUR_MS, 1).close.tobytes() == BARS.close.tobytes()
    assert made_up_bars(800, HOUR_MS, 2).close.tobytes() != BARS.close.tobytes()
    steps = np.diff(BARS.ts)
    assert {HOUR_MS, 2 * HOUR_MS} <= set(steps.tolist())
    assert int((steps > 12 * HOUR_MS).sum()) > 20
    assert (BARS.high >= np.maximum(BARS.open, BARS.close)).all()
    assert (BARS.low <= np.minimum(BARS.open, BARS.close)).all()
