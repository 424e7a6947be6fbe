"""Words that may not stand in a file: loose ends, silenced checks, names of a machine."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tools.source import Finding, Source

LOOSE_END = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b(?!\s*\(?#\d+)")
SILENCED_TYPE = re.compile(r"#\s*type:\s*ignore(?!\[[\w\-, ]+\]\s+#\s*\w)")
SILENCED_RULE = re.compile(r"#\s*noqa(?!:\s*[A-Z]+\d+)")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|Users|work|workspace|mnt)/")


def check_wording(source: Source) -> Iterator[Finding]:
    """Refuse loose ends without an issue, silence without a reason, paths of one machine."""
    for number, line in enumerate(source.lines, 1):
        if MACHINE_PATH.search(line):
            yield source.finding(number, "a path of one machine: take it as an argument")
    comments = _comments(source)
    for number, comment in comments:
        if LOOSE_END.search(comment):
            yield source.finding(number, "a loose end: do it now, or give it an issue (#12)")
        if SILENCED_TYPE.search(comment):
            message = "write `# type: ignore[code]  # why`: a silenced check needs its reason"
            yield source.finding(number, message)
        if SILENCED_RULE.search(comment):
            yield source.finding(number, "write `# noqa: CODE`: silence one rule, not all")


def _comments(source: Source) -> list[tuple[int, str]]:
    if source.tree is None:
        code = source.is_web
        return list(enumerate(source.lines, 1)) if code else []
    tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
    return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


def check_loose_types(source: Source) -> Iterator[Finding]:
    """Refuse `dict[str, Any]` across files: a shape that travels has a name."""
    if source.tree is None or not source.in_product:
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("_"):
            continue
        hints = [argument.annotation for argument in (*node.args.args, *node.args.kwonlyargs)]
        for hint in (*hints, node.returns):
            if hint is not None and "dict[str, Any]" in ast.unparse(hint):
                message = f"{node.name} passes dict[str, Any]: give the shape a dataclass"
                yield source.finding(hint.lineno, message)


def check_unfinished(source: Source) -> Iterator[Finding]:
    """Refuse stubs: what is not built yet is not there."""
    if source.tree is None or not source.in_product:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name) and node.id == "NotImplementedError":
            yield source.finding(node.lineno, "a stub: build it or leave it out")
