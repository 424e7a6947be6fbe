"""The report in PDF: equal bytes for equal reports, the page's numbers, room for anything."""

import re
import subprocess
import sys
import zlib
from base64 import a85decode
from dataclasses import replace

import pytest

from fairlead.research.backtest import BacktestRequest, run_backtest
from fairlead.research.model import ALL_TIME, Assumption, MonthReturn, Report
from fairlead.research.render.as_page import figures
from fairlead.research.render.as_pdf import report_pdf
from fairlead.research.render.pdf_sheet import fitted, printable
from fairlead.research.render.tables import reasons_of, tiles_of
from fairlead.research.rows import trade_rows
from fairlead.strategies.templates import load_template
from tests.research.samples import ACCOUNT, INSTRUMENT, bars_of_closes, walk_bars

STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
SHOWN = re.compile(rb"\(((?:\\.|[^\\()])*)\) Tj")


@pytest.fixture(scope="module")
def report() -> Report:
    """Return a report with trades, months and an open position."""
    request = BacktestRequest(
        load_template("sma_crossover"), {"fast": 5, "slow": 20}, ALL_TIME, "1h", ACCOUNT
    )
    return run_backtest(request, walk_bars(2_000), INSTRUMENT)


def drawn(document: bytes) -> bytes:
    """Return the drawing instructions of all pages."""
    streams = (part.strip().removesuffix(b"~>") for part in STREAM.findall(document))
    return b"\n".join(zlib.decompress(a85decode(stream)) for stream in streams)


def texts(document: bytes) -> set[str]:
    def plain(raw: bytes) -> str:
        octal = re.sub(rb"\\(\d{3})", lambda found: bytes([int(found[1], 8)]), raw)
        return re.sub(rb"\\(.)", rb"\1", octal).decode("cp1252")

    return {plain(raw) for raw in SHOWN.findall(drawn(document))}


def pages(document: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", document))


def test_equal_reports_give_equal_bytes(report: Report) -> None:
    assert report_pdf(report, 0) == report_pdf(report, 0)
    assert report_pdf(report, 0) != report_pdf(replace(report, strategy="Other"), 0)


def test_document_has_the_numbers_of_the_page(report: Report) -> None:
    shown = texts(report_pdf(report, 0))
    for label, text in figures(report):
        assert label in shown
        assert printable(text) in shown
    for tile in tiles_of(report):
        assert {tile.label, printable(tile.text), printable(tile.below)} <= shown
    for reason in reasons_of(list(trade_rows(report.trades))):
        assert {printable(cell) for cell in reason.cells} <= shown
    assert {item.label for item in report.assumptions} <= shown


def test_curves_are_vectors_and_not_pictures(report: Report) -> None:
    document = report_pdf(report, 0)
    assert b"/Subtype /Image" not in document
    assert drawn(document).count(b" l") > 1_000


def test_long_content_turns_the_page_and_loses_nothing(report: Report) -> None:
    months = tuple(
        MonthReturn(year, month, 0.01 * month) for year in range(1960, 2024) for month in (1, 7)
    )
    many = tuple(Assumption(f"k{at}", f"Label {at}", "word " * 60, at) for at in range(30))
    long = replace(report, monthly=months, assumptions=many, notes=("A sentence. " * 50,) * 20)
    document = report_pdf(long, 0)
    assert pages(document) > pages(report_pdf(report, 0))
    assert {"1960", "2023", "Label 0", "Label 29"} <= texts(document)
    heights = [float(at) for at in re.findall(rb"1 0 0 1 \S+ (\S+) Tm", drawn(document))]
    assert len(heights) > 500
    assert min(heights) > 0.0


def test_report_without_trades_says_so() -> None:
    request = BacktestRequest(load_template("sma_crossover"), {}, ALL_TIME, "1h", ACCOUNT)
    flat = run_backtest(request, bars_of_closes([100.0] * 60), INSTRUMENT)
    assert "No trade was made." in texts(report_pdf(flat, 0))


def test_name_in_another_script_or_too_long_is_shown_as_far_as_can_be(report: Report) -> None:
    shown = texts(report_pdf(replace(report, strategy="Стратегия (\\) " + "x" * 300), 0))
    assert any(text.startswith("????????? (\\) xxx") and text.endswith("\u2026") for text in shown)
    assert fitted("word", 1_000.0, 8.0) == "word"


def test_library_is_loaded_only_when_a_document_is_written() -> None:
    code = "import sys, fairlead.research.jobs; sys.exit('reportlab' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
