"""The proof catches every strategy that looks ahead and accuses none that does not."""

import sys

import pytest

from fairlead.research.proof.prove import prove_callable, prove_version
from fairlead.research.proof.synthetic import made_up_bars
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.templates import TEMPLATES, load_template
from tests.research.proof.corpus.frames import HONEST_FRAMES, LEAKING_FRAMES
from tests.research.proof.corpus.honest import HONEST
from tests.research.proof.corpus.leaking import LEAKING
from tests.strategies.definitions import DOCUMENTS, crossover

QUARTER_MS, HOUR_MS = 900_000, 3_600_000
SEEDS = (1, 2, 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_leak_is_caught(seed: int) -> None:
    bars = made_up_bars(800, QUARTER_MS, seed)
    proofs = {name: prove_callable(signals, bars, seed) for name, signals in LEAKING.items()}
    missed = [name for name, proof in proofs.items() if not proof.leaks or proof.passed]
    sys.stdout.write(
        f"seed {seed}: caught {len(proofs) - len(missed)} of {len(proofs)} that leak\n"
    )
    assert not missed
    assert len(proofs) >= 20


@pytest.mark.parametrize("seed", SEEDS)
def test_no_honest_strategy_is_accused(seed: int) -> None:
    bars = made_up_bars(800, QUARTER_MS, seed)
    proofs = {name: prove_callable(signals, bars, seed) for name, signals in HONEST.items()}
    accused = {name: proof.text for name, proof in proofs.items() if not proof.passed}
    sys.stdout.write(f"seed {seed}: accused {len(accused)} of {len(proofs)} that are honest\n")
    assert not accused
    assert len(proofs) >= 13


@pytest.mark.parametrize("seed", SEEDS)
def test_strategies_written_with_frames_are_told_apart(seed: int) -> None:
    bars = made_up_bars(600, QUARTER_MS, seed)
    proofs = {
        name: prove_callable(signals, bars, seed)
        for name, signals in (LEAKING_FRAMES | HONEST_FRAMES).items()
    }
    assert {name for name, proof in proofs.items() if proof.leaks} == set(LEAKING_FRAMES)
    assert {name for name, proof in proofs.items() if proof.passed} == set(HONEST_FRAMES)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_version_is_accused(seed: int) -> None:
    bars = made_up_bars(2_000, HOUR_MS, seed)
    documents = {name: load_template(name) for name in TEMPLATES} | {
        name: read_document(crossover(**changes)) for name, changes in DOCUMENTS.items()
    }
    proofs = {name: prove_version(each, bars, seed) for name, each in documents.items()}
    accused = {name: proof.text for name, proof in proofs.items() if not proof.passed}
    sys.stdout.write(f"seed {seed}: accused {len(accused)} of {len(proofs)} versions\n")
    assert not accused
    for name, proof in proofs.items():
        assert proof.warm_up_declared is not None, name
        assert proof.warm_up_needed is not None, name
        assert 0 < proof.warm_up_needed <= proof.warm_up_declared, name
