"""Sweeps: equal to single backtests, complete, bounded, and honest about neighbours."""

import math

import numpy as np
import pytest

from fairlead.infra.errors import InvalidInput
from fairlead.research import estimates
from fairlead.research.backtest import report_of, simulate_set
from fairlead.research.candidates import Candidates, batches_of, candidates_of
from fairlead.research.cells import CELL_METRICS, best_of
from fairlead.research.grid import Axis, parse_grid
from fairlead.research.model import Period
from fairlead.research.plateau import plateau_scores
from fairlead.research.progress import RunCancelled, silent
from fairlead.research.sweep import run_sweep
from tests.research.samples import HOUR_MS, START_MS, crossover, walk_bars

GRID = parse_grid(["fast=3:12:3", "slow=6:30:6", "stop_loss_pct=0,0.02"])


def test_sweep_figures_equal_those_of_single_backtests() -> None:
    period = Period(START_MS + 300 * HOUR_MS, START_MS + 2_300 * HOUR_MS)
    setting = crossover(walk_bars(2_500), period=period)
    result = run_sweep(setting, GRID, {"take_profit_pct": 0.05}, "sharpe", silent)
    assert len(result.candidates.sets) > 20
    for index, parameters in enumerate(result.candidates.sets):
        signals = setting.signals(setting.bars.slice(0, setting.stop), parameters)
        run = simulate_set(setting, parameters, signals, setting.first, setting.stop)
        metrics = report_of(setting, parameters, run).metrics
        single = [metrics.value(name) for name in CELL_METRICS]
        swept = [None if math.isnan(v) else v for v in result.figures[index].tolist()]
        assert swept == single


def test_sweep_in_many_batches_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    setting = crossover(walk_bars(1_200))
    whole = run_sweep(setting, GRID, {}, "sharpe", silent)
    monkeypatch.setattr("fairlead.research.candidates.BATCH_BYTES", 60_000)
    days = 51
    assert len(batches_of(setting.compiled, whole.candidates, 1_200, days)) > 5
    parts = run_sweep(setting, GRID, {}, "sharpe", silent)
    assert parts.figures.tobytes() == whole.figures.tobytes()


def test_sweep_counts_the_sets_its_constraints_rule_out() -> None:
    result = run_sweep(crossover(walk_bars(500)), GRID, {}, "sharpe", silent)
    ruled_out = sum(fast >= slow for fast in (3, 6, 9, 12) for slow in (6, 12, 18, 24, 30)) * 2
    assert result.candidates.skipped == ruled_out
    assert len(result.candidates.sets) == 4 * 5 * 2 - ruled_out


def test_sweep_best_is_the_best_defined_value() -> None:
    result = run_sweep(crossover(walk_bars(1_500)), GRID, {}, "sharpe", silent)
    values = result.values("sharpe")
    assert values[result.best] == np.nanmax(values)
    lowest = run_sweep(crossover(walk_bars(1_500)), GRID, {}, "max_drawdown", silent)
    drawdowns = lowest.values("max_drawdown")
    assert drawdowns[lowest.best] == np.nanmin(drawdowns)


def test_best_of_nothing_defined_is_none() -> None:
    assert best_of(np.array([np.nan, np.nan]), lower_is_better=False) == -1


def test_sweep_cancelled_stops() -> None:
    calls: list[float] = []

    def cancel(share: float) -> None:
        calls.append(share)
        raise RunCancelled

    with pytest.raises(RunCancelled):
        run_sweep(crossover(walk_bars(500)), GRID, {}, "sharpe", cancel)
    assert len(calls) == 1


def test_sweep_progress_rises_to_one() -> None:
    seen: list[float] = []
    run_sweep(crossover(walk_bars(500)), GRID, {}, "sharpe", seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@pytest.mark.parametrize(
    ("grid", "fixed", "words"),
    [
        (["fast=5,10"], {"fast": 7.0}, "fixed and varied"),
        (["fats=5,10"], {}, "did you mean fast"),
        (["fast=5,10"], {"slwo": 20.0}, "did you mean slow"),
        (["fast=1,10"], {}, "expected a whole number"),
        (["fast=60,70"], {"slow": 20.0}, "rules all of them out"),
        (["fast=2:1000:1", "slow=3:5000:1"], {}, "the limit is 100,000"),
    ],
)
def test_sweep_grid_that_cannot_run_is_refused(
    grid: list[str], fixed: dict[str, float], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        run_sweep(crossover(walk_bars(200)), parse_grid(grid), dict(fixed), "sharpe", silent)


def test_sweep_unknown_metric_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no metric"):
        run_sweep(crossover(walk_bars(200)), GRID, {}, "sharp", silent)


def test_grid_beyond_the_limits_names_an_estimate() -> None:
    with pytest.raises(InvalidInput, match=r"take up to .* MB"):
        estimates.refuse_beyond_limits(1_000_000, 100_000)
    with pytest.raises(InvalidInput, match="too much for one run"):
        estimates.refuse_beyond_limits(90_000, 10_000_000)


def test_candidates_show_choices_and_switches_as_words() -> None:
    compiled = crossover(walk_bars(100)).compiled
    axes = parse_grid(["allow_short=true,false", "sizing=fraction,quantity", "fast=5,10"])
    candidates = candidates_of(compiled, axes, {}, 100)
    assert candidates.varied(0) == {"allow_short": True, "sizing": "fraction", "fast": 5}
    assert len(candidates.sets) == 8


def _square(side: int) -> Candidates:
    values = tuple(float(v) for v in range(side))
    compiled = crossover(walk_bars(100)).compiled
    one = compiled.resolve({})
    places = tuple((row, column) for row in range(side) for column in range(side))
    return Candidates((Axis("a", values), Axis("b", values)), (one,) * side**2, places, 0)


def test_plateau_scores_take_the_median_of_all_neighbours() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, 100.0, 6.0, 7.0, 8.0, 9.0])
    scores = plateau_scores(_square(3), values, lower_is_better=False)
    assert scores[4] == pytest.approx(5.0)
    assert scores[0] == pytest.approx(4.0)


def test_plateau_scores_count_undefined_neighbours_as_the_worst() -> None:
    values = np.array([np.nan, np.nan, np.nan, np.nan, 5.0, 6.0, np.nan, np.nan, np.nan])
    scores = plateau_scores(_square(3), values, lower_is_better=False)
    assert math.isnan(scores[4])
    known = plateau_scores(_square(2), np.array([1.0, np.nan, 2.0, 3.0]), lower_is_better=True)
    assert known[0] == 3.0
