"""What a check reads (one parsed file) and what it says (a finding)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PYTHON_ROOTS = ("src", "tests", "tools", "benchmarks", "migrations")
TEXT_ROOTS = ("docs", "web/src", "web/tests", "deploy", ".ci")
TEXT_SUFFIXES = frozenset({".md", ".ts", ".tsx", ".css", ".toml", ".yml", ".yaml", ".sh", ".json"})
SKIPPED_FOLDERS = frozenset({".venv", "node_modules", "__pycache__", "dist", ".cache"})
WEB_SUFFIXES = frozenset({".ts", ".tsx", ".css"})


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One broken rule: where it is and what to do about it."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the project; `tree` is None where it is not Python."""

    path: str
    text: str
    tree: ast.Module | None

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def in_product(self) -> bool:
        return self.path.startswith("src/fairlead/")

    @property
    def inside(self) -> str:
        """The path below `src/fairlead/`, or the whole path for files elsewhere."""
        return self.path.removeprefix("src/fairlead/")

    @property
    def is_web(self) -> bool:
        return self.path.startswith("web/") and Path(self.path).suffix in WEB_SUFFIXES

    @property
    def is_generated(self) -> bool:
        return "auto-generated" in self.text[:400]

    def finding(self, line: int, message: str) -> Finding:
        return Finding(self.path, line, message)


def read_project(root: Path) -> list[Source]:
    """Read every file of the project that has a rule, in path order."""
    return [_read(root, path) for path in sorted(set(_paths(root)))]


def _paths(root: Path) -> Iterator[Path]:
    for folder in PYTHON_ROOTS:
        yield from _below(root / folder, frozenset({".py"}) | TEXT_SUFFIXES)
    for folder in TEXT_ROOTS:
        yield from _below(root / folder, TEXT_SUFFIXES | {""})
    for path in root.iterdir():
        if path.is_file() and (path.suffix in TEXT_SUFFIXES or path.name == "Makefile"):
            yield path


def _below(folder: Path, suffixes: frozenset[str]) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name not in SKIPPED_FOLDERS:
                yield from _below(entry, suffixes)
        elif entry.suffix in suffixes:
            yield entry


def _read(root: Path, path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(root).as_posix()
    return Source(name, text, ast.parse(text, filename=name) if path.suffix == ".py" else None)


def imports_of(tree: ast.Module) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Yield every import as (line, module, names); names are empty for `import module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, ()
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.lineno, node.module, tuple(alias.name for alias in node.names)
