"""One instrument from its bars to its evidence: sweep, walk forward, judge; pure and repeatable."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Bars
from fairlead.market.instruments import default_instrument
from fairlead.research.autobuild.choosing import choose, daily_sharpes, neighbourhood
from fairlead.research.autobuild.gates import Measured, judge, judge_holdout
from fairlead.research.autobuild.outcome import Gate, Holdout, InstrumentOutcome
from fairlead.research.autobuild.searching import (
    GridRun,
    neighbours_of,
    open_searches,
    run_grid,
)
from fairlead.research.autobuild.series import SeriesOnDisk
from fairlead.research.autobuild.showing import best_sets, surface_of, thinned_equity, tried_of
from fairlead.research.autobuild.steps import Note, Stop, Tell
from fairlead.research.autobuild.terms import Constraints
from fairlead.research.autobuild.trials import KnownTrials
from fairlead.research.autobuild.walking import Walk, run_stretch, walk_windows
from fairlead.research.daily import DAY_MS, Floats
from fairlead.research.overfitting.cscv import probability_of_overfitting
from fairlead.research.overfitting.sharpe import (
    deflated_sharpe,
    effective_trials,
    probabilistic_sharpe,
)
from fairlead.research.statistics import sharpe_ratio
from fairlead.research.windows import split_windows

BLOCKS = 16
Places = NDArray[np.int64]


def optimise_instrument(
    series: SeriesOnDisk,
    constraints: Constraints,
    trials: KnownTrials,
    stop: Stop,
    tell: Tell,
) -> InstrumentOutcome:
    """Search, test and judge one instrument.

    Equal inputs give an equal outcome, on whatever machine part. Raises `InvalidInput` for bars
    that cannot be searched (too few, or axes that a template does not have), `NotFound` when the
    series is gone, `RunCancelled` when `stop` says so.
    """
    bars = series.open()
    research = research_bars(bars, constraints, series.instrument)
    instrument = replace(default_instrument(series.instrument), entries=series.entries)
    searched = open_searches(constraints, bars, instrument, research)
    walk = constraints.walk
    windows = split_windows(
        research, walk.windows, walk.fit, walk.anchored, walk.purge_bars, walk.embargo_bars
    )
    run = run_grid(searched, research, stop)
    near = neighbours_of(searched)
    walked = walk_windows(run, windows, stop)
    outcome = _outcome(series, constraints, trials, run, near, walked)
    tell(Note("optimise", 0.0, f"{series.instrument}: {len(run.returns):,} sets tested."))
    return _with_holdout(outcome, constraints, run, bars, research)


def research_bars(bars: Bars, constraints: Constraints, name: str) -> int:
    """Return how many bars lie before the holdout; raises `InvalidInput` for too few."""
    if len(bars) < 2:
        raise InvalidInput(
            f"{name} has {len(bars)} bars in the range.",
            expected=f"at least {constraints.minimum_days} days of bars",
            found=f"{len(bars)} bars",
            action="Import or fetch more history, or choose another range.",
        )
    days = (int(bars.ts[-1]) - int(bars.ts[0])) / DAY_MS
    if days < constraints.minimum_days - 1:
        raise InvalidInput(
            f"{name} has {days:.0f} days of history, {constraints.minimum_days} are needed.",
            expected=f"at least {constraints.minimum_days} days",
            found=f"{days:.0f} days",
            action="Import or fetch more history, or lower /history/minimum_days.",
        )
    return len(bars) - int(len(bars) * constraints.walk.holdout)


def _outcome(
    series: SeriesOnDisk,
    constraints: Constraints,
    trials: KnownTrials,
    run: GridRun,
    near: Places,
    walked: Walk,
) -> InstrumentOutcome:
    setting = run.searched[0].setting
    year, ts = setting.days_per_year, setting.bars.ts
    sharpes = daily_sharpes(run.returns)
    best = choose(sharpes)
    effective = effective_trials(run.returns.T)
    before = trials.effective if trials.known else 0.0
    measured = _measured(run, sharpes, near, best, walked, effective + before, trials.known)
    gates = judge(measured, constraints.evidence)
    searched, _, varied = run.chosen(best) if best >= 0 else (None, None, {})
    return InstrumentOutcome(
        instrument=series.instrument,
        timeframe=series.timeframe,
        accepted=best >= 0 and all(gate.passed for gate in gates),
        gates=gates,
        template="" if searched is None else searched.search.template,
        parameters={} if searched is None else {**searched.search.fixed, **varied},
        sharpe_in=measured.in_sample,
        sharpe_out=measured.out_of_sample,
        return_out=float(walked.equity[-1]) / float(setting.account.cash) - 1.0,
        significance=measured.significance,
        deflated_sharpe=measured.deflated_sharpe,
        pbo=measured.pbo,
        plateau=measured.plateau,
        consistency=measured.consistency,
        max_drawdown=float(run.books["max_drawdown"][best]) if best >= 0 else None,
        trades=walked.trades,
        sets=len(run.returns),
        bars=len(ts),
        days_per_year=year,
        first_ms=int(ts[0]),
        last_ms=int(ts[-1]) + setting.bars.timeframe_ms,
        trials_before=before,
        effective=effective,
        holdout=None,
        windows=walked.windows,
        best_sets=best_sets(run, sharpes, year),
        surface=surface_of(run, sharpes, best, year),
        days=tuple(walked.days.tolist()),
        returns=tuple(walked.returns.tolist()),
        equity=thinned_equity(walked),
        trade_returns=tuple(walked.trade_returns.tolist()),
        tried=tried_of(run, sharpes, series),
    )


def _measured(
    run: GridRun,
    sharpes: Floats,
    near: Places,
    best: int,
    walked: Walk,
    trials: float,
    trials_known: bool,
) -> Measured:
    year = run.searched[0].setting.days_per_year
    own: Floats = run.returns[best] if best >= 0 else np.empty(0)
    by_day = np.ascontiguousarray(run.returns.T)
    return Measured(
        trades=float(walked.trades),
        in_sample=_annual(sharpes, best, year),
        out_of_sample=sharpe_ratio(walked.returns, year),
        significance=probabilistic_sharpe(walked.returns),
        deflated_sharpe=_deflated(own, trials),
        pbo=probability_of_overfitting(by_day, BLOCKS).probability,
        plateau=_plateau(sharpes, near, best),
        consistency=_consistency(walked),
        trials_known=trials_known,
    )


def _with_holdout(
    outcome: InstrumentOutcome,
    constraints: Constraints,
    run: GridRun,
    bars: Bars,
    research: int,
) -> InstrumentOutcome:
    holdout = None
    if research < len(bars) and constraints.evidence.of("holdout").enabled:
        start = int(bars.ts[research])
        holdout = Holdout(start, int(bars.ts[-1]) + bars.timeframe_ms, None, None, 0)
        best = choose(daily_sharpes(run.returns))
        if outcome.accepted and best >= 0:
            searched, parameters, _ = run.chosen(best)
            cash = float(searched.setting.account.cash)
            part = run_stretch(searched, parameters, research, len(bars), cash)
            holdout = replace(
                holdout,
                total_return=float(part.equity[-1]) / cash - 1.0,
                sharpe=sharpe_ratio(part.returns, outcome.days_per_year),
                trades=part.trades,
            )
    gate = judge_holdout(holdout, constraints.evidence, outcome.accepted)
    return with_gate(outcome, gate, holdout)


def with_gate(outcome: InstrumentOutcome, gate: Gate, holdout: Holdout | None) -> InstrumentOutcome:
    """Return the outcome with its holdout and that gate; it is accepted when both passed."""
    others = tuple(each for each in outcome.gates if each.name != gate.name)
    passed = all(each.passed for each in others) and bool(outcome.template)
    return replace(outcome, gates=(*others, gate), holdout=holdout, accepted=passed and gate.passed)


def _deflated(returns: Floats, trials: float) -> float | None:
    if len(returns) < 3:
        return None
    return deflated_sharpe(returns, max(trials, 1.0), 1.0 / (len(returns) - 1))


def _plateau(sharpes: Floats, near: Places, best: int) -> float | None:
    if best < 0:
        return None
    around = neighbourhood(sharpes, near, best)
    own = float(sharpes[best])
    return None if around is None or own <= 0.0 else around / own


def _consistency(walked: Walk) -> float:
    earned = sum((window.test_return or 0.0) > 0.0 for window in walked.windows)
    return earned / len(walked.windows)


def _annual(sharpes: Floats, index: int, year: int) -> float | None:
    return float(sharpes[index]) * math.sqrt(year) if index >= 0 else None
