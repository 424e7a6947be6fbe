"""Definitions by name or from a file, and the hash that pins a version."""

import json
from pathlib import Path

from fairlead.infra.errors import InvalidInput, NotFound
from fairlead.strategies.canonical import digest
from fairlead.strategies.faults import Fault, InvalidDefinition
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.kinds.rules.form import canonical_form
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.templates import TEMPLATES, load_template

LARGEST_BYTES = 256 * 1024


def load_definition(name_or_path: str) -> RulesDocument:
    """Return the template of that name, or the definition in that file.

    Raises `NotFound` where there is neither, `InvalidInput` for a file that is no JSON, and
    `InvalidDefinition` for one that is no valid definition.
    """
    if name_or_path in TEMPLATES:
        return load_template(name_or_path)
    path = Path(name_or_path)
    if not path.is_file():
        raise NotFound(
            f"There is no template and no file called {name_or_path!r}.",
            expected="a file, or one of " + ", ".join(TEMPLATES),
            found=name_or_path,
            action="Run `fairlead strategy templates` to see the templates.",
            path=name_or_path,
        )
    return read_document(read_json(path))


def read_json(path: Path) -> object:
    """Return the JSON in a file; raise `InvalidInput` with line and column where it is broken."""
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= LARGEST_BYTES else b""
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be read: {error.strerror}.",
            expected="a readable file",
            found=str(error.strerror),
            action="Check the path and its permissions.",
            path=str(path),
        ) from error
    if size > LARGEST_BYTES:
        raise InvalidInput(
            f"{path} is too large for a definition.",
            expected=f"at most {LARGEST_BYTES:,} bytes",
            found=f"{size:,} bytes",
            action="Check that this is the right file.",
            path=str(path),
        )
    return parse_json(data, str(path))


def parse_json(data: bytes, name: str) -> object:
    """Return parsed JSON; numbers that are not finite and members given twice are refused."""
    try:
        return json.loads(data, parse_constant=_refuse, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"{name} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.",
            expected="JSON",
            found=f"line {error.lineno}, column {error.colno}: {error.msg}",
            action="Mend the file there.",
            path=f"line {error.lineno}",
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{name} is not text in UTF-8.", expected="JSON in UTF-8", found=f"{error.reason}"
        ) from error
    except RecursionError as error:
        raise InvalidInput(
            f"{name} is nested too deeply.", expected="a definition", found="deep nesting"
        ) from error


def _refuse(word: str) -> float:
    raise InvalidDefinition([Fault("", "finite numbers", word, f"found the number {word}")])


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidDefinition(
            [Fault("", "every member once", twice, f"the member {twice} is given twice")]
        )
    return members


def version_hash(document: RulesDocument) -> str:
    """Return the SHA-256 of a definition's canonical form: equal meaning, equal hash."""
    return digest(canonical_form(document))
