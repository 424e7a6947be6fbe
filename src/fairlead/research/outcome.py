"""A submission carried out: the stored parts of its result, its headline and its trial."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fairlead.kernel.series import Bars
from fairlead.market.charges.funding import FundingSeries
from fairlead.market.instruments import Instrument
from fairlead.research.backtest import report_of, simulate_set
from fairlead.research.daily import Floats
from fairlead.research.jsonable import JsonObject, dump_json
from fairlead.research.metrics import Metrics, finite_number
from fairlead.research.model import Report
from fairlead.research.overfitting.recording import Search, alone, count_of_report, trial_of
from fairlead.research.overfitting.trials import TrialCount
from fairlead.research.parameters import resolve_parameters
from fairlead.research.progress import Progress
from fairlead.research.proof.carry_out import prove_submission
from fairlead.research.proof.model import Proof
from fairlead.research.render.as_csv import equity_csv, trades_csv
from fairlead.research.render.as_json import report_json
from fairlead.research.render.as_page import report_page
from fairlead.research.render.sweep_json import cell_json, figure_json, sweep_json
from fairlead.research.render.walkforward_json import walkforward_json
from fairlead.research.render.walkforward_page import walkforward_page
from fairlead.research.runs import Submission, Trial
from fairlead.research.setting import RunSetting, open_setting
from fairlead.research.sweep import SweepResult, run_sweep
from fairlead.research.thinning import bars_at, kept_points
from fairlead.research.walkforward import WalkForward, walk_forward
from fairlead.strategies.kinds.rules.document import RulesDocument

HEADLINE = ("return", "sharpe", "max_drawdown", "trades")
SERIES_POINTS_MAX = 20_000
CSV_LINES_MAX = 500_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what a run leaves: parts by name, a headline for lists, a line for the ledger.

    A proof tries no parameters, so it has no line and is itself kept on record.
    """

    parts: Mapping[str, bytes]
    summary: JsonObject
    trial: Trial | None
    proof: Proof | None = None


def carry_out(
    submission: Submission,
    document: RulesDocument,
    bars: Bars,
    instrument: Instrument,
    progress: Progress,
    *,
    funding: FundingSeries | None = None,
) -> Outcome:
    """Run a submission; equal input gives equal bytes, whoever runs it and how often.

    Raises `InvalidInput` for what cannot be run, `RunCancelled` when `progress` does.
    """
    if submission.kind == "proof":
        return _proven(prove_submission(submission, document, bars, instrument, progress))
    setting = open_setting(
        document,
        bars,
        submission.period,
        submission.timeframe,
        instrument,
        submission.account,
        funding=funding,
    )
    if submission.kind == "backtest":
        return _backtest(setting, submission, progress)
    if submission.kind == "sweep":
        return _sweep(setting, submission, progress)
    return _walkforward(setting, submission, progress)


def _proven(proof: Proof) -> Outcome:
    parts = {"result.json": dump_json(proof.to_json()).encode()}
    summary: JsonObject = {
        "passed": proof.passed,
        "text": proof.text,
        "leaks": len(proof.leaks),
        "cuts": proof.cuts,
    }
    return Outcome(parts, summary, None, proof)


def _backtest(setting: RunSetting, submission: Submission, progress: Progress) -> Outcome:
    parameters = resolve_parameters(setting.compiled, submission.parameters)
    progress(0.05)
    signals = setting.signals(setting.bars, parameters)
    progress(0.3)
    run = simulate_set(setting, parameters, signals, setting.first, setting.stop)
    progress(0.5)
    report = report_of(setting, parameters, run)
    short = thinned(report, SERIES_POINTS_MAX)
    progress(0.7)
    offset = setting.instrument.day_offset_ms
    parts = {
        "report.json": dump_json(report_json(short)).encode(),
        "report.html": report_page(report, offset).encode(),
        "report.pdf": _pdf(report, offset),
        "trades.csv": trades_csv(report).encode(),
        "equity.csv": equity_csv(thinned(report, CSV_LINES_MAX)).encode(),
    }
    count = count_of_report(setting, report)
    trial = _trial(setting, submission, count, alone(report.metrics.sharpe))
    return Outcome(parts, headline(report.metrics), trial)


def _sweep(setting: RunSetting, submission: Submission, progress: Progress) -> Outcome:
    plan, metric = submission.plan, submission.plan.metric
    axes = submission.axes
    result = run_sweep(setting, axes, submission.parameters, metric, progress, plan.draw)
    parts = {"result.json": dump_json(sweep_json(setting, result)).encode()}
    best = _best_summary(result)
    return Outcome(parts, best, _trial(setting, submission, result.trials, result.values(metric)))


def _walkforward(setting: RunSetting, submission: Submission, progress: Progress) -> Outcome:
    walk = walk_forward(setting, submission.axes, submission.parameters, submission.plan, progress)
    short = thinned_walk(walk)
    parts = {
        "result.json": dump_json(walkforward_json(setting, short)).encode(),
        "report.html": walkforward_page(setting, short).encode(),
    }
    value = walk.metrics.value(submission.plan.metric)
    trial = _trial(setting, submission, walk.trials, alone(value))
    return Outcome(parts, headline(walk.metrics), trial)


def _pdf(report: Report, offset_ms: int) -> bytes:
    # brings reportlab, which only whoever writes a report needs
    from fairlead.research.render.as_pdf import report_pdf

    return report_pdf(report, offset_ms)


def headline(metrics: Metrics) -> JsonObject:
    """Return the figures that a list of runs shows."""
    return {name: finite_number(metrics.value(name)) for name in HEADLINE}


def thinned(report: Report, limit: int) -> Report:
    """Return a report whose curves have few enough points to be stored and sent.

    Peaks and troughs of the equity survive; figures, trades and assumptions are those of all bars.
    """
    if len(report.bars) <= limit:
        return report
    kept = kept_points(report.equity, limit)
    return replace(
        report,
        bars=bars_at(report.bars, kept),
        equity=report.equity[kept],
        drawdown=report.drawdown[kept],
        benchmark=replace(report.benchmark, equity=report.benchmark.equity[kept]),
    )


def thinned_walk(walk: WalkForward) -> WalkForward:
    """Return a walk-forward whose curves have few enough points to be stored and sent."""
    kept = kept_points(walk.equity, SERIES_POINTS_MAX)
    return replace(walk, ts=walk.ts[kept], equity=walk.equity[kept], drawdown=walk.drawdown[kept])


def _best_summary(result: SweepResult) -> JsonObject:
    if result.best < 0:
        return {"sets": len(result.candidates.sets), **dict.fromkeys(HEADLINE)}
    cell = cell_json(result, result.best)
    figures = {
        name: figure_json(name, float(result.values(name)[result.best])) for name in HEADLINE
    }
    return {"sets": len(result.candidates.sets), "parameters": cell["parameters"], **figures}


def _trial(setting: RunSetting, submission: Submission, count: TrialCount, values: Floats) -> Trial:
    plan = submission.plan
    search = Search(submission.kind, submission.parameters, submission.axes, plan.metric, plan.draw)
    return trial_of(setting, submission.family, search, count, values)
