"""How a grid is written and refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.research.grid import combinations, grid_of, grid_size, parse_axis, parse_grid


def test_range_includes_its_end() -> None:
    assert parse_axis("fast=5:50:5").values == tuple(float(v) for v in range(5, 51, 5))


def test_range_of_tenths_has_exact_decimals() -> None:
    assert parse_axis("stop_loss_pct=0:0.3:0.1").values == (0.0, 0.1, 0.2, 0.3)


def test_range_whose_step_misses_the_end_stops_below_it() -> None:
    assert parse_axis("fast=5:12:3").values == (5.0, 8.0, 11.0)


def test_list_and_single_value_are_read_in_order() -> None:
    assert parse_axis("fast= 20, 5,10").values == (20.0, 5.0, 10.0)
    assert parse_axis("fast=20").values == (20.0,)


@pytest.mark.parametrize(
    "text",
    [
        "fast",
        "=5:50:5",
        "fast=",
        "fast=5:50",
        "fast=50:5:5",
        "fast=5:50:0",
        "fast=5:50:-5",
        "fast=nan",
        "fast=1,inf",
        "fast=5,5",
        "fast=a b",
        "fast=0:1e9:1",
        "fast=5,,6",
    ],
)
def test_axis_that_cannot_be_read_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_axis(text)
    assert caught.value.expected


def test_grid_naming_a_parameter_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="more than once"):
        parse_grid(["fast=1,2", "fast=3"])


def test_empty_grid_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no parameter"):
        parse_grid([])


def test_grid_from_mapping_reads_ranges_and_lists() -> None:
    axes = grid_of({"fast": "5:15:5", "slow": [20, 40.5]})
    assert [axis.values for axis in axes] == [(5.0, 10.0, 15.0), (20.0, 40.5)]
    with pytest.raises(InvalidInput):
        grid_of({"fast": [float("nan")]})


def test_combinations_vary_the_last_axis_fastest() -> None:
    axes = parse_grid(["a=1,2", "b=3,4"])
    assert [(place, tuple(item.values())) for place, item in combinations(axes)] == [
        ((0, 0), (1, 3)),
        ((0, 1), (1, 4)),
        ((1, 0), (2, 3)),
        ((1, 1), (2, 4)),
    ]


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_grid_size_counts_all_combinations(lengths: list[int]) -> None:
    axes = grid_of({f"p{i}": [float(v) for v in range(n)] for i, n in enumerate(lengths)})
    assert grid_size(axes) == len(list(combinations(axes)))
