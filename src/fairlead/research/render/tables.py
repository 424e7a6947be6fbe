"""The tables and the tiles of a report page."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from fairlead.research.daily import DAY_MS
from fairlead.research.model import MonthReturn, Report
from fairlead.research.months import yearly_returns
from fairlead.research.render.page_style import HEAT_STEPS
from fairlead.research.render.words import (
    DASH,
    decimal,
    escape,
    money,
    percent,
    price,
    quantity,
    sign_class,
    whole,
    words_of,
)
from fairlead.research.rows import TradeRow
from fairlead.research.times import short_time

MONTHS = tuple(dt.date(2000, month, 1).strftime("%b") for month in range(1, 13))
FULL_HEAT = 0.2
BINS = 40


@dataclass(frozen=True, slots=True)
class Tile:
    """Hold one figure that a reader looks for first, and the line beneath it."""

    label: str
    text: str
    tone: float | None
    below: str


def tiles_of(report: Report) -> tuple[Tile, ...]:
    """Return the six figures a reader looks for first, buy and hold beneath."""
    metrics, hold = report.metrics, report.benchmark
    wins = f"{metrics.wins:,} won, {metrics.losses:,} lost"
    return (
        Tile(
            "Return",
            percent(metrics.total_return, signed=True),
            metrics.total_return,
            f"buy and hold {percent(hold.total_return, signed=True)}",
        ),
        _growth_tile(report),
        Tile(
            "Sharpe",
            decimal(metrics.sharpe),
            metrics.sharpe,
            f"buy and hold {decimal(hold.sharpe)}",
        ),
        Tile(
            "Maximum drawdown",
            percent(metrics.max_drawdown),
            None,
            f"buy and hold {percent(hold.max_drawdown)}",
        ),
        Tile(
            "Profit factor",
            decimal(metrics.profit_factor),
            None,
            f"expectancy {money(metrics.expectancy, signed=True)}",
        ),
        Tile("Trades", whole(metrics.trades), None, wins),
    )


def tile_row(tiles: tuple[Tile, ...]) -> str:
    """Return figures as a row of tiles."""
    return f'<dl class="tiles">{"".join(_tile(tile) for tile in tiles)}</dl>'


def _growth_tile(report: Report) -> Tile:
    """Return annual growth, or the win rate where less than a year would have to stand for one."""
    metrics, bars = report.metrics, report.bars
    if int(bars.ts[-1]) - int(bars.ts[0]) >= 364 * DAY_MS:
        below = f"buy and hold {percent(report.benchmark.cagr, signed=True)}"
        return Tile("Annual growth", percent(metrics.cagr, signed=True), metrics.cagr, below)
    below = f"in the market {percent(metrics.exposure, 1)}"
    return Tile("Win rate", percent(metrics.win_rate), None, below)


def facts(rows: list[tuple[str, str]]) -> str:
    """Return a two-column table of labels and texts."""
    lines = "".join(
        f"<tr><th scope=row>{escape(label)}</th><td>{escape(text)}</td></tr>"
        for label, text in rows
    )
    return f'<table class="facts"><tbody>{lines}</tbody></table>'


def month_table(months: tuple[MonthReturn, ...]) -> str:
    """Return years by months, shaded by sign and size (full at 20 %), with the year's return."""
    cells = {(month.year, month.month): month.value for month in months}
    years = yearly_returns(months)
    lines = []
    for year, total in years.items():
        row = "".join(
            _heat(cells[year, month]) if (year, month) in cells else "<td></td>"
            for month in range(1, 13)
        )
        tone = sign_class(total)
        lines.append(
            f'<tr><th scope=row>{year}</th>{row}<td class="{tone}">{percent(total, 1)}</td></tr>'
        )
    head = "".join(f"<th scope=col>{name}</th>" for name in MONTHS)
    return (
        f'<table class="heat"><thead><tr><th></th>{head}<th scope=col>Year</th></tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """Sum up the trades that one exit reason closed."""

    reason: str
    trades: int
    won: float
    profit: float

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the row as texts: reason, trades, share won, profit, average profit."""
        return (
            words_of(self.reason),
            f"{self.trades:,}",
            percent(self.won, 1),
            money(self.profit, signed=True),
            money(self.profit / self.trades, signed=True),
        )


def reasons_of(rows: list[TradeRow]) -> list[ReasonRow]:
    """Return how often each exit reason closed a trade and what it earned, the commonest first."""
    groups: dict[str, list[TradeRow]] = {}
    for row in rows:
        groups.setdefault(row.exit_reason, []).append(row)
    return [
        ReasonRow(
            reason,
            len(members),
            sum(row.pnl > 0.0 for row in members) / len(members),
            sum(row.pnl for row in members),
        )
        for reason, members in sorted(groups.items(), key=lambda item: -len(item[1]))
    ]


def reason_table(rows: list[TradeRow]) -> str:
    """Return the exit reasons as a table."""
    lines = []
    for row in reasons_of(rows):
        reason, trades, won, profit, average = row.cells
        lines.append(
            f"<tr><td>{escape(reason)}</td><td>{trades}</td><td>{won}</td>"
            f'<td class="{sign_class(row.profit)}">{profit}</td><td>{average}</td></tr>'
        )
    return (
        "<table><thead><tr><th>Reason</th><th>Trades</th><th>Won</th><th>Profit</th>"
        f"<th>Average</th></tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )


def return_counts(rows: list[TradeRow]) -> tuple[list[int], float]:
    """Return how often each return per trade occurred in BINS bins, and where the outer ones end.

    The outer percent goes to the end bins.
    """
    shares = np.array([row.pnl_share for row in rows])
    reach = max(float(np.quantile(np.abs(shares), 0.99)), 1e-6)
    edges = np.linspace(-reach, reach, BINS + 1)
    counts, _ = np.histogram(np.clip(shares, -reach, reach), edges)
    return [int(count) for count in counts], reach


def trade_histogram(rows: list[TradeRow]) -> str:
    """Draw how often each return per trade occurred; the outer percent goes to the end bins."""
    counts, reach = return_counts(rows)
    top = max(counts)
    bars: dict[str, list[str]] = {"bar-down": [], "bar-up": []}
    for index, count in enumerate(counts):
        if count:
            tall = count / top * 130
            name = "bar-down" if index < BINS // 2 else "bar-up"
            bars[name].append(f"M{index * 13 + 1} 138v{-tall:.1f}h11v{tall:.1f}z")
    shapes = "".join(f'<path class="{name}" d="{"".join(d)}"/>' for name, d in bars.items() if d)
    width = BINS * 13
    return (
        f'<svg class="histogram" viewBox="0 0 {width} 158" role="img" '
        'aria-label="Histogram of trade returns">'
        f'<path class="grid" d="M0 138.5H{width}M{width / 2} 0V138"/>{shapes}'
        f'<text x="0" y="153">{percent(-reach, 1)}</text>'
        f'<text x="{width / 2}" y="153" text-anchor="middle">0</text>'
        f'<text x="{width}" y="153" text-anchor="end">{percent(reach, 1, signed=True)}</text></svg>'
    )


def trade_table(rows: list[TradeRow], offset_ms: int) -> str:
    """Return every trade; headings are buttons by which the page sorts."""
    names = (
        "#",
        "Side",
        "Quantity",
        "Entry",
        "Price",
        "Exit",
        "Price",
        "Profit",
        "Return",
        "Fees",
        "Reason",
    )
    head = "".join(f"<th scope=col><button type=button>{name}</button></th>" for name in names)
    lines = "".join(_trade_line(index + 1, row, offset_ms) for index, row in enumerate(rows))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _trade_line(number: int, row: TradeRow, offset_ms: int) -> str:
    tone = sign_class(row.pnl)
    reason = words_of(row.exit_reason) + (" (ambiguous bar)" if row.ambiguous else "")
    return (
        f'<tr><td data-v="{number}">{number}</td><td>{row.side}</td>'
        f'<td data-v="{row.quantity!r}">{quantity(row.quantity)}</td>'
        f'<td data-v="{row.entry_ts}">{short_time(row.entry_ts + offset_ms)}</td>'
        f'<td data-v="{row.entry_price!r}">{price(row.entry_price)}</td>'
        f'<td data-v="{row.exit_ts}">{short_time(row.exit_ts + offset_ms)}</td>'
        f'<td data-v="{row.exit_price!r}">{price(row.exit_price)}</td>'
        f'<td class="{tone}" data-v="{row.pnl!r}">{money(row.pnl, signed=True)}</td>'
        f'<td class="{tone}" data-v="{row.pnl_share!r}">{percent(row.pnl_share, signed=True)}</td>'
        f'<td data-v="{row.fees!r}">{money(row.fees)}</td><td>{escape(reason)}</td></tr>'
    )


def heat_step(value: float) -> int:
    """Return how strongly a month is shaded, 0 to HEAT_STEPS."""
    return min(HEAT_STEPS, round(abs(value) / FULL_HEAT * HEAT_STEPS))


def _heat(value: float | None) -> str:
    if value is None:
        return f"<td>{DASH}</td>"
    step = heat_step(value)
    shade = f"{'g' if value > 0 else 'r'}{step}" if step else "dim" if value == 0.0 else ""
    return f'<td class="{shade}">{percent(value, 1).removesuffix(" %")}</td>'


def _tile(tile: Tile) -> str:
    return (
        f'<div><dt>{escape(tile.label)}</dt><dd class="{sign_class(tile.tone)}">'
        f"{escape(tile.text)}<small>{escape(tile.below)}</small></dd></div>"
    )
