"""A browser and a running platform for stories; without a browser they skip and say why."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Playwright,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.browser.platform_process import Client, Running, running_platform
from tests.browser.watching import AXE, WEB, Watched

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
PATIENCE_MS = 45_000
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 375, "height": 812}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account and things on their pages."""

    email: str
    client: Client
    paths: tuple[str, ...]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium, or say why it cannot be had."""
    if not (WEB / "dist" / "index.html").is_file():
        _cannot("the web page is not built: run `make install`")
    if not AXE.is_file():
        _cannot("axe-core is not installed: run `make install`")
    # Long enough for a machine that is busy with everything else; nothing waits it out in vain.
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=_chromium(playwright), args=FLAGS.split()
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def platform(browser: Browser) -> Iterator[Running]:
    """Run the whole platform; only once it is clear that a browser can look at it."""
    assert browser.is_connected()
    with running_platform() as running:
        yield running


@pytest.fixture
def visitor(browser: Browser, platform: Running) -> Iterator[BrowserContext]:
    """A browser that has never been here, in front of a desk."""
    context = browser.new_context(viewport=DESK, base_url=platform.address)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture(scope="session")
def author(platform: Running) -> Iterator[Person]:
    """An administrator whose account has one of everything, and the path of every page."""
    client = Client(platform.address, platform.admin_email, platform.admin_password)
    yield Person(platform.admin_email, client, _furnish(client))
    client.close()


@pytest.fixture
def newcomer_email() -> str:
    """Return an address nobody has."""
    return f"story-{uuid4().hex[:12]}@fairlead.example"


def sign_in(watched: Watched, email: str, password: str) -> None:
    """Sign in by the form."""
    watched.page.goto("/sign-in")
    watched.page.get_by_label("E-mail").fill(email)
    watched.page.get_by_label("Password", exact=False).first.fill(password)
    watched.page.get_by_role("button", name="Sign in").click()
    expect(watched.page.get_by_role("heading", name="Dashboard")).to_be_visible()
    watched.settle()


def _furnish(client: Client) -> tuple[str, ...]:
    templates = client.get("/strategies/templates")
    definition = next(item for item in templates if item["name"] == "sma_crossover")["definition"]
    strategy = client.post("/strategies", {"definition": definition})["id"]
    client.post(f"/strategies/{strategy}/publish", {})
    asked = {"definition": definition, "instrument": "sim:BTC-USDT", "timeframe": "1h"}
    grid = {"grid": {"fast": "5:25:5", "slow": "30:90:15"}, "metric": "sharpe"}
    backtest = client.post("/backtests", asked)["id"]
    sweep = client.post("/sweeps", {**asked, **grid})["id"]
    walk = client.post("/walkforwards", {**asked, **grid, "windows": 3})["id"]
    connection = client.post("/connections", {"venue": "paper", "name": "Paper"})["id"]
    session = client.post(
        "/subscriptions",
        {
            "strategy_id": strategy,
            "instrument": "sim:BTC-USDT",
            "timeframe": "1m",
            "parameters": {"fast": 3, "slow": 8},
            "connection_id": connection,
        },
    )["id"]
    client.post("/api-keys", {"name": "a laptop", "scopes": ["read"]})
    for path in (f"/backtests/{backtest}", f"/sweeps/{sweep}", f"/walkforwards/{walk}"):
        client.finish(path)
    return (
        "/dashboard",
        "/sessions",
        f"/sessions/{session}",
        "/orders",
        "/strategies",
        "/strategies/new",
        f"/strategies/{strategy}",
        "/backtests",
        f"/backtests/new?source=own:{strategy}:1&series=sim:BTC-USDT|1h",
        f"/backtests/{backtest}",
        f"/sweeps/new?source=own:{strategy}:1&series=sim:BTC-USDT|1h",
        f"/sweeps/{sweep}",
        "/walkforwards/new",
        f"/walkforwards/{walk}",
        "/data",
        "/catalog",
        f"/catalog/{strategy}",
        f"/subscribe?strategy={strategy}",
        "/settings",
        "/admin",
        "/admin?tab=audit",
        "/admin?tab=jobs",
        "/admin?tab=tenants",
        "/admin?tab=health",
    )


def _chromium(playwright: Playwright) -> str:
    for name in NAMES:
        found = shutil.which(name)
        if found is not None:
            return found
    own = playwright.chromium.executable_path
    if not Path(own).is_file():
        _cannot("no Chromium on this machine: install the package `chromium`")
    return own


def _cannot(reason: str) -> None:
    """Skip with the reason; fail where stories are required."""
    said = f"browser stories cannot run: {reason}"
    if os.environ.get("CI") or os.environ.get("FAIRLEAD_REQUIRE_BROWSER"):
        pytest.fail(said)
    pytest.skip(said)
