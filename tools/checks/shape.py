"""Sizes, names and openings of files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tools.source import Finding, Source

PYTHON_FILE_LINES = 400
WEB_FILE_LINES = 250
FUNCTION_LINES = 60
LINE_COLUMNS = 100
BANNED_NAMES = frozenset(
    {"utils", "helpers", "common", "misc", "base", "core", "manager", "service", "services"}
)


def check_file_size(source: Source) -> Iterator[Finding]:
    """Ask for a split, by what it does, of a file that passes its limit."""
    limit = WEB_FILE_LINES if source.is_web else PYTHON_FILE_LINES
    if source.is_generated or not (source.is_web or source.tree is not None):
        return
    count = len(source.lines)
    if count > limit:
        yield source.finding(limit + 1, f"{count} lines, {limit} allowed: split it by what it does")


def check_function_size(source: Source) -> Iterator[Finding]:
    """Keep every function on one screen."""
    if source.tree is None:
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        count = (node.end_lineno or node.lineno) - node.lineno + 1
        if count > FUNCTION_LINES:
            message = f"{node.name} has {count} lines, {FUNCTION_LINES} allowed: move a step out"
            yield source.finding(node.lineno, message)


def check_line_length(source: Source) -> Iterator[Finding]:
    """Keep every line short enough to read beside another file."""
    if source.is_generated or not (source.is_web or source.tree is not None):
        return
    for number, line in enumerate(source.lines, 1):
        if len(line) > LINE_COLUMNS:
            yield source.finding(number, f"{len(line)} columns, {LINE_COLUMNS} allowed: wrap it")


def check_name(source: Source) -> Iterator[Finding]:
    """Refuse names of files and folders that do not say what is inside."""
    path = Path(source.path)
    for part in (*path.parts[:-1], path.stem):
        if part.lower() in BANNED_NAMES:
            yield source.finding(1, f"`{part}` says nothing: name it for what it does")


def check_opening(source: Source) -> Iterator[Finding]:
    """Ask that a file opens with one sentence that says what it is for."""
    if source.is_generated or not source.text.strip():
        if source.tree is not None:
            yield source.finding(1, "empty: open with a docstring of one sentence")
        return
    if source.tree is not None:
        yield from _check_docstring(source, source.tree)
    elif source.is_web and not _names_its_owner(source) and not _is_opened(source):
        yield source.finding(1, "no opening comment: say in one sentence what the file is for")


def _names_its_owner(source: Source) -> bool:
    """Tell whether a file's name says what it belongs to: `page.module.css`, `page.test.ts`."""
    return source.path.endswith((".module.css", ".test.ts", ".test.tsx"))


def _is_opened(source: Source) -> bool:
    return source.text.lstrip().startswith(("//", "/*"))


def _check_docstring(source: Source, tree: ast.Module) -> Iterator[Finding]:
    docstring = ast.get_docstring(tree)
    if not docstring:
        yield source.finding(1, "no docstring: say in one sentence what the file is for")
        return
    if not docstring.split("\n\n")[0].rstrip().endswith((".", "?", "!", ":")):
        yield source.finding(1, "the docstring opens with no sentence: end it with a stop")


def check_init_is_bare(source: Source) -> Iterator[Finding]:
    """Refuse code in `__init__.py`, which holds a docstring and nothing else."""
    if source.tree is None or Path(source.path).name != "__init__.py":
        return
    for node in source.tree.body[1:]:
        message = "code in __init__.py: move it to a file named for what it does"
        yield source.finding(node.lineno, message)
