"""The reference says what the code says: generated tables, commands, and the example."""

from __future__ import annotations

import json
import re
from pathlib import Path

from fairlead.infra.settings import Settings
from fairlead.strategies.kinds.rules.reading import read_document
from tools.reference import MEANINGS, REFERENCE, ROOT, rewritten, stale_pages


def test_reference_pages_are_fresh() -> None:
    stale = [page.name for page in stale_pages()]
    assert stale == [], "run `python -m tools.reference` and commit what it wrote"


def test_reference_changed_default_is_found() -> None:
    page = (REFERENCE / "settings.md").read_text()
    planted = page.replace("`8000`", "`8001`")
    assert planted != page
    assert rewritten(planted) == page


def test_reference_every_setting_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Settings.model_fields)


def test_reference_example_is_a_valid_definition() -> None:
    page = (REFERENCE / "rules.md").read_text()
    example = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert example is not None
    assert read_document(json.loads(example[1])).name == "SMA crossover"


def pages() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks/README.md"]


def test_documentation_links_lead_to_files() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages()
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_documentation_names_files_that_exist() -> None:
    roots = (ROOT, ROOT / "src" / "fairlead", ROOT / "benchmarks")
    missing = [
        f"{page.relative_to(ROOT)}: {name}"
        for page in pages()
        for name in re.findall(r"`([a-z_]+(?:/[a-z_]+)+(?:\.py|/)?)`", page.read_text())
        if not any((root / name).exists() for root in roots)
    ]
    assert missing == []
