"""All parameter sets of a grid over the same bars, with their figures and their neighbourhoods."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fairlead.kernel.records import POLICY, Records
from fairlead.research.candidates import (
    Candidates,
    batches_of,
    candidates_of,
    estimate_of,
)
from fairlead.research.cells import CELL_METRICS, best_of, check_metric
from fairlead.research.columns import SignalTable, signal_table
from fairlead.research.daily import DailyEquity, Floats, session_days
from fairlead.research.estimates import THREADS, Estimate
from fairlead.research.grid import Axis
from fairlead.research.metrics import LOWER_IS_BETTER, METRICS, metrics_of
from fairlead.research.overfitting.cscv import Overfitting, probability_of_overfitting
from fairlead.research.overfitting.trials import ReturnsSample, TrialCount, daily_ratio
from fairlead.research.plan import WHOLE_GRID, Draw
from fairlead.research.plateau import plateau_scores
from fairlead.research.progress import Progress, part_of
from fairlead.research.setting import RunSetting
from fairlead.research.totals import span_of, totals_of
from fairlead.strategies.kinds.rules.parameters import Resolved
from fairlead.strategies.model import Setting
from fairlead.strategies.run import sweep


@dataclass(frozen=True, slots=True)
class SweepResult:
    """Hold the figures of every valid set, in grid order.

    `figures` is (sets, len(CELL_METRICS)) with NaN for undefined; `plateau` is (sets,). `best`
    and `best_plateau` are indices of sets, -1 where no set has a figure. `trials` is what the
    search amounts to when its result is judged, `overfitting` the odds that the best is luck.
    """

    metric: str
    candidates: Candidates
    fixed: Mapping[str, Setting]
    figures: Floats
    plateau: Floats
    best: int
    best_plateau: int
    estimate: Estimate
    trials: TrialCount
    overfitting: Overfitting

    def values(self, name: str) -> Floats:
        """Return one figure of all sets."""
        return self.figures[:, CELL_METRICS.index(name)]


def run_sweep(
    setting: RunSetting,
    axes: tuple[Axis, ...],
    fixed: Mapping[str, Setting],
    metric: str,
    progress: Progress,
    draw: Draw = WHOLE_GRID,
) -> SweepResult:
    """Run every valid set of the grid, or of a draw of it, over the setting's range.

    The figures equal those of a single backtest of the same set. Sets are run in batches that
    fit into memory; only their figures are kept. Raises `InvalidInput` for a grid that cannot be
    run, `RunCancelled` when `progress` does.
    """
    check_metric(metric)
    bars = setting.range
    candidates = candidates_of(setting.compiled, axes, fixed, len(bars), draw)
    figures = np.full((len(candidates.sets), len(CELL_METRICS)), np.nan)
    sample = ReturnsSample(len(candidates.sets))
    for batch, share in _shares(setting, candidates):
        step = part_of(progress, *share)
        table = signal_table(setting, setting.bars, [candidates.sets[index] for index in batch])
        part = table.between(setting.first, setting.stop)
        step(0.3)
        figures[batch] = sweep_figures(setting, candidates, batch, part, step, sample)
    ratios = daily_ratio(figures[:, CELL_METRICS.index("sharpe")], setting.days_per_year)
    values = figures[:, CELL_METRICS.index(metric)]
    lower = metric in LOWER_IS_BETTER
    plateau = plateau_scores(candidates, values, lower)
    progress(1.0)
    return SweepResult(
        metric=metric,
        candidates=candidates,
        fixed=fixed,
        figures=figures,
        plateau=plateau,
        best=best_of(values, lower),
        best_plateau=best_of(plateau, lower),
        estimate=estimate_of(setting.compiled, candidates, len(bars)),
        trials=sample.count(ratios, len(ratios)),
        overfitting=probability_of_overfitting(sample.matrix()),
    )


def sweep_figures(
    setting: RunSetting,
    candidates: Candidates,
    batch: list[int],
    table: SignalTable,
    progress: Progress,
    sample: ReturnsSample | None = None,
) -> Floats:
    """Run one batch over the bars its table covers; return (sets, len(CELL_METRICS)).

    With a `sample` the daily returns of the sets it compares are left there.
    """
    bars = setting.bars.slice(table.first, table.stop)
    cash = float(setting.account.cash)
    sets = [candidates.sets[index] for index in batch]
    run = sweep(
        bars,
        table.signals,
        table.index,
        policies_of(setting, sets, int(bars.ts[-1])),
        limits_of(setting, sets),
        setting.record,
        cash,
        setting.instrument.day_offset_ms,
        THREADS,
        lambda done: progress(0.3 + 0.6 * done / len(batch)),
        funding=setting.funding[table.first : table.stop],
    )
    span = span_of(bars, setting.days_per_year)
    rows = np.empty((len(batch), len(CELL_METRICS)))
    for row in range(len(batch)):
        daily = DailyEquity(run.days, run.daily_equity[row], cash)
        if sample is not None:
            sample.take(batch[row], daily)
        metrics = metrics_of(daily, totals_of(run.books[row : row + 1], len(bars)), span)
        values = (getattr(metrics, METRICS[name]) for name in CELL_METRICS)
        rows[row] = [np.nan if value is None else value for value in values]
    return rows


def policies_of(setting: RunSetting, sets: list[Resolved], at_ms: int | None = None) -> Records:
    """Return the POLICY records of sets, shape (len(sets),), under the costs of one moment.

    Without `at_ms` it is that of the last bar. Where costs change within a range a sweep takes
    those of its end, so that nothing later is known; a backtest takes each fill's own.
    """
    policies = np.zeros(len(sets), POLICY)
    terms = setting.terms if at_ms is None else setting.terms_at(at_ms)
    for index, parameters in enumerate(sets):
        policies[index] = setting.policy(parameters, terms)[0]
    return policies


def limits_of(setting: RunSetting, sets: list[Resolved]) -> Records:
    """Return the LIMITS records of sets, shape (len(sets),)."""
    return np.concatenate([setting.compiled.limits(parameters) for parameters in sets])


def _shares(
    setting: RunSetting, candidates: Candidates
) -> list[tuple[list[int], tuple[float, float]]]:
    bars = setting.range
    days = len(np.unique(session_days(bars.ts, setting.instrument.day_offset_ms)))
    batches = batches_of(setting.compiled, candidates, len(setting.bars), days)
    total, done = len(candidates.sets), 0
    shares = []
    for batch in batches:
        shares.append((batch, (done / total, (done + len(batch)) / total)))
        done += len(batch)
    return shares
