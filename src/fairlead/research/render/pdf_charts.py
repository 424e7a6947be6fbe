"""The charts of a report as vectors on a page, on the scales of the HTML report."""

from collections.abc import Callable

import numpy as np
from reportlab.lib.colors import Color

from fairlead.research.daily import Floats, Ints
from fairlead.research.model import Report
from fairlead.research.render.charts import wants_logarithm
from fairlead.research.render.pdf_sheet import (
    ACCENT,
    DIM,
    DOWN,
    INNER,
    LINE,
    MARGIN,
    UP,
    Sheet,
    shaded,
)
from fairlead.research.render.plot import Frame, Scale, scale_of, time_ticks, value_ticks
from fairlead.research.render.tables import BINS, return_counts
from fairlead.research.render.words import aligned, percent
from fairlead.research.rows import TradeRow
from fairlead.research.thinning import kept_points

POINTS = 800
TICKS = 8
Words = Callable[[list[float]], list[str]]


class Chart:
    """Draw into one frame of a sheet, whose y grows downward as on the HTML page."""

    def __init__(self, sheet: Sheet, height: int) -> None:
        sheet.need(height)
        self.frame = Frame(round(INNER), height, 52, 16, 4)
        self._canvas = sheet.canvas
        self._sheet = sheet
        self._top = sheet.y
        sheet.y -= height

    def axes(self, ts: Ints, scale: Scale, offset_ms: int, words: Words, lines: int) -> None:
        """Draw the grid with its labels: values on the right, times below."""
        frame, right = self.frame, self.frame.plot_width
        values = value_ticks(scale, lines)
        for value, label in zip(values, words(values), strict=True):
            self._line(0.0, scale.y(value), right, scale.y(value))
            self._label(right + 5.0, scale.y(value) + 2.5, label)
        foot, last = float(frame.height - frame.below), -1e9
        for index, label in time_ticks(ts, TICKS, offset_ms):
            x = (index + 0.5) * right / len(ts)
            if x - last < len(label) * 4.2 + 8 or x + len(label) * 4.2 > frame.width:
                continue
            last = x
            self._line(x, float(frame.above), x, foot)
            self._label(x + 2.0, foot + 10.0, label)

    def curve(
        self,
        values: Floats,
        scale: Scale,
        colour: Color,
        width: float = 1.0,
        dashed: bool = False,
        filled: Color | None = None,
    ) -> None:
        """Draw a curve through all of its peaks and troughs; `filled` down from the zero line."""
        kept = kept_points(values, POINTS)
        step = self.frame.plot_width / len(values)
        path = self._canvas.beginPath()
        points = [
            (MARGIN + (at + 0.5) * step, self._top - scale.y(value))
            for at, value in zip(kept.tolist(), values[kept].tolist(), strict=True)
        ]
        path.moveTo(*points[0])
        for x, y in points[1:]:
            path.lineTo(x, y)
        if filled is not None:
            zero = self._top - scale.y(0.0)
            path.lineTo(points[-1][0], zero)
            path.lineTo(points[0][0], zero)
            path.close()
            self._canvas.setFillColor(filled)
        self._canvas.setStrokeColor(colour)
        self._canvas.setLineWidth(width)
        self._canvas.setDash([2, 2] if dashed else [])
        self._canvas.drawPath(path, 1, 0 if filled is None else 1)
        self._canvas.setDash([])

    def bar(self, x: float, y: float, width: float, height: float, colour: Color) -> None:
        """Draw a filled bar that stands on height `y`."""
        self._canvas.setFillColor(colour)
        self._canvas.rect(MARGIN + x, self._top - y, width, height, 0, 1)

    def _line(self, x: float, y: float, to_x: float, to_y: float) -> None:
        self._canvas.setStrokeColor(LINE)
        self._canvas.setLineWidth(0.5)
        self._canvas.line(MARGIN + x, self._top - y, MARGIN + to_x, self._top - to_y)

    def _label(self, x: float, y: float, text: str) -> None:
        self._sheet.text(MARGIN + x, self._top - y, text, 6.5, DIM)


def draw_equity(sheet: Sheet, report: Report, offset_ms: int) -> None:
    """Draw equity against buy and hold; on a logarithmic scale once one grew eightfold."""
    both = np.concatenate((report.equity, report.benchmark.equity))
    sheet.heading("Equity", 220.0)
    x = MARGIN + INNER
    sheet.text(x, sheet.y + 6.0, "- - buy and hold", 7.0, DIM, align="right")
    sheet.text(x - 66.0, sheet.y + 6.0, "strategy", 7.0, ACCENT, align="right")
    chart = Chart(sheet, 220)
    scale = scale_of(chart.frame, both, wants_logarithm(both))
    chart.axes(report.bars.ts, scale, offset_ms, aligned, 5)
    chart.curve(report.benchmark.equity, scale, DIM, 0.6, dashed=True)
    chart.curve(report.equity, scale, ACCENT, 1.1)


def draw_drawdown(sheet: Sheet, report: Report, offset_ms: int) -> None:
    """Draw the fall from the latest peak, zero at the top."""
    sheet.heading("Drawdown", 90.0)
    chart = Chart(sheet, 90)
    depth = max(float(report.drawdown.max(initial=0.0)), 0.001)
    scale = Scale(chart.frame, -depth * 1.05, 0.0)
    words: Words = lambda values: [percent(value, 0) for value in values]  # noqa: E731
    chart.axes(report.bars.ts, scale, offset_ms, words, 3)
    chart.curve(-report.drawdown, scale, DOWN, 0.6, filled=shaded(-1.0, 0.18))


def draw_histogram(sheet: Sheet, rows: list[TradeRow]) -> None:
    """Draw how often each return per trade occurred."""
    sheet.heading("Return per trade, of entry value", 90.0)
    counts, reach = return_counts(rows)
    chart, step, tall = Chart(sheet, 84), INNER / BINS, 66.0
    for index, count in enumerate(counts):
        colour = DOWN if index < BINS // 2 else UP
        height = count / max(counts) * (tall - 6.0)
        if count:
            chart.bar(index * step + 0.6, tall, step - 1.2, height, colour)
    sheet.rule(sheet.y + 84.0 - tall)
    for share, text, align in (
        (0.0, percent(-reach, 1), "left"),
        (0.5, "0", "centre"),
        (1.0, percent(reach, 1, signed=True), "right"),
    ):
        sheet.text(MARGIN + share * INNER, sheet.y + 6.0, text, 6.5, DIM, align=align)
