"""A4 pages to draw on from the top down: text, tables, rules, and a foot on each page."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from fairlead.research.render.words import MINUS

REGULAR, BOLD = "Helvetica", "Helvetica-Bold"
WIDTH, HEIGHT = A4
MARGIN = 40.0
FOOT = 46.0
INNER = WIDTH - 2 * MARGIN
TEXT, DIM, FAINT = HexColor(0x15181C), HexColor(0x5D6570), HexColor(0x98A0AA)
LINE, ACCENT = HexColor(0xE2E5E9), HexColor(0x0A5FC2)
UP, DOWN = HexColor(0x0B7A52), HexColor(0xC5322B)


@dataclass(frozen=True, slots=True)
class Cell:
    """Hold one text of a table with its colour, weight and shade."""

    text: str
    colour: Color = TEXT
    font: str = REGULAR
    shade: Color | None = None


def tone(value: float | None) -> Color:
    """Return the colour of a number's sign."""
    if value is None or value == 0.0:
        return TEXT
    return UP if value > 0.0 else DOWN


def shaded(value: float, share: float) -> Color:
    """Return the tint of a gain or a loss on white, `share` of its full colour."""
    full = UP if value > 0.0 else DOWN
    return Color(*(1.0 - share * (1.0 - part) for part in (full.red, full.green, full.blue)))


def printable(text: str) -> str:
    """Return what the fonts of a reader can show: a question mark stands for what they cannot."""
    return text.replace(MINUS, "-").encode("cp1252", "replace").decode("cp1252")


class Sheet:
    """Draw from `y` downward and turn the page where no room is left.

    The bytes depend on nothing but what is drawn: no time of making is written.
    """

    def __init__(self, title: str, foot: str) -> None:
        self._buffer = io.BytesIO()
        self.canvas = Canvas(self._buffer, pagesize=A4, invariant=1, pageCompression=1)
        self.canvas.setTitle(printable(title))
        self.canvas.setCreator("Fairlead")
        self._foot = foot
        self._page = 1
        self.y = HEIGHT - MARGIN

    def finish(self) -> bytes:
        """Close the last page and return the document."""
        self._draw_foot()
        self.canvas.showPage()
        self.canvas.save()
        return self._buffer.getvalue()

    def need(self, height: float) -> None:
        """Turn the page unless this much room is left on it."""
        if self.y - height >= FOOT:
            return
        self._draw_foot()
        self.canvas.showPage()
        self._page += 1
        self.y = HEIGHT - MARGIN

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 8.0,
        colour: Color = TEXT,
        font: str = REGULAR,
        align: str = "left",
    ) -> None:
        """Draw one line of text at a point; `align` is left, right or centre."""
        canvas = self.canvas
        canvas.setFont(font, size)
        canvas.setFillColor(colour)
        draw = {
            "left": canvas.drawString,
            "right": canvas.drawRightString,
            "centre": canvas.drawCentredString,
        }[align]
        draw(x, y, printable(text))

    def rule(self, y: float, left: float = MARGIN, right: float = WIDTH - MARGIN) -> None:
        """Draw a thin line across."""
        self.canvas.setStrokeColor(LINE)
        self.canvas.setLineWidth(0.6)
        self.canvas.line(left, y, right, y)

    def heading(self, title: str, room: float = 40.0) -> None:
        """Open a section, on a new page unless `room` is left below its title."""
        self.need(room + 26.0)
        self.y -= 22.0
        self.text(MARGIN, self.y, title.upper(), 7.5, DIM, BOLD)
        self.y -= 6.0

    def paragraph(self, text: str, size: float = 8.0, colour: Color = DIM) -> None:
        """Draw wrapped text over the whole width."""
        for line in simpleSplit(printable(text), REGULAR, size, INNER):
            self.need(size + 3.0)
            self.y -= size + 3.0
            self.text(MARGIN, self.y, line, size, colour)

    def row(self, cells: Sequence[Cell], widths: Sequence[float], size: float = 8.0) -> None:
        """Draw one line of a table: the first cell on the left, the others to the right."""
        height = size + 6.0
        self.need(height)
        bottom, x = self.y - height, MARGIN
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            if cell.shade is not None:
                self.canvas.setFillColor(cell.shade)
                self.canvas.rect(x + 0.5, bottom + 0.5, width - 1.0, height - 1.0, 0, 1)
            text = fitted(cell.text, width - 2.0, size, cell.font)
            side, edge = ("left", x) if at == 0 else ("right", x + width - 3.0)
            self.text(edge, bottom + 3.8, text, size, cell.colour, cell.font, side)
            x += width
        self.rule(bottom)
        self.y = bottom

    def facts(self, columns: Sequence[Sequence[tuple[str, str]]], size: float = 7.5) -> None:
        """Draw labels with their texts in columns side by side, wrapped where they are long.

        What is longer than a page goes on in one column.
        """
        gap = 24.0
        width = (INNER - gap * (len(columns) - 1)) / len(columns)
        blocks = [[_block(label, text, width, size) for label, text in rows] for rows in columns]
        tallest = max(sum(block[2] for block in rows) for rows in blocks)
        if tallest > HEIGHT - MARGIN - FOOT - 60.0:
            for label, text in (fact for rows in columns for fact in rows):
                block = _block(label, text, INNER, size)
                self.need(block[2])
                self.y = self._fact(MARGIN, self.y, INNER, block, size)
            return
        self.need(tallest)
        lowest = self.y
        for at, rows in enumerate(blocks):
            y = self.y
            for block in rows:
                y = self._fact(MARGIN + at * (width + gap), y, width, block, size)
            lowest = min(lowest, y)
        self.y = lowest

    def _fact(
        self, x: float, y: float, width: float, block: tuple[str, list[str], float], size: float
    ) -> float:
        label, lines, height = block
        self.text(x, y - size - 1.5, label, size, DIM)
        for at, line in enumerate(lines, 1):
            self.text(x + width, y - at * (size + 1.5), line, size, align="right")
        self.rule(y - height, x, x + width)
        return y - height

    def _draw_foot(self) -> None:
        self.rule(FOOT - 12.0)
        self.text(MARGIN, FOOT - 24.0, self._foot, 7.0, FAINT)
        self.text(WIDTH - MARGIN, FOOT - 24.0, f"Page {self._page}", 7.0, FAINT, align="right")


def fitted(text: str, width: float, size: float, font: str = REGULAR) -> str:
    """Return a text cut with an ellipsis where it is wider than its place."""
    shown = printable(text)
    if stringWidth(shown, font, size) <= width:
        return shown
    while shown and stringWidth(f"{shown}\u2026", font, size) > width:
        shown = shown[:-1]
    return f"{shown}\u2026"


def _block(label: str, text: str, width: float, size: float) -> tuple[str, list[str], float]:
    room = width - stringWidth(printable(label), REGULAR, size) - 14.0
    lines = simpleSplit(printable(text), REGULAR, size, max(room, width / 3)) or [""]
    return label, lines, len(lines) * (size + 1.5) + 4.5
