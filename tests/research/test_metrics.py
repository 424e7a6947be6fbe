"""Metrics of a run: hand-worked figures, edges, and what JSON gets to see."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from fairlead.research.daily import DAY_MS, DailyEquity
from fairlead.research.jsonable import dump_json
from fairlead.research.metrics import (
    Span,
    TradeTotals,
    is_better,
    metric_names,
    metrics_of,
)

NO_TRADES = TradeTotals(0, 0, 0.0, 0.0, None, None, 0, 0.0, 0.0, 0.0, 0, 4)
FOUR_TRADES = TradeTotals(4, 3, 60.0, 20.0, 40.0, -20.0, 1, 2.5, 1030.0, 0.2, 2, 4)
FOUR_DAYS = DailyEquity(np.arange(4), np.array([110.0, 88.0, 99.0, 115.0]), 100.0)
SPAN = Span(0, 4 * DAY_MS, 365)


def test_metrics_four_trades_match_hand_worked_figures() -> None:
    metrics = metrics_of(FOUR_DAYS, FOUR_TRADES, SPAN)
    assert metrics.total_return == pytest.approx(0.15)
    assert metrics.profit == pytest.approx(15.0)
    assert metrics.win_rate == pytest.approx(0.75)
    assert metrics.profit_factor == pytest.approx(3.0)
    assert metrics.expectancy == pytest.approx(10.0)
    assert metrics.average_win == pytest.approx(20.0)
    assert metrics.average_loss == pytest.approx(-20.0)
    assert metrics.payoff_ratio == pytest.approx(1.0)
    assert metrics.ambiguous_share == pytest.approx(0.25)
    assert metrics.exposure == pytest.approx(0.5)
    assert metrics.turnover == pytest.approx(1030.0 / 103.0)
    assert metrics.turnover_per_year == pytest.approx(1030.0 / 103.0 / (4 / 365.25))
    assert metrics.max_drawdown == pytest.approx(0.2)
    assert metrics.max_drawdown_days == 3
    assert metrics.best_day == pytest.approx(115.0 / 99.0 - 1.0)
    assert metrics.worst_day == pytest.approx(-0.2)
    assert metrics.positive_days == pytest.approx(0.75)


def test_metrics_without_trades_leave_trade_figures_undefined() -> None:
    flat = DailyEquity(np.arange(4), np.full(4, 100.0), 100.0)
    metrics = metrics_of(flat, NO_TRADES, SPAN)
    assert metrics.total_return == 0.0
    assert metrics.cagr == 0.0
    undefined = ("sharpe", "sortino", "calmar", "profit_factor", "win_rate", "expectancy", "skew")
    assert [metrics.value(name) for name in undefined] == [None] * len(undefined)


def test_metrics_without_a_loss_have_no_profit_factor() -> None:
    totals = replace(FOUR_TRADES, wins=4, gross_loss=0.0)
    assert metrics_of(FOUR_DAYS, totals, SPAN).profit_factor is None


def test_metrics_after_ruin_stay_finite() -> None:
    ruined = DailyEquity(np.arange(3), np.array([50.0, -10.0, -10.0]), 100.0)
    metrics = metrics_of(ruined, replace(FOUR_TRADES, max_drawdown=1.1), SPAN)
    assert metrics.cagr == -1.0
    assert metrics.total_return == pytest.approx(-1.1)
    assert metrics.worst_day == -1.0
    assert json.loads(dump_json(metrics.to_json()))["turnover"] is not None


def test_metrics_of_no_bars_are_json_safe() -> None:
    empty = DailyEquity(np.empty(0, np.int64), np.empty(0), 100.0)
    data = metrics_of(empty, replace(NO_TRADES, bars=0), Span(0, 0, 365)).to_json()
    assert json.loads(dump_json(data))["return"] == 0.0
    assert data["exposure"] is None


def test_metrics_json_names_every_figure_and_says_return() -> None:
    data = metrics_of(FOUR_DAYS, FOUR_TRADES, SPAN).to_json()
    assert tuple(data) == metric_names()
    assert "return" in data
    assert "total_return" not in data
    assert isinstance(data["trades"], int)


def test_json_refuses_nan() -> None:
    with pytest.raises(ValueError, match="JSON"):
        dump_json({"value": math.nan})


@pytest.mark.parametrize(
    ("name", "left", "right", "expected"),
    [
        ("sharpe", 2.0, 1.0, True),
        ("sharpe", None, -5.0, False),
        ("sharpe", -5.0, None, True),
        ("max_drawdown", 0.1, 0.2, True),
        ("sharpe", 1.0, 1.0, False),
    ],
)
def test_is_better_orders_metrics(
    name: str, left: float | None, right: float | None, expected: bool
) -> None:
    assert is_better(name, left, right) is expected
