"""Nothing from nothing, something from something, in small; `benchmarks evidence` is the large."""

from pathlib import Path

import pytest

from benchmarks.edges import REGIMES, STRENGTHS, Edge
from fairlead.market.lake import Lake
from fairlead.research.autobuild.constraints import read_constraints
from fairlead.research.autobuild.fields import GATES
from fairlead.research.autobuild.outcome import InstrumentOutcome
from fairlead.research.jsonable import Json
from tests.research.autobuild.lab import optimised, planted

NAIVE = ("trades", "in_sample")
TEMPLATES: Json = ["ema_crossover", "rsi_reversion", "donchian"]
FREE: Json = {"fee": 0.0, "slippage_bps": 0.0}
STRONG = 3


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("noise"))
    for at, regime in enumerate((*REGIMES, *REGIMES)):
        planted(lake, f"lab:n{at}", regime, Edge(), seed=900 + at)
    return lake


def _all(lake: Lake, **changes: Json) -> list[InstrumentOutcome]:
    constraints = read_constraints({"templates": TEMPLATES, **changes})
    return [optimised(lake, key.instrument, constraints) for key in lake.series()]


def test_nothing_is_accepted_of_noise_even_without_costs(noise: Lake) -> None:
    outcomes = _all(noise, costs=FREE)
    assert len(outcomes) == 6
    assert not any(each.accepted for each in outcomes)


def test_without_the_gates_the_same_noise_is_accepted(noise: Lake) -> None:
    off: Json = {name: {"enabled": False} for name in GATES if name not in NAIVE}
    outcomes = _all(noise, costs=FREE, evidence=off)
    assert sum(each.accepted for each in outcomes) >= 5


@pytest.mark.parametrize(("kind", "regime"), [("momentum", "calm"), ("reversion", "usual")])
def test_planted_edge_is_accepted_with_the_template_that_fits_it(
    tmp_path: Path, kind: str, regime: str
) -> None:
    (strengths,) = (found for key, found in STRENGTHS.items() if key == (kind, regime))
    lake = Lake(tmp_path)
    for at in range(3):
        edge = Edge("momentum" if kind == "momentum" else "reversion", strengths[STRONG])
        planted(lake, f"lab:e{at}", regime, edge, seed=70 + at)
    outcomes = _all(lake)
    accepted = [each for each in outcomes if each.accepted]
    assert len(accepted) >= 2
    for each in accepted:
        assert (each.template == "rsi_reversion") == (kind == "reversion")
        assert each.holdout is not None
        assert (each.holdout.total_return or 0.0) > 0.0
