"""How a search goes: what of a grid it takes, and how a walk-forward walks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Draw:
    """Take so many sets of a grid at random, by a seed; 0 takes the whole grid."""

    sets: int = 0
    seed: int = 0


WHOLE_GRID = Draw()


@dataclass(frozen=True, slots=True)
class Plan:
    """Name the metric that chooses, how many windows, and the share of each to fit on.

    Anchored windows all fit from the first bar on; rolling ones keep their length. `purge` bars
    are dropped at the end of each fit range, `embargo` bars at the beginning of each test range.
    """

    metric: str = "sharpe"
    windows: int = 5
    fit: float = 0.7
    anchored: bool = False
    purge: int = 0
    embargo: int = 0
    draw: Draw = WHOLE_GRID
