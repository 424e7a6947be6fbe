"""Sets drawn from a grid: by their seed alone, all different, all equally likely."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.research.candidates import Candidates, candidates_of
from fairlead.research.drawing import drawn, sets_wanted
from fairlead.research.grid import parse_grid
from fairlead.research.plan import Draw, Plan
from fairlead.research.progress import silent
from fairlead.research.sweep import run_sweep
from fairlead.research.walkforward import walk_forward
from fairlead.strategies.kinds.rules.compile import compile_rules
from fairlead.strategies.templates import load_template
from tests.research.samples import crossover, walk_bars

COMPILED = compile_rules(load_template("sma_crossover"))
GRID = parse_grid(["fast=2:40:2", "slow=10:100:10"])
HUGE = parse_grid(["fast=2:999:1", "slow=3:4999:1"])


def candidates(draw: Draw) -> Candidates:
    return candidates_of(COMPILED, GRID, {}, 1_000, draw)


@given(st.integers(1, 150), st.integers(0, 2**53 - 1))
def test_draw_gives_different_valid_sets_in_the_order_of_the_grid(sets: int, seed: int) -> None:
    found, whole = candidates(Draw(sets, seed)), candidates(Draw())
    assert len(found.sets) == min(sets, len(whole.sets))
    assert list(found.places) == sorted(set(found.places))
    assert set(found.places) <= set(whole.places)
    assert found == candidates(Draw(sets, seed))


def test_draw_of_another_seed_is_another_and_a_longer_one_begins_alike() -> None:
    first = [place for place, _ in drawn(GRID, Draw(10, 1))]
    assert first != [place for place, _ in drawn(GRID, Draw(10, 2))]
    longer = [place for place, _ in drawn(GRID, Draw(40, 1))]
    assert longer[: len(first)] == first or first[: len(longer)] == longer
    assert set(candidates(Draw(10, 1)).places) < set(candidates(Draw(40, 1)).places)


def test_draw_as_large_as_the_grid_is_the_grid() -> None:
    assert candidates(Draw(200, 5)) == candidates(Draw())
    assert candidates(Draw(10**6, 5)) == candidates(Draw())


def test_draw_takes_every_place_alike() -> None:
    grid = parse_grid(["fast=2,3,4,5", "slow=10,20,30"])
    counts = Counter(
        next(place for place, _ in drawn(grid, Draw(1, seed))) for seed in range(3_000)
    )
    assert len(counts) == 12
    # 250 of each are expected, with a deviation of 15
    assert all(180 < count < 320 for count in counts.values())


def test_draw_of_a_grid_beyond_the_limits_can_be_run() -> None:
    with pytest.raises(InvalidInput, match="the limit is"):
        candidates_of(COMPILED, HUGE, {}, 1_000)
    assert len(candidates_of(COMPILED, HUGE, {}, 1_000, Draw(50, 3)).sets) == 50
    with pytest.raises(InvalidInput, match="the limit is"):
        candidates_of(COMPILED, HUGE, {}, 1_000, Draw(200_000, 3))


def test_draw_from_a_grid_that_is_ruled_out_is_refused() -> None:
    grid = parse_grid(["fast=500:900:1", "slow=10:300:1"])
    with pytest.raises(InvalidInput, match="rules all of them out"):
        candidates_of(COMPILED, grid, {}, 1_000, Draw(10, 1))


def test_draw_of_less_than_none_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        sets_wanted(GRID, Draw(-1))
    assert caught.value.path == "random"


def test_sweep_and_walkforward_of_a_draw_run_its_sets_only() -> None:
    setting = crossover(walk_bars(1_200))
    draw = Draw(7, 3)
    swept = run_sweep(setting, GRID, {}, "sharpe", silent, draw)
    whole = run_sweep(setting, GRID, {}, "sharpe", silent)
    assert swept.trials.trials == len(swept.candidates.sets) == 7
    by_place = dict(zip(whole.candidates.places, whole.figures.tolist(), strict=True))
    for place, row in zip(swept.candidates.places, swept.figures.tolist(), strict=True):
        assert str(row) == str(by_place[place])
    walked = walk_forward(setting, GRID, {}, Plan(windows=2, draw=draw), silent)
    assert walked.candidates == swept.candidates
    assert walked.trials.trials == 14
