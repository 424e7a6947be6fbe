"""A report as JSON, in the names that every client reads."""

import numpy as np

from fairlead.research.daily import Floats, Ints
from fairlead.research.jsonable import Json, JsonObject, finite
from fairlead.research.model import Report
from fairlead.research.render.evidence_json import monte_carlo_json
from fairlead.research.rows import trade_rows


def report_json(report: Report) -> JsonObject:
    """Return the whole report; curves are `[[epoch ms, value], ...]`, one point for each bar.

    A point's time is its bar's open time; the value is marked at that bar's close. `monte_carlo`
    has the same trades in other orders (`shuffle`) and drawn again (`bootstrap`).
    """
    ts = report.bars.ts
    return {
        "version_hash": report.version_hash,
        "strategy": {"name": report.strategy, "parameters": dict(report.parameters)},
        "instrument": report.instrument,
        "timeframe": report.timeframe,
        "currency": report.currency,
        "metrics": report.metrics.to_json(),
        "buy_and_hold": report.benchmark.to_json(),
        "assumptions": {item.key: item.value for item in report.assumptions},
        "assumptions_text": [[item.label, item.text] for item in report.assumptions],
        "notes": list(report.notes),
        "vetoes": [
            {"reason": veto.code, "text": veto.text, "count": veto.count} for veto in report.vetoes
        ],
        "open_position": None if report.open_position is None else report.open_position.to_json(),
        "monthly_returns": [
            {"year": month.year, "month": month.month, "return": finite(month.value)}
            for month in report.monthly
        ],
        "equity": points(ts, report.equity),
        "drawdown": points(ts, report.drawdown),
        "buy_and_hold_equity": points(ts, report.benchmark.equity),
        "trades": [row.to_json() for row in trade_rows(report.trades)],
        "monte_carlo": monte_carlo_json(report),
    }


def points(ts: Ints, values: Floats) -> Json:
    """Return `[[epoch ms, value], ...]`; a value that is not finite becomes null."""
    if bool(np.isfinite(values).all()):
        return [[at, value] for at, value in zip(ts.tolist(), values.tolist(), strict=True)]
    return [[at, finite(value)] for at, value in zip(ts.tolist(), values.tolist(), strict=True)]
