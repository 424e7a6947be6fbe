"""A report's trades and equity as CSV."""

import csv
import io

from fairlead.research.model import Report
from fairlead.research.rows import TRADE_COLUMNS, trade_rows
from fairlead.research.times import iso_time


def trades_csv(report: Report) -> str:
    """Return one line for each closed trade; times are ISO-8601 UTC, numbers are unrounded."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(TRADE_COLUMNS)
    for row in trade_rows(report.trades):
        cells = row.to_json() | {
            "entry_ts": iso_time(row.entry_ts),
            "exit_ts": iso_time(row.exit_ts),
            "ambiguous": int(row.ambiguous),
        }
        writer.writerow(cells[name] for name in TRADE_COLUMNS)
    return out.getvalue()


def equity_csv(report: Report) -> str:
    """Return one line for each bar: time, close, equity, drawdown, buy and hold."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("ts", "close", "equity", "drawdown", "buy_and_hold"))
    columns = (
        report.bars.close.tolist(),
        report.equity.tolist(),
        report.drawdown.tolist(),
        report.benchmark.equity.tolist(),
    )
    for at, *values in zip(report.bars.ts.tolist(), *columns, strict=True):
        writer.writerow((iso_time(at), *values))
    return out.getvalue()
