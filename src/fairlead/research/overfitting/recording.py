"""What a search was, in the words of the ledger of trials."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fairlead.research.cells import best_of
from fairlead.research.daily import Floats, returns_of_sets, sample_daily
from fairlead.research.grid import Axis
from fairlead.research.jsonable import JsonObject, dump_json
from fairlead.research.metrics import LOWER_IS_BETTER
from fairlead.research.model import Report
from fairlead.research.overfitting.family import idea_of
from fairlead.research.overfitting.trials import TrialCount, trials_of
from fairlead.research.plan import WHOLE_GRID, Draw
from fairlead.research.runs import Trial, TrialKind
from fairlead.research.setting import RunSetting
from fairlead.strategies.kinds.rules.form import full_form
from fairlead.strategies.model import Setting


@dataclass(frozen=True, slots=True)
class Search:
    """Hold what was looked for: which parameters are fixed, which vary, and what is best."""

    kind: TrialKind
    fixed: Mapping[str, Setting]
    axes: tuple[Axis, ...] = ()
    metric: str = "sharpe"
    draw: Draw = WHOLE_GRID


def trial_of(
    setting: RunSetting, family: str, search: Search, count: TrialCount, values: Floats
) -> Trial:
    """Return the line of a search; `values` are the metric of the sets, NaN where undefined."""
    bars = setting.range
    best = best_of(values, search.metric in LOWER_IS_BETTER)
    tried: JsonObject = {
        "fixed": dict(sorted(search.fixed.items())),
        "axes": [[axis.name, list(axis.values)] for axis in search.axes],
    }
    if search.draw.sets:
        tried |= {"random": search.draw.sets, "seed": search.draw.seed}
    return Trial(
        family=family,
        kind=search.kind,
        version_hash=setting.version_hash,
        instrument=setting.instrument.key,
        timeframe=setting.timeframe,
        first_ms=int(bars.ts[0]),
        last_ms=int(bars.ts[-1]),
        parameters_hash=hashlib.sha256(dump_json(tried).encode()).hexdigest(),
        metric=search.metric,
        sets=count.trials,
        best=None if best < 0 else float(values[best]),
        effective=count.effective,
        sharpe_mean=count.sharpe_mean,
        sharpe_variance=count.sharpe_variance,
    )


def count_of_report(setting: RunSetting, report: Report) -> TrialCount:
    """Return what a single backtest amounts to."""
    cash = float(setting.account.cash)
    daily = sample_daily(report.bars.ts, report.equity, cash, setting.instrument.day_offset_ms)
    return trials_of(returns_of_sets(daily.values[np.newaxis], cash))


def alone(value: float | None) -> Floats:
    """Return one figure as those of a search, NaN for an undefined one."""
    return np.array([np.nan if value is None else value])


def idea_of_setting(setting: RunSetting) -> str:
    """Return the name of the idea behind a setting's definition."""
    return idea_of(full_form(setting.compiled.document))
