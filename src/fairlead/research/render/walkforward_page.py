"""A walk-forward as one HTML page: the stitched account out of sample, window by window."""

import base64
import hashlib

import numpy as np

from fairlead.research.assumptions import shared_assumptions
from fairlead.research.render.charts import NARROW, WIDE, drawdown_chart
from fairlead.research.render.line_chart import line_chart
from fairlead.research.render.page_style import FULL_STYLE
from fairlead.research.render.tables import Tile, facts, tile_row
from fairlead.research.render.words import (
    decimal,
    escape,
    percent,
    setting_words,
    sign_class,
    words_of,
)
from fairlead.research.setting import RunSetting
from fairlead.research.times import short_date, short_time
from fairlead.research.walkforward import WalkForward, WindowResult

_STYLE_HASH = base64.b64encode(hashlib.sha256(FULL_STYLE.encode()).digest()).decode()
CONTENT_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
)


def walkforward_page(setting: RunSetting, walk: WalkForward) -> str:
    """Return the page; everything is inline, it asks for nothing and runs no script.

    Times are the venue's session time. The equity is one account carried through all test
    ranges, of which none was seen when its parameters were chosen.
    """
    offset = setting.instrument.day_offset_ms
    title = f"{setting.name} · {setting.instrument.key} · {setting.timeframe} · walk-forward"
    body = "".join(
        (
            _header(setting, walk, offset),
            tile_row(_tiles(walk)),
            _charts(walk, offset),
            _windows(walk, offset),
            '<section class="columns whole">',
            f"<div><h2>Out of sample</h2>{facts(_figures(walk))}</div>",
            "<div><h2>Assumptions</h2>",
            facts([(item.label, item.text) for item in shared_assumptions(setting, walk.metrics)]),
            "</div></section>",
        )
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{FULL_STYLE}</style></head><body><main>{body}"
        "<footer>Simulated results of a rule on past prices. They are no promise of future "
        "returns.</footer></main></body></html>"
    )


def _header(setting: RunSetting, walk: WalkForward, offset_ms: int) -> str:
    first, last = walk.windows[0].test_from, walk.windows[-1].test_to
    axes_shown = "".join(
        f"<li>{escape(axis.name)} <b>{len(axis.values):,} values</b></li>"
        for axis in walk.candidates.axes
    )
    kind = "anchored" if walk.plan.anchored else "rolling"
    return (
        f"<header><h1>{escape(setting.name)}</h1>"
        f"<p>{escape(setting.instrument.key)} · {escape(setting.timeframe)} · out of sample "
        f"{short_date(first + offset_ms)} to {short_date(last + offset_ms)}</p>"
        f'<p class="mark">Fairlead walk-forward {escape(setting.version_hash[:12])}</p></header>'
        f'<ul class="parameters">{axes_shown}<li>sets <b>{len(walk.candidates.sets):,}</b></li>'
        f"<li>windows <b>{len(walk.windows)}, {kind}</b></li>"
        f"<li>chosen by <b>{escape(words_of(walk.plan.metric).lower())}</b></li></ul>"
    )


def _tiles(walk: WalkForward) -> tuple[Tile, ...]:
    metrics = walk.metrics
    survived = sum(window.survived for window in walk.windows)
    fitted = [value for each in walk.windows if (value := each.fit.get("sharpe")) is not None]
    inside = float(np.mean(fitted)) if fitted else None
    return (
        Tile(
            "Return out of sample",
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
        Tile("Sharpe", decimal(metrics.sharpe), metrics.sharpe, f"in sample {decimal(inside)}"),
        Tile(
            "Maximum drawdown",
            percent(metrics.max_drawdown),
            None,
            f"longest {metrics.max_drawdown_days:,} days",
        ),
        Tile(
            "Windows with a gain",
            f"{survived} of {len(walk.windows)}",
            None,
            f"{metrics.trades:,} trades",
        ),
        Tile("Efficiency", decimal(walk.efficiency), walk.efficiency, "growth out over in sample"),
    )


def _charts(walk: WalkForward, offset_ms: int) -> str:
    starts = np.searchsorted(walk.ts, [window.test_from for window in walk.windows])
    equity = "".join(
        line_chart(
            "stitched",
            "Equity out of sample",
            walk.ts,
            walk.equity,
            sizes,
            offset_ms,
            starts=starts.tolist(),
        )
        for sizes in (WIDE, NARROW)
    )
    falls = "".join(
        drawdown_chart(walk.ts, walk.drawdown, sizes, offset_ms) for sizes in (WIDE, NARROW)
    )
    return (
        '<section><div class="legend"><h2>Equity out of sample, stitched</h2>'
        "<span><i></i>one account through all test ranges</span>"
        f'<span><i class="h"></i>a window begins</span></div>{equity}</section>'
        f"<section><h2>Drawdown</h2>{falls}</section>"
    )


def _windows(walk: WalkForward, offset_ms: int) -> str:
    metric = words_of(walk.plan.metric)
    names = (
        "Tested", "Fitted on", "Chosen", f"{metric} fitted", f"{metric} tested",
        "Return", "Drawdown", "Trades",
    )  # fmt: skip
    head = "".join(f"<th scope=col>{escape(name)}</th>" for name in names)
    lines = "".join(_window(walk.plan.metric, window, offset_ms) for window in walk.windows)
    return (
        f'<section><h2>Windows</h2><div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div></section>"
    )


def _window(metric: str, window: WindowResult, offset_ms: int) -> str:
    def days(start: int, end: int) -> str:
        return f"{short_time(start + offset_ms)} to {short_time(end + offset_ms)}"

    chosen = ", ".join(
        f"{name} {setting_words(value)}" for name, value in window.parameters.items()
    )
    earned = window.test.total_return
    return (
        f"<tr><td>{days(window.test_from, window.test_to)}</td>"
        f"<td>{days(window.fit_from, window.fit_to)}</td><td>{escape(chosen or 'nothing')}</td>"
        f"<td>{decimal(window.fit.get(metric))}</td><td>{decimal(window.test.value(metric))}</td>"
        f'<td class="{sign_class(earned)}">{percent(earned, signed=True)}</td>'
        f"<td>{percent(window.test.max_drawdown)}</td><td>{window.test.trades:,}</td></tr>"
    )


def _figures(walk: WalkForward) -> list[tuple[str, str]]:
    metrics = walk.metrics
    return [
        ("Final equity", decimal(metrics.final_equity)),
        ("Profit", decimal(metrics.profit, signed=True)),
        ("Return", percent(metrics.total_return, signed=True)),
        ("Annual growth (CAGR)", percent(metrics.cagr, signed=True)),
        ("Annual volatility", percent(metrics.volatility)),
        ("Sharpe ratio", decimal(metrics.sharpe)),
        ("Sortino ratio", decimal(metrics.sortino)),
        ("Calmar ratio", decimal(metrics.calmar)),
        ("Maximum drawdown", percent(metrics.max_drawdown)),
        ("Trades (won, lost)", f"{metrics.trades:,} ({metrics.wins:,}, {metrics.losses:,})"),
        ("Profit factor", decimal(metrics.profit_factor)),
        ("Expectancy per trade", decimal(metrics.expectancy, signed=True)),
        ("Exposure", percent(metrics.exposure)),
        ("Fees", decimal(metrics.fees)),
        ("Sets tried on each window", f"{len(walk.candidates.sets):,}"),
        ("Sets ruled out by the definition", f"{walk.candidates.skipped:,}"),
    ]
