"""The way from constraints to a portfolio that trades, as a person goes it in a browser."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import sign_in
from tests.browser.platform_process import PASSWORD, Client, Running
from tests.browser.watching import Watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(900),
]

# Workers compile on their first job: nothing waits this long for nothing.
LONG_MS = 300_000
TEMPLATES = ("EMA crossover", "RSI reversion", "Bollinger breakout", "Donchian channel", "MACD")


def test_constraints_become_a_portfolio_that_trades_on_paper(
    visitor: BrowserContext, platform: Running, newcomer_email: str
) -> None:
    Client(platform.address, newcomer_email, PASSWORD, name="A builder").close()
    watched = Watched(visitor)
    page = watched.page
    sign_in(watched, newcomer_email, PASSWORD)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="AutoBuild").click()
    page.get_by_role("link", name="New AutoBuild").first.click()
    _mend_a_contradiction(page)
    # The browser itself notes the answer that the contradiction was asked for.
    watched.faults[:] = [fault for fault in watched.faults if "422" not in fault]
    watched.check()
    _name_constraints(page)
    page.get_by_label("Name").fill("From the story")
    page.get_by_role("button", name="Start AutoBuild").click()
    page.wait_for_url("**/autobuilds/*-*")
    watched.check()
    _watch_it_finish(page)
    watched.check()
    _look_at_a_leg(page)
    watched.check()
    _save(page)
    watched.check()
    _promote_against_the_gates(page)
    watched.check()
    _roll_back(page)
    watched.check()


def _step(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Steps").get_by_role("button", name=name).click()


def _mend_a_contradiction(page: Page) -> None:
    estimate = page.locator("section").filter(has_text="Estimate")
    expect(estimate.get_by_text("sim:BTC-USDT")).to_be_visible()
    _step(page, "Costs and risk")
    page.get_by_label("Maximum legs").fill("0")
    expect(page.get_by_text("a portfolio without a leg can give nothing")).to_be_visible()
    expect(page.get_by_role("button", name="Start AutoBuild")).to_be_disabled()
    _step(page, "Universe")
    page.get_by_role("button", name="Go to costs and risk").click()
    page.get_by_label("Maximum legs").fill("3")
    expect(page.get_by_text("a portfolio without a leg can give nothing")).to_be_hidden()


def _name_constraints(page: Page) -> None:
    _step(page, "Timeframe and history")
    page.get_by_label("Minimum, days").fill("60")
    _step(page, "Templates and axes")
    for template in TEMPLATES:
        page.get_by_role("checkbox", name=template).uncheck()
    fast = page.get_by_role("region", name="SMA crossover").get_by_label("Fast")
    fast.fill("5, 10")
    _step(page, "Evidence")
    page.get_by_label("Windows").fill("3")
    gates = page.get_by_role("list", name="Gates").get_by_role("switch")
    expect(gates.first).to_be_visible()
    for at in range(gates.count()):
        gates.nth(at).uncheck()
    expect(page.get_by_role("button", name="Start AutoBuild")).to_be_enabled()


def _watch_it_finish(page: Page) -> None:
    expect(page.get_by_role("list", name="Stages")).to_be_visible()
    expect(page.get_by_role("list", name="Log").locator("li").first).to_be_visible()
    board = page.get_by_role("region", name="Leaderboard")
    expect(board).to_be_visible(timeout=LONG_MS)
    expect(board.locator("tbody tr")).to_have_count(3)
    page.get_by_role("tab", name="Evidence").click()
    expect(page.get_by_text("Trials in the ledger")).to_be_visible()
    expect(page.get_by_role("list", name="Gates of sim:")).to_be_visible()
    page.get_by_role("tab", name="Log").click()
    expect(page.get_by_role("list", name="Log")).to_contain_text("accepted")
    page.get_by_role("tab", name="Failures").click()
    expect(page.get_by_text("Nothing failed")).to_be_visible()
    page.get_by_role("tab", name="Portfolio").click()
    expect(page.get_by_role("region", name="Correlation of daily returns")).to_be_visible()


def _look_at_a_leg(page: Page) -> None:
    page.get_by_role("tab", name="Leaderboard").click()
    board = page.get_by_role("region", name="Leaderboard")
    board.get_by_role("link", name="sim:BTC-USDT").click()
    expect(page.get_by_role("heading", name="sim:BTC-USDT")).to_be_visible()
    expect(page.get_by_role("region", name="Windows").locator("tbody tr")).to_have_count(3)
    page.get_by_role("link", name="All of From the story").click()


def _save(page: Page) -> None:
    page.get_by_role("button", name="Save as portfolio").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Kept from the story")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    page.wait_for_url("**/portfolios/*")
    expect(page.get_by_role("heading", name="Kept from the story")).to_be_visible()
    expect(page.get_by_role("region", name="Legs").locator("tbody tr").first).to_be_visible()


def _promote_against_the_gates(page: Page) -> None:
    expect(page.get_by_role("list", name="Gates of the promotion")).to_be_visible()
    expect(page.get_by_role("button", name="Promote")).to_be_disabled()
    page.get_by_label("Pass over the red gates, on paper").check()
    act = page.get_by_role("button", name="Promote against the gates")
    act.click()
    expect(page.get_by_text("Say why the red gates may be passed over")).to_be_visible()
    page.get_by_label("Reason").fill("To see it run on paper")
    act.click()
    promotions = page.get_by_role("region", name="Promotions")
    expect(promotions.get_by_text("Deployed")).to_be_visible()
    expect(promotions.get_by_text("Overridden: To see it run on paper")).to_be_visible()
    promotions.get_by_role("link", name="sim:").first.click()
    page.wait_for_url("**/sessions/*")
    expect(page.get_by_text("Active", exact=True)).to_be_visible()


def _roll_back(page: Page) -> None:
    page.goto("/portfolios")
    page.get_by_role("link", name="Kept from the story").click()
    page.get_by_role("button", name="Roll back").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Close open positions").click()
    dialog.get_by_role("button", name="Roll back").click()
    expect(dialog).to_be_hidden()
    promotions = page.get_by_role("region", name="Promotions")
    expect(promotions.get_by_text("Rolled back")).to_be_visible()
