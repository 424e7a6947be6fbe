"""A page that notes everything it should not do: errors, violations of the policy, failed loads."""

from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

WEB = Path(__file__).parents[2] / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
THEMES = ("dark", "light")
GRAVE = ("serious", "critical")


class Watched:
    """A page with its faults noted as they happen."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))

    def check(self) -> None:
        """Fail when the page did something wrong since the last check."""
        found, self.faults[:] = list(self.faults), []
        assert found == []

    def open(self, path: str) -> None:
        """Visit a path and wait until nothing on the page is loading any more."""
        self.page.goto(path)
        self.settle()

    def settle(self) -> None:
        """Wait until the page has its heading and no skeleton is left."""
        self.page.locator("h1").first.wait_for()
        self.page.get_by_role("status", name="Loading").first.wait_for(state="detached")

    def show_in(self, theme: str) -> None:
        """Show the page as it stands in another theme, with all its colours there."""
        self.page.evaluate(
            "theme => document.documentElement.setAttribute('data-mantine-color-scheme', theme)",
            theme,
        )
        self.page.evaluate(
            "() => Promise.allSettled(document.getAnimations()"
            ".filter(each => each instanceof CSSTransition).map(each => each.finished))"
        )

    def grave_findings(self) -> list[str]:
        """Return what axe finds serious or critical on the page as it stands."""
        # Evaluated by the debugger, so that the page's own policy may stay as strict as it is.
        self.page.evaluate(AXE.read_text())
        result: dict[str, Any] = self.page.evaluate(
            "() => axe.run(document, { resultTypes: ['violations'] })"
        )
        return [
            f"{finding['id']} ({finding['impact']}): {node['target']} {node['html'][:160]}"
            for finding in result["violations"]
            if finding["impact"] in GRAVE
            for node in finding["nodes"]
        ]

    def overflow_px(self) -> int:
        """Return by how much the page is wider than the window."""
        width: int = self.page.evaluate(
            """() => {
              const content = document.querySelector("#content");
              const all = document.documentElement;
              const inside = content ? content.scrollWidth - content.clientWidth : 0;
              return Math.max(all.scrollWidth - all.clientWidth, inside);
            }"""
        )
        return width

    def _on_console(self, message: Any) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text}")
