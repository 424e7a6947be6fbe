"""The result of a walk-forward as JSON: windows, the stitched account, its figures."""

from fairlead.research.jsonable import JsonObject, finite
from fairlead.research.render.as_json import points
from fairlead.research.render.evidence_json import overfitting_json, trials_json
from fairlead.research.setting import RunSetting
from fairlead.research.walkforward import WalkForward, WindowResult
from fairlead.strategies.run import kernel_hash


def walkforward_json(setting: RunSetting, walk: WalkForward) -> JsonObject:
    """Return the windows in order and the out-of-sample account carried through them.

    `stitched_equity` has one point for each bar of the test ranges. Times are epoch
    milliseconds; `fit_to` equals `test_from` where no bars are missing between
    and there is neither purge nor embargo.
    """
    candidates = walk.candidates
    survived = sum(window.survived for window in walk.windows)
    return {
        "version_hash": setting.version_hash,
        "kernel_hash": kernel_hash(),
        "strategy": {"name": setting.name},
        "instrument": setting.instrument.key,
        "timeframe": setting.timeframe,
        "metric": walk.plan.metric,
        "fit": walk.plan.fit,
        "anchored": walk.plan.anchored,
        "purge": walk.plan.purge,
        "embargo": walk.plan.embargo,
        "axes": [{"name": axis.name, "values": list(axis.values)} for axis in candidates.axes],
        "sets": len(candidates.sets),
        "skipped": candidates.skipped,
        "trials": trials_json(walk.trials),
        "overfitting": overfitting_json(walk.overfitting),
        "windows": [window_json(walk, window) for window in walk.windows],
        "survived": survived,
        "efficiency": finite(walk.efficiency),
        "metrics": walk.metrics.to_json(),
        "stitched_equity": points(walk.ts, walk.equity),
        "drawdown": points(walk.ts, walk.drawdown),
    }


def window_json(walk: WalkForward, window: WindowResult) -> JsonObject:
    """Return one window: its ranges, what was chosen, and how that did on both."""
    metric = walk.plan.metric
    return {
        "fit_from": window.fit_from,
        "fit_to": window.fit_to,
        "test_from": window.test_from,
        "test_to": window.test_to,
        "parameters": dict(window.parameters),
        "fit_metric": finite(window.fit.get(metric)),
        "test_metric": finite(window.test.value(metric)),
        "fit_return": finite(window.fit.get("return")),
        "test_return": finite(window.test.total_return),
        "test_sharpe": finite(window.test.sharpe),
        "test_max_drawdown": finite(window.test.max_drawdown),
        "test_trades": window.test.trades,
        "survived": window.survived,
    }
