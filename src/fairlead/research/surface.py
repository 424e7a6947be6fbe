"""A figure over the axes of a grid: as a surface over two of them, as a slice along each."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from fairlead.research.candidates import Candidates
from fairlead.research.daily import Floats
from fairlead.research.jsonable import JsonObject, finite
from fairlead.strategies.model import Setting

SURFACES_MAX = 10


@dataclass(frozen=True, slots=True)
class Surface:
    """Hold one figure over two axes; rows are y, None where no set was run or none has it.

    `fixed` says where on the other axes the surface was cut: through the best set.
    """

    x: str
    x_values: tuple[Setting, ...]
    y: str
    y_values: tuple[Setting, ...]
    values: tuple[tuple[float | None, ...], ...]
    fixed: Mapping[str, Setting]

    def to_json(self, metric: str) -> JsonObject:
        """Return the surface as JSON."""
        return {
            "metric": metric,
            "x": self.x,
            "x_values": list(self.x_values),
            "y": self.y,
            "y_values": list(self.y_values),
            "values": [list(row) for row in self.values],
            "fixed": dict(self.fixed),
        }


@dataclass(frozen=True, slots=True)
class Slice:
    """Hold one figure along one axis, through the best set."""

    axis: str
    at: tuple[Setting, ...]
    values: tuple[float | None, ...]

    def to_json(self, metric: str) -> JsonObject:
        """Return the slice as JSON."""
        return {
            "metric": metric,
            "axis": self.axis,
            "at": list(self.at),
            "values": list(self.values),
        }


def surfaces_of(candidates: Candidates, values: Floats, best: int) -> tuple[Surface, ...]:
    """Return a surface for each pair of axes through one set, at most SURFACES_MAX.

    `values` has one figure for each set; nothing is returned without a set or a second axis.
    """
    if best < 0:
        return ()
    found = _by_place(candidates, values)
    pairs = combinations(range(len(candidates.axes)), 2)
    return tuple(
        _surface(candidates, found, candidates.places[best], x, y)
        for x, y in list(pairs)[:SURFACES_MAX]
    )


def slices_of(candidates: Candidates, values: Floats, best: int) -> tuple[Slice, ...]:
    """Return the figure along each axis through one set; nothing without a set."""
    if best < 0:
        return ()
    found, place = _by_place(candidates, values), candidates.places[best]
    return tuple(
        Slice(
            axis.name,
            axis.values,
            tuple(found.get(_moved(place, {at: step})) for step in range(len(axis.values))),
        )
        for at, axis in enumerate(candidates.axes)
    )


def _surface(
    candidates: Candidates,
    found: Mapping[tuple[int, ...], float | None],
    place: tuple[int, ...],
    x: int,
    y: int,
) -> Surface:
    across, down = candidates.axes[x], candidates.axes[y]
    return Surface(
        x=across.name,
        x_values=across.values,
        y=down.name,
        y_values=down.values,
        values=tuple(
            tuple(
                found.get(_moved(place, {x: column, y: row}))
                for column in range(len(across.values))
            )
            for row in range(len(down.values))
        ),
        fixed={
            axis.name: axis.values[place[at]]
            for at, axis in enumerate(candidates.axes)
            if at not in (x, y)
        },
    )


def _by_place(candidates: Candidates, values: Floats) -> dict[tuple[int, ...], float | None]:
    pairs = zip(candidates.places, values.tolist(), strict=True)
    return {place: finite(value) for place, value in pairs}


def _moved(place: tuple[int, ...], steps: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(steps.get(at, step) for at, step in enumerate(place))
