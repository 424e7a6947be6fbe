"""The parameter sets of a grid: which are valid, in what order, and what they will cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairlead.infra.errors import InvalidInput
from fairlead.research.drawing import drawn, sets_wanted
from fairlead.research.estimates import (
    BATCH_BYTES,
    COLUMN_BYTES_PER_BAR,
    Estimate,
    bytes_of,
    refuse_beyond_limits,
    seconds_of,
)
from fairlead.research.grid import Axis, axis_values, combinations, grid_size
from fairlead.research.parameters import check_names
from fairlead.research.plan import WHOLE_GRID, Draw
from fairlead.strategies.kinds.rules.parameters import Resolved
from fairlead.strategies.model import Setting

if TYPE_CHECKING:
    from fairlead.strategies.kinds.rules.compile import CompiledRules


@dataclass(frozen=True, slots=True)
class Candidates:
    """Hold the valid parameter sets in grid order, and how many the constraints ruled out.

    `places` has each set's position on every axis.
    """

    axes: tuple[Axis, ...]
    sets: tuple[Resolved, ...]
    places: tuple[tuple[int, ...], ...]
    skipped: int

    def varied(self, index: int) -> dict[str, Setting]:
        """Return what a set has on the axes, as it was written in the grid."""
        place = self.places[index]
        return {axis.name: axis.values[at] for axis, at in zip(self.axes, place, strict=True)}


def candidates_of(
    compiled: "CompiledRules",
    axes: Sequence[Axis],
    fixed: Mapping[str, Setting],
    bars: int,
    draw: Draw = WHOLE_GRID,
) -> Candidates:
    """Span the grid around the fixed parameters and drop the sets the definition rules out.

    A draw smaller than the grid takes so many valid sets of it at random, and counts as skipped
    what it had to pass over.

    Raises `InvalidInput` for a grid beyond the limits (with an estimate), a parameter that is
    unknown, fixed as well as varied, or out of its bounds, and a grid without any valid set.
    """
    wanted = sets_wanted(axes, draw)
    refuse_beyond_limits(wanted, bars)
    checked = check_axes(compiled, axes, fixed)
    whole = wanted == grid_size(axes)
    found: list[tuple[tuple[int, ...], Resolved]] = []
    skipped = 0
    for place, combination in combinations(checked) if whole else drawn(checked, draw):
        resolved = compiled.resolve({**fixed, **combination})
        if compiled.violations(resolved):
            skipped += 1
            continue
        found.append((place, resolved))
        if len(found) == wanted:
            break
    if not found:
        raise InvalidInput(
            f"None of {skipped:,} parameter sets is valid: the definition rules all of them out.",
            expected="; ".join(compiled.constraint_texts),
            action="Choose a grid with valid sets.",
        )
    found.sort(key=lambda each: each[0])
    places, sets = zip(*found, strict=True)
    return Candidates(checked, sets, places, skipped)


def check_axes(
    compiled: "CompiledRules", axes: Sequence[Axis], fixed: Mapping[str, Setting]
) -> tuple[Axis, ...]:
    """Return the axes with their values as people write them.

    Raises `InvalidInput` as `candidates_of` does, without spanning the grid.
    """
    both = sorted(set(fixed) & {axis.name for axis in axes})
    if both:
        raise InvalidInput(
            f"{', '.join(both)} is fixed and varied at the same time.",
            expected="each parameter either fixed or in the grid",
            action=f"Fix {both[0]} or vary it.",
            path=both[0],
        )
    check_names(compiled, fixed)
    compiled.resolve(fixed)
    return tuple(_checked_axis(compiled, axis) for axis in axes)


def estimate_of(compiled: "CompiledRules", candidates: Candidates, bars: int) -> Estimate:
    """Estimate time and memory from the figures measured in the benchmarks."""
    columns = len({compiled.signal_key(parameters) for parameters in candidates.sets})
    sets = len(candidates.sets)
    return Estimate(sets, columns, seconds_of(sets, columns, bars), bytes_of(sets, columns, bars))


def batches_of(
    compiled: "CompiledRules", candidates: Candidates, bars: int, days: int
) -> list[list[int]]:
    """Group set indices so that the columns and the daily equity of a group fit into memory.

    Sets that share a signal column stay together.
    """
    by_key: dict[str, list[int]] = {}
    for index, parameters in enumerate(candidates.sets):
        by_key.setdefault(compiled.signal_key(parameters), []).append(index)
    columns_max = max(1, BATCH_BYTES // max(bars * COLUMN_BYTES_PER_BAR, 1))
    sets_max = max(1, BATCH_BYTES // max(days * 8, 1))
    batches: list[list[int]] = [[]]
    columns = 0
    for members in by_key.values():
        for start in range(0, len(members), sets_max):
            part = members[start : start + sets_max]
            if batches[-1] and (columns >= columns_max or len(batches[-1]) + len(part) > sets_max):
                batches.append([])
                columns = 0
            batches[-1].extend(part)
            columns += 1
    return batches


def _checked_axis(compiled: "CompiledRules", axis: Axis) -> Axis:
    check_names(compiled, {axis.name: None})
    parameter = next(each for each in compiled.parameters if each.name == axis.name)
    resolved = (compiled.resolve({axis.name: value})[axis.name] for value in axis.values)
    return Axis(axis.name, axis_values(axis.name, [parameter.shown(value) for value in resolved]))
