"""Walk-forwards: nothing of a test range is ever seen by the choice that it tests."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Bars
from fairlead.research import walkforward as module
from fairlead.research.backtest import simulate_set
from fairlead.research.candidates import Candidates
from fairlead.research.daily import Floats
from fairlead.research.grid import parse_grid
from fairlead.research.overfitting.trials import ReturnsSample
from fairlead.research.plan import Plan
from fairlead.research.progress import Progress, silent
from fairlead.research.setting import RunSetting
from fairlead.research.sweep import run_sweep
from fairlead.research.walkforward import WalkForward, fit_figures, walk_forward
from fairlead.research.windows import Window, split_windows
from tests.research.samples import crossover, walk_bars, with_prices

GRID = parse_grid(["fast=3,6,9", "slow=12,24,36"])
BARS = walk_bars(2_400)
PLAN = Plan()


def walk(bars: Bars = BARS, plan: Plan = PLAN) -> WalkForward:
    return walk_forward(crossover(bars), GRID, {}, plan, silent)


def poisoned(bars: Bars, start: int, stop: int, factor: float) -> Bars:
    """Multiply the prices of some bars, so that everything in them looks different."""
    scale = np.ones(len(bars))
    scale[start:stop] = factor ** np.linspace(0.0, 3.0, stop - start)
    return with_prices(bars, lambda prices: prices * scale)


@given(st.integers(0, 4), st.floats(0.5, 2.0))
@hypothesis_settings(max_examples=15)
def test_choice_never_depends_on_the_bars_it_is_tested_on(window: int, factor: float) -> None:
    cut = split_windows(len(BARS), 5, 0.7, anchored=False)[window]
    changed = walk(poisoned(BARS, cut.fit_to, len(BARS), factor))
    plain = walk()
    for index in range(window + 1):
        assert changed.windows[index].parameters == plain.windows[index].parameters
        assert changed.windows[index].fit == plain.windows[index].fit
    assert factor == 1.0 or window == 5 or changed.equity.tobytes() != plain.equity.tobytes()


def test_choice_never_depends_on_purged_bars_and_no_test_holds_embargoed_ones() -> None:
    plan = Plan(windows=3, purge=20, embargo=15)
    cuts = split_windows(len(BARS), 3, 0.7, False, purge=20, embargo=15)
    plain = walk(plan=plan)
    changed = walk(poisoned(BARS, cuts[0].fit_to, cuts[0].test_from, 1.5), plan)
    assert changed.windows[0].fit == plain.windows[0].fit
    # without a purge the same bars are seen
    wide = Plan(windows=3)
    seen = walk(poisoned(BARS, cuts[0].fit_to, cuts[0].fit_to + 20, 1.5), wide)
    assert seen.windows[0].fit != walk(plan=wide).windows[0].fit
    tested = np.concatenate([BARS.ts[cut.test_from : cut.test_to] for cut in cuts])
    assert plain.ts.tolist() == tested.tolist()
    first = plain.windows[0]
    assert first.test_from - first.fit_to == 35 * BARS.timeframe_ms


def test_choice_depends_on_the_bars_it_is_fitted_on() -> None:
    cut = split_windows(len(BARS), 5, 0.7, anchored=False)[0]
    changed = walk(poisoned(BARS, cut.fit_from, cut.fit_to, 1.5))
    assert changed.windows[0].fit != walk().windows[0].fit


def test_test_range_is_an_exact_run_on_fresh_state() -> None:
    setting = crossover(BARS)
    result = walk()
    cash = 10_000.0
    done = 0
    for cut, window in zip(split_windows(len(BARS), 5, 0.7, False), result.windows, strict=True):
        chosen = setting.compiled.resolve(dict(window.parameters))
        signals = setting.signals(BARS, chosen)
        run = simulate_set(setting, chosen, signals, cut.fit_to, cut.test_to, cash)
        stitched = result.equity[done : done + cut.test_to - cut.fit_to]
        # all but the last bar, at whose close the rest is sold
        assert stitched[:-1].tobytes() == run.equity[:-1].tobytes()
        assert stitched[-1] <= run.equity[-1]
        cash = float(stitched[-1])
        done += len(stitched)
    assert done == len(result.equity)
    assert result.metrics.final_equity == cash


def test_no_position_is_carried_over_a_windows_edge() -> None:
    setting = crossover(BARS)
    result = walk()
    first = split_windows(len(BARS), 5, 0.7, False)[0]
    chosen = setting.compiled.resolve(dict(result.windows[0].parameters))
    signals = setting.signals(BARS, chosen)
    long_run = simulate_set(setting, chosen, signals, 0, first.test_to)
    held = [
        trade
        for trade in long_run.trades
        if trade["entry_ts"] < BARS.ts[first.fit_to] < trade["exit_ts"]
    ]
    assert held, "the sample needs a trade over the edge, or the test shows nothing"
    assert result.equity[0] == pytest.approx(10_000.0)


def test_open_position_at_the_end_of_a_test_pays_for_its_exit() -> None:
    result = walk(plan=Plan(windows=1))
    setting = crossover(BARS)
    cut = split_windows(len(BARS), 1, 0.7, False)[0]
    chosen = setting.compiled.resolve(dict(result.windows[0].parameters))
    run = simulate_set(setting, chosen, setting.signals(BARS, chosen), cut.fit_to, cut.test_to)
    held = abs(float(run.state.positions[0, 0]["quantity"])) * float(BARS.close[-1])
    assert held > 0.0
    assert run.equity[-1] - result.equity[-1] == pytest.approx(held * 0.0015, rel=0.01)
    assert result.metrics.trades == len(run.trades) + 1


def test_windows_report_what_they_chose_by_the_metric() -> None:
    result = walk(plan=Plan(metric="return"))
    setting = crossover(BARS)
    cuts = split_windows(len(BARS), 5, 0.7, False)
    figures = fit_figures(setting, result.candidates, cuts, silent)
    for window, rows in zip(result.windows, figures, strict=True):
        assert window.fit["return"] == np.nanmax(rows[:, 0])


@pytest.mark.parametrize("anchored", [False, True])
def test_evidence_is_that_of_the_fit_ranges_end_to_end(anchored: bool) -> None:
    result = walk(plan=Plan(windows=3, anchored=anchored))
    cuts = split_windows(len(BARS), 3, 0.7, anchored)
    days = np.unique(BARS.ts[: cuts[-1].fit_to] // 86_400_000)
    assert result.trials.trials == 27
    assert 1.0 <= result.trials.effective <= 9.0
    assert result.overfitting.splits == 12_870
    # a set's own returns over those days, as a sweep of the range gives them where it is anchored
    whole = run_sweep(crossover(BARS.slice(0, cuts[-1].fit_to)), GRID, {}, "sharpe", silent)
    assert result.trials.sharpe_variance >= 1.0 / (len(days) - 1)
    if anchored:
        assert result.overfitting.probability == whole.overfitting.probability
        assert result.trials.effective == whole.trials.effective


def test_anchored_windows_fit_from_the_first_bar() -> None:
    result = walk(plan=Plan(anchored=True, windows=3))
    assert {window.fit_from for window in result.windows} == {int(BARS.ts[0])}


def test_window_without_any_trade_stays_flat() -> None:
    result = walk(with_prices(BARS, lambda prices: np.full(len(prices), 100.0)))
    assert [window.parameters for window in result.windows] == [{}] * 5
    assert set(result.equity.tolist()) == {10_000.0}
    assert result.efficiency is None


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    walk_forward(crossover(BARS), GRID, {}, Plan(), seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("plan", [Plan(windows=0), Plan(fit=1.0), Plan(windows=99), Plan("x")])
def test_plan_that_cannot_be_walked_is_refused(plan: Plan) -> None:
    with pytest.raises(InvalidInput):
        walk(walk_bars(300), plan)


def test_planted_peek_at_the_test_range_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = module.fit_figures

    def peeking(
        setting: RunSetting,
        candidates: Candidates,
        cuts: tuple[Window, ...],
        progress: Progress,
        sample: ReturnsSample,
    ) -> Floats:
        wider = tuple(replace(cut, fit_to=cut.test_to) for cut in cuts)
        return honest(setting, candidates, wider, progress, sample)

    monkeypatch.setattr(module, "fit_figures", peeking)
    cut = split_windows(len(BARS), 5, 0.7, anchored=False)[0]
    changed, plain = walk(poisoned(BARS, cut.fit_to, len(BARS), 1.7)), walk()
    assert changed.windows[0].fit != plain.windows[0].fit
