"""Files with a fixed role in a slice are named in the import contracts."""

from __future__ import annotations

from collections.abc import Iterator
from configparser import ConfigParser
from fnmatch import fnmatchcase
from pathlib import Path

from tools.source import Finding, Source

ROLES = ("store", "routes", "jobs")
PARTS_WITHOUT_ROLES = ("api", "cli", "infra", "kernel", "indicators")


def check_roles_are_protected(root: Path, sources: list[Source]) -> Iterator[Finding]:
    """Ask that every store, routes and jobs file stands in a protected contract.

    The contracts then say who may import it: a store only its own slice, routes only the API,
    jobs only the worker.
    """
    protected = _protected(root / ".importlinter")
    for source in sources:
        module = _role_module(source)
        if module is None or any(fnmatchcase(module, pattern) for pattern in protected):
            continue
        yield source.finding(1, f"{module} is open to all: protect it in .importlinter")


def _role_module(source: Source) -> str | None:
    """Return the module that holds the role, for a file in a package of that role the package."""
    parts = Path(source.inside).with_suffix("").parts
    if not source.in_product or len(parts) < 2 or parts[0] in PARTS_WITHOUT_ROLES:
        return None
    for place, part in enumerate(parts[1:], 1):
        if part.startswith(ROLES):
            return ".".join(("fairlead", *parts[: place + 1]))
    return None


def _protected(path: Path) -> list[str]:
    parser = ConfigParser()
    parser.read(path)
    return [
        module
        for section in parser.sections()
        for module in parser.get(section, "protected_modules", fallback="").split()
    ]
