"""What orders and holding cost: side fees, brokerage with a cap, flat fees, funding, new terms."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.kernel.costs import fee_of
from fairlead.kernel.records import new_limits, new_policy
from fairlead.kernel.series import Bars, bars_of
from fairlead.kernel.signals import ENTER_LONG, ENTER_SHORT, Signals
from fairlead.market.charges.model import BUY, SELL, CostTerms
from fairlead.strategies.run import Simulation, simulate
from tests.kernel.markets import HOUR_MS, START_MS, Case, random_case

CASH = 10_000.0
FEES = {
    "buy_fee": 0.0004,
    "sell_fee": 0.0011,
    "order_fee": 0.0003,
    "order_fee_cap": 2.0,
    "buy_flat": 0.7,
    "sell_flat": 1.3,
}


def quiet_bars(count: int) -> Bars:
    """Return bars whose price never moves."""
    price = np.full(count, 100.0)
    ts = START_MS + HOUR_MS * np.arange(count)
    return bars_of(ts, price, price, price, price, np.ones(count), HOUR_MS)


def signals_at(bars: Bars, actions: dict[int, int]) -> Signals:
    """Return signals that say nothing but these actions."""
    count = len(bars)
    action = np.zeros(count, np.int8)
    for place, value in actions.items():
        action[place] = value
    none = np.zeros(count)
    return Signals(action, none, none, none, np.zeros(count, np.int8))


def _funding(seed: int, bars: int) -> np.ndarray:
    random = np.random.default_rng(seed + 9)
    return np.where(random.random(bars) < 0.1, random.normal(0, 0.001, bars), 0.0)


def _dear(case: Case) -> Case:
    policy = case.policy.copy()
    for name, value in FEES.items():
        policy[name] = value
    return Case(case.bars, case.signals, policy, case.limits, case.instrument)


def _run(case: Case, **costs: object) -> Simulation:
    terms = (case.bars, case.signals, case.policy, case.limits, case.instrument, CASH)
    return simulate(*terms, **costs)  # type: ignore[arg-type]  # named in each test


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_funding_and_changes_are_the_same_bar_by_bar(seed: int) -> None:
    case = _dear(random_case(seed, 200))
    funding = _funding(seed, 200)
    whole = _run(case, funding=funding)
    pieces = _run(case, funding=funding, changes=[(k, case.policy) for k in range(1, 200)])
    assert whole.state.to_bytes() == pieces.state.to_bytes()
    assert whole.fills.tobytes() == pieces.fills.tobytes()
    assert whole.equity.tobytes() == pieces.equity.tobytes()
    assert whole.vetoes == pieces.vetoes


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_cash_is_what_fills_and_funding_left(seed: int) -> None:
    case = _dear(random_case(seed, 200))
    funding = _funding(seed, 200)
    run = _run(case, funding=funding)
    fills, book = run.fills, run.state.book[0]
    held_before = [fills["quantity"][fills["ts"] < ts].sum() for ts in case.bars.ts]
    charges = float((np.array(held_before) * case.bars.open * funding).sum())
    assert float(book["charges"]) == pytest.approx(charges, abs=1e-6)
    paid = float((fills["quantity"] * fills["price"] + fills["fee"]).sum())
    assert float(book["cash"]) == pytest.approx(CASH - paid - charges, abs=1e-6)


def test_longs_pay_funding_and_shorts_receive_it() -> None:
    bars = quiet_bars(12)
    funding = np.zeros(12)
    funding[6] = 0.001
    for action, sign in ((ENTER_LONG, 1), (ENTER_SHORT, -1)):
        case = Case(
            bars,
            signals_at(bars, {3: action}),
            new_policy(size=1.0, sizing=1),
            new_limits(),
            random_case(1, 20).instrument,
        )
        book = _run(case, funding=funding).state.book[0]
        assert float(book["charges"]) == pytest.approx(sign * float(bars.open[6]) * 0.001)


RATE = st.decimals("0", "0.01", places=6)
FLAT = st.decimals("0", "50", places=2)


@given(RATE, RATE, RATE, FLAT, FLAT, FLAT, st.floats(1, 1e7))
def test_kernel_charges_what_the_terms_say(
    buy: Decimal,
    sell: Decimal,
    order: Decimal,
    cap: Decimal,
    bought: Decimal,
    sold: Decimal,
    value: float,
) -> None:
    terms = CostTerms(buy, sell, order, cap, bought, sold)
    policy = new_policy(
        buy_fee=float(buy),
        sell_fee=float(sell),
        order_fee=float(order),
        order_fee_cap=float(cap),
        buy_flat=float(bought),
        sell_flat=float(sold),
    )[0]
    for lots, side in ((5, BUY), (-5, SELL)):
        assert fee_of(policy, lots, value) == terms.fee_of(side, value)


def test_entry_with_all_cash_leaves_room_for_its_own_fees() -> None:
    bars = quiet_bars(10)
    policy = new_policy(size=1.0, fee=0.001, **FEES)
    case = Case(
        bars, signals_at(bars, {2: ENTER_LONG}), policy, new_limits(), random_case(1, 20).instrument
    )
    book = _run(case).state.book[0]
    assert int(book["fills"]) == 1
    assert 0.0 <= float(book["cash"]) < 0.11  # less than one lot is left
