"""Sets of a grid taken at random, for grids that are too large to be tried whole."""

from collections.abc import Iterator, Sequence

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.research.grid import Axis, grid_size
from fairlead.research.overfitting.chance import random_numbers
from fairlead.research.plan import Draw
from fairlead.strategies.model import Setting

# Of a definition that rules most of its grid out, so many places are looked at for each set.
LOOKS_PER_SET = 50
_STEP = 256


def sets_wanted(axes: Sequence[Axis], draw: Draw) -> int:
    """Return how many sets a search has at most; raises `InvalidInput` for less than none."""
    if draw.sets < 0:
        raise InvalidInput(
            f"{draw.sets} sets cannot be drawn.",
            expected="1 or more, or 0 for the whole grid",
            found=str(draw.sets),
            path="random",
        )
    size = grid_size(axes)
    return min(size, draw.sets) if draw.sets else size


def drawn(axes: Sequence[Axis], draw: Draw) -> Iterator[tuple[tuple[int, ...], dict[str, Setting]]]:
    """Yield different places of a grid in random order, with the values there.

    Every place is as likely as any other (J. Bergstra and Y. Bengio, "Random Search for
    Hyper-Parameter Optimization", Journal of Machine Learning Research 13, 2012). Equal seeds
    give equal places; a longer draw begins like a shorter one.
    """
    lengths = np.array([len(axis.values) for axis in axes])
    seen: set[tuple[int, ...]] = set()
    for first in range(0, draw.sets * LOOKS_PER_SET, _STEP):
        numbers = random_numbers(draw.seed, first * len(axes), _STEP * len(axes))
        places = (numbers.reshape(_STEP, len(axes)) * lengths).astype(np.int64)
        for row in places.tolist():
            place = tuple(row)
            if place in seen:
                continue
            seen.add(place)
            yield place, {axis.name: axis.values[at] for axis, at in zip(axes, place, strict=True)}
