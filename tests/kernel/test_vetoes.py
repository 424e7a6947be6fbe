"""Every refused entry has its reason."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.kernel.apply import apply_input
from fairlead.kernel.decide import decide
from fairlead.kernel.reasons import VETO_TEXT, Purpose, Veto
from fairlead.kernel.records import (
    COMMAND,
    INPUT,
    ORDER,
    PAUSE,
    UNKNOWN,
    new_instrument,
    new_limits,
    new_policy,
    new_state,
)
from fairlead.strategies.run import simulate
from tests.kernel.markets import random_case


@dataclass(frozen=True)
class Situation:
    """A flat or holding leg at a close of 100, and what its rules say."""

    policy: dict[str, float] = field(default_factory=dict)
    limits: dict[str, float] = field(default_factory=dict)
    instrument: dict[str, float] = field(default_factory=dict)
    book: dict[str, float] = field(default_factory=dict)
    leg: dict[str, float] = field(default_factory=dict)
    position: dict[str, float] = field(default_factory=dict)
    action: int = 1
    others: int = 0
    last_of_session: int = 0


QUANTITY = {"sizing": 1, "size": 10.0}

SITUATIONS = {
    Veto.POSITION_OPEN: Situation(position={"side": 1, "opened_lots": 5, "average": 100.0}),
    Veto.ORDER_OPEN: Situation(leg={"entry_n": 1, "entry_lots": 5, "orders": 1}),
    Veto.DISABLED: Situation(book={"disabled": 1}),
    Veto.DAILY_LOSS: Situation(book={"halted": 1}),
    Veto.LONG_NOT_ALLOWED: Situation(policy={"allow_long": 0}),
    Veto.SHORT_NOT_ALLOWED: Situation(policy={"allow_short": 0}, action=-1),
    Veto.COOL_DOWN: Situation(leg={"bars": 5, "cool_until": 9}),
    Veto.SESSION_END: Situation(policy={"session_exit": 1}, last_of_session=1),
    Veto.MAX_POSITIONS: Situation(others=1),
    Veto.NO_STOP: Situation(policy={"sizing": 3, "size": 0.01}),
    Veto.FEE_GATE: Situation(policy={"fee": 0.01, "fee_gate_multiple": 3, "take_profit_pct": 0.02}),
    Veto.LEVERAGE: Situation(policy=QUANTITY | {"size": 1_000.0}),
    Veto.EXPOSURE: Situation(policy=QUANTITY | {"size": 60.0}, limits={"max_exposure": 0.5}),
    Veto.ZERO_LOTS: Situation(policy=QUANTITY | {"size": 0.5}),
    Veto.BELOW_MIN_NOTIONAL: Situation(policy=QUANTITY, instrument={"min_notional": 5_000.0}),
    Veto.NO_EQUITY: Situation(book={"equity": -1.0}),
}


def decided(situation: Situation) -> Veto:
    state = new_state(10_000.0)
    policy, limits = new_policy(**situation.policy), new_limits(**situation.limits)
    instrument = new_instrument()
    instrument["lot_num"] = instrument["lot_den"] = 1
    for record, changes in (
        (state.book, situation.book),
        (state.legs, situation.leg),
        (state.positions, situation.position),
        (instrument, situation.instrument),
    ):
        for name, value in changes.items():
            record[name] = value
    veto = decide(
        state.book[0],
        state.legs[0],
        state.positions[0, 0],
        policy[0],
        limits[0],
        instrument[0],
        situation.others,
        0.0,
        1_000,
        101.0,
        99.0,
        100.0,
        situation.action,
        0.0,
        0.0,
        0.0,
        situation.last_of_session,
    )
    return Veto(veto)


@pytest.mark.parametrize("veto", list(SITUATIONS))
def test_entry_in_a_situation_that_forbids_it_is_refused_with_its_reason(veto: Veto) -> None:
    assert decided(SITUATIONS[veto]) == veto


def test_entry_in_a_plain_situation_is_not_refused() -> None:
    assert decided(Situation(policy=QUANTITY)) == Veto.NONE


def test_every_veto_has_a_situation_and_a_text() -> None:
    known = set(SITUATIONS) | {Veto.NONE, Veto.OPEN_BEYOND_STOP}
    assert known == set(Veto) == set(VETO_TEXT)


@settings(max_examples=60)
@given(st.integers(0, 10**6))
def test_every_entry_signal_gives_an_order_or_a_reason(seed: int) -> None:
    case = random_case(seed)
    result = simulate(case.bars, case.signals, case.policy, case.limits, case.instrument, 10_000.0)
    wanted = int(np.isin(case.signals.action, (1, -1)).sum())
    entered = int((result.fills["purpose"] == int(Purpose.ENTRY)).sum())
    leg = result.state.legs[0]
    ordered_last = int(leg["entry_lots"] != 0)
    assert wanted == sum(result.vetoes.values()) + entered + ordered_last


def test_unknown_order_blocks_a_new_entry_and_pause_blocks_all() -> None:
    state = new_state(10_000.0)
    leg = state.legs[0]
    leg.entry_n, leg.entry_lots, leg.orders = 1, 5, 1
    entry = np.zeros(2, INPUT)
    entry["kind"], entry["seq"], entry["code"] = (ORDER, COMMAND), (1, 2), (UNKNOWN, PAUSE)
    entry["order"] = 1
    for record in entry:
        apply_input(
            state.book[0],
            leg,
            state.positions[0, 0],
            new_policy()[0],
            new_instrument()[0],
            record,
        )
    assert (leg.entry_unknown, state.book["disabled"][0]) == (1, 1)
