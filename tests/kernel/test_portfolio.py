"""Several legs in one book: shared limits, marks at one boundary, orders that wait."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fairlead.kernel.apply import apply_command
from fairlead.kernel.boundaries import over_portfolio
from fairlead.kernel.reasons import Purpose, Reason, Veto
from fairlead.kernel.records import (
    CLOSE,
    EVENT,
    FILL,
    INTENT,
    State,
    new_instrument,
    new_limits,
    new_policy,
    new_state,
)
from tests.kernel.markets import HOUR_MS, START_MS

DAY_START_MS = START_MS // 86_400_000 * 86_400_000


@dataclass(frozen=True)
class Bar:
    leg: int
    ts: int
    timeframe_ms: int
    price: float
    action: int = 0
    low: float | None = None


@dataclass(frozen=True)
class Result:
    state: State
    fills: NDArray[np.void]
    intents: NDArray[np.void]
    vetoes: list[int]


def run(
    bars: list[Bar],
    legs: int,
    state: State | None = None,
    policy: dict[str, float] | None = None,
    limits: dict[str, float] | None = None,
) -> Result:
    state = state or new_state(10_000.0, legs)
    bars = sorted(bars, key=lambda bar: (bar.ts + bar.timeframe_ms, bar.leg))
    timeframes = np.zeros(legs, np.int64)
    for bar in bars:
        timeframes[bar.leg] = bar.timeframe_ms
    events = np.zeros(len(bars), EVENT)
    for event, bar in zip(events, bars, strict=True):
        event["closed_at"], event["leg"] = bar.ts + bar.timeframe_ms, bar.leg
        event["ts"], event["action"] = bar.ts, bar.action
        event["open"] = event["high"] = event["close"] = bar.price
        event["low"] = bar.price if bar.low is None else bar.low
    fills, intents = np.zeros(50, FILL), np.zeros(50, INTENT)
    vetoes = np.zeros(len(bars), np.int64)
    fill_count, intent_count = over_portfolio(
        state.book,
        state.legs,
        state.positions,
        np.repeat(new_policy(**({"sizing": 1, "size": 10.0} | (policy or {}))), legs),
        new_limits(**({"max_positions": legs} | (limits or {}))),
        np.repeat(new_instrument(max_leverage=5.0), legs),
        timeframes,
        events,
        fills,
        intents,
        np.empty(0),
        vetoes,
    )
    return Result(state, fills[:fill_count], intents[:intent_count], vetoes.tolist())


def hourly(leg: int, hour: int, price: float = 100.0, action: int = 0) -> Bar:
    return Bar(leg, DAY_START_MS + hour * HOUR_MS, HOUR_MS, price, action)


def test_two_legs_closing_together_never_race_for_one_position() -> None:
    bars = [hourly(0, 0, action=1), hourly(1, 0, action=1)]
    result = run(bars, 2, limits={"max_positions": 1})
    assert result.intents["leg"].tolist() == [0]
    assert result.vetoes == [Veto.NONE, Veto.MAX_POSITIONS]


def test_leverage_counts_what_other_legs_hold_and_have_ordered() -> None:
    bars = [hourly(0, 0, action=1), hourly(1, 0, action=1)]
    result = run(bars, 2, policy={"size": 60.0})
    assert result.vetoes == [Veto.NONE, Veto.LEVERAGE]


def test_daily_loss_closes_all_legs_also_those_without_a_bar_at_that_boundary() -> None:
    slow = Bar(1, DAY_START_MS, 4 * HOUR_MS, 100.0)
    slow_next = Bar(1, DAY_START_MS + 4 * HOUR_MS, 4 * HOUR_MS, 100.0)
    bars = [hourly(0, hour) for hour in range(8)] + [slow, slow_next]
    bars[3] = hourly(0, 3, action=1)
    bars[8] = Bar(1, DAY_START_MS, 4 * HOUR_MS, 100.0, 1)
    bars[5] = hourly(0, 5, 40.0)
    bars[6], bars[7] = hourly(0, 6, 40.0), hourly(0, 7, 40.0)
    result = run(bars, 2, limits={"max_daily_loss": 0.05})
    halted = result.intents[result.intents["reason"] == int(Reason.DAILY_LOSS)]
    assert sorted(halted["leg"].tolist()) == [0, 1]
    assert {int(lots) for lots in halted["lots"]} == {-1_000_000_000}
    exits = result.fills[result.fills["purpose"] == int(Purpose.EXIT)]
    assert exits["leg"].tolist() == [0]
    assert result.state.legs["exit_lots"][1] != 0


def test_order_given_inside_a_bar_does_not_fill_at_that_bars_open() -> None:
    first = run([hourly(0, 0, action=1), hourly(0, 1)], 1)
    state = first.state
    asked_at = DAY_START_MS + 2 * HOUR_MS + HOUR_MS // 2
    apply_command(state.book[0], state.legs[0], state.positions[0, 0], CLOSE, 0, 0.0, asked_at)
    second = run([hourly(0, 2, 101.0), hourly(0, 3, 102.0)], 1, state)
    assert second.fills["price"].tolist() == [102.0]


def test_reversal_sends_the_entry_after_the_exit_and_marks_the_exit_reduce_only() -> None:
    result = run([hourly(0, 0, action=1), hourly(0, 1), hourly(0, 2, action=-1)], 1)
    exit_, entry = result.intents[1:]
    assert (exit_["purpose"], exit_["reduce_only"]) == (Purpose.EXIT, 1)
    assert (entry["purpose"], entry["after"]) == (Purpose.ENTRY, exit_["order"])
    assert entry["not_before"] == DAY_START_MS + 3 * HOUR_MS
    assert entry["valid_until"] == DAY_START_MS + 4 * HOUR_MS


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0, 1, -1, 2])), min_size=1, max_size=60)
)
def test_shared_book_holds_the_cash_of_all_legs(moves: list[tuple[int, int]]) -> None:
    bars = [
        hourly(leg, hour, 90.0 + (hour * 7) % 20, action if leg == due else 0)
        for hour, (due, action) in enumerate(moves)
        for leg in range(3)
    ]
    result = run(bars, 3, policy={"fee": 0.001})
    cash = 10_000.0
    for fill in result.fills:
        cash -= float(fill["quantity"]) * float(fill["price"]) + float(fill["fee"])
    assert result.state.book["cash"][0] == cash
    held = int((result.state.positions["side"] != 0).sum())
    assert result.state.book["open_positions"][0] == held
