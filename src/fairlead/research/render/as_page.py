"""A report as one HTML page: charts, figures, trades and assumptions, with no outside request."""

import base64
import hashlib

import numpy as np

from fairlead.kernel.series import Bars
from fairlead.research.jsonable import dump_json
from fairlead.research.model import Report
from fairlead.research.render.charts import (
    NARROW,
    WIDE,
    drawdown_chart,
    equity_chart,
    price_chart,
)
from fairlead.research.render.page_style import FULL_STYLE, SCRIPT
from fairlead.research.render.tables import (
    facts,
    month_table,
    reason_table,
    tile_row,
    tiles_of,
    trade_histogram,
    trade_table,
)
from fairlead.research.render.words import decimal, escape, percent, price, setting_words
from fairlead.research.rows import TradeRow, trade_rows
from fairlead.research.thinning import kept_points
from fairlead.research.times import short_date, short_time

CURVE_POINTS = 900
TRADES_MAX = 5_000


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


CONTENT_POLICY = (
    f"default-src 'none'; style-src {_hash(FULL_STYLE)}; script-src {_hash(SCRIPT)}; "
    "base-uri 'none'; form-action 'none'"
)


def report_page(report: Report, day_offset_ms: int) -> str:
    """Return the page; times on its axes and in its tables are the venue's session time.

    Everything is inline. The page carries a content security policy of its own that forbids any
    request and any script but its own, so that a strategy's name can never become code.
    """
    rows = list(trade_rows(report.trades))
    title = f"{report.strategy} · {report.instrument} · {report.timeframe}"
    body = "".join(
        (
            _header(report, day_offset_ms),
            tile_row(tiles_of(report)),
            _charts(report, rows, day_offset_ms),
            _section("Monthly returns", month_table(report.monthly)),
            _distribution(rows),
            '<section class="columns whole">',
            f"<div><h2>Figures</h2>{facts(figures(report))}</div>",
            f"<div><h2>Assumptions</h2>{facts(_assumptions(report))}</div></section>",
            _notes(report),
            _open_position(report, day_offset_ms),
            _trades(rows, day_offset_ms),
        )
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{FULL_STYLE}</style></head><body><main>{body}"
        "<footer>Simulated results of a rule on past prices. They are no promise of future "
        f"returns.</footer></main>{_curve_data(report, day_offset_ms)}"
        f"<script>{SCRIPT}</script></body></html>"
    )


def _header(report: Report, offset_ms: int) -> str:
    first, last = int(report.bars.ts[0]), int(report.bars.ts[-1])
    parameters = "".join(
        f"<li>{escape(name)} <b>{escape(setting_words(value))}</b></li>"
        for name, value in report.parameters.items()
    )
    return (
        f"<header><h1>{escape(report.strategy)}</h1>"
        f"<p>{escape(report.instrument)} · {escape(report.timeframe)} · "
        f"{short_date(first + offset_ms)} to {short_date(last + offset_ms)} · "
        f"{len(report.bars):,} bars</p>"
        f'<p class="mark">Fairlead backtest {escape(report.version_hash[:12])}</p></header>'
        f'<ul class="parameters">{parameters}</ul>'
    )


def _charts(report: Report, rows: list[TradeRow], offset_ms: int) -> str:
    prices = "".join(
        price_chart("price", report.bars, rows, sizes, offset_ms) for sizes in (WIDE, NARROW)
    )
    equity = "".join(equity_chart(report, sizes, offset_ms) for sizes in (WIDE, NARROW))
    falls = "".join(
        drawdown_chart(report.bars.ts, report.drawdown, sizes, offset_ms)
        for sizes in (WIDE, NARROW)
    )
    return (
        '<section><div class="legend"><h2>Price and fills</h2><output></output>'
        "<span>▲ long entry</span><span>▼ short entry</span>"
        '<span><b class="up">&times;</b> exit with a gain</span>'
        f'<span><b class="down">&times;</b> exit with a loss</span></div>{prices}</section>'
        f"{_close_up(report, rows, offset_ms)}"
        '<section><div class="legend"><h2>Equity</h2><span><i></i>strategy</span>'
        f'<span><i class="h"></i>buy and hold</span></div>{equity}</section>'
        f"<section><h2>Drawdown</h2>{falls}</section>"
    )


def _close_up(report: Report, rows: list[TradeRow], offset_ms: int) -> str:
    """Show the last bars one candle each, where the whole range has to merge them."""
    if len(report.bars) <= WIDE.candles or not rows:
        return ""
    charts = []
    for sizes in (WIDE, NARROW):
        bars = _window_of_last_trade(report, rows, sizes.candles)
        first, last = int(bars.ts[0]), int(bars.ts[-1])
        inside = [row for row in rows if row.entry_ts >= first and row.exit_ts <= last]
        charts.append(price_chart("close-up", bars, inside, sizes, offset_ms))
    return f"<section><h2>Latest trades, bar by bar</h2>{''.join(charts)}</section>"


def _window_of_last_trade(report: Report, rows: list[TradeRow], width: int) -> Bars:
    count = len(report.bars)
    stop = int(np.searchsorted(report.bars.ts, rows[-1].exit_ts)) + width // 10
    stop = min(max(stop, width), count)
    return report.bars.slice(stop - width, stop)


