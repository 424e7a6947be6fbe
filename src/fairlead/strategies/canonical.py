"""The one form of a definition: its canonical JSON, its hash, and differences between two."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from fairlead.strategies.faults import pointer
from fairlead.strategies.model import Change, Json


def canonical_json(value: object) -> str:
    """Return JSON with sorted keys, no spaces, and one spelling for each number.

    A float that is whole is written like an int, so 20 and 20.0 are equal; minus zero is zero.
    Raises `ValueError` for a number that is not finite and for what is not JSON.
    """
    return json.dumps(
        _plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _plain(value: object) -> Json:
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    raise ValueError(f"expected JSON, found {type(value).__name__}")


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical JSON in 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def changes_between(before: Json, after: Json) -> tuple[Change, ...]:
    """Return what differs, by JSON pointer in document order; equal parts are left out."""
    return tuple(_changes(before, after, ()))


def _changes(before: Json, after: Json, path: tuple[str | int, ...]) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*before, *(name for name in after if name not in before)]:
            yield from _member(before, after, name, (*path, name))
    elif isinstance(before, list) and isinstance(after, list):
        for place, (left, right) in enumerate(zip(before, after, strict=False)):
            yield from _changes(left, right, (*path, place))
        for place in range(len(after), len(before)):
            yield Change(pointer((*path, place)), before[place], None)
        for place in range(len(before), len(after)):
            yield Change(pointer((*path, place)), None, after[place])
    elif canonical_json(before) != canonical_json(after):
        yield Change(pointer(path), before, after)


def _member(
    before: dict[str, Json], after: dict[str, Json], name: str, path: tuple[str | int, ...]
) -> Iterator[Change]:
    if name in before and name in after:
        yield from _changes(before[name], after[name], path)
    else:
        yield Change(pointer(path), before.get(name), after.get(name))
