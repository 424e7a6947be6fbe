"""The project itself keeps its rules: tidy and the import contracts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.tidy import tidy

ROOT = Path(__file__).resolve().parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--config", str(folder / ".importlinter")],
        cwd=folder / "src",
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_project_tidy_finds_nothing() -> None:
    findings = tidy(ROOT)
    assert findings == [], "\n".join(map(str, findings))


def test_project_import_contracts_hold() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


FORBIDDEN = {
    "a lower part imports a higher one": ("kernel/planted.py", "import fairlead.infra"),
    "siblings import each other": ("indicators/planted.py", "import fairlead.infra"),
    "infra imports the kernel": ("infra/planted.py", "import fairlead.kernel"),
    "a part has no place": ("planted.py", "import json"),
}


@pytest.mark.parametrize("case", FORBIDDEN)
def test_import_contracts_planted_import_is_found(tmp_path: Path, case: str) -> None:
    name, line = FORBIDDEN[case]
    shutil.copytree(ROOT / "src" / "fairlead", tmp_path / "src" / "fairlead")
    shutil.copy(ROOT / ".importlinter", tmp_path)
    (tmp_path / "src" / "fairlead" / name).write_text(f'"""Planted."""\n\n{line}\n')
    result = lint_imports(tmp_path)
    assert result.returncode == 1
    assert "BROKEN" in result.stdout, result.stdout + result.stderr
