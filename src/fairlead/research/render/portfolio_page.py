"""A portfolio's backtest as one HTML page: the whole account, then a section for each leg."""

import base64
import hashlib

import numpy as np

from fairlead.research.daily import DAY_MS, Floats, Ints
from fairlead.research.portfolio.model import LegResult, PortfolioReport
from fairlead.research.render.charts import NARROW, WIDE, drawdown_chart
from fairlead.research.render.line_chart import Words, line_chart
from fairlead.research.render.page_style import FULL_STYLE
from fairlead.research.render.tables import Tile, facts, month_table, tile_row
from fairlead.research.render.words import (
    aligned,
    decimal,
    escape,
    money,
    percent,
    setting_words,
    sign_class,
)
from fairlead.research.times import short_date

_STYLE_HASH = base64.b64encode(hashlib.sha256(FULL_STYLE.encode()).digest()).decode()
CONTENT_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
)


def portfolio_page(name: str, report: PortfolioReport) -> str:
    """Return the page; everything is inline, it asks for nothing and runs no script.

    Times are UTC: legs may trade at venues of different zones.
    """
    body = "".join(
        (
            _header(name, report),
            tile_row(_tiles(report)),
            _chart("Equity of the shared account", "equity", report.ts, report.equity, aligned),
            _drawdown(report),
            _contribution(report),
            _correlation(report),
            f"<section><h2>Monthly returns</h2>{month_table(report.monthly)}</section>",
            _chart("Exposure, as a multiple of equity", "exposure", report.ts, report.exposure),
            *(_leg(leg, report.daily.days) for leg in report.legs),
            _section(
                "Assumptions", facts([(each.label, each.text) for each in report.assumptions])
            ),
            _notes(report),
        )
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(name)}</title><style>{FULL_STYLE}</style></head><body><main>{body}"
        "<footer>Simulated results of a rule on past prices. They are no promise of future "
        "returns.</footer></main></body></html>"
    )


def _header(name: str, report: PortfolioReport) -> str:
    first, last = short_date(int(report.ts[0])), short_date(int(report.ts[-1]))
    weights = "".join(
        f"<li>{escape(leg.label)} <b>{percent(leg.weight, 1)}</b></li>" for leg in report.legs
    )
    return (
        f"<header><h1>{escape(name)}</h1><p>{len(report.legs)} legs on one account · "
        f"{first} to {last}</p>"
        f'<p class="mark">Fairlead portfolio</p></header><ul class="parameters">{weights}</ul>'
    )


def _tiles(report: PortfolioReport) -> tuple[Tile, ...]:
    metrics = report.metrics
    return (
        Tile(
            "Return",
            percent(metrics.total_return, signed=True),
            metrics.total_return,
            f"profit {decimal(metrics.profit, signed=True)}",
        ),
        Tile(
            "Annual growth",
            percent(metrics.cagr, signed=True),
            metrics.cagr,
            f"volatility {percent(metrics.volatility)}",
        ),
        Tile(
            "Sharpe", decimal(metrics.sharpe), metrics.sharpe, f"sortino {decimal(metrics.sortino)}"
        ),
        Tile(
            "Maximum drawdown",
            percent(metrics.max_drawdown),
            None,
            f"longest {metrics.max_drawdown_days:,} days",
        ),
        Tile(
            "Trades",
            f"{metrics.trades:,}",
            None,
            f"{metrics.wins:,} won, {metrics.losses:,} lost",
        ),
        Tile(
            "Highest exposure",
            decimal(float(report.exposure.max(initial=0.0))),
            None,
            f"fees {money(metrics.fees)}",
        ),
    )


def _chart(title: str, name: str, ts: Ints, values: Floats, words: Words = aligned) -> str:
    drawn = "".join(
        line_chart(name, title, ts, values, sizes, 0, words) for sizes in (WIDE, NARROW)
    )
    return f"<section><h2>{escape(title)}</h2>{drawn}</section>"


def _drawdown(report: PortfolioReport) -> str:
    falls = "".join(
        drawdown_chart(report.ts, report.drawdown, sizes, 0) for sizes in (WIDE, NARROW)
    )
    return f"<section><h2>Drawdown</h2>{falls}</section>"


def _contribution(report: PortfolioReport) -> str:
    names = ("Leg", "Weight", "Profit", "Share of it", "Trades", "Won", "Fees", "Funding")
    head = "".join(f"<th scope=col>{name}</th>" for name in names)
    lines = "".join(
        f"<tr><td>{escape(leg.label)}</td><td>{percent(leg.weight, 1)}</td>"
        f'<td class="{sign_class(leg.pnl)}">{money(leg.pnl, signed=True)}</td>'
        f"<td>{percent(leg.share, 1)}</td><td>{leg.trades:,}</td><td>{leg.wins:,}</td>"
        f"<td>{money(leg.fees)}</td><td>{money(leg.charges)}</td></tr>"
        for leg in report.legs
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
    return _section("What each leg earned", table)


def _correlation(report: PortfolioReport) -> str:
    if len(report.legs) < 2:
        return ""
    labels = [escape(leg.label) for leg in report.legs]
    head = "".join(f"<th scope=col>{label}</th>" for label in labels)
    lines = "".join(
        f"<tr><th scope=row>{label}</th>{''.join(f'<td>{_coefficient(cell)}</td>' for cell in row)}"
        "</tr>"
        for label, row in zip(labels, report.correlation.tolist(), strict=True)
    )
    table = f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{lines}</tbody></table>"
    return _section("Correlation of daily returns", table)


def _coefficient(value: float) -> str:
    return decimal(None if np.isnan(value) else value)


def _leg(leg: LegResult, days: Ints) -> str:
    parameters = ", ".join(
        f"{name} {setting_words(value)}" for name, value in leg.parameters.items()
    )
    rows = [
        ("Strategy", leg.strategy),
        ("Parameters", parameters or "those of the definition"),
        ("Series", f"{leg.instrument} {leg.timeframe}, {leg.bars:,} bars"),
        ("Range", f"{short_date(leg.first_ts)} to {short_date(leg.last_ts)}"),
        ("Profit", money(leg.pnl, signed=True)),
        ("Trades (won)", f"{leg.trades:,} ({leg.wins:,})"),
        ("Definition", leg.version_hash[:16]),
    ]
    rows += [("Refused entries", f"{veto.count:,}: {veto.text}") for veto in leg.vetoes]
    gained: Floats = np.cumsum(leg.returns)
    drawn = "".join(
        line_chart("leg", f"Gained by {leg.label}", days * DAY_MS, gained, sizes, 0, _percents)
        for sizes in (WIDE, NARROW)
    )
    title = f"Leg: {escape(leg.label)}"
    return f"<section><h2>{title}</h2>{drawn if len(days) else ''}{facts(rows)}</section>"


def _percents(values: list[float]) -> list[str]:
    return [percent(value, 1) for value in values]


def _notes(report: PortfolioReport) -> str:
    if not report.notes:
        return ""
    items = "".join(f"<li>{escape(note)}</li>" for note in report.notes)
    return _section("Notes", f'<ul class="notes">{items}</ul>')


def _section(title: str, inside: str) -> str:
    return f'<section><h2>{escape(title)}</h2><div class="scroll">{inside}</div></section>'