def _distribution(rows: list[TradeRow]) -> str:
    if not rows:
        return ""
    return (
        '<section class="columns"><div><h2>Return per trade, of entry value</h2>'
        f"{trade_histogram(rows)}</div><div><h2>By exit reason</h2>{reason_table(rows)}</div>"
        "</section>"
    )


def figures(report: Report) -> list[tuple[str, str]]:
    """Return every figure of a report as a label and a text."""
    metrics, hold = report.metrics, report.benchmark
    return [
        ("Final equity", decimal(metrics.final_equity)),
        ("Profit", decimal(metrics.profit, signed=True)),
        ("Return", percent(metrics.total_return, signed=True)),
        ("Buy and hold", percent(hold.total_return, signed=True)),
        ("Buy and hold, maximum drawdown", percent(hold.max_drawdown)),
        ("Buy and hold, Sharpe ratio", decimal(hold.sharpe)),
        ("Annual growth (CAGR)", percent(metrics.cagr, signed=True)),
        ("Annual volatility", percent(metrics.volatility)),
        ("Sharpe ratio", decimal(metrics.sharpe)),
        ("Sortino ratio", decimal(metrics.sortino)),
        ("Calmar ratio", decimal(metrics.calmar)),
        ("Maximum drawdown", percent(metrics.max_drawdown)),
        ("Longest drawdown", f"{metrics.max_drawdown_days:,} days"),
        ("Trades (won, lost)", f"{metrics.trades:,} ({metrics.wins:,}, {metrics.losses:,})"),
        ("Win rate", percent(metrics.win_rate)),
        ("Profit factor", decimal(metrics.profit_factor)),
        ("Expectancy per trade", decimal(metrics.expectancy, signed=True)),
        ("Average win", decimal(metrics.average_win, signed=True)),
        ("Average loss", decimal(metrics.average_loss, signed=True)),
        ("Payoff ratio", decimal(metrics.payoff_ratio)),
        ("Best trade", decimal(metrics.best_trade, signed=True)),
        ("Worst trade", decimal(metrics.worst_trade, signed=True)),
        ("Exposure", percent(metrics.exposure)),
        ("Turnover per year", decimal(metrics.turnover_per_year, 1)),
        ("Fees", decimal(metrics.fees)),
        ("Best day", percent(metrics.best_day, signed=True)),
        ("Worst day", percent(metrics.worst_day, signed=True)),
        ("Days with a gain", percent(metrics.positive_days)),
        ("Skew, kurtosis of days", f"{decimal(metrics.skew)}, {decimal(metrics.kurtosis)}"),
    ]


def _assumptions(report: Report) -> list[tuple[str, str]]:
    return [(item.label, item.text) for item in report.assumptions]


def remarks(report: Report) -> list[str]:
    """Return the notes on data and the refused entries, a sentence each."""
    refused = [
        f"{veto.count:,} entr{'y' if veto.count == 1 else 'ies'} refused: {veto.text}."
        for veto in report.vetoes
    ]
    return [*report.notes, *refused]


def _notes(report: Report) -> str:
    lines = remarks(report)
    if not lines:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return _section("Notes on data and refused entries", f'<ul class="notes">{items}</ul>')


def open_facts(report: Report, offset_ms: int) -> list[tuple[str, str]]:
    """Return what is still held as labels and texts; nothing where nothing is."""
    held = report.open_position
    if held is None:
        return []
    return [
        ("Position", f"{held.side} {held.quantity:,.8g}"),
        ("Entered", f"{short_time(held.entry_ts + offset_ms)} at {price(held.entry_price)}"),
        ("Valued at the last close", price(held.mark_price)),
        ("Unrealised profit", decimal(held.unrealised_pnl, signed=True)),
    ]


def _open_position(report: Report, offset_ms: int) -> str:
    rows = open_facts(report, offset_ms)
    return _section("Open at the end", facts(rows)) if rows else ""


def _trades(rows: list[TradeRow], offset_ms: int) -> str:
    if not rows:
        return _section("Trades", '<p class="dim">No trade was made.</p>')
    shown = rows[-TRADES_MAX:]
    hidden = len(rows) - len(shown)
    note = f" · the last {len(shown):,} of {len(rows):,}, the CSV has all" if hidden else ""
    return (
        f'<section class="whole"><h2>Trades{note}</h2>'
        f'<div class="trades">{trade_table(shown, offset_ms)}</div></section>'
    )


def _section(title: str, inside: str) -> str:
    return f'<section><h2>{title}</h2><div class="scroll">{inside}</div></section>'


def _curve_data(report: Report, offset_ms: int) -> str:
    kept = kept_points(report.equity, CURVE_POINTS)
    data = dump_json(
        {
            "n": len(report.bars),
            "i": kept.tolist(),
            "t": [short_time(at + offset_ms) for at in report.bars.ts[kept].tolist()],
            "c": [price(value) for value in report.bars.close[kept].tolist()],
            "e": [decimal(value) for value in report.equity[kept].tolist()],
            "d": [percent(value) for value in report.drawdown[kept].tolist()],
        }
    ).replace("<", "\\u003c")
    return f'<script type="application/json" id="curve">{data}</script>'
