"""The constraints file as it was typed: TOML or JSON."""

import json
import tomllib
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path

from fairlead.infra.errors import InvalidInput
from fairlead.research.jsonable import Json

BYTES_MAX = 1 << 20


def check_place(data: Path | None, server: bool) -> None:
    """Refuse a data folder beside a server; raises `InvalidInput`."""
    if data is not None and server:
        raise InvalidInput(
            "--data and --server cannot be given together.",
            expected="--data for this machine, or --server for a server",
        )


def read_document(path: Path) -> dict[str, Json]:
    """Read a constraints file; raises `InvalidInput` naming what is wrong and where."""
    try:
        if path.stat().st_size > BYTES_MAX:
            raise _unusable(path, f"it has more than {BYTES_MAX:,} bytes")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise _unusable(path, (error.strerror or "it cannot be read").lower()) from error
    except UnicodeDecodeError as error:
        raise _unusable(path, "it is not text") from error
    try:
        document = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise _unusable(path, f"it is not {kind}: {error}") from error
    if not isinstance(document, dict):
        raise _unusable(path, "it holds no object")
    return {name: _plain(value) for name, value in document.items()}


def _plain(value: object) -> Json:
    """Return a value of TOML as JSON has it: dates as text."""
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise InvalidInput(f"{value!r} has no place in constraints.")


def _unusable(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        f"The constraints in {path} cannot be used: {why}.",
        expected="a TOML file, or a .json file",
        action="`fairlead autobuild schema > constraints.toml` writes one to start from.",
        path="--constraints",
    )
