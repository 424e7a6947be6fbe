"""The comparison with other engines finds every kind of difference, planted here one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.agreement import differing_trades
from benchmarks.crossover import as_answer, compiled_crossover, crossover_signals, plain_terms, run
from benchmarks.market import seeded_bars
from benchmarks.peer import Answer, Request
from fairlead.kernel.series import Bars
from fairlead.kernel.switches import ANCHOR_ON_CLOSE, GAP_AT_LEVEL, NO_ENTRY_BAR_EXITS

HOUR_MS = 3_600_000
REQUEST = Request(stop=0.01, target=0.02)


@pytest.fixture(scope="module")
def bars() -> Bars:
    return seeded_bars(10_000, seed=1, timeframe_ms=HOUR_MS, volatility=0.004, gaps=10)


@pytest.fixture(scope="module")
def answer(bars: Bars) -> Answer:
    return answer_with(bars, 0)


def answer_with(bars: Bars, rules: int) -> Answer:
    signals = crossover_signals(compiled_crossover(), bars, REQUEST)
    return as_answer(bars, run(bars, signals, plain_terms(REQUEST, rules)))


def test_comparison_equal_answers_agree(answer: Answer) -> None:
    assert len(answer) > 100
    assert differing_trades(answer, answer) == []


@pytest.mark.parametrize("column", ["side", "entry_bar", "exit_bar", "entry_price", "exit_price"])
def test_comparison_one_changed_value_is_found(answer: Answer, column: str) -> None:
    values = getattr(answer, column).copy()
    values[7] = -values[7] if column == "side" else values[7] + 1
    assert differing_trades(answer, replace(answer, **{column: values})) == [7]


def test_comparison_missing_trade_is_found(answer: Answer) -> None:
    columns = ("side", "entry_bar", "exit_bar", "entry_price", "exit_price")
    shorter: dict[str, Any] = {name: np.delete(getattr(answer, name), 3) for name in columns}
    assert differing_trades(answer, replace(answer, **shorter)) == [3]


@pytest.mark.parametrize("switch", [NO_ENTRY_BAR_EXITS, ANCHOR_ON_CLOSE, GAP_AT_LEVEL])
def test_comparison_engine_with_another_rule_is_found(
    bars: Bars, answer: Answer, switch: int
) -> None:
    assert differing_trades(answer, answer_with(bars, switch)) != []


def test_seeded_bars_equal_seeds_are_equal_and_gaps_are_there(bars: Bars) -> None:
    again = seeded_bars(10_000, seed=1, timeframe_ms=HOUR_MS, volatility=0.004, gaps=10)
    assert all(
        getattr(bars, name).tobytes() == getattr(again, name).tobytes()
        for name in ("ts", "open", "high", "low", "close", "volume")
    )
    assert int(np.diff(bars.ts).max()) > HOUR_MS
    assert bool((bars.low <= np.minimum(bars.open, bars.close)).all())
    assert bool((bars.high >= np.maximum(bars.open, bars.close)).all())
