"""A report as PDF on A4: the figures of the HTML page, charts as vectors, nothing to load."""

from fairlead.research.model import Report
from fairlead.research.months import yearly_returns
from fairlead.research.render.as_page import figures, open_facts, remarks
from fairlead.research.render.pdf_charts import draw_drawdown, draw_equity, draw_histogram
from fairlead.research.render.pdf_sheet import (
    BOLD,
    DIM,
    FAINT,
    INNER,
    MARGIN,
    TEXT,
    WIDTH,
    Cell,
    Sheet,
    fitted,
    shaded,
    tone,
)
from fairlead.research.render.tables import MONTHS, heat_step, reasons_of, tiles_of
from fairlead.research.render.words import (
    DASH,
    money,
    percent,
    price,
    quantity,
    setting_words,
    words_of,
)
from fairlead.research.rows import TradeRow, trade_rows
from fairlead.research.times import short_date, short_time

TRADES_SHOWN = 60
HEAT_SHARE = 0.085
FOOT_TEXT = "Simulated results of a rule on past prices. They are no promise of future returns."
TRADE_WIDTHS = (26.0, 32.0, 58.0, 74.0, 58.0, 74.0, 58.0, 66.0, 69.3)
REASON_WIDTHS = (INNER * 0.36, *([INNER * 0.16] * 4))


def report_pdf(report: Report, day_offset_ms: int) -> bytes:
    """Return the document; times are the venue's session time, equal reports give equal bytes."""
    rows = list(trade_rows(report.trades))
    sheet = Sheet(f"{report.strategy} on {report.instrument} {report.timeframe}", FOOT_TEXT)
    _header(sheet, report, day_offset_ms)
    _tiles(sheet, report)
    draw_equity(sheet, report, day_offset_ms)
    draw_drawdown(sheet, report, day_offset_ms)
    _months(sheet, report)
    sheet.heading("Figures and assumptions", 300.0)
    sheet.facts((figures(report), [(item.label, item.text) for item in report.assumptions]))
    _remarks(sheet, report)
    _open_position(sheet, report, day_offset_ms)
    _trades(sheet, rows, day_offset_ms)
    return sheet.finish()


def _header(sheet: Sheet, report: Report, offset_ms: int) -> None:
    bars, right = report.bars, WIDTH - MARGIN
    mark = f"FAIRLEAD BACKTEST {report.version_hash[:12]}"
    sheet.y -= 16.0
    sheet.text(MARGIN, sheet.y, fitted(report.strategy, INNER - 150.0, 16.0, BOLD), 16.0, font=BOLD)
    sheet.text(right, sheet.y, mark, 6.5, FAINT, align="right")
    sheet.y -= 15.0
    first, last = (short_date(int(bars.ts[at]) + offset_ms) for at in (0, -1))
    line = f"{report.instrument} · {report.timeframe} · {first} to {last} · {len(bars):,} bars"
    sheet.text(MARGIN, sheet.y, line, 8.5, DIM)
    sheet.y -= 9.0
    sheet.rule(sheet.y)
    if report.parameters:
        words = (f"{name} {setting_words(value)}" for name, value in report.parameters.items())
        sheet.paragraph(" · ".join(words), 7.5)


def _tiles(sheet: Sheet, report: Report) -> None:
    tiles = tiles_of(report)
    width, height = INNER / len(tiles), 46.0
    sheet.y -= 10.0
    top = sheet.y
    sheet.rule(top)
    sheet.rule(top - height)
    for at, tile in enumerate(tiles):
        x = MARGIN + at * width
        sheet.canvas.line(x, top, x, top - height)
        sheet.text(x + 6.0, top - 12.0, tile.label, 6.8, DIM)
        sheet.text(x + 6.0, top - 27.0, tile.text, 11.5, tone(tile.tone), BOLD)
        sheet.text(x + 6.0, top - 39.0, fitted(tile.below, width - 8.0, 6.2), 6.2, DIM)
    sheet.canvas.line(MARGIN + INNER, top, MARGIN + INNER, top - height)
    sheet.y = top - height


def _months(sheet: Sheet, report: Report) -> None:
    cells = {(month.year, month.month): month.value for month in report.monthly}
    widths = (34.0, *([(INNER - 34.0) / 13] * 13))
    sheet.heading("Monthly returns in percent", 60.0)
    head = [Cell(name, DIM) for name in ("", *MONTHS, "Year")]
    sheet.row(head, widths, 6.8)
    for year, total in yearly_returns(report.monthly).items():
        months = [
            _month(cells[year, month]) if (year, month) in cells else Cell("")
            for month in range(1, 13)
        ]
        whole = Cell(percent(total, 1).removesuffix(" %"), tone(total), BOLD)
        sheet.row([Cell(str(year), DIM), *months, whole], widths, 6.8)


def _month(value: float | None) -> Cell:
    if value is None:
        return Cell(DASH, DIM)
    step = heat_step(value)
    shade = shaded(value, step * HEAT_SHARE) if step else None
    return Cell(percent(value, 1).removesuffix(" %"), TEXT if value else DIM, shade=shade)


def _remarks(sheet: Sheet, report: Report) -> None:
    lines = remarks(report)
    if not lines:
        return
    sheet.heading("Notes on data and refused entries")
    for line in lines:
        sheet.paragraph(f"\u2022 {line}", 7.5)


def _open_position(sheet: Sheet, report: Report, offset_ms: int) -> None:
    rows = open_facts(report, offset_ms)
    if rows:
        sheet.heading("Open at the end", 70.0)
        sheet.facts((rows,))


def _trades(sheet: Sheet, rows: list[TradeRow], offset_ms: int) -> None:
    if not rows:
        sheet.heading("Trades")
        sheet.paragraph("No trade was made.")
        return
    draw_histogram(sheet, rows)
    sheet.heading("By exit reason", 60.0)
    head = ("Reason", "Trades", "Won", "Profit", "Average")
    sheet.row([Cell(name, DIM) for name in head], REASON_WIDTHS, 7.5)
    for reason in reasons_of(rows):
        name, count, won, profit, average = reason.cells
        coloured = Cell(profit, tone(reason.profit))
        line = (Cell(name), Cell(count), Cell(won), coloured, Cell(average))
        sheet.row(line, REASON_WIDTHS, 7.5)
    shown = rows[-TRADES_SHOWN:]
    hidden = len(rows) - len(shown)
    note = f": the last {len(shown):,} of {len(rows):,}, the CSV has all" if hidden else ""
    sheet.heading(f"Trades{note}", 60.0)
    names = ("#", "Side", "Quantity", "Entry", "Price", "Exit", "Price", "Profit", "Reason")
    sheet.row([Cell(name, DIM) for name in names], TRADE_WIDTHS, 6.5)
    for number, row in enumerate(shown, hidden + 1):
        sheet.row(_trade(number, row, offset_ms), TRADE_WIDTHS, 6.5)


def _trade(number: int, row: TradeRow, offset_ms: int) -> tuple[Cell, ...]:
    return (
        Cell(f"{number:,}", DIM),
        Cell(row.side),
        Cell(quantity(row.quantity)),
        Cell(short_time(row.entry_ts + offset_ms)),
        Cell(price(row.entry_price)),
        Cell(short_time(row.exit_ts + offset_ms)),
        Cell(price(row.exit_price)),
        Cell(money(row.pnl, signed=True), tone(row.pnl)),
        Cell(words_of(row.exit_reason) + (" *" if row.ambiguous else "")),
    )
