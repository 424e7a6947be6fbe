"""Read values of a feed's configuration or cursor, with errors that name the place."""

from fairlead.infra.errors import InvalidInput
from fairlead.market.reports import JsonObject


def integer(config: JsonObject, name: str, default: int, low: int, high: int) -> int:
    """Return a whole number in [low, high]; raise InvalidInput for anything else."""
    value = config.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _unusable(name, f"a whole number from {low} to {high}", value)
    return value


def number(config: JsonObject, name: str, default: float, low: float, high: float) -> float:
    """Return a number in [low, high]; raise InvalidInput for anything else."""
    value = config.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise _unusable(name, f"a number from {low:g} to {high:g}", value)
    return float(value)


def text(config: JsonObject, name: str, default: str) -> str:
    """Return a text; raise InvalidInput for anything else."""
    value = config.get(name, default)
    if not isinstance(value, str):
        raise _unusable(name, "a text", value)
    return value


def texts(config: JsonObject, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """Return a list of texts; raise InvalidInput for anything else."""
    value = config.get(name, list(default))
    if not isinstance(value, list):
        raise _unusable(name, "a list of texts", value)
    found = tuple(item for item in value if isinstance(item, str))
    if len(found) != len(value):
        raise _unusable(name, "a list of texts", value)
    return found


def _unusable(name: str, expected: str, value: object) -> InvalidInput:
    return InvalidInput(
        f"The feed's {name} cannot be used.",
        expected=expected,
        found=repr(value)[:100],
        action="Correct the feed's configuration.",
        path=name,
    )
