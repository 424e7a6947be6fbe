"""The axes of a sweep: how they are written, and the parameter sets they span."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from fairlead.infra.errors import InvalidInput
from fairlead.strategies.model import Setting

AXIS_VALUES_MAX = 10_000
LARGEST = Decimal("1e15")
_WORD = re.compile(r"(?!nan$|inf$|infinity$)[A-Za-z][A-Za-z0-9_-]{0,39}", re.IGNORECASE)
FORM = "name=first:last:step (last included) or name=a,b,c"


@dataclass(frozen=True, slots=True)
class Axis:
    """Name one parameter and the values it takes, in the order given; choices are words."""

    name: str
    values: tuple[Setting, ...]


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


def parse_values(name: str, text: str) -> tuple[Setting, ...]:
    """Read the values of one axis: `first:last:step` with the end included, or a list.

    Steps are counted in decimals, so `0:0.3:0.1` has exactly four values. Words of a list are
    choices, `true` and `false` among them.
    """
    if ":" in text:
        return _steps(name, text)
    return axis_values(
        name, [read_setting(f"The grid for {name}", part) for part in text.split(",")]
    )


def axis_values(name: str, values: Sequence[Setting]) -> tuple[Setting, ...]:
    """Check a list of values: at least one, all different, all numbers finite."""
    if not values:
        raise InvalidInput(f"The grid for {name} is empty.", expected=FORM, path=name)
    if len(set(values)) != len(values):
        raise InvalidInput(
            f"The grid for {name} names a value twice.",
            expected="every value once",
            found=", ".join(str(value) for value in values[:10]),
            path=name,
        )
    if len(values) > AXIS_VALUES_MAX:
        raise _too_long(name, len(values))
    return tuple(values)


def read_setting(place: str, text: str) -> Setting:
    """Read a finite number, `true`, `false` or a choice's word; raises `InvalidInput`."""
    word = text.strip()
    if word in ("true", "false"):
        return word == "true"
    try:
        number = Decimal(word)
    except InvalidOperation:
        if _WORD.fullmatch(word):
            return word
        number = Decimal("NaN")
    if number.is_finite() and abs(number) < LARGEST:
        return float(number)
    raise InvalidInput(
        f"{place} holds {word!r}, which is no usable value.",
        expected="a finite number, true, false, or the word of a choice",
        found=word,
    )


def parse_grid(texts: Iterable[str]) -> tuple[Axis, ...]:
    """Read several axes; raises `InvalidInput` when none is given or one is named twice."""
    return check_axes(tuple(parse_axis(text) for text in texts))


def grid_of(grid: Mapping[str, str | Sequence[Setting]]) -> tuple[Axis, ...]:
    """Build axes from a mapping of names to `"5:50:5"` or to a list of values."""
    return check_axes(
        tuple(
            Axis(
                name,
                parse_values(name, values)
                if isinstance(values, str)
                else axis_values(name, [_checked(name, value) for value in values]),
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


def combinations(axes: Sequence[Axis]) -> Iterator[tuple[tuple[int, ...], dict[str, Setting]]]:
    """Yield every parameter set with its place in the grid; the last axis varies fastest."""
    names = [axis.name for axis in axes]
    for place in itertools.product(*(range(len(axis.values)) for axis in axes)):
        values = (axis.values[at] for axis, at in zip(axes, place, strict=True))
        yield place, dict(zip(names, values, strict=True))


def _steps(name: str, text: str) -> tuple[Setting, ...]:
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
    value = read_setting(f"The range of {name}", text)
    if isinstance(value, str | bool):
        raise InvalidInput(
            f"The range of {name} needs numbers.", expected=FORM, found=text, path=name
        )
    return Decimal(text.strip())


def _checked(name: str, value: Setting) -> Setting:
    return value if isinstance(value, bool) else read_setting(f"The grid for {name}", str(value))


def _too_long(name: str, count: int) -> InvalidInput:
    return InvalidInput(
        f"The grid for {name} has {count:,} values; the limit is {AXIS_VALUES_MAX:,}.",
        expected=f"at most {AXIS_VALUES_MAX:,} values",
        found=f"{count:,}",
        action="Use a larger step.",
        path=name,
    )
