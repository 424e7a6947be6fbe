"""Read moments as people type them: a date, a time with an offset, or milliseconds."""

from datetime import UTC, datetime

from fairlead.infra.errors import InvalidInput


def read_moment(name: str, text: str) -> int:
    """Return epoch milliseconds; a date means its first moment in UTC. Raise InvalidInput."""
    try:
        if text.isdigit() and len(text) in (12, 13):
            return int(text)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            if len(text) > 10:
                raise ValueError("no offset")
            moment = moment.replace(tzinfo=UTC)
        return int(moment.timestamp() * 1_000)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"{name} is no moment.",
            expected="a date such as 2024-01-31, or a time with its offset: 2024-01-31T00:00Z",
            found=text[:60],
            path=name,
        ) from error
