"""The pages of research in both themes and on a phone: nothing grave, nothing too wide."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.platform_process import Client, Running
from tests.browser.test_pages import signed_in_context
from tests.browser.watching import THEMES, Watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(900),
]

# Workers compile on their first job: nothing waits this long for nothing.
LONG_S = 300.0
LOOSE_TABS = ("portfolio", "evidence", "failures", "log")
STEPS = (
    "Universe",
    "Timeframe and history",
    "Templates and axes",
    "Costs and risk",
    "Evidence",
    "Budget",
)


@pytest.fixture(scope="module")
def researched(platform: Running) -> Iterator[tuple[str, ...]]:
    """Give the administrator one of everything in research; return the pages to look at."""
    client = Client(platform.address, platform.admin_email, platform.admin_password)
    yield _pages(client)
    client.close()


def _pages(client: Client) -> tuple[str, ...]:
    templates = {
        entry["name"]: entry["definition"] for entry in client.get("/strategies/templates")
    }
    asked = {"instrument": "sim:BTC-USDT", "timeframe": "1h"}
    runs = [
        client.post("/backtests", {**asked, "definition": templates[name]})["id"]
        for name in ("sma_crossover", "rsi_reversion")
    ]
    made = client.post("/strategies", {"definition": templates["supertrend"]})
    version = made["version"]["id"]
    client.post(f"/versions/{version}/proof", asked)
    legs = [
        {"version_id": version, "instrument": f"sim:{base}-USDT", "timeframe": "1h"}
        for base in ("BTC", "ETH")
    ]
    portfolio = client.post("/portfolios", {"name": "Two legs", "method": "equal", "legs": legs})
    whole = client.post(f"/portfolios/{portfolio['id']}/backtests", {})["id"]
    build = _build(client)
    for run in runs:
        client.finish(f"/backtests/{run}", LONG_S)
    client.finish(f"/portfolio-backtests/{whole}", LONG_S)
    client.finish(f"/autobuilds/{build}", LONG_S)
    return (
        "/autobuilds",
        "/autobuilds/new",
        f"/autobuilds/{build}",
        *(f"/autobuilds/{build}?tab={tab}" for tab in LOOSE_TABS),
        f"/autobuilds/{build}/sim:BTC-USDT",
        "/portfolios",
        f"/portfolios/{portfolio['id']}",
        f"/portfolio-backtests/{whole}",
        f"/promote?version={version}&name=SuperTrend&timeframe=1h",
        "/trials",
        f"/compare?ids={','.join(runs)}",
        "/compare",
        "/admin?tab=feeds",
    )


def _build(client: Client) -> str:
    gates = client.get("/autobuilds/schema")["properties"]["evidence"]["properties"]
    constraints = {
        "history": {"minimum_days": 60},
        "templates": ["supertrend"],
        "walk_forward": {"windows": 3},
        "evidence": {name: {"enabled": name == "pbo"} for name in gates},
    }
    made = client.post("/autobuilds", {"name": "To look at", "constraints": constraints})
    found: str = made["id"]
    return found


def test_pages_of_research_have_no_faults_and_no_grave_findings(
    browser: Browser, platform: Running, researched: tuple[str, ...]
) -> None:
    context = signed_in_context(browser, platform, DESK)
    watched = Watched(context)
    findings: dict[str, list[str]] = {}
    for path in researched:
        watched.open(path)
        for theme in THEMES:
            watched.show_in(theme)
            findings[f"{path} {theme}"] = watched.grave_findings()
        watched.check()
    context.close()
    assert {path: found for path, found in findings.items() if found} == {}


def test_pages_of_research_on_a_phone_are_not_wider_than_it(
    browser: Browser, platform: Running, researched: tuple[str, ...]
) -> None:
    context = signed_in_context(browser, platform, PHONE)
    watched = Watched(context)
    widths: dict[str, int] = {}
    for path in researched:
        watched.open(path)
        widths[path] = watched.overflow_px()
    context.close()
    assert {path: px for path, px in widths.items() if px > 0} == {}


def test_every_step_of_the_wizard_has_no_grave_findings_and_fits_a_phone(
    browser: Browser, platform: Running
) -> None:
    context = signed_in_context(browser, platform, PHONE)
    watched = Watched(context)
    watched.open("/autobuilds/new")
    found: dict[str, object] = {}
    for step in STEPS:
        steps = watched.page.get_by_role("navigation", name="Steps")
        steps.get_by_role("button", name=step).click()
        expect(watched.page.get_by_role("heading", name=step, exact=True)).to_be_visible()
        found[step] = (watched.grave_findings(), watched.overflow_px())
    watched.check()
    context.close()
    assert {step: seen for step, seen in found.items() if seen != ([], 0)} == {}


def test_keyboard_walks_a_heat_map_and_opens_a_cell(browser: Browser, platform: Running) -> None:
    client = Client(platform.address, platform.admin_email, platform.admin_password)
    templates = {
        entry["name"]: entry["definition"] for entry in client.get("/strategies/templates")
    }
    sweep = client.post(
        "/sweeps",
        {
            "instrument": "sim:BTC-USDT",
            "timeframe": "1h",
            "definition": templates["sma_crossover"],
            "grid": {"fast": "5:15:5", "slow": "30:60:15"},
        },
    )["id"]
    client.finish(f"/sweeps/{sweep}", LONG_S)
    client.close()
    context = signed_in_context(browser, platform, DESK)
    watched = Watched(context)
    watched.open(f"/sweeps/{sweep}")
    cells = watched.page.get_by_role("application", name="Sharpe by")
    cells.focus()
    for key in ("ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowUp", "ArrowUp"):
        watched.page.keyboard.press(key)
    expect(watched.page.get_by_role("status").filter(has_text="Fast 5, Slow 30")).to_be_visible()
    watched.page.keyboard.press("Enter")
    watched.page.wait_for_url("**/backtests/new?*")
    watched.check()
    context.close()
