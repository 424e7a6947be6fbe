"""Epoch milliseconds as text, and dates a user typed as epoch milliseconds; all UTC."""

import datetime as dt

from fairlead.infra.errors import InvalidInput

_FORM = "a date like 2024-01-31 or a time like 2024-01-31T09:15:00Z"


def iso_time(ms: int) -> str:
    """Return `2024-01-31T09:15:00Z`."""
    return _moment(ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def short_time(ms: int) -> str:
    """Return `2024-01-31 09:15`."""
    return _moment(ms).strftime("%Y-%m-%d %H:%M")


def short_date(ms: int) -> str:
    """Return `2024-01-31`."""
    return _moment(ms).strftime("%Y-%m-%d")


def parse_time(name: str, text: str, offset_ms: int = 0) -> int:
    """Read an ISO date or time as epoch milliseconds.

    A text without a zone is session time, `offset_ms` ahead of UTC. Raises `InvalidInput` that
    names the flag and the form expected.
    """
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(
            f"{name} {text!r} is not a date.", expected=_FORM, found=text, path=name
        ) from None
    if moment.tzinfo is None:
        return _milliseconds(moment.replace(tzinfo=dt.UTC)) - offset_ms
    return _milliseconds(moment)


def _milliseconds(moment: dt.datetime) -> int:
    return round(moment.timestamp() * 1000)


def _moment(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
