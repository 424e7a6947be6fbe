"""A universe that is ranked again and again: entries only while an instrument belongs to it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fairlead.kernel.signals import ENTER_LONG, ENTER_SHORT
from fairlead.market.instruments import default_instrument
from fairlead.market.lake import Lake
from fairlead.market.zones import DAY_MS
from fairlead.research.autobuild.optimise import optimise_instrument
from fairlead.research.autobuild.pipeline import run_autobuild
from fairlead.research.autobuild.ports import LakeUniverse
from fairlead.research.autobuild.steps import Note, never, unheard
from fairlead.research.autobuild.trials import NO_TRIALS
from fairlead.strategies.kinds.rules.compile import compile_rules
from fairlead.strategies.templates import load_template
from tests.research.autobuild.lab import Told, optimised, ports_of, quick, series_of
from tests.research.samples import walk_bars

HOURS = 2_400


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Return a lake in which a1 takes over from a0 in the middle, and a2 is never liquid."""
    lake, half = Lake(tmp_path), HOURS // 2
    for at, (early, late) in enumerate(((50.0, 1.0), (5.0, 40.0), (0.1, 0.1))):
        bars = walk_bars(HOURS, seed=at + 1)
        volume = np.where(np.arange(len(bars)) < half, early, late) / bars.close
        lake.append(f"lab:a{at}", "1h", replace(bars, volume=volume))
    return lake


CONSTRAINTS = quick(universe={"rebalance_days": 10, "liquidity_days": 5}, budget={"instruments": 1})


def test_members_change_at_rebalances_and_the_illiquid_never_belongs(lake: Lake) -> None:
    members = LakeUniverse(lake).memberships(CONSTRAINTS)
    assert set(members) == {"lab:a0", "lab:a1"}
    (first,), (second,) = members["lab:a0"], members["lab:a1"]
    assert first[1] == second[0]
    assert second[0] % (10 * DAY_MS) == 0
    middle = int(lake.bars("lab:a0", "1h").ts[HOURS // 2])
    assert middle < second[0] <= middle + 13 * DAY_MS


def test_signals_outside_of_membership_hold_no_entry_and_inside_all(lake: Lake) -> None:
    bars = lake.bars("lab:a0", "1h")
    rules = compile_rules(load_template("sma_crossover"))
    terms = default_instrument("lab:a0")
    start, end = int(bars.ts[500]), int(bars.ts[900])
    free = rules.signals(bars, {}, None, terms).action
    held = rules.signals(bars, {}, None, replace(terms, entries=((start, end),))).action
    close = bars.ts + bars.timeframe_ms
    inside = (close >= start) & (close < end)
    entering = (free == ENTER_LONG) | (free == ENTER_SHORT)
    assert (entering & inside).any()
    assert (entering & ~inside).any()
    assert not held[entering & ~inside].any()
    assert np.array_equal(held[~entering | inside], free[~entering | inside])


def test_instrument_that_always_belongs_is_as_without_and_one_that_never_does_trades_nothing(
    lake: Lake,
) -> None:
    series, constraints = series_of(lake, "lab:a0"), quick()
    always = replace(series, entries=((-(2**62), 2**62),))
    never_in = replace(series, entries=())
    free = optimised(lake, "lab:a0", constraints)
    assert optimise_instrument(always, constraints, NO_TRIALS, never, unheard) == free
    nothing = optimise_instrument(never_in, constraints, NO_TRIALS, never, unheard)
    assert (nothing.trades, nothing.accepted) == (0, False)
    assert free.trades > 0


def test_pipeline_tests_all_that_ever_belonged_and_says_so(lake: Lake) -> None:
    told = Told()
    result = run_autobuild(CONSTRAINTS, ports_of(lake), told, never)
    tested = {outcome.instrument: outcome.trades for outcome in result.outcomes}
    assert set(tested) == {"lab:a0", "lab:a1"}
    free = optimised(lake, "lab:a0", CONSTRAINTS)
    assert tested["lab:a0"] < free.trades
    notes = [event.text for event in told.events if isinstance(event, Note)]
    assert "2 of 3 ever belonged to the universe." in notes
