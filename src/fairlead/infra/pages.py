"""Pages of a list: where one ends is an opaque cursor, so that new rows never shift it."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from fairlead.infra.errors import InvalidInput

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
_MAX_CURSOR_LENGTH = 1000

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A stretch of a list; `next_cursor` is None when nothing follows."""

    items: list[Item]
    next_cursor: str | None


def page_of(rows: Sequence[Item], limit: int, key: Callable[[Item], Sequence[str]]) -> Page[Item]:
    """Make a page of up to `limit + 1` rows read; the extra one only says that more follow.

    `key` gives the values of a row that its place in the order is made of.
    """
    if len(rows) <= limit:
        return Page(list(rows), None)
    kept = list(rows[:limit])
    return Page(kept, encode_cursor(key(kept[-1])))


def encode_cursor(parts: Sequence[str]) -> str:
    """Return an opaque, URL-safe cursor made of the values that name a place in the order."""
    packed = json.dumps(list(parts), separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_cursor(cursor: str, count: int) -> tuple[str, ...]:
    """Return the `count` values inside a cursor; raise InvalidInput for one we did not make."""
    try:
        if len(cursor) > _MAX_CURSOR_LENGTH:
            raise ValueError("too long")
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        parts = json.loads(packed)
        if not isinstance(parts, list) or len(parts) != count:
            raise ValueError("other parts")
        if not all(isinstance(part, str) and _is_storable(part) for part in parts):
            raise ValueError("other types")
    except ValueError as error:
        raise wrong_cursor(cursor) from error
    return tuple(parts)


def _is_storable(part: str) -> bool:
    """Say whether a text is Unicode without holes, as the database wants it."""
    return "\x00" not in part and not any("\ud800" <= character <= "\udfff" for character in part)


def wrong_cursor(cursor: str) -> InvalidInput:
    """Return the error for a cursor that does not name a place in this list."""
    return InvalidInput(
        "This is not a cursor of this list.",
        expected="the next_cursor of a page read before",
        found=cursor[:40],
        action="Start again without a cursor.",
        path="cursor",
    )
