"""The result of a sweep as JSON: axes, cells and the best of them."""

import math

from fairlead.research.cells import CELL_METRICS
from fairlead.research.jsonable import JsonObject, finite
from fairlead.research.metrics import LOWER_IS_BETTER
from fairlead.research.render.evidence_json import overfitting_json, trials_json
from fairlead.research.setting import RunSetting
from fairlead.research.surface import slices_of, surfaces_of
from fairlead.research.sweep import SweepResult
from fairlead.strategies.run import kernel_hash

WHOLE = frozenset({"trades", "max_drawdown_days"})


def sweep_json(setting: RunSetting, result: SweepResult) -> JsonObject:
    """Return every cell with the parameters of its axes and its figures.

    `plateau` of a cell is the median of its neighbours in the metric of the sweep. `skipped`
    counts the sets that the definition rules out; they have no cell. `surfaces` and `slices` show
    the metric of the sweep over the axes, through the best set. `overfitting` is about choosing
    the set with the best Sharpe ratio.
    """
    bars = setting.range
    through_best = (result.candidates, result.values(result.metric), result.best)
    return {
        "version_hash": setting.version_hash,
        "kernel_hash": kernel_hash(),
        "strategy": {"name": setting.name, "parameters": dict(result.fixed)},
        "instrument": setting.instrument.key,
        "timeframe": setting.timeframe,
        "first_ts": int(bars.ts[0]),
        "last_ts": int(bars.ts[-1]),
        "bars": len(bars),
        "metric": result.metric,
        "lower_is_better": result.metric in LOWER_IS_BETTER,
        "axes": [
            {"name": axis.name, "values": list(axis.values)} for axis in result.candidates.axes
        ],
        "sets": len(result.candidates.sets),
        "skipped": result.candidates.skipped,
        "trials": trials_json(result.trials),
        "overfitting": overfitting_json(result.overfitting),
        "cells": [cell_json(result, index) for index in range(len(result.candidates.sets))],
        "best": None if result.best < 0 else cell_json(result, result.best),
        "best_plateau": (
            None if result.best_plateau < 0 else cell_json(result, result.best_plateau)
        ),
        "surfaces": [surface.to_json(result.metric) for surface in surfaces_of(*through_best)],
        "slices": [each.to_json(result.metric) for each in slices_of(*through_best)],
    }


def cell_json(result: SweepResult, index: int) -> JsonObject:
    """Return one set: the values on its axes, its figures, and its neighbourhood."""
    return {
        "parameters": result.candidates.varied(index),
        "metrics": {
            name: figure_json(name, value)
            for name, value in zip(CELL_METRICS, result.figures[index].tolist(), strict=True)
        },
        "plateau": finite(float(result.plateau[index])),
    }


def figure_json(name: str, value: float) -> float | int | None:
    """Return a figure as JSON; counts as integers, undefined as null."""
    if math.isnan(value):
        return None
    return int(value) if name in WHOLE else finite(value)
