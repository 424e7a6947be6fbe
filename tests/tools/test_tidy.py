"""Each check of tidy is shown a file that breaks its rule, and one that keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.requirements import GROUPS, LIST
from tools.source import read_project
from tools.tidy import FILE_CHECKS, FileCheck, tidy

DOC = '"""Say what this is for."""\n'
ALL_PLANNED = "\n".join(
    f'[{group}{n}]\ntitle = "a promise"\nplanned = "all"'
    for group, count in GROUPS.items()
    for n in range(1, count + 1)
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without a finding."""
    plant(tmp_path, LIST, ALL_PLANNED)
    assert tidy(tmp_path) == []
    return tmp_path


def plant(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


# path, text, the words the finding must hold
BROKEN = {
    "a file of 401 lines": ("src/fairlead/market/a.py", DOC + "a = 1\n" * 400, "400 allowed"),
    "a page of 251 lines": ("web/src/a.tsx", "// A page.\n" * 251, "250 allowed"),
    "a function of 61 lines": (
        "tests/a.py",
        DOC + "def f() -> None:\n" + "    a = 1\n" * 60,
        "60 allowed",
    ),
    "a line of 101 columns": ("tools/a.py", DOC + "a = '" + "x" * 95 + "'\n", "100 allowed"),
    "a banned file": ("src/fairlead/market/utils.py", DOC, "`utils` says nothing"),
    "a banned folder": ("src/fairlead/core/a.py", DOC, "`core` says nothing"),
    "no docstring": ("src/fairlead/market/a.py", "a = 1\n", "no docstring"),
    "no sentence": ("src/fairlead/market/a.py", '"""Market things"""\n', "no sentence"),
    "an empty file": ("src/fairlead/market/__init__.py", "", "empty"),
    "a page without opening": ("web/src/a.tsx", "export const a = 1;\n", "no opening comment"),
    "code in __init__": ("src/fairlead/market/__init__.py", DOC + "import os\n", "__init__"),
    "numba in live": (
        "src/fairlead/live/a.py",
        DOC + "from numba import njit\n",
        "`numba` belongs",
    ),
    "numba submodule": ("src/fairlead/live/a.py", DOC + "import numba.core\n", "`numba.core`"),
    "SQL in a model": (
        "src/fairlead/live/model.py",
        DOC + "from sqlalchemy import text\n",
        "store",
    ),
    "HTTP in a store": (
        "src/fairlead/live/store.py",
        DOC + "import fastapi\n",
        "`fastapi` belongs",
    ),
    "pandas anywhere": ("src/fairlead/market/a.py", DOC + "import pandas\n", "nowhere"),
    "a mock": ("tests/a.py", DOC + "from unittest.mock import Mock\n", "a mock"),
    "another mock": ("tests/a.py", DOC + "from unittest import mock\n", "a mock"),
    "the clock": ("src/fairlead/live/a.py", DOC + "import time\nt = time.time()\n", "infra.clock"),
    "a hidden clock": (
        "src/fairlead/live/a.py",
        DOC + "from time import monotonic\n",
        "infra.clock",
    ),
    "now": (
        "src/fairlead/live/a.py",
        DOC + "from datetime import UTC, datetime\nt = datetime.now(UTC)\n",
        "datetime.now",
    ),
    "the environment": (
        "src/fairlead/live/a.py",
        DOC + "import os\nhome = os.environ['HOME']\n",
        "infra.settings",
    ),
    "randomness": ("src/fairlead/live/a.py", DOC + "import secrets\n", "randomness"),
    "a new id": ("src/fairlead/live/a.py", DOC + "from uuid import uuid4\n", "infra.ids"),
    "numpy randomness": (
        "src/fairlead/live/a.py",
        DOC + "import numpy as np\nr = np.random.default_rng(1)\n",
        "the generator",
    ),
    "the system role": (
        "src/fairlead/live/a.py",
        DOC + "def f(database):\n    return database.system_transaction()\n",
        "every tenant",
    ),
    "a loose end": ("src/fairlead/live/a.py", DOC + "a = 1  # TODO mend\n", "loose end"),
    "a silenced type": (
        "src/fairlead/live/a.py",
        DOC + "a = 1  # type: ignore[assignment]\n",
        "needs its reason",
    ),
    "all rules silenced": ("src/fairlead/live/a.py", DOC + "a = 1  # noqa\n", "noqa: CODE"),
    "a machine's path": ("docs/a.md", f"See /{'home'}/ann.\n", "one machine"),
    "a shapeless dict": (
        "src/fairlead/live/a.py",
        DOC + "def f(a: dict[str, Any]) -> None: ...\n",
        "dataclass",
    ),
    "a stub": (
        "src/fairlead/live/a.py",
        DOC + "def f() -> None:\n    raise NotImplementedError\n",
        "a stub",
    ),
    "an open store": ("src/fairlead/live/store.py", DOC, "is open to all"),
    "an open package": ("src/fairlead/live/store/books.py", DOC, "fairlead.live.store is open"),
    "open routes": ("src/fairlead/live/routes_orders.py", DOC, "is open to all"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_tidy_broken_rule_is_found(project: Path, case: str) -> None:
    path, text, words = BROKEN[case]
    plant(project, path, text)
    findings = tidy(project)
    assert [f for f in findings if words in f.message], findings
    assert {finding.path for finding in findings} == {path}
    assert all(finding.line >= 1 for finding in findings)


KEPT = {
    "a file of 400 lines": ("src/fairlead/market/a.py", DOC + "a = 1\n" * 399),
    "SQL in a store": ("src/fairlead/infra/db.py", DOC + "import sqlalchemy\n"),
    "a passed connection": (
        "src/fairlead/live/a.py",
        DOC + "from sqlalchemy import Connection\n",
    ),
    "numba in the kernel": ("src/fairlead/kernel/a.py", DOC + "import numba\n"),
    "the clock in infra": ("src/fairlead/infra/clock.py", DOC + "import time\nt = time.time()\n"),
    "the clock in tests": ("tests/a.py", DOC + "import time\nt = time.time()\n"),
    "an issue for a loose end": ("src/fairlead/live/a.py", DOC + "a = 1  # TODO #12 mend\n"),
    "a reason": (
        "src/fairlead/live/a.py",
        DOC + "a = 1  # type: ignore[assignment]  # the stub is wrong\n",
    ),
    "words in a string": ("tests/a.py", DOC + "a = '# TODO'\n"),
    "a generated client": ("web/src/api/schema.ts", "/* auto-generated */\n" + "x" * 500),
}


@pytest.mark.parametrize("case", KEPT)
def test_tidy_kept_rule_is_silent(project: Path, case: str) -> None:
    plant(project, *KEPT[case])
    assert tidy(project) == []


def test_tidy_protected_store_is_silent(project: Path) -> None:
    plant(project, "src/fairlead/live/store.py", DOC)
    contract = "[importlinter:contract:live]\nprotected_modules =\n    fairlead.live.store\n"
    plant(project, ".importlinter", contract)
    assert tidy(project) == []


@pytest.mark.parametrize("check", FILE_CHECKS, ids=lambda check: check.__name__)
def test_tidy_check_has_a_planted_file(project: Path, check: FileCheck) -> None:
    for path, text, _ in BROKEN.values():
        plant(project, path, text)
        if any(list(check(source)) for source in read_project(project)):
            return
    pytest.fail("no planted file breaks this check: add one to BROKEN")


REQUIREMENT_FAULTS = {
    "an id is missing": (ALL_PLANNED.replace("[A1]", "[Z1]"), "A1 is missing"),
    "an id is unknown": (
        ALL_PLANNED + '\n[H1]\ntitle = "x"\nplanned = "x"',
        "H1 is no requirement",
    ),
    "a title is missing": (ALL_PLANNED.replace('"a promise"', '""', 1), "A1 has no title"),
    "nothing is said": (ALL_PLANNED.replace('"all"', '""', 1), "neither tested nor planned"),
    "a file is missing": (
        ALL_PLANNED.replace('planned = "all"', 'tests = ["tests/test_no.py"]', 1),
        "tests/test_no.py, which is not there",
    ),
    "a test is missing": (
        ALL_PLANNED.replace('planned = "all"', 'tests = ["tests/test_yes.py::test_no"]', 1),
        "test_no, which is not there",
    ),
    "a file is empty": (
        ALL_PLANNED.replace('planned = "all"', 'tests = ["tests/none.py"]', 1),
        "holds no test",
    ),
    "a field is unknown": (ALL_PLANNED.replace("planned", "planed", 1), "unknown field planed"),
    "it is no table": ("A1 = 3", "expected a table"),
    "it is no TOML": ("[A1", "cannot be read"),
}


@pytest.mark.parametrize("case", REQUIREMENT_FAULTS)
def test_requirements_fault_is_found(project: Path, case: str) -> None:
    text, words = REQUIREMENT_FAULTS[case]
    plant(project, "tests/test_yes.py", DOC + "def test_yes() -> None: ...\n")
    plant(project, "tests/none.py", DOC)
    plant(project, LIST, text)
    assert [finding for finding in tidy(project) if words in finding.message]


def test_requirements_existing_test_is_accepted(project: Path) -> None:
    plant(project, "tests/test_yes.py", DOC + "def test_yes() -> None: ...\n")
    named = 'tests = ["tests/test_yes.py", "tests/test_yes.py::test_yes"]'
    plant(project, LIST, ALL_PLANNED.replace('planned = "all"', named, 1))
    assert tidy(project) == []


def test_requirements_missing_list_is_found(project: Path) -> None:
    (project / LIST).unlink()
    assert "missing" in tidy(project)[0].message
