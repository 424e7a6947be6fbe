"""The main job as a person does it: from an empty account to a session that trades and stops."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import sign_in
from tests.browser.platform_process import PASSWORD, Client, Running
from tests.browser.watching import Watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(600),
]


def test_newcomer_goes_from_template_to_a_session_that_trades_and_stops(
    visitor: BrowserContext, newcomer_email: str
) -> None:
    watched = Watched(visitor)
    page = watched.page
    page.goto("/")
    page.get_by_role("link", name="Start on paper").click()
    page.get_by_label("Name").fill("A newcomer")
    page.get_by_label("E-mail").fill(newcomer_email)
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/dashboard")
    expect(page.get_by_text("PAPER", exact=True)).to_be_visible()
    watched.check()

    _make_strategy(page)
    watched.check()
    _backtest(page)
    watched.check()
    _trade(page)
    watched.check()
    _pause_and_kill(page)
    watched.check()


def _make_strategy(page: Page) -> None:
    page.goto("/strategies/new")
    page.get_by_role("button", name="SMA crossover").click()
    page.get_by_role("textbox", name="Name").first.fill("My crossover")
    stop = page.get_by_role("combobox", name="Stop loss")
    stop.fill("7")
    expect(page.get_by_role("alert").filter(has_text="/exits/stop_loss_pct")).to_be_visible()
    stop.fill("0.03")
    expect(page.get_by_text("Valid", exact=True)).to_be_visible()
    page.get_by_text("JSON", exact=True).click()
    expect(page.get_by_label("Definition as JSON")).to_contain_text('"name": "My crossover"')
    page.get_by_role("button", name="Save strategy").click()
    expect(page.get_by_role("heading", name="My crossover")).to_be_visible()


def _backtest(page: Page) -> None:
    page.get_by_role("link", name="Backtest").click()
    expect(page.get_by_role("combobox", name="Strategy")).to_have_value("My crossover v1")
    page.get_by_role("combobox", name="Candles").click()
    page.get_by_role("option", name="sim:BTC-USDT 1h").click()
    page.get_by_role("button", name="Run backtest").click()
    expect(page.get_by_text("Equity and drawdown")).to_be_visible()
    expect(page.get_by_text("Assumptions", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Trades").locator("tbody tr").first).to_be_visible()
    page.get_by_role("region", name="Trades").locator("tbody tr").nth(1).click()
    expect(page.get_by_text("Candles around the chosen trade")).to_be_visible()
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Trades as CSV").click()
    assert download.value.suggested_filename.endswith("trades.csv")


def _trade(page: Page) -> None:
    page.goto("/strategies")
    page.get_by_role("link", name="My crossover").click()
    page.get_by_role("link", name="Trade on paper").click()
    page.get_by_role("combobox", name="Candles").click()
    page.get_by_role("option", name="sim:BTC-USDT 1m").click()
    page.get_by_label("Risk per trade", exact=False).fill("2")
    page.get_by_role("button", name="Trade on paper").click()
    expect(page.get_by_text("expected a fraction below 1")).to_be_visible()
    page.get_by_label("Risk per trade", exact=False).fill("0.02")
    page.get_by_role("button", name="Trade on paper").click()
    page.wait_for_url("**/sessions/*")
    why = page.get_by_role("region", name="Evaluations")
    expect(why.locator("tbody tr").first).to_be_visible()


def _pause_and_kill(page: Page) -> None:
    page.get_by_role("button", name="Pause").click()
    act = page.get_by_role("dialog").get_by_role("button", name="Pause")
    expect(act).to_be_disabled()
    page.get_by_label("Keep the position, protected").click()
    act.click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("button", name="Kill").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Flatten").click()
    stop = dialog.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_be_disabled()
    dialog.get_by_label("Type FLATTEN to confirm").fill("FLATTEN")
    stop.click()
    expect(dialog).to_be_hidden()
    page.goto("/sessions")
    page.get_by_role("button", name="Kill switch").click()
    page.get_by_label("Stop new entries").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("You halted all your sessions")).to_be_visible()
    expect(page.get_by_role("banner").get_by_text("HALTED")).to_be_visible()
    page.get_by_role("button", name="Release").first.click()
    expect(page.get_by_text("You halted all your sessions")).to_be_hidden()


def test_importing_a_file_reports_what_was_found_and_what_was_kept_aside(
    visitor: BrowserContext, platform: Running, newcomer_email: str, tmp_path: Path
) -> None:
    Client(platform.address, newcomer_email, PASSWORD, name="An importer").close()
    watched = Watched(visitor)
    page = watched.page
    sign_in(watched, newcomer_email, PASSWORD)
    page.goto("/data")
    page.get_by_role("button", name="Import candles").click()
    page.locator("input[type=file]").set_input_files(_broken_csv(tmp_path))
    page.get_by_role("combobox", name="Instrument").fill("test:STORY")
    page.get_by_role("dialog").get_by_role("button", name="Import").click()
    expect(page.get_by_text("First lines kept aside")).to_be_visible()
    expect(page.get_by_text("line 6:")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("region", name="Coverage").get_by_text("test:STORY")).to_be_visible()
    watched.check()


def _broken_csv(folder: Path) -> Path:
    start = datetime(2025, 1, 1, tzinfo=UTC)
    lines = ["timestamp,open,high,low,close,volume"]
    for hour in range(48):
        at = (start + timedelta(hours=hour)).isoformat()
        high = 90 if hour == 4 else 102
        lines.append(f"{at},100,{high},99,101,10")
    path = folder / "story.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_wrong_password_is_told_and_nothing_typed_is_lost(
    visitor: BrowserContext, newcomer_email: str
) -> None:
    page = visitor.new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(newcomer_email)
    page.get_by_label("Password", exact=False).first.fill("not the password at all")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value(newcomer_email)
    page.goto("/dashboard")
    page.wait_for_url("**/sign-in?next=*")


def test_keyboard_alone_reaches_every_place(visitor: BrowserContext, platform: Running) -> None:
    watched = Watched(visitor)
    page = watched.page
    sign_in(watched, platform.admin_email, platform.admin_password)
    page.keyboard.press("Control+k")
    page.get_by_placeholder("Go to or do…").fill("orders")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders")
    expect(page.get_by_placeholder("Go to or do…")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/strategies")
    watched.check()


def test_stale_strategy_page_says_so_and_offers_to_reload(
    visitor: BrowserContext, platform: Running, newcomer_email: str
) -> None:
    client = Client(platform.address, newcomer_email, PASSWORD, name="An editor")
    templates = client.get("/strategies/templates")
    definition = templates[0]["definition"]
    strategy = client.post("/strategies", {"definition": definition})["id"]
    second = {**definition, "cool_down_bars": 5}
    client.post(f"/strategies/{strategy}/versions", {"definition": second})
    watched = Watched(visitor)
    page = watched.page
    sign_in(watched, newcomer_email, PASSWORD)
    watched.open(f"/strategies/{strategy}")
    third = {**definition, "cool_down_bars": 7}
    client.post(f"/strategies/{strategy}/versions", {"definition": third})
    client.close()
    page.get_by_role("tab", name="Versions").click()
    page.get_by_role("button", name="Offer this one").first.click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Reload").click()
    expect(page.get_by_text("Version 3,")).to_be_visible()


def test_leaving_a_page_with_unsaved_work_asks_first(
    visitor: BrowserContext, platform: Running
) -> None:
    watched = Watched(visitor)
    page = watched.page
    sign_in(watched, platform.admin_email, platform.admin_password)
    page.goto("/strategies/new")
    page.get_by_role("button", name="MACD").click()
    page.get_by_role("textbox", name="Name").first.fill("Not saved yet")
    page.get_by_role("link", name="Orders").click()
    page.get_by_role("dialog").get_by_role("button", name="Stay").click()
    expect(page.get_by_role("textbox", name="Name").first).to_have_value("Not saved yet")
    page.get_by_role("link", name="Orders").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    page.wait_for_url("**/orders")
    watched.check()
