"""Choose parameters on one stretch of bars, test them on the next, and go on to the end."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from fairlead.kernel.series import Bars
from fairlead.market.charges.model import BUY, SELL
from fairlead.research.backtest import simulate_set
from fairlead.research.candidates import Candidates, batches_of, candidates_of
from fairlead.research.cells import CELL_METRICS, best_of, check_metric
from fairlead.research.columns import signal_table
from fairlead.research.daily import Floats, Ints, sample_daily, session_days
from fairlead.research.grid import Axis
from fairlead.research.metrics import LOWER_IS_BETTER, Metrics, TradeTotals, metrics_of
from fairlead.research.overfitting.cscv import Overfitting, probability_of_overfitting
from fairlead.research.overfitting.trials import ReturnsSample, TrialCount, daily_ratio
from fairlead.research.plan import Plan
from fairlead.research.progress import Progress, part_of
from fairlead.research.setting import RunSetting
from fairlead.research.statistics import underwater
from fairlead.research.sweep import sweep_figures
from fairlead.research.totals import span_of, totals_of
from fairlead.research.windows import Window, split_windows
from fairlead.strategies.kinds.rules.parameters import Resolved
from fairlead.strategies.model import Setting

FIT_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class WindowResult:
    """Hold one window: what was chosen on its fit range, and what that earned on its test range.

    Times are open times of first bars, `test_to` the close of the last. `fit` are the figures of
    the chosen set on the fit range by name, `test` all figures of the test range. Without any
    set that has the metric, nothing is chosen: `parameters` is empty and the test stays flat.
    """

    fit_from: int
    fit_to: int
    test_from: int
    test_to: int
    parameters: Mapping[str, Setting]
    fit: Mapping[str, float | None]
    test: Metrics
    survived: bool


@dataclass(frozen=True, slots=True)
class WalkForward:
    """Hold all windows and the out-of-sample equity of one account carried through the tests.

    `efficiency` is the annual growth out of sample over the mean annual growth of the chosen
    sets in sample (R. Pardo, "The Evaluation and Optimization of Trading Strategies", 2008); it
    is None where the latter is not positive. `trials` is what all sets on all fit ranges amount
    to, `overfitting` the odds that choosing among them was luck, from those ranges end to end.
    """

    plan: Plan
    candidates: Candidates
    windows: tuple[WindowResult, ...]
    ts: Ints
    equity: Floats
    drawdown: Floats
    metrics: Metrics
    efficiency: float | None
    trials: TrialCount
    overfitting: Overfitting


@dataclass(frozen=True, slots=True)
class Tested:
    """Hold the test range of one window, with everything sold at its last close."""

    ts: Ints
    equity: Floats
    totals: TradeTotals
    metrics: Metrics


def walk_forward(
    setting: RunSetting,
    axes: tuple[Axis, ...],
    fixed: Mapping[str, Setting],
    plan: Plan,
    progress: Progress,
) -> WalkForward:
    """Fit on each window, then run the chosen set on fresh state over its test range.

    Indicators are warmed up by all earlier bars, but no position, no halt and no cool-down is
    carried from one range into another. A position open at the end of a test is sold at its last
    close, fee and slippage included; the next test starts with that cash. Choosing sees bars of
    the fit range only. Raises `InvalidInput` for a grid or windows that cannot be run.
    """
    check_metric(plan.metric)
    cuts = cuts_of(setting, plan)
    work = sum(cut.fit_to - cut.fit_from for cut in cuts)
    candidates = candidates_of(setting.compiled, axes, fixed, work, plan.draw)
    sample = ReturnsSample(len(candidates.sets))
    figures = fit_figures(setting, candidates, cuts, part_of(progress, 0.0, FIT_SHARE), sample)
    values = figures[:, :, CELL_METRICS.index(plan.metric)]
    results: list[WindowResult] = []
    tests: list[Tested] = []
    cash = float(setting.account.cash)
    for index, cut in enumerate(cuts):
        best = best_of(values[index], plan.metric in LOWER_IS_BETTER)
        chosen = candidates.sets[best] if best >= 0 else None
        test = run_test(setting, chosen, cut, cash)
        fitted = _named(figures[index, best]) if best >= 0 else {}
        varied = candidates.varied(best) if best >= 0 else {}
        results.append(_window_result(setting, cut, varied, fitted, test))
        tests.append(test)
        cash = max(float(test.equity[-1]), 0.0)
        progress(FIT_SHARE + (1.0 - FIT_SHARE) * (index + 1) / len(cuts))
    annual = figures[:, :, CELL_METRICS.index("sharpe")].ravel()
    trials = sample.count(daily_ratio(annual, setting.days_per_year), len(annual))
    overfitting = probability_of_overfitting(sample.matrix())
    return _stitched(plan, setting, results, tests, candidates, trials, overfitting)


def cuts_of(setting: RunSetting, plan: Plan) -> tuple[Window, ...]:
    """Return the windows of a plan as indices of the setting's bars; raises `InvalidInput`."""
    bars = setting.stop - setting.first
    windows = split_windows(
        bars, plan.windows, plan.fit, plan.anchored, purge=plan.purge, embargo=plan.embargo
    )
    return tuple(
        Window(
            *(setting.first + at for at in (cut.fit_from, cut.fit_to, cut.test_from, cut.test_to))
        )
        for cut in windows
    )


