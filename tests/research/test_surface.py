"""Surfaces and slices: cut through the best set, with holes where the definition allows no set."""

import numpy as np

from fairlead.research.candidates import Candidates
from fairlead.research.grid import Axis
from fairlead.research.surface import SURFACES_MAX, slices_of, surfaces_of
from fairlead.strategies.kinds.rules.parameters import Resolved

AXES = (Axis("a", (1.0, 2.0)), Axis("b", (10.0, 20.0, 30.0)), Axis("c", ("x", "y")))
PLACES = tuple((a, b, c) for a in range(2) for b in range(3) for c in range(2))
VALUES = np.array([100.0 * a + 10.0 * b + c for a, b, c in PLACES])
BEST = PLACES.index((1, 2, 0))


def candidates(places: tuple[tuple[int, ...], ...] = PLACES) -> Candidates:
    return Candidates(AXES, tuple(Resolved() for _ in places), places, len(PLACES) - len(places))


def test_each_pair_of_axes_has_a_surface_through_the_best_set() -> None:
    ab, ac, bc = surfaces_of(candidates(), VALUES, BEST)
    assert (ab.x, ab.y, ab.fixed) == ("a", "b", {"c": "x"})
    assert ab.values == ((0.0, 100.0), (10.0, 110.0), (20.0, 120.0))
    assert (ac.fixed, ac.values) == ({"b": 30.0}, ((20.0, 120.0), (21.0, 121.0)))
    assert (bc.x_values, bc.y_values) == ((10.0, 20.0, 30.0), ("x", "y"))


def test_slices_go_through_the_best_set() -> None:
    a, b, c = slices_of(candidates(), VALUES, BEST)
    assert (a.values, b.values, c.values) == ((20.0, 120.0), (100.0, 110.0, 120.0), (120.0, 121.0))


def test_sets_that_are_ruled_out_or_have_no_figure_are_holes() -> None:
    kept = tuple(place for place in PLACES if place != (0, 0, 0))
    values = np.array([100.0 * a + 10.0 * b + c for a, b, c in kept])
    values[kept.index((1, 1, 0))] = np.nan
    surface = surfaces_of(candidates(kept), values, kept.index((1, 2, 0)))[0]
    assert surface.values == ((None, 100.0), (10.0, None), (20.0, 120.0))


def test_nothing_is_drawn_without_a_best_set_or_a_second_axis() -> None:
    assert surfaces_of(candidates(), VALUES, -1) == ()
    assert slices_of(candidates(), VALUES, -1) == ()
    line = Candidates(AXES[:1], (Resolved(), Resolved()), ((0,), (1,)), 0)
    assert surfaces_of(line, np.array([1.0, 2.0]), 1) == ()
    assert len(slices_of(line, np.array([1.0, 2.0]), 1)) == 1


def test_many_axes_do_not_make_endless_surfaces() -> None:
    axes = tuple(Axis(name, (1.0,)) for name in "abcdefgh")
    one = Candidates(axes, (Resolved(),), ((0,) * 8,), 0)
    assert len(surfaces_of(one, np.array([1.0]), 0)) == SURFACES_MAX


def test_json_has_plain_numbers() -> None:
    shown = surfaces_of(candidates(), VALUES, BEST)[0].to_json("sharpe")
    assert shown["values"] == [[0.0, 100.0], [10.0, 110.0], [20.0, 120.0]]
    assert shown["metric"] == "sharpe"
