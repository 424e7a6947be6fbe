"""The axes of a sweep: how they are written, and the parameter sets they span."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from fairlead.infra.errors import InvalidInput

AXIS_VALUES_MAX = 10_000
FORM = "name=first:last:step (last included) or name=a,b,c"


@dataclass(frozen=True, slots=True)
class Axis:
    """Name one parameter and the values it takes, in the order given."""

    name: str
    values: tuple[float, ...]


def parse_axis(text: str) -> Axis:
    """Read `fast=5:50:5`, `fast=5,10,20` or `fast=20`.

    Raises `InvalidInput` that names the axis and the form expected.
    """
    name, separator, values = text.partition("=")
    if not separator or not name.strip() or not values.strip():
        raise InvalidInput(
            f"The grid {text!r} cannot be read.",
            expected=FORM,
            found=text,
            action="Write for example --grid fast=5:50:5.",
        )
    return Axis(name.strip(), parse_values(name.strip(), values.strip()))


def parse_values(name: str, text: str) -> tuple[float, ...]:
    """Read the values of one axis: `first:last:step` with the end included, or a list.

    Steps are counted in decimals, so `0:0.3:0.1` has exactly four values.
    """
    if ":" in text:
        return _steps(name, text)
    return axis_values(name, [_decimal(name, part) for part in text.split(",")])


def axis_values(name: str, values: Sequence[Decimal | float | int]) -> tuple[float, ...]:
    """Check a list of values: at least one, all different, all finite."""
    numbers = tuple(float(value) for value in values)
    if not numbers:
        raise InvalidInput(f"The grid for {name} is empty.", expected=FORM, path=name)
    if len(set(numbers)) != len(numbers):
        raise InvalidInput(
            f"The grid for {name} names a value twice.",
            expected="every value once",
            found=", ".join(f"{number:g}" for number in numbers[:10]),
            path=name,
        )
    if len(numbers) > AXIS_VALUES_MAX:
        raise _too_long(name, len(numbers))
    return numbers


def parse_grid(texts: Iterable[str]) -> tuple[Axis, ...]:
    """Read several axes; raises `InvalidInput` when none is given or one is named twice."""
    return check_axes(tuple(parse_axis(text) for text in texts))


def grid_of(grid: Mapping[str, str | Sequence[float]]) -> tuple[Axis, ...]:
    """Build axes from a mapping of names to `"5:50:5"` or to a list of numbers."""
    return check_axes(
        tuple(
            Axis(
                name,
                parse_values(name, values)
                if isinstance(values, str)
                else axis_values(name, [_finite(name, value) for value in values]),
            )
            for name, values in grid.items()
        )
    )


def check_axes(axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """Refuse an empty grid and a parameter named twice."""
    if not axes:
        raise InvalidInput(
            "A grid is needed: no parameter to vary was given.",
            expected=FORM,
            action="Add at least one --grid, for example --grid fast=5:50:5.",
        )
    names = [axis.name for axis in axes]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInput(
            f"The grid names {', '.join(twice)} more than once.",
            expected="every parameter once",
            action="Join its values into one list.",
        )
    return axes


def grid_size(axes: Sequence[Axis]) -> int:
    """Count the parameter sets of the full grid."""
    size = 1
    for axis in axes:
        size *= len(axis.values)
    return size


def combinations(axes: Sequence[Axis]) -> Iterator[dict[str, float]]:
    """Yield every parameter set; the last axis varies fastest."""
    names = [axis.name for axis in axes]
    for values in itertools.product(*(axis.values for axis in axes)):
        yield dict(zip(names, values, strict=True))


def _steps(name: str, text: str) -> tuple[float, ...]:
    parts = text.split(":")
    if len(parts) != 3:
        raise InvalidInput(
            f"The range {text!r} of {name} cannot be read.", expected=FORM, found=text, path=name
        )
    first, last, step = (_decimal(name, part) for part in parts)
    if step <= 0 or last < first:
        raise InvalidInput(
            f"The range {text!r} of {name} is empty.",
            expected="first <= last and a step above 0",
            found=text,
            path=name,
        )
    count = int((last - first) / step) + 1
    if count > AXIS_VALUES_MAX:
        raise _too_long(name, count)
    return tuple(float(first + index * step) for index in range(count))


def _decimal(name: str, text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    return _finite_decimal(name, number, text)


def _finite(name: str, value: float) -> Decimal:
    return _finite_decimal(name, Decimal(repr(value)), repr(value))


def _finite_decimal(name: str, number: Decimal, text: str) -> Decimal:
    if number.is_finite() and abs(number) < Decimal("1e15"):
        return number
    raise InvalidInput(
        f"The grid for {name} holds {text.strip()!r}, which is not a usable number.",
        expected="finite numbers",
        found=text.strip(),
        path=name,
    )


def _too_long(name: str, count: int) -> InvalidInput:
    return InvalidInput(
        f"The grid for {name} has {count:,} values; the limit is {AXIS_VALUES_MAX:,}.",
        expected=f"at most {AXIS_VALUES_MAX:,} values",
        found=f"{count:,}",
        action="Use a larger step.",
        path=name,
    )
