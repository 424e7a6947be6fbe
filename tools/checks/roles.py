"""Files with a fixed role in a slice are named in the import contracts."""

from __future__ import annotations

from collections.abc import Iterator
from configparser import ConfigParser
from fnmatch import fnmatchcase
from pathlib import Path

from tools.source import Finding, Source

ROLES = ("store", "routes", "jobs")


def check_roles_are_protected(root: Path, sources: list[Source]) -> Iterator[Finding]:
    """Ask that every store, routes and jobs file stands in a protected contract.

    The contracts then say who may import it: a store only its own slice, routes only the API,
    jobs only the worker.
    """
    protected = _protected(root / ".importlinter")
    for source in sources:
        if not source.in_product:
            continue
        path = Path(source.inside)
        role = next((role for role in ROLES if path.stem.startswith(role)), None)
        if role is None or len(path.parts) < 2 or path.parts[0] in ("infra", "api", "cli"):
            continue
        module = ".".join(("fairlead", *path.with_suffix("").parts))
        if not any(fnmatchcase(module, pattern) for pattern in protected):
            message = f"{module} is not protected: add it to a contract for {role} in .importlinter"
            yield source.finding(1, message)


def _protected(path: Path) -> list[str]:
    parser = ConfigParser()
    parser.read(path)
    return [
        module
        for section in parser.sections()
        for module in parser.get(section, "protected_modules", fallback="").split()
    ]
