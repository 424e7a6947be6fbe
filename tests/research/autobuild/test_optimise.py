"""One instrument: the same bytes always, exact tests, no look at what comes later."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Bars
from fairlead.market.instruments import default_instrument
from fairlead.market.lake import Lake
from fairlead.research.autobuild.choosing import daily_sharpes, neighbourhood
from fairlead.research.autobuild.outcome import InstrumentOutcome
from fairlead.research.autobuild.searching import neighbours_of, open_searches, run_grid
from fairlead.research.autobuild.steps import never
from fairlead.research.autobuild.trials import Tried
from fairlead.research.backtest import BacktestRequest, run_backtest
from fairlead.research.model import ALL_TIME
from fairlead.research.plateau import plateau_scores
from fairlead.research.progress import RunCancelled
from fairlead.research.walkforward import run_test
from fairlead.research.windows import split_windows
from fairlead.strategies.templates import load_template
from tests.research.autobuild.lab import optimised, quick, series_of, stocked
from tests.research.samples import bars_of_closes, walk_bars

NAME = "lab:a0"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return stocked(tmp_path, count=1)


def test_equal_inputs_give_equal_outcomes_that_survive_json(lake: Lake) -> None:
    first, second = (optimised(lake, NAME, quick()) for _ in range(2))
    assert first == second
    assert json.dumps(first.to_json()) == json.dumps(second.to_json())
    read = InstrumentOutcome.of_json(json.loads(json.dumps(first.to_json())))
    assert read == first
    assert read.seconds == first.seconds


def test_figures_of_the_chosen_set_are_those_of_a_backtest(lake: Lake) -> None:
    constraints = quick()
    outcome = optimised(lake, NAME, constraints)
    bars = series_of(lake, NAME).open()
    research = len(bars) - int(len(bars) * constraints.walk.holdout)
    request = BacktestRequest(
        load_template(outcome.template),
        outcome.parameters,
        ALL_TIME,
        "1h",
        constraints.account,
    )
    report = run_backtest(request, bars.slice(0, research), default_instrument(NAME))
    assert outcome.sharpe_in == pytest.approx(report.metrics.sharpe, rel=1e-12)
    assert outcome.max_drawdown == report.metrics.max_drawdown
    best = max(each.sharpe for each in outcome.best_sets if each.sharpe is not None)
    assert outcome.sharpe_in == best


def test_every_test_window_is_the_chosen_set_run_exactly_on_fresh_state(lake: Lake) -> None:
    constraints = quick()
    outcome = optimised(lake, NAME, constraints)
    bars = series_of(lake, NAME).open()
    research = len(bars) - int(len(bars) * constraints.walk.holdout)
    (searched,) = open_searches(constraints, bars, default_instrument(NAME), research)
    windows = split_windows(research, 3, 0.7, False)
    run = run_grid((searched,), research, never)
    cash = float(constraints.account.cash)
    carried_over = 0
    for window, told in zip(windows, outcome.windows, strict=True):
        parameters = searched.setting.compiled.resolve(told.parameters)
        exact = run_test(searched.setting, parameters, window, cash)
        assert told.test_return == pytest.approx(exact.equity[-1] / cash - 1.0, rel=1e-12)
        assert told.trades == exact.totals.trades
        cash = float(exact.equity[-1])
        # what a slice of the one long run would have said instead
        place = searched.candidates.sets.index(parameters)
        first, last = np.searchsorted(run.day_stops, [window.test_from, window.test_to])
        sliced = float(np.prod(1.0 + run.returns[place, first:last]) - 1.0)
        carried_over += abs(sliced - float(told.test_return or 0.0)) > 1e-6
    assert carried_over, "a slice would have done: this test could not fail"


def test_later_bars_change_no_earlier_choice_and_no_earlier_result(tmp_path: Path) -> None:
    constraints = quick()
    bars = walk_bars(2_400, seed=3)
    lake = Lake(tmp_path)
    lake.append(NAME, "1h", bars)
    research = len(bars) - int(len(bars) * constraints.walk.holdout)
    cut = split_windows(research, 3, 0.7, False)[2].test_from
    lake.append("lab:a1", "1h", _poisoned(bars, cut))
    honest, poisoned = optimised(lake, NAME, constraints), optimised(lake, "lab:a1", constraints)
    assert honest.windows[:2] == poisoned.windows[:2]
    assert honest.windows[2].parameters == poisoned.windows[2].parameters
    assert honest.windows[2].test_return != poisoned.windows[2].test_return


def test_bars_of_the_holdout_change_the_holdout_alone(tmp_path: Path) -> None:
    bars = walk_bars(2_400, seed=3)
    off = {name: {"enabled": False} for name in ("out_of_sample", "significance", "plateau",
           "deflated_sharpe", "pbo", "consistency", "trades", "in_sample")}  # fmt: skip
    constraints = quick(evidence=off)
    lake = Lake(tmp_path)
    lake.append(NAME, "1h", bars)
    research = len(bars) - int(len(bars) * constraints.walk.holdout)
    lake.append("lab:a1", "1h", _poisoned(bars, research))
    honest, poisoned = optimised(lake, NAME, constraints), optimised(lake, "lab:a1", constraints)
    assert honest.holdout is not None
    assert poisoned.holdout is not None
    assert honest.holdout.total_return != poisoned.holdout.total_return
    for name in ("windows", "returns", "best_sets", "sharpe_in", "pbo", "deflated_sharpe"):
        assert getattr(honest, name) == getattr(poisoned, name)


def test_holdout_stays_closed_while_another_gate_fails(lake: Lake) -> None:
    outcome = optimised(lake, NAME, quick())
    assert not outcome.accepted
    assert outcome.holdout is not None
    assert outcome.holdout.total_return is None
    gate = next(gate for gate in outcome.gates if gate.name == "holdout")
    assert not gate.passed
    assert "closed" in gate.text


def test_trials_of_the_past_lower_the_deflated_ratio(lake: Lake) -> None:
    fresh = optimised(lake, NAME, quick())
    often = optimised(lake, NAME, quick(), Tried(10_000, 5_000.0))
    assert fresh.deflated_sharpe is not None
    assert often.deflated_sharpe is not None
    assert often.deflated_sharpe < fresh.deflated_sharpe
    assert often.windows == fresh.windows


def test_unknown_trials_keep_the_gate_red(lake: Lake) -> None:
    outcome = optimised(lake, NAME, quick(), Tried(known=False))
    gate = next(gate for gate in outcome.gates if gate.name == "deflated_sharpe")
    assert not gate.passed
    assert "Trials unknown" in gate.text


def test_embargo_and_purge_keep_bars_out_of_both_ranges(lake: Lake) -> None:
    walk = {"windows": 3, "purge_bars": 30, "embargo_bars": 20}
    outcome = optimised(lake, NAME, quick(walk_forward=walk))
    for window in outcome.windows:
        assert window.test_from - window.fit_to >= 50 * 3_600_000
    plain = optimised(lake, NAME, quick())
    for gap, none in zip(outcome.windows, plain.windows, strict=True):
        assert gap.test_from - none.test_from >= 20 * 3_600_000
        assert none.fit_to - gap.fit_to >= 30 * 3_600_000


def test_neighbours_are_those_of_the_plateau_of_sweeps(lake: Lake) -> None:
    constraints = quick()
    bars = series_of(lake, NAME).open()
    searched = open_searches(constraints, bars, default_instrument(NAME), len(bars))
    sharpes = daily_sharpes(run_grid(searched, len(bars), never).returns)
    near = neighbours_of(searched)
    expected = plateau_scores(searched[0].candidates, sharpes, lower_is_better=False)
    found = [neighbourhood(sharpes, near, index) for index in range(len(sharpes))]
    assert found == [None if np.isnan(value) else value for value in expected.tolist()]


def test_a_day_that_two_tests_share_counts_once_with_both_returns(lake: Lake) -> None:
    outcome = optimised(lake, NAME, quick())
    assert len(set(outcome.days)) == len(outcome.days)
    whole = float(np.prod(1.0 + np.array(outcome.returns)))
    assert outcome.return_out == pytest.approx(whole - 1.0, rel=1e-9)


def test_equal_prices_are_rejected_in_words(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.append(NAME, "1h", bars_of_closes([100.0] * 2_400))
    outcome = optimised(lake, NAME, quick())
    assert not outcome.accepted
    assert outcome.template == ""
    assert outcome.trades == 0
    failed = {gate.name: gate.text for gate in outcome.gates if not gate.passed}
    assert "could not be measured" in failed["deflated_sharpe"]
    assert "0 closed trades" in failed["trades"]


@pytest.mark.parametrize(("bars", "words"), [(1, "1 bars"), (200, "days of history")])
def test_too_few_bars_are_refused_in_words(tmp_path: Path, bars: int, words: str) -> None:
    lake = Lake(tmp_path)
    lake.append(NAME, "1h", walk_bars(bars, gaps=False))
    with pytest.raises(InvalidInput, match=words) as refused:
        optimised(lake, NAME, quick())
    assert refused.value.action


def test_a_search_that_is_stopped_leaves_at_its_next_step(lake: Lake) -> None:
    from fairlead.research.autobuild.optimise import optimise_instrument
    from fairlead.research.autobuild.steps import unheard
    from fairlead.research.autobuild.trials import NO_TRIALS

    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(RunCancelled):
        optimise_instrument(series_of(lake, NAME), quick(), NO_TRIALS, stop, unheard)
    assert len(asked) <= 5


def _poisoned(bars: Bars, first: int) -> Bars:
    factor = np.ones(len(bars))
    factor[first:] = np.exp(0.01 * np.sin(np.arange(len(bars) - first)))
    high = np.maximum.reduce([bars.open, bars.close]) * factor * 1.001
    low = np.minimum.reduce([bars.open, bars.close]) * factor * 0.999
    changed = replace(bars, open=bars.open * factor, close=bars.close * factor)
    kept = np.arange(len(bars)) < first
    return replace(changed, high=np.where(kept, bars.high, high), low=np.where(kept, bars.low, low))
