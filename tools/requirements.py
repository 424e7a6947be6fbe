"""Check that every requirement names the tests that show it, or says what is planned."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.source import Finding, Source

LIST = "tests/requirements.toml"
# group -> how many requirements it has
GROUPS: Mapping[str, int] = {"A": 10, "B": 8, "C": 11, "D": 19, "E": 9, "F": 6, "G": 7}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One promise of the product: the tests that show it and what is still to come."""

    id: str
    title: str
    tests: tuple[str, ...]
    planned: str


def read_requirements(path: Path) -> list[Requirement]:
    """Read the list; raises ValueError naming the entry and the field that is wrong."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return [_requirement(key, entry) for key, entry in table.items()]


def _requirement(key: str, entry: object) -> Requirement:
    if not isinstance(entry, dict):
        raise ValueError(f"{key}: expected a table, found {type(entry).__name__}")
    unknown = set(entry) - {"title", "tests", "planned"}
    if unknown:
        raise ValueError(f"{key}: unknown field {sorted(unknown)[0]}")
    return Requirement(
        id=key,
        title=str(entry.get("title", "")),
        tests=tuple(entry.get("tests", ())),
        planned=str(entry.get("planned", "")),
    )


def check_requirements(root: Path, sources: list[Source]) -> Iterator[Finding]:
    """Ask that every id is listed and that every test it names exists."""
    path = root / LIST
    if not path.is_file():
        yield Finding(LIST, 1, "missing: list every requirement and the tests that show it")
        return
    try:
        requirements = read_requirements(path)
    except (ValueError, tomllib.TOMLDecodeError) as error:
        yield Finding(LIST, 1, f"cannot be read: {error}")
        return
    known = {f"{group}{n}" for group, count in GROUPS.items() for n in range(1, count + 1)}
    listed = {requirement.id for requirement in requirements}
    for missing in sorted(known - listed):
        yield Finding(LIST, 1, f"{missing} is missing: name its tests, or say what is planned")
    for unknown in sorted(listed - known):
        yield Finding(LIST, 1, f"{unknown} is no requirement: mend the id")
    names = _test_names(sources)
    for requirement in requirements:
        yield from _check_one(requirement, names)


def _check_one(requirement: Requirement, names: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    if not requirement.title:
        yield Finding(LIST, 1, f"{requirement.id} has no title: say it in a few words")
    if not requirement.tests and not requirement.planned:
        yield Finding(LIST, 1, f"{requirement.id} is neither tested nor planned: say which")
    for reference in requirement.tests:
        file, _, test = reference.partition("::")
        if file not in names:
            yield Finding(LIST, 1, f"{requirement.id} names {file}, which is not there")
        elif test and test not in names[file]:
            yield Finding(LIST, 1, f"{requirement.id} names {reference}, which is not there")
        elif not names[file]:
            yield Finding(LIST, 1, f"{requirement.id} names {file}, which holds no test")


def _test_names(sources: list[Source]) -> dict[str, frozenset[str]]:
    return {
        source.path: frozenset(
            node.name
            for node in source.tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("test_")
        )
        for source in sources
        if source.path.startswith("tests/") and source.tree is not None
    }
