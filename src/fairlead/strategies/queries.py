"""What a list of strategies is asked for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fairlead.infra.pages import wrong_cursor

NEWEST = 1 << 30
_TIMES = ("updated", "created", "newest")


@dataclass(frozen=True, slots=True)
class Listing:
    """Search words, a tag, an order, and the place to go on from: (value, id) of the last row."""

    sort: str
    limit: int
    search: str = ""
    tag: str = ""
    after: tuple[str, ...] | None = None


def listing_of(
    sort: str, limit: int, search: str, tag: str, after: tuple[str, ...] | None
) -> Listing:
    """Return a listing; raise `InvalidInput` for a cursor that belongs to another order."""
    if after is not None:
        try:
            _check_place(sort, after)
        except ValueError as error:
            raise wrong_cursor(" ".join(after)) from error
    return Listing(sort, limit, search.strip().replace("\x00", ""), tag.replace("\x00", ""), after)


def _check_place(sort: str, after: tuple[str, ...]) -> None:
    UUID(after[1])
    if sort in _TIMES and datetime.fromisoformat(after[0]).tzinfo is None:
        raise ValueError("a time without a zone")
    if sort == "subscribers" and not 0 <= int(after[0]) < NEWEST:
        raise ValueError("not a count")
    if "\x00" in after[0]:
        raise ValueError("not text")


def number_before(after: tuple[str, ...] | None) -> int:
    """Return the version number a page ends before; raise `InvalidInput` for another cursor."""
    if after is None:
        return NEWEST
    if not (after[0].isascii() and after[0].isdigit() and int(after[0]) <= NEWEST):
        raise wrong_cursor(after[0])
    return int(after[0])


def like_pattern(words: str) -> str:
    """Return an ILIKE pattern that finds `words` anywhere, its wildcards taken literally."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