def fit_figures(
    setting: RunSetting,
    candidates: Candidates,
    cuts: tuple[Window, ...],
    progress: Progress,
    sample: ReturnsSample | None = None,
) -> Floats:
    """Return the figures of every set on every fit range, (windows, sets, len(CELL_METRICS)).

    With a `sample` the daily returns on the fit ranges, end to end, are left there.
    """
    figures = np.full((len(cuts), len(candidates.sets), len(CELL_METRICS)), np.nan)
    longest = max(cut.fit_to - cut.fit_from for cut in cuts)
    days = len(np.unique(session_days(setting.bars.ts, setting.instrument.day_offset_ms)))
    batches = batches_of(setting.compiled, candidates, len(setting.bars) + longest, days)
    known = setting.bars.slice(0, cuts[-1].fit_to)
    for number, batch in enumerate(batches):
        table = signal_table(setting, known, [candidates.sets[index] for index in batch])
        for index, cut in enumerate(cuts):
            done = number * len(cuts) + index
            total = len(batches) * len(cuts)
            step = part_of(progress, done / total, (done + 1) / total)
            part = table.between(cut.fit_from, cut.fit_to)
            figures[index, batch] = sweep_figures(setting, candidates, batch, part, step, sample)
    return figures


def run_test(setting: RunSetting, chosen: Resolved | None, cut: Window, cash: float) -> Tested:
    """Run one set over a test range on fresh state; without a set or cash it stays flat."""
    bars = setting.bars.slice(cut.test_from, cut.test_to)
    if chosen is None or cash <= 0.0:
        return _measured(setting, bars, np.full(len(bars), cash), flat_totals(len(bars)), cash)
    signals = setting.signals(setting.bars.slice(0, cut.test_to), chosen)
    run = simulate_set(setting, chosen, signals, cut.test_from, cut.test_to, cash)
    totals = totals_of(run.state.book, len(bars))
    equity, totals = sell_out(setting, run.state.positions[0, 0], bars, run.equity, totals)
    return _measured(setting, bars, equity, totals, cash)


def sell_out(
    setting: RunSetting, held: np.void, bars: Bars, equity: Floats, totals: TradeTotals
) -> tuple[Floats, TradeTotals]:
    """Close what is still held at the last close, worsened by slippage, and charge the fee."""
    quantity = float(held["quantity"])
    if quantity == 0.0:
        return equity, totals
    side = 1.0 if quantity > 0.0 else -1.0
    last = int(bars.ts[-1])
    price = float(bars.close[-1]) * (1.0 - side * setting.slippage_at(last))
    fee = setting.terms_at(last).fee_of(SELL if side > 0.0 else BUY, abs(quantity) * price)
    pnl = quantity * (price - float(held["average"])) - float(held["fees"]) - fee
    sold = equity.copy()
    sold[-1] -= quantity * (float(bars.close[-1]) - price) + fee
    closed = replace(
        totals,
        trades=totals.trades + 1,
        wins=totals.wins + (pnl > 0.0),
        gross_profit=totals.gross_profit + max(pnl, 0.0),
        gross_loss=totals.gross_loss + max(-pnl, 0.0),
        fees=totals.fees + fee,
        notional=totals.notional + abs(quantity) * price,
    )
    return sold, closed


