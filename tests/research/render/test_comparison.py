"""Results side by side: any with a curve, in one shape, the best of each figure found."""

import pytest

from fairlead.infra.errors import InvalidInput
from fairlead.research.jsonable import JsonObject
from fairlead.research.render.comparison import (
    best_places,
    check_count,
    comparable,
    figure_names,
    name_of,
    read_result,
)

REPORT: JsonObject = {
    "strategy": {"name": "SMA", "parameters": {"fast": 5}},
    "instrument": "a:b",
    "timeframe": "1h",
    "metrics": {"return": 0.1, "sharpe": 1.0},
    "equity": [[at, 100.0 + at % 7] for at in range(10_000)],
}


def test_backtest_and_walk_forward_take_one_shape() -> None:
    walk = {**REPORT, "stitched_equity": REPORT["equity"]}
    del walk["equity"]
    one, other = comparable(REPORT, "one"), comparable(walk, "other")
    assert one["equity"] == other["equity"]
    assert set(one) == {"name", "instrument", "timeframe", "metrics", "equity"}


def test_curve_is_thinned_without_losing_its_ends_or_extremes() -> None:
    equity = comparable(REPORT, "one")["equity"]
    assert isinstance(equity, list)
    assert len(equity) <= 1_502
    assert (equity[0], equity[-1]) == ([0, 100.0], [9_999, 103.0])
    assert max(value for _, value in equity) == 106.0


def test_sweep_has_nothing_to_compare() -> None:
    with pytest.raises(InvalidInput, match="no figures with an equity curve"):
        comparable({"metrics": {"sharpe": 1.0}, "cells": []}, "sweep")
    with pytest.raises(InvalidInput, match="no figures"):
        comparable({"equity": [[1, 2.0]]}, "no metrics")


def test_name_tells_strategy_and_parameters() -> None:
    assert name_of(REPORT) == "SMA fast 5"
    assert name_of({"name": "Mine"}) == "Mine"


def test_best_is_found_by_the_direction_of_the_figure() -> None:
    assert best_places("sharpe", [1.0, 2.0, None]) == {1}
    assert best_places("max_drawdown", [0.1, 0.2, None]) == {0}
    assert best_places("sharpe", [2.0, 2.0, 1.0]) == {0, 1}
    assert best_places("sharpe", [2.0, 2.0]) == set()
    assert best_places("sharpe", [None, None]) == set()


def test_figures_are_in_the_order_of_a_report() -> None:
    other = {"metrics": {"trades": 3, "return": 0.0}}
    assert figure_names([REPORT, other]) == ["return", "sharpe", "trades"]


@pytest.mark.parametrize("count", [0, 1, 9])
def test_too_few_or_too_many_are_refused(count: int) -> None:
    with pytest.raises(InvalidInput, match="cannot be compared"):
        check_count(count)


@pytest.mark.parametrize(("text", "message"), [("{", "not JSON"), ("[]", "holds no report")])
def test_file_that_is_no_report_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        read_result(text, "a.json")
    assert caught.value.path == "a.json"
