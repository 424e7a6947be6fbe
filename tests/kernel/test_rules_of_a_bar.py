"""The semantics of a bar: where fills happen, which level wins, when nothing may happen."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.kernel.reasons import Purpose, Reason
from fairlead.kernel.records import new_instrument, new_limits, new_policy
from fairlead.kernel.series import Bars, bars_of
from fairlead.kernel.signals import plain_signals
from fairlead.kernel.switches import (
    ANCHOR_ON_CLOSE,
    GAP_AT_LEVEL,
    NO_ENTRY_BAR_EXITS,
    TARGET_FIRST,
)
from fairlead.strategies.run import Simulation, simulate
from tests.kernel.markets import HOUR_MS, START_MS, random_case

INSTRUMENT = new_instrument(tick=Decimal("0.01"), lot=Decimal("1"), max_leverage=10.0)


def bars_from(rows: list[tuple[float, float, float, float]]) -> Bars:
    values = np.array(rows, np.float64)
    ts = START_MS + np.arange(len(rows)) * HOUR_MS
    opens, highs, lows, closes = values.T
    return bars_of(ts, opens, highs, lows, closes, np.ones(len(rows)), HOUR_MS)


def run(
    rows: list[tuple[float, float, float, float]], actions: list[int], **policy: float
) -> Simulation:
    signals = plain_signals(np.array(actions, np.int8))
    fields = {"sizing": 1, "size": 10.0} | policy
    return simulate(
        bars_from(rows), signals, new_policy(**fields), new_limits(), INSTRUMENT, 100_000.0
    )


QUIET = (100.0, 100.0, 100.0, 100.0)


def test_market_entry_fills_at_the_next_open_worsened_by_slippage() -> None:
    result = run([QUIET, (101.0, 102.0, 100.5, 101.5)], [1, 0], slippage=0.001)
    assert result.fills["price"].tolist() == [101.11]
    assert result.fills["ts"].tolist() == [START_MS + HOUR_MS]


def test_bar_that_touches_stop_and_target_fills_the_stop_and_says_ambiguous() -> None:
    rows = [QUIET, QUIET, (100.0, 105.0, 97.0, 100.0)]
    levels = {"stop_loss_pct": 0.02, "take_profit_pct": 0.04}
    result = run(rows, [1, 0, 0], **levels)
    assert result.trades["reason"].tolist() == [Reason.STOP]
    assert result.trades["exit_price"].tolist() == [98.0]
    assert result.trades["ambiguous"].tolist() == [1]
    other = run(rows, [1, 0, 0], rules=TARGET_FIRST, **levels)
    assert other.trades["exit_price"].tolist() == [104.0]


def test_gap_through_the_stop_fills_at_the_open() -> None:
    rows = [QUIET, QUIET, (95.0, 96.0, 94.0, 95.0)]
    assert run(rows, [1, 0, 0], stop_loss_pct=0.02).trades["exit_price"].tolist() == [95.0]
    kinder = run(rows, [1, 0, 0], stop_loss_pct=0.02, rules=GAP_AT_LEVEL)
    assert kinder.trades["exit_price"].tolist() == [98.0]


def test_gap_beyond_the_target_fills_there_though_the_stop_is_touched_later() -> None:
    rows = [QUIET, QUIET, (106.0, 107.0, 97.0, 100.0)]
    result = run(rows, [1, 0, 0], stop_loss_pct=0.02, take_profit_pct=0.04)
    assert result.trades["exit_price"].tolist() == [106.0]
    assert result.trades["ambiguous"].tolist() == [0]


def test_exits_work_on_the_rest_of_the_entry_bar() -> None:
    rows = [QUIET, (100.0, 100.5, 97.0, 99.0), (99.0, 99.0, 99.0, 99.0)]
    result = run(rows, [1, 0, 0], stop_loss_pct=0.02)
    assert result.trades["bars_held"].tolist() == [1]
    later = run(rows, [1, 0, 0], stop_loss_pct=0.02, rules=NO_ENTRY_BAR_EXITS)
    assert later.trades.shape[0] == 0


def test_percent_levels_anchor_on_the_entry_fill() -> None:
    rows = [QUIET, (110.0, 111.0, 109.0, 110.0), (110.0, 110.0, 107.0, 108.0)]
    assert run(rows, [1, 0, 0], stop_loss_pct=0.02).trades["exit_price"].tolist() == [107.8]
    anchored = run(rows, [1, 0, 0], stop_loss_pct=0.02, rules=ANCHOR_ON_CLOSE)
    assert anchored.trades.shape[0] == 0


def test_short_position_mirrors_a_long_one() -> None:
    rows = [QUIET, QUIET, (100.0, 103.0, 99.0, 100.0)]
    result = run(rows, [-1, 0, 0], stop_loss_pct=0.02)
    assert result.trades["exit_price"].tolist() == [102.0]
    assert result.trades["pnl"].tolist() == [-20.0]


def test_opposite_signal_reverses_where_shorting_is_allowed_and_closes_elsewhere() -> None:
    rows = [QUIET] * 4
    reversed_ = run(rows, [1, 0, -1, 0])
    assert reversed_.state.positions["side"][0, 0] == -1
    assert reversed_.trades["reason"].tolist() == [Reason.REVERSE]
    closed = run(rows, [1, 0, -1, 0], allow_short=0)
    assert closed.state.positions["side"][0, 0] == 0
    assert closed.trades["reason"].tolist() == [Reason.SIGNAL]


def test_trailing_stop_moves_only_at_a_close() -> None:
    rows = [QUIET, QUIET, (100.0, 110.0, 99.5, 109.0), (109.0, 109.0, 106.0, 107.0)]
    result = run(rows, [1, 0, 0, 0], trailing_stop_pct=0.02)
    assert result.trades["exit_price"].tolist() == [107.8]
    assert result.trades["reason"].tolist() == [Reason.TRAIL]


def test_break_even_moves_the_stop_to_the_average_entry() -> None:
    rows = [QUIET, QUIET, (100.0, 102.0, 100.0, 101.0), (101.0, 101.0, 99.0, 100.0)]
    result = run(rows, [1, 0, 0, 0], stop_loss_pct=0.05, break_even_pct=0.01)
    assert result.trades["exit_price"].tolist() == [100.0]
    assert result.trades["reason"].tolist() == [Reason.BREAK_EVEN]


def test_time_stop_closes_at_the_open_after_its_last_bar() -> None:
    result = run([QUIET] * 6, [1, 0, 0, 0, 0, 0], time_stop_bars=2)
    assert result.trades["reason"].tolist() == [Reason.TIME]
    assert result.trades["bars_held"].tolist() == [3]


def test_daily_loss_flattens_and_halts_until_the_next_day() -> None:
    fall = [QUIET, QUIET, (100.0, 100.0, 90.0, 90.0)] + [(90.0, 90.0, 90.0, 90.0)] * 30
    signals = plain_signals(np.array([1, 0, 0, 0, 1] + [0] * 20 + [1] + [0] * 7, np.int8))
    limits = new_limits(max_daily_loss=0.05)
    policy = new_policy(sizing=2, size=0.9)
    result = simulate(bars_from(fall), signals, policy, limits, INSTRUMENT, 100_000.0)
    assert result.trades["reason"].tolist() == [Reason.DAILY_LOSS]
    assert result.fills["purpose"].tolist() == [Purpose.ENTRY, Purpose.EXIT, Purpose.ENTRY]


@settings(max_examples=60)
@given(st.integers(0, 10**6))
def test_no_fill_lies_outside_its_bar_before_slippage(seed: int) -> None:
    case = random_case(seed)
    case.policy["slippage"] = 0.0
    result = simulate(case.bars, case.signals, case.policy, case.limits, case.instrument, 10_000.0)
    for fill in result.fills:
        bar = int(np.searchsorted(case.bars.ts, fill["ts"]))
        assert case.bars.low[bar] <= fill["price"] <= case.bars.high[bar]


@settings(max_examples=60)
@given(st.integers(0, 10**6))
def test_cash_equals_the_ordered_fold_of_the_fills(seed: int) -> None:
    case = random_case(seed)
    result = simulate(case.bars, case.signals, case.policy, case.limits, case.instrument, 10_000.0)
    cash, exact = 10_000.0, Decimal(10_000)
    for fill in result.fills:
        cash -= float(fill["quantity"]) * float(fill["price"]) + float(fill["fee"])
        quantity = int(fill["lots"]) * Decimal("0.001")
        exact -= quantity * Decimal(repr(float(fill["price"]))) + Decimal(float(fill["fee"]))
    assert result.state.book["cash"][0] == cash
    assert abs(Decimal(cash) - exact) < Decimal("1e-6")


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(50, 350))
def test_no_decision_uses_a_later_bar(seed: int, cut: int) -> None:
    case = random_case(seed)
    whole = simulate(case.bars, case.signals, case.policy, case.limits, case.instrument, 10_000.0)
    poisoned = case.bars.slice(0, len(case.bars))
    for column in (poisoned.open, poisoned.high, poisoned.low, poisoned.close):
        column[cut:] *= 7.0
    other = simulate(poisoned, case.signals, case.policy, case.limits, case.instrument, 10_000.0)
    before = case.bars.ts[cut]
    assert (
        whole.fills[whole.fills["ts"] < before].tobytes()
        == other.fills[other.fills["ts"] < before].tobytes()
    )
    assert whole.equity[:cut].tobytes() == other.equity[:cut].tobytes()


@pytest.mark.parametrize("seed", range(8))
def test_trades_add_up_to_what_the_book_realised(seed: int) -> None:
    case = random_case(seed, 2_000)
    result = simulate(case.bars, case.signals, case.policy, case.limits, case.instrument, 10_000.0)
    assert result.trades.shape[0] == result.state.book["trades"][0]
    assert result.trades["pnl"].sum() == pytest.approx(result.state.book["realised"][0])