def flat_totals(bars: int) -> TradeTotals:
    """Return the totals of a run that never traded."""
    return TradeTotals(0, 0, 0.0, 0.0, None, None, 0, 0.0, 0.0, 0.0, 0, bars)


def _measured(
    setting: RunSetting, bars: Bars, equity: Floats, totals: TradeTotals, cash: float
) -> Tested:
    daily = sample_daily(bars.ts, equity, cash, setting.instrument.day_offset_ms)
    deepest = replace(totals, max_drawdown=_depth(equity, cash))
    metrics = metrics_of(daily, deepest, span_of(bars, setting.days_per_year))
    return Tested(bars.ts, equity, deepest, metrics)


def _window_result(
    setting: RunSetting,
    cut: Window,
    chosen: Mapping[str, Setting],
    fitted: Mapping[str, float | None],
    test: Tested,
) -> WindowResult:
    ts = setting.bars.ts
    return WindowResult(
        fit_from=int(ts[cut.fit_from]),
        fit_to=int(ts[cut.fit_to - 1]) + setting.bars.timeframe_ms,
        test_from=int(ts[cut.test_from]),
        test_to=int(ts[cut.test_to - 1]) + setting.bars.timeframe_ms,
        parameters=dict(chosen),
        fit=fitted,
        test=test.metrics,
        survived=(test.metrics.total_return or 0.0) > 0.0,
    )


def _stitched(
    plan: Plan,
    setting: RunSetting,
    results: list[WindowResult],
    tests: list[Tested],
    candidates: Candidates,
    trials: TrialCount,
    overfitting: Overfitting,
) -> WalkForward:
    cash = float(setting.account.cash)
    ts = np.concatenate([test.ts for test in tests])
    equity = np.concatenate([test.equity for test in tests])
    daily = sample_daily(ts, equity, cash, setting.instrument.day_offset_ms)
    totals = _sum_of([test.totals for test in tests], _depth(equity, cash))
    bars = setting.bars.between(int(ts[0]), int(ts[-1]) + 1)
    metrics = metrics_of(daily, totals, span_of(bars, setting.days_per_year))
    return WalkForward(
        plan=plan,
        candidates=candidates,
        windows=tuple(results),
        ts=ts,
        equity=equity,
        drawdown=underwater(equity, cash),
        metrics=metrics,
        efficiency=_efficiency(metrics, results),
        trials=trials,
        overfitting=overfitting,
    )


def _sum_of(parts: list[TradeTotals], max_drawdown: float) -> TradeTotals:
    return TradeTotals(
        trades=sum(part.trades for part in parts),
        wins=sum(part.wins for part in parts),
        gross_profit=sum(part.gross_profit for part in parts),
        gross_loss=sum(part.gross_loss for part in parts),
        best=None,
        worst=None,
        ambiguous=sum(part.ambiguous for part in parts),
        fees=sum(part.fees for part in parts),
        notional=sum(part.notional for part in parts),
        max_drawdown=max_drawdown,
        bars_held=sum(part.bars_held for part in parts),
        bars=sum(part.bars for part in parts),
    )


def _efficiency(metrics: Metrics, results: list[WindowResult]) -> float | None:
    growths = [growth for result in results if (growth := result.fit.get("cagr")) is not None]
    if not growths or metrics.cagr is None:
        return None
    inside = sum(growths) / len(growths)
    return metrics.cagr / inside if inside > 0.0 else None


def _depth(equity: Floats, cash: float) -> float:
    if cash <= 0.0:
        return 0.0
    return max(0.0, float(underwater(equity, cash).max(initial=0.0)))


def _named(row: Floats) -> dict[str, float | None]:
    return {
        name: None if np.isnan(value) else value
        for name, value in zip(CELL_METRICS, row.tolist(), strict=True)
    }
