"""The page of a portfolio: the whole account, a section for each leg, no request and no script."""

import re
from dataclasses import replace

import pytest

from fairlead.research.portfolio.backtest import backtest_portfolio
from fairlead.research.portfolio.model import PortfolioReport
from fairlead.research.render.portfolio_page import CONTENT_POLICY, portfolio_page
from fairlead.research.render.words import money, percent
from tests.research.portfolio.samples import mixed_legs
from tests.research.samples import ACCOUNT


@pytest.fixture(scope="module")
def report() -> PortfolioReport:
    """Return the report of legs of several lengths and timeframes."""
    return backtest_portfolio(mixed_legs(), ACCOUNT.cash, account=ACCOUNT)


def test_page_has_the_account_and_every_leg(report: PortfolioReport) -> None:
    page = portfolio_page("Mine", report)
    assert percent(report.metrics.total_return, signed=True) in page
    assert len(report.legs) > 1
    for leg in report.legs:
        assert f"<h2>Leg: {leg.label}</h2>" in page
        assert money(leg.pnl, signed=True) in page
        assert leg.version_hash[:16] in page
    assert page.count('<svg class="wide" data-chart="leg"') == len(report.legs)
    assert {item.label for item in report.assumptions} <= set(re.findall(r"row>([^<]*)<", page))


def test_correlation_is_shown_for_each_pair(report: PortfolioReport) -> None:
    page = portfolio_page("Mine", report)
    table = page.split("Correlation of daily returns")[1].split("</table>")[0]
    assert table.count("<td>") == len(report.legs) ** 2
    assert table.count("<td>1.00</td>") >= len(report.legs)
    alone = replace(report, legs=report.legs[:1], correlation=report.correlation[:1, :1])
    assert "Correlation of daily returns" not in portfolio_page("Mine", alone)


def test_page_asks_for_nothing_and_names_never_become_code(report: PortfolioReport) -> None:
    bad = replace(report, legs=(replace(report.legs[0], label="<script>x</script>"),))
    page = portfolio_page("<img src=x onerror=y>", bad)
    assert CONTENT_POLICY in page
    assert "<script" not in page
    assert "<img" not in page
    assert not re.search(r"\s(src|href|action)=", re.sub(r"&lt;.*?&gt;", "", page))
