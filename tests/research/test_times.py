"""Times as text and back."""

import pytest

from fairlead.infra.errors import InvalidInput
from fairlead.research.times import iso_time, parse_time, short_date, short_time

NOON = 1_706_702_400_000  # 2024-01-31T12:00:00Z


def test_times_are_written_in_utc() -> None:
    assert iso_time(NOON) == "2024-01-31T12:00:00Z"
    assert short_time(NOON) == "2024-01-31 12:00"
    assert short_date(NOON) == "2024-01-31"


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("2024-01-31T12:00:00Z", 0, NOON),
        ("2024-01-31T12:00:00Z", 19_800_000, NOON),
        ("2024-01-31T17:30:00+05:30", 0, NOON),
        ("2024-01-31T17:30", 19_800_000, NOON),
        ("2024-01-31", 0, NOON - 12 * 3_600_000),
        (" 2024-01-31 ", 19_800_000, NOON - 12 * 3_600_000 - 19_800_000),
    ],
)
def test_time_without_a_zone_is_session_time(text: str, offset: int, expected: int) -> None:
    assert parse_time("--from", text, offset) == expected


@pytest.mark.parametrize("text", ["yesterday", "", "2024-13-01", "31/01/2024"])
def test_time_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="--from"):
        parse_time("--from", text)
