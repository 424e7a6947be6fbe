"""What people see of a search: its best sets, the surface around the best, a thinned curve."""

import math

import numpy as np

from fairlead.research.autobuild.outcome import SetOutcome, Surface
from fairlead.research.autobuild.searching import GridRun, Searched
from fairlead.research.autobuild.series import SeriesOnDisk
from fairlead.research.autobuild.trials import TrialRecord, family_of
from fairlead.research.autobuild.walking import Walk
from fairlead.research.daily import Floats
from fairlead.research.jsonable import finite
from fairlead.research.overfitting.sharpe import effective_trials
from fairlead.research.thinning import kept_points

SETS_SHOWN = 50
POINTS_SHOWN = 600


def best_sets(run: GridRun, sharpes: Floats, year: int) -> tuple[SetOutcome, ...]:
    """Return the best sets by Sharpe ratio, at most 50; those without one are left out."""
    known = np.flatnonzero(~np.isnan(sharpes))
    order = known[np.argsort(-sharpes[known], kind="stable")][:SETS_SHOWN]
    shown = []
    for index in order.tolist():
        searched, _, varied = run.chosen(index)
        book = run.books[index]
        shown.append(
            SetOutcome(
                template=searched.search.template,
                parameters={**searched.search.fixed, **varied},
                sharpe=float(sharpes[index]) * math.sqrt(year),
                total_return=float(np.prod(1.0 + run.returns[index]) - 1.0),
                max_drawdown=float(book["max_drawdown"]),
                trades=int(book["trades"]),
            )
        )
    return tuple(shown)


def surface_of(run: GridRun, sharpes: Floats, best: int, year: int) -> Surface | None:
    """Return the Sharpe ratios over the first two axes with several values, around the best."""
    if best < 0:
        return None
    searched, place = run.owner(best)
    axes = searched.candidates.axes
    wide = [at for at, axis in enumerate(axes) if len(axis.values) > 1][:2]
    if len(wide) < 2:
        return None
    x, y = wide
    own = searched.candidates.places[place]
    where = {each: at for at, each in enumerate(searched.candidates.places)}
    rows = []
    for row in range(len(axes[y].values)):
        cells: list[float | None] = []
        for column in range(len(axes[x].values)):
            key = tuple(
                column if at == x else row if at == y else value for at, value in enumerate(own)
            )
            index = where.get(key)
            cells.append(None if index is None else _annual(searched, sharpes, index, year))
        rows.append(tuple(cells))
    return Surface(axes[x].name, axes[y].name, axes[x].values, axes[y].values, tuple(rows))


def thinned_equity(walked: Walk) -> tuple[tuple[int, float], ...]:
    """Return the equity of the tests as (time of the day's last bar, equity), 600 points or so."""
    kept = kept_points(walked.equity, POINTS_SHOWN)
    return tuple(zip(walked.ts[kept].tolist(), walked.equity[kept].tolist(), strict=True))


def tried_of(run: GridRun, sharpes: Floats, series: SeriesOnDisk) -> tuple[TrialRecord, ...]:
    """Return what the ledger has to know of this run: one record for each template."""
    return tuple(_record(run, each, sharpes, series) for each in run.searched)


def _record(run: GridRun, each: Searched, sharpes: Floats, series: SeriesOnDisk) -> TrialRecord:
    part = slice(each.first, each.first + each.sets)
    known = sharpes[part][~np.isnan(sharpes[part])]
    ts = each.setting.bars.ts
    return TrialRecord(
        family=family_of(each.setting.name),
        template=each.search.template,
        version_hash=each.setting.version_hash,
        instrument=series.instrument,
        timeframe=series.timeframe,
        first_ms=int(ts[0]),
        last_ms=int(ts[-1]),
        sets=each.sets,
        effective=effective_trials(run.returns[part].T),
        sharpe_mean=float(known.mean()) if len(known) else None,
        sharpe_variance=float(known.var(ddof=1)) if len(known) > 1 else None,
        best=float(known.max()) if len(known) else None,
    )


def _annual(searched: Searched, sharpes: Floats, index: int, year: int) -> float | None:
    return finite(float(sharpes[searched.first + index]) * math.sqrt(year))
