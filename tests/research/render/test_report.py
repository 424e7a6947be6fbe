"""The renderings of a report: complete, equal in content, and safe to open anywhere."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from fairlead.research.backtest import BacktestRequest, run_backtest
from fairlead.research.jsonable import dump_json
from fairlead.research.model import ALL_TIME, Report
from fairlead.research.outcome import thinned
from fairlead.research.render.as_csv import equity_csv, trades_csv
from fairlead.research.render.as_json import report_json
from fairlead.research.render.as_page import report_page
from fairlead.research.rows import TRADE_COLUMNS
from fairlead.strategies.templates import load_template
from tests.research.samples import ACCOUNT, INSTRUMENT, bars_of_closes, walk_bars


@pytest.fixture(scope="module")
def report() -> Report:
    """Return a report with some trades, monthly returns and an open position."""
    request = BacktestRequest(
        load_template("sma_crossover"), {"fast": 5, "slow": 20}, ALL_TIME, "1h", ACCOUNT
    )
    return run_backtest(request, walk_bars(2_000), INSTRUMENT)


class Page(HTMLParser):
    """Collect what a page asks for and what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "action", "srcset", "poster"):
                self.addresses.append(f"{name}={value}")
            if name.startswith("on") or name == "style":
                self.handlers.append(name)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def page_of(report: Report) -> Page:
    page = Page()
    page.feed(report_page(report, 0))
    return page


def test_json_has_every_part_and_no_nan(report: Report) -> None:
    data = json.loads(dump_json(report_json(report)))
    assert len(data["equity"]) == len(data["drawdown"]) == len(report.bars)
    assert data["equity"][0][0] == int(report.bars.ts[0])
    assert set(data["trades"][0]) == set(TRADE_COLUMNS)
    assert {trade["side"] for trade in data["trades"]} <= {"long", "short"}
    assert data["metrics"]["trades"] == len(data["trades"])
    assert data["monthly_returns"][0].keys() == {"year", "month", "return"}


def test_json_of_infinite_values_is_refused_or_null(report: Report) -> None:
    broken = replace(report, equity=np.where(np.arange(len(report.equity)) == 3, np.nan, 1.0))
    assert json.loads(dump_json(report_json(broken)))["equity"][3][1] is None


def test_csv_repeats_the_trades_exactly(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(trades_csv(report))))
    assert len(rows) == len(report.trades)
    assert [float(row["pnl"]) for row in rows] == report.trades["pnl"].tolist()
    lines = list(csv.DictReader(io.StringIO(equity_csv(report))))
    assert [float(line["equity"]) for line in lines] == report.equity.tolist()
    assert lines[0]["ts"].endswith("Z")


def test_page_asks_for_nothing_outside(report: Report) -> None:
    page = page_of(report)
    assert page.addresses == []
    assert not {"link", "img", "iframe", "object", "embed"} & set(page.tags)
    text = report_page(report, 0)
    assert "url(" not in text
    assert "@import" not in text
    assert re.findall(r"https?://", text) == []
    assert "default-src 'none'" in text


def test_page_scripts_and_styles_are_covered_by_its_own_policy(report: Report) -> None:
    page = page_of(report)
    assert page.handlers == []
    assert page.tags.count("style") == 1
    assert page.tags.count("script") == 2


def test_page_keeps_hostile_words_as_words(report: Report) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    hostile = replace(report, strategy=evil, instrument=evil, notes=(evil,))
    page = page_of(hostile)
    assert page.tags.count("script") == 2
    assert "img" not in page.tags
    assert evil in "".join(page.text)


def test_page_shows_figures_trades_and_assumptions(report: Report) -> None:
    page = page_of(report)
    text = " ".join(page.text)
    for word in ("Sharpe", "Maximum drawdown", "Signals fill", "Session day begins", "Ambiguous"):
        assert word in text
    assert page.tags.count("tr") > len(report.trades)
    assert page.tags.count("svg") >= 6


def test_page_of_no_trades_says_so() -> None:
    request = BacktestRequest(load_template("sma_crossover"), {}, ALL_TIME, "1h", ACCOUNT)
    flat = run_backtest(request, bars_of_closes([100.0] * 80), INSTRUMENT)
    assert "No trade was made" in " ".join(page_of(flat).text)


def test_thinned_report_keeps_figures_and_extremes(report: Report) -> None:
    short = thinned(report, 300)
    assert len(short.equity) <= 302
    assert short.metrics is report.metrics
    assert short.equity.max() == report.equity.max()
    assert short.equity.min() == report.equity.min()
    assert thinned(report, 5_000) is report
