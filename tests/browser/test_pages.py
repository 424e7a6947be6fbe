"""Every page in both themes and on a phone: no errors, no violations, nothing axe finds grave."""

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, expect

from tests.browser.conftest import DESK, PATIENCE_MS, PHONE, Person, sign_in
from tests.browser.platform_process import Running
from tests.browser.watching import THEMES, Watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(600),
]

OPEN_PATHS = ("/", "/catalog", "/sign-in", "/sign-up", "/forgot-password", "/nowhere")


def signed_in_context(browser: Browser, platform: Running, size: ViewportSize) -> BrowserContext:
    """Return a context in which the administrator is signed in."""
    context = browser.new_context(viewport=size, base_url=platform.address)
    context.set_default_timeout(PATIENCE_MS)
    watched = Watched(context)
    sign_in(watched, platform.admin_email, platform.admin_password)
    watched.page.close()
    return context


def test_pages_for_members_have_no_faults_and_no_grave_findings(
    browser: Browser, platform: Running, author: Person
) -> None:
    context = signed_in_context(browser, platform, DESK)
    watched = Watched(context)
    findings: dict[str, list[str]] = {}
    for path in author.paths:
        watched.open(path)
        for theme in THEMES:
            watched.show_in(theme)
            findings[f"{path} {theme}"] = watched.grave_findings()
        watched.check()
    context.close()
    assert {path: found for path, found in findings.items() if found} == {}


def test_pages_for_visitors_have_no_faults_and_no_grave_findings(
    visitor: BrowserContext, author: Person
) -> None:
    watched = Watched(visitor)
    shown = next(path for path in author.paths if path.startswith("/catalog/"))
    findings: dict[str, list[str]] = {}
    for path in (*OPEN_PATHS, shown):
        watched.open(path)
        for theme in THEMES:
            watched.show_in(theme)
            findings[f"{path} {theme}"] = watched.grave_findings()
        watched.check()
    assert {path: found for path, found in findings.items() if found} == {}


def test_chosen_theme_stays_after_a_reload(visitor: BrowserContext) -> None:
    page = visitor.new_page()
    page.goto("/")
    page.get_by_role("button", name="Switch to light").click()
    page.reload()
    expect(page.get_by_role("button", name="Switch to dark")).to_be_visible()


def test_pages_on_a_phone_are_not_wider_than_it(
    browser: Browser, platform: Running, author: Person
) -> None:
    context = signed_in_context(browser, platform, PHONE)
    watched = Watched(context)
    widths: dict[str, int] = {}
    for path in (*author.paths, *OPEN_PATHS):
        watched.open(path)
        widths[path] = watched.overflow_px()
    context.close()
    assert {path: px for path, px in widths.items() if px > 0} == {}
