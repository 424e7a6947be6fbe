"""Check the house rules that no linter knows; prints one line per finding."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.checks.libraries import check_library_places
from tools.checks.purity import check_impure_reads, check_system_transactions
from tools.checks.roles import check_roles_are_protected
from tools.checks.shape import (
    check_file_size,
    check_function_size,
    check_init_is_bare,
    check_line_length,
    check_name,
    check_opening,
)
from tools.checks.wording import check_loose_types, check_unfinished, check_wording
from tools.requirements import check_requirements
from tools.source import Finding, Source, read_project

FileCheck = Callable[[Source], Iterator[Finding]]
ProjectCheck = Callable[[Path, list[Source]], Iterator[Finding]]

FILE_CHECKS: tuple[FileCheck, ...] = (
    check_file_size,
    check_function_size,
    check_line_length,
    check_name,
    check_opening,
    check_init_is_bare,
    check_library_places,
    check_impure_reads,
    check_system_transactions,
    check_wording,
    check_loose_types,
    check_unfinished,
)
PROJECT_CHECKS: tuple[ProjectCheck, ...] = (
    check_roles_are_protected,
    check_requirements,
)


def tidy(root: Path) -> list[Finding]:
    """Return every finding of every check over the project at `root`, in path order."""
    sources = read_project(root)
    findings = {finding for check in FILE_CHECKS for source in sources for finding in check(source)}
    findings.update(finding for check in PROJECT_CHECKS for finding in check(root, sources))
    return sorted(findings)


def main() -> int:
    """Print the findings; return 1 when there are any."""
    findings = tidy(Path(__file__).resolve().parents[1])
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings)} findings" if findings else "tidy: nothing to do", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
