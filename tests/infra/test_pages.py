"""Pages: cursors come back as they went out, and foreign ones are refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.infra.pages import decode_cursor, encode_cursor, page_of


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20),
        min_size=1,
        max_size=4,
    )
)
def test_cursor_comes_back_as_it_went_out(parts: list[str]) -> None:
    assert decode_cursor(encode_cursor(parts), len(parts)) == tuple(parts)


@given(st.text(max_size=60))
def test_foreign_cursor_is_refused_or_read_and_never_breaks(cursor: str) -> None:
    with suppress(InvalidInput):
        assert len(decode_cursor(cursor, 2)) == 2


@pytest.mark.parametrize("part", ["\x00", "a\ud800b"])
def test_cursor_with_what_cannot_be_stored_is_refused(part: str) -> None:
    with pytest.raises(InvalidInput):
        decode_cursor(encode_cursor([part]), 1)


def test_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not a cursor of this list"):
        decode_cursor(encode_cursor(["a"]), 2)


@given(st.integers(0, 30), st.integers(1, 10))
def test_pages_hold_every_row_once(count: int, limit: int) -> None:
    rows, seen, start = list(range(count)), list[int](), 0
    while True:
        page = page_of(rows[start : start + limit + 1], limit, lambda row: (str(row),))
        seen += page.items
        if page.next_cursor is None:
            break
        start = int(decode_cursor(page.next_cursor, 1)[0]) + 1
    assert seen == rows
