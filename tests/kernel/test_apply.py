"""Fills, outcomes and commands folded into a book."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise, permutations
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.kernel.apply import apply_fill, apply_input
from fairlead.kernel.reasons import Purpose
from fairlead.kernel.records import (
    CANCELLED,
    CHARGE,
    CLOSE,
    COMMAND,
    FILL_INPUT,
    INPUT,
    MOVE_STOP,
    ORDER,
    PAUSE,
    REFUSED,
    RESOLVED,
    RESUME,
    UNKNOWN,
    State,
    new_instrument,
    new_policy,
    new_state,
)

INSTRUMENT = new_instrument(tick=Decimal("0.01"), lot=Decimal("0.001"))
POLICY = new_policy(stop_loss_pct=0.02, take_profit_pct=0.04)


@dataclass(frozen=True)
class Fill:
    id: int
    order: int
    purpose: Purpose
    lots: int
    price: Decimal
    fee: Decimal


def book_with_orders(entry: int, exit_: int) -> State:
    state = new_state(10_000.0)
    leg = state.legs[0]
    leg.orders = 2
    leg.entry_n, leg.entry_lots = 1, entry
    leg.exit_n, leg.exit_lots = 2, exit_
    return state


def fold(state: State, fills: list[Fill]) -> list[bool]:
    return [
        apply_fill(
            state.book[0],
            state.legs[0],
            state.positions[0, 0],
            POLICY[0],
            INSTRUMENT[0],
            fill.id,
            1_000 + fill.id,
            fill.order,
            int(fill.purpose),
            fill.lots,
            float(fill.price),
            float(fill.fee),
            0,
        )
        for fill in fills
    ]


def ledger_cash(fills: list[Fill]) -> Decimal:
    """Return the exact cash after each distinct fill, in decimals."""
    seen = {fill.id: fill for fill in fills}.values()
    lot = Decimal("0.001")
    spent = sum((fill.lots * lot * fill.price + fill.fee for fill in seen), Decimal(0))
    return Decimal(10_000) - spent


def parts(total: int, cuts: list[int]) -> list[int]:
    """Cut `total` lots into positive parts at the given places."""
    edges = sorted({0, total, *(cut % total for cut in cuts)})
    return [b - a for a, b in pairwise(edges)]


@st.composite
def partial_fills(draw: st.DrawFn) -> tuple[int, int, list[Fill]]:
    side = draw(st.sampled_from([1, -1]))
    opened = draw(st.integers(1, 5_000))
    closed = draw(st.integers(1, opened))
    price = st.decimals("50", "150", places=2)
    fee = st.decimals("0", "2", places=4)
    fills: list[Fill] = []
    for purpose, total, sign in ((Purpose.ENTRY, opened, side), (Purpose.EXIT, closed, -side)):
        for lots in parts(total, draw(st.lists(st.integers(0, 10**6), max_size=5))):
            number = len(fills) + 1
            order = 1 if purpose == Purpose.ENTRY else 2
            fills.append(Fill(number, order, purpose, sign * lots, draw(price), draw(fee)))
    return side * opened, -side * closed, fills


@settings(max_examples=300)
@given(partial_fills(), st.randoms(use_true_random=False), st.data())
def test_fills_in_any_order_partial_or_repeated_give_one_position_and_ledger(
    orders: tuple[int, int, list[Fill]], random: Random, data: st.DataObject
) -> None:
    entry, exit_, fills = orders
    repeated = fills + data.draw(st.lists(st.sampled_from(fills), max_size=6))
    random.shuffle(repeated)
    straight, shuffled = book_with_orders(entry, exit_), book_with_orders(entry, exit_)
    fold(straight, fills)
    folded = fold(shuffled, repeated)
    assert sum(folded) == len(fills)
    a, b = straight.positions[0, 0], shuffled.positions[0, 0]
    for name in ("side", "opened_lots", "closed_lots"):
        assert a[name] == b[name]
    for name in ("average", "quantity", "stop", "target", "fees"):
        assert b[name] == pytest.approx(a[name], rel=1e-9)
    for name in ("entry_lots", "exit_lots", "early_lots"):
        assert shuffled.legs[name][0] == straight.legs[name][0]
    assert Decimal(float(shuffled.book["cash"][0])) == pytest.approx(
        ledger_cash(repeated), abs=Decimal("1e-6")
    )
    assert shuffled.book["realised"][0] == pytest.approx(straight.book["realised"][0], abs=1e-6)


def test_reversal_whose_entry_fills_before_its_exit_ends_as_if_in_order() -> None:
    fills = [
        Fill(2, 2, Purpose.EXIT, -1_000, Decimal("110"), Decimal("0.1")),
        Fill(3, 3, Purpose.ENTRY, -300, Decimal("111"), Decimal("0.1")),
        Fill(4, 3, Purpose.ENTRY, -200, Decimal("112"), Decimal("0.1")),
    ]
    results = set()
    for order in permutations(fills):
        state = new_state(10_000.0)
        state.legs["entry_n"], state.legs["entry_lots"] = 1, 1_000
        fold(state, [Fill(1, 1, Purpose.ENTRY, 1_000, Decimal("100"), Decimal("0.1"))])
        leg = state.legs[0]
        leg.exit_n, leg.exit_lots, leg.entry_n, leg.entry_lots = 2, -1_000, 3, -500
        fold(state, list(order))
        position = state.positions[0, 0]
        results.add(
            (
                int(position.side),
                int(position.opened_lots),
                round(float(position.average), 9),
                round(float(state.book["realised"][0]), 9),
                int(state.book["trades"][0]),
                int(leg.entry_lots),
                int(leg.exit_lots),
            )
        )
    assert results == {(-1, 500, 111.4, 9.8, 1, 0, 0)}


def test_planted_bug_a_fill_folded_twice_changes_the_ledger() -> None:
    fill = Fill(1, 1, Purpose.ENTRY, 1_000, Decimal("100"), Decimal("0.1"))
    state = book_with_orders(2_000, 0)
    fold(state, [fill])
    state.legs["seen_count"] = 0  # the plant: forget what was folded
    fold(state, [fill])
    assert Decimal(float(state.book["cash"][0])) != ledger_cash([fill])


def test_levels_follow_the_average_while_the_entry_fills() -> None:
    state = book_with_orders(2_000, 0)
    fold(state, [Fill(1, 1, Purpose.ENTRY, 1_000, Decimal("100"), Decimal(0))])
    assert state.positions[0, 0].stop == 98.0
    fold(state, [Fill(2, 1, Purpose.ENTRY, 1_000, Decimal("110"), Decimal(0))])
    assert state.positions[0, 0].average == 105.0
    assert state.positions[0, 0].stop == 102.9
    assert state.positions[0, 0].target == 109.2


def entry_of(kind: int, seq: int, **fields: float) -> Any:
    record = np.zeros(1, INPUT)
    record["kind"], record["seq"] = kind, seq
    for name, value in fields.items():
        record[name] = value
    return record[0]


def apply_to(state: State, entry: Any) -> bool:
    return apply_input(
        state.book[0],
        state.legs[0],
        state.positions[0, 0],
        POLICY[0],
        INSTRUMENT[0],
        entry,
    )


@pytest.mark.parametrize("code", [REFUSED, CANCELLED])
def test_entry_that_was_refused_or_cancelled_is_forgotten(code: int) -> None:
    state = book_with_orders(1_000, 0)
    assert apply_to(state, entry_of(ORDER, 1, order=1, code=code))
    assert state.legs["entry_lots"][0] == 0


def test_unknown_entry_keeps_its_risk_until_it_is_resolved() -> None:
    state = book_with_orders(1_000, 0)
    apply_to(state, entry_of(ORDER, 1, order=1, code=UNKNOWN))
    assert (state.legs["entry_lots"][0], state.legs["entry_unknown"][0]) == (1_000, 1)
    apply_to(state, entry_of(ORDER, 2, order=1, code=RESOLVED))
    assert (state.legs["entry_lots"][0], state.legs["entry_unknown"][0]) == (1_000, 0)


def test_outcome_of_an_older_order_changes_nothing() -> None:
    state = book_with_orders(1_000, 0)
    apply_to(state, entry_of(ORDER, 1, order=7, code=CANCELLED))
    assert state.legs["entry_lots"][0] == 1_000


def test_rest_of_a_partly_closed_entry_that_is_cancelled_ends_the_trip() -> None:
    state = book_with_orders(1_000, -400)
    fold(state, [Fill(1, 1, Purpose.ENTRY, 400, Decimal("100"), Decimal(0))])
    fold(state, [Fill(2, 2, Purpose.EXIT, -400, Decimal("101"), Decimal(0))])
    assert state.book["trades"][0] == 0
    apply_to(state, entry_of(ORDER, 1, order=1, code=CANCELLED))
    assert state.book["trades"][0] == 1
    assert state.positions["side"][0, 0] == 0


def test_repeated_journal_number_folds_once() -> None:
    state = new_state(100.0)
    assert apply_to(state, entry_of(CHARGE, 1, amount=5.0))
    assert not apply_to(state, entry_of(CHARGE, 1, amount=5.0))
    assert (state.book["cash"][0], state.book["charges"][0]) == (95.0, 5.0)


def test_fill_that_comes_through_the_journal_equals_a_direct_one() -> None:
    direct, journal = book_with_orders(1_000, 0), book_with_orders(1_000, 0)
    fold(direct, [Fill(1, 1, Purpose.ENTRY, 1_000, Decimal("100"), Decimal("0.1"))])
    entry = entry_of(
        FILL_INPUT, 1, id=1, ts=1_001, order=1, purpose=1, lots=1_000, price=100.0, amount=0.1
    )
    apply_to(journal, entry)
    journal.book["seq"] = 0
    assert journal.to_bytes() == direct.to_bytes()


def test_commands_pause_resume_close_and_move_the_stop() -> None:
    state = book_with_orders(1_000, 0)
    fold(state, [Fill(1, 1, Purpose.ENTRY, 1_000, Decimal("100"), Decimal(0))])
    apply_to(state, entry_of(COMMAND, 1, code=PAUSE))
    assert state.book["disabled"][0] == 1
    apply_to(state, entry_of(COMMAND, 2, code=RESUME))
    assert state.book["disabled"][0] == 0
    apply_to(state, entry_of(COMMAND, 3, code=MOVE_STOP, price=99.5))
    assert state.positions["stop"][0, 0] == 99.5
    apply_to(state, entry_of(COMMAND, 4, code=CLOSE, ts=5_000))
    assert (state.legs["exit_lots"][0], state.legs["exit_from"][0]) == (-1_000, 5_000)
