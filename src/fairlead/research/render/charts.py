"""The charts of a report as inline SVG, all on one axis of bars so that they line up."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fairlead.kernel.series import Bars
from fairlead.research.daily import Floats, Ints
from fairlead.research.model import Report
from fairlead.research.render.plot import (
    Frame,
    Scale,
    line_path,
    scale_of,
    time_ticks,
    value_ticks,
)
from fairlead.research.render.words import aligned, escape, percent
from fairlead.research.rows import LONG, TradeRow
from fairlead.research.thinning import kept_points, merge_bars

LOG_FROM_RATIO = 8.0
MARKERS_FULL_SIZE = 150
MARKERS_MAX = 4_000


@dataclass(frozen=True, slots=True)
class Sizes:
    """Hold the frames of one layout and how much detail fits into them."""

    name: str
    price: Frame
    equity: Frame
    drawdown: Frame
    candles: int
    points: int
    ticks: int


WIDE = Sizes("wide", Frame(1120, 320), Frame(1120, 240), Frame(1120, 120), 260, 1400, 9)
NARROW = Sizes("narrow", Frame(343, 240, 52), Frame(343, 200, 52), Frame(343, 100, 52), 76, 420, 3)


def price_chart(name: str, bars: Bars, rows: list[TradeRow], sizes: Sizes, offset_ms: int) -> str:
    """Draw candles with entries and exits; many bars are merged into wider candles."""
    frame = sizes.price
    candles = merge_bars(bars, sizes.candles)
    reach = np.concatenate((candles.low, candles.high))
    scale = scale_of(frame, reach, wants_logarithm(reach))
    width = candles.timeframe_ms // bars.timeframe_ms
    slot = frame.plot_width * width / len(bars)
    body = max(1.0, slot * 0.6)
    wicks: list[str] = []
    bodies: dict[bool, list[str]] = {True: [], False: []}
    columns = zip(
        candles.open.tolist(),
        candles.high.tolist(),
        candles.low.tolist(),
        candles.close.tolist(),
        strict=True,
    )
    for index, (opened, high, low, close) in enumerate(columns):
        middle = (index + 0.5) * slot
        top, bottom = scale.y(max(opened, close)), scale.y(min(opened, close))
        wicks.append(f"M{middle:.1f} {scale.y(high):.1f}V{scale.y(low):.1f}")
        tall = max(bottom - top, 0.6)
        box = f"M{middle - body / 2:.1f} {top:.1f}h{body:.1f}v{tall:.1f}h{-body:.1f}z"
        bodies[close >= opened].append(box)
    parts = [
        axes(bars.ts, frame, scale, sizes.ticks, offset_ms, aligned),
        f'<path class="wick" d="{"".join(wicks)}"/>',
        f'<path class="hollow" d="{"".join(bodies[True])}"/>',
        f'<path class="filled" d="{"".join(bodies[False])}"/>',
        _markers(bars, rows, frame, scale),
    ]
    label = f"Price, each candle {width} bars" if width > 1 else "Price, one candle per bar"
    return svg(name, label, sizes, frame, "".join(parts))


def equity_chart(report: Report, sizes: Sizes, offset_ms: int) -> str:
    """Draw equity against buy and hold; on a logarithmic scale once one grew eightfold."""
    frame = sizes.equity
    both = np.concatenate((report.equity, report.benchmark.equity))
    logarithmic = wants_logarithm(both)
    scale = scale_of(frame, both, logarithmic)
    parts = [
        axes(report.bars.ts, frame, scale, sizes.ticks, offset_ms, aligned),
        f'<path class="hold" d="{curve(report.benchmark.equity, frame, scale, sizes.points)}"/>',
        f'<path class="line" d="{curve(report.equity, frame, scale, sizes.points)}"/>',
    ]
    label = "Equity and buy and hold" + (", logarithmic" if logarithmic else "")
    return svg("equity", label, sizes, frame, "".join(parts))


def drawdown_chart(ts: Ints, drawdown: Floats, sizes: Sizes, offset_ms: int) -> str:
    """Draw the fall from the latest peak, zero at the top."""
    frame = sizes.drawdown
    depth = max(float(drawdown.max(initial=0.0)), 0.001)
    scale = Scale(frame, -depth * 1.05, 0.0)
    path = curve(-drawdown, frame, scale, sizes.points)
    zero = scale.y(0.0)
    parts = [
        axes(
            ts,
            frame,
            scale,
            sizes.ticks,
            offset_ms,
            lambda values: [percent(value, 0) for value in values],
            lines=3,
        ),
        f'<path class="fall" d="{path}L{frame.plot_width:.1f} {zero:.1f}L0 {zero:.1f}z"/>',
    ]
    return svg("drawdown", "Drawdown", sizes, frame, "".join(parts))


def wants_logarithm(values: Floats) -> bool:
    """Tell whether values span so much that a logarithmic scale shows them better."""
    low = float(values.min())
    return low > 0.0 and float(values.max()) / low >= LOG_FROM_RATIO


def curve(values: Floats, frame: Frame, scale: Scale, limit: int) -> str:
    """Return the path of a curve in at most about `limit` points."""
    kept = kept_points(values, limit)
    step = frame.plot_width / len(values)
    return line_path(
        ((index + 0.5) * step, scale.y(value))
        for index, value in zip(kept.tolist(), values[kept].tolist(), strict=True)
    )


def axes(
    ts: Ints,
    frame: Frame,
    scale: Scale,
    ticks: int,
    offset_ms: int,
    words: Callable[[list[float]], list[str]],
    lines: int = 5,
) -> str:
    """Draw the grid of a chart over bars at `ts`: values on the right, times below."""
    parts = []
    right = frame.plot_width
    values = value_ticks(scale, lines)
    for value, label in zip(values, words(values), strict=True):
        y = scale.y(value)
        parts.append(f'<path class="grid" d="M0 {y:.1f}H{right:.1f}"/>')
        parts.append(f'<text x="{right + 6:.1f}" y="{y + 3.5:.1f}">{escape(label)}</text>')
    step = right / len(ts)
    foot = frame.height - frame.below
    last = -1e9
    for index, label in time_ticks(ts, ticks, offset_ms):
        x = (index + 0.5) * step
        if x - last < len(label) * 6.5 + 8 or x + len(label) * 6.5 > frame.width:
            continue
        last = x
        parts.append(f'<path class="grid" d="M{x:.1f} {frame.above}V{foot}"/>')
        parts.append(f'<text x="{x + 3:.1f}" y="{foot + 14}">{escape(label)}</text>')
    return "".join(parts)


def _markers(bars: Bars, rows: list[TradeRow], frame: Frame, scale: Scale) -> str:
    if not rows:
        return ""
    size = 4.5 if len(rows) <= MARKERS_FULL_SIZE else 1.6
    step = frame.plot_width / len(bars)
    shown = rows[-MARKERS_MAX:]
    entries = np.searchsorted(bars.ts, [row.entry_ts for row in shown])
    exits = np.searchsorted(bars.ts, [row.exit_ts for row in shown])
    paths: dict[str, list[str]] = {"trip": [], "entry": [], "gain": [], "loss": []}
    for row, entry, end in zip(shown, entries.tolist(), exits.tolist(), strict=True):
        x, y = (entry + 0.5) * step, scale.y(row.entry_price)
        if len(rows) <= MARKERS_FULL_SIZE:
            last = f"{(end + 0.5) * step:.1f} {scale.y(row.exit_price):.1f}"
            paths["trip"].append(f"M{x:.1f} {y:.1f}L{last}")
        lean = size if row.side == LONG else -size
        paths["entry"].append(f"M{x:.1f} {y:.1f}l{size:.1f} {lean:.1f}h{-2 * size:.1f}z")
        x, y = (end + 0.5) * step, scale.y(row.exit_price)
        cross = f"M{x - size * 0.7:.1f} {y - size * 0.7:.1f}l{size * 1.4:.1f} {size * 1.4:.1f}"
        cross += f"M{x - size * 0.7:.1f} {y + size * 0.7:.1f}l{size * 1.4:.1f} {-size * 1.4:.1f}"
        paths["gain" if row.pnl > 0.0 else "loss"].append(cross)
    return "".join(f'<path class="{name}" d="{"".join(d)}"/>' for name, d in paths.items() if d)


def svg(name: str, label: str, sizes: Sizes, frame: Frame, inside: str) -> str:
    """Wrap the shapes of one chart in their frame."""
    return (
        f'<svg class="{sizes.name}" data-chart="{name}" data-plot="{frame.plot_width:.0f}" '
        f'viewBox="0 0 {frame.width} {frame.height}" role="img" aria-label="{escape(label)}">'
        f'{inside}<path class="cross" d=""/></svg>'
    )
