"""Series of a longer timeframe in conditions: when they are seen, and what a definition may say."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.live.admission import WARM_UP_MARGIN
from fairlead.market.instruments import default_instrument
from fairlead.research.proof.prove import prove_version
from fairlead.strategies.faults import InvalidDefinition
from fairlead.strategies.kinds.rules.columns import ColumnCache
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.kinds.rules.form import full_form
from fairlead.strategies.kinds.rules.lower import ColumnKey
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.sessions import VenueDay, sessions_of, slots_holding
from fairlead.strategies.source import version_hash
from tests.indicators.markets import HOUR_MS, market
from tests.strategies.definitions import compiled, crossover, plain
from tests.strategies.test_longer_columns import (
    DAY_MS,
    MINUTE_MS,
    NSE,
    column,
    nse_bars,
)

LONGER_THAN_AN_HOUR: dict[str, Any] = {
    "parameters": {},
    "constraints": [],
    "execution": {"timeframe": "15m"},
    "indicators": {
        "trend": {"kind": "ema", "parameters": {"window": 3}},
        "bands": {"kind": "bollinger", "parameters": {"window": 4}},
    },
    "entry_long": {
        "all": [
            {"left": "close", "op": "crosses_above", "right": "bands.upper@1h"},
            {"left": "trend@1h", "op": "rising", "bars": 2},
        ]
    },
    "entry_short": {"left": "close", "op": "crosses_below", "right": "low@1d"},
    "levels": {"long_stop": "low@1d", "short_stop": "high@1d[1]"},
}


def definition(**changes: Any) -> RulesDocument:
    return read_document(crossover(**(LONGER_THAN_AN_HOUR | changes)))


def test_proof_over_sessions_passes() -> None:
    proof = prove_version(definition(), nse_bars(60, 15 * MINUTE_MS, 6), 1, instrument=NSE)
    assert proof.passed, proof.text
    assert proof.decisions > 20
    assert proof.warm_up_needed is not None


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 9_999), offset=st.integers(1, 400))
def test_late_start_within_sessions_gives_equal_signals(seed: int, offset: int) -> None:
    rules = compiled(**LONGER_THAN_AN_HOUR)
    bars = nse_bars(50, 15 * MINUTE_MS, seed)
    settled = rules.warm_up({})
    whole = rules.signals(bars, {}, instrument=NSE)
    late = rules.signals(bars.slice(offset, len(bars)), {}, instrument=NSE)
    assert offset + settled < len(bars)
    for field in ("action", "stop", "target"):
        full = getattr(whole, field)[offset + settled :]
        assert full.tobytes() == getattr(late, field)[settled:].tobytes(), field


def test_live_evaluation_bar_by_bar_says_what_the_backtest_says() -> None:
    rules, bars = compiled(**LONGER_THAN_AN_HOUR), nse_bars(120, 15 * MINUTE_MS, 11)
    whole = rules.signals(bars, {}, instrument=NSE, complete=True)
    needed = rules.warm_up({}, bars.timeframe_ms, complete=True)
    slots = WARM_UP_MARGIN * slots_holding(needed, bars.timeframe_ms, NSE)
    said = 0
    for last in range(2_000, len(bars), 29):
        start_ms = int(bars.ts[last]) - slots * bars.timeframe_ms
        known = bars.between(start_ms, int(bars.ts[last]) + 1)
        assert needed <= len(known)
        live = rules.signals(known, {}, ColumnCache(), NSE, complete=True)
        for field in ("action", "stop", "target", "atr", "last_of_session"):
            assert getattr(live, field)[-1] == getattr(whole, field)[last], field
        said += int(live.action[-1] != 0)
    assert said > 0


def test_warm_up_counts_longer_bars_and_how_far_back_they_are_read() -> None:
    # a bar that the start may have cut, the one that is read, and how many before it
    for series, longer in (("close@4h", 2), ("close@4h[3]", 5)):
        rules = plain({"left": "close", "op": "gt", "right": series})
        assert rules.warm_up({}) == 4 * longer
    levels = {"levels": {"long_stop": "low@1d"}}
    assert plain({"left": "close", "op": "gt", "right": 1}, **levels).warm_up({}) == 2 * 24


def test_no_entry_comes_before_its_stop_is_known() -> None:
    bars = market(300, 3, missing=0.0, holes=0)
    always = {"left": "close", "op": "gt", "right": 0}
    signals = plain(always, levels={"long_stop": "low@1d"}).signals(bars, {})
    entered = np.flatnonzero(signals.action)
    assert entered[0] == np.flatnonzero((bars.ts + HOUR_MS) % DAY_MS == 0)[0]
    assert (signals.stop[entered] > 0).all()


def test_slope_counts_bars_of_its_own_timeframe() -> None:
    bars = market(300, 7, missing=0.0, holes=0)
    rising = {"left": "close@4h", "op": "rising", "bars": 2}
    compared = {"left": "close@4h", "op": "gt", "right": "close@4h[2]"}
    one, two = plain(rising).signals(bars, {}), plain(compared).signals(bars, {})
    assert one.action.tobytes() == two.action.tobytes()
    assert 50 < int(one.action.sum()) < 250


def test_bars_of_the_longer_timeframe_itself_are_read_as_they_are() -> None:
    bars = market(200, 8, timeframe_ms=4 * HOUR_MS)
    longer = {"left": "close@4h", "op": "gt", "right": "close@4h[2]"}
    base = {"left": "close", "op": "gt", "right": "close[2]"}
    found = plain(longer).signals(bars, {}).action
    assert found[2:].tobytes() == plain(base).signals(bars, {}).action[2:].tobytes()


@pytest.mark.parametrize(
    "operand",
    [
        "trend@1h",
        "trend@60m",
        "trend@60[0]",
        {"series": "trend", "timeframe": "1h"},
        {"series": "trend[0]", "timeframe": 60},
    ],
)
def test_ways_to_name_a_longer_timeframe_are_one_definition(operand: object) -> None:
    written = {"left": "close", "op": "gt", "right": operand}
    indicators = {"trend": {"kind": "ema", "parameters": {"window": 3}}}
    short = {"entry_short": None, "levels": {}, "indicators": indicators}
    document = definition(entry_long=written, **short)
    plain_text = definition(entry_long=written | {"right": "trend@1h"}, **short)
    assert version_hash(document) == version_hash(plain_text)
    form = full_form(document)
    assert form["entry_long"] == {**written, "right": "trend@1h", "within": 1}
    assert version_hash(read_document(form)) == version_hash(document)


@pytest.mark.parametrize(
    ("operand", "path", "message"),
    [
        ("close@10m", "/entry_long/right", "a multiple of the execution timeframe"),
        ("close@15m", "/entry_long/right", "a multiple of the execution timeframe"),
        ("close@50m", "/entry_long/right", "a multiple of the execution timeframe"),
        ("close@40d", "/entry_long/right", "from 1m to 31d"),
        ("close@soon", "/entry_long/right", "a number, a parameter"),
        ("close[1]@1h", "/entry_long/right", "a number, a parameter"),
        ({"series": "close"}, "/entry_long/right", '"timeframe": "4h"'),
        ({"series": "close@1h", "timeframe": "1h"}, "/entry_long/right", '"timeframe": "4h"'),
        ({"series": "close", "timeframe": "1h", "x": 1}, "/entry_long/right", "nothing else"),
        ({"series": "close", "timeframe": True}, "/entry_long/right", '"timeframe": "4h"'),
        ({"series": 5, "timeframe": "1h"}, "/entry_long/right", '"timeframe": "4h"'),
        ("slow@4h", "/entry_long/right", "declared with a timeframe of its own"),
        ("nothing@4h", "/entry_long/right", "no indicator or price nothing"),
        ("trend.upper@4h", "/entry_long/right", "no output upper"),
        ("close@4h[9999]", "/entry_long/right", "bars ago"),
    ],
)
def test_operand_that_cannot_be_is_refused_where_it_stands(
    operand: object, path: str, message: str
) -> None:
    indicators = {
        "trend": {"kind": "ema", "parameters": {"window": 3}},
        "slow": {"kind": "ema", "parameters": {"window": 3}, "timeframe": "1d"},
    }
    entry = {"left": "trend", "op": "gt", "right": operand}
    exits = {"left": "close", "op": "lt", "right": "slow"}
    with pytest.raises(InvalidDefinition) as caught:
        definition(
            entry_long=entry, entry_short=None, exit_long=exits, levels={}, indicators=indicators
        )
    faults = {fault.path: f"{fault.expected} {fault.message}" for fault in caught.value.faults}
    assert message in faults[path]


def test_why_names_the_longer_timeframe() -> None:
    rules = compiled(
        indicators={"slow": {"kind": "sma", "parameters": {"window": 3}, "timeframe": "4h"}},
        parameters={},
        constraints=[],
        entry_long={
            "all": [
                {"left": "close", "op": "gt", "right": "slow"},
                {"left": "high@1d", "op": "rising", "bars": 1},
            ]
        },
        entry_short=None,
        filters={"trend": {"mode": "sma", "window": 2, "timeframe": "1d"}},
    )
    bars = market(200, 9)
    why = rules.why(bars, {})
    texts = {check.path: check.text for check in why.checks}
    assert texts["/entry_long/all/0"] == "close gt slow (4h)"
    assert texts["/entry_long/all/1"] == "high@1d rising over 1"
    assert texts["/filters/trend/long"] == "trend (1d)"
    assert (
        why.values["high@1d"]
        == column(bars, ColumnKey("", "high", (), 0, DAY_MS), VenueDay(0, "always"))[-1]
    )


def test_calendar_without_sessions_has_none() -> None:
    assert sessions_of("always") is None
    made = sessions_of("XBOM")
    assert made is not None
    assert (made.close_ms > made.open_ms).all()
    assert (np.diff(made.day) > 0).all()


@pytest.mark.parametrize("timeframe_ms", [5 * MINUTE_MS, HOUR_MS, DAY_MS])
def test_slots_that_live_trading_warms_up_over_hold_the_bars_that_are_needed(
    timeframe_ms: int,
) -> None:
    wanted = 443
    slots = slots_holding(wanted, timeframe_ms, NSE)
    assert slots_holding(wanted, timeframe_ms, default_instrument("sim:BTC-USDT")) == wanted
    sessions = sessions_of("XBOM")
    assert sessions is not None
    each = np.maximum((sessions.close_ms - sessions.open_ms) // timeframe_ms, 1)
    held = np.concatenate(([0], np.cumsum(each)))
    for last in range(2_000, len(each), 97):
        start_ms = sessions.close_ms[last] - WARM_UP_MARGIN * slots * timeframe_ms
        first = np.searchsorted(sessions.open_ms, start_ms)
        assert held[last + 1] - held[first] >= wanted
    # counted as if the venue never closed, it would not do
    if timeframe_ms < DAY_MS:
        start_ms = sessions.close_ms[-1] - WARM_UP_MARGIN * wanted * timeframe_ms
        assert held[-1] - held[np.searchsorted(sessions.open_ms, start_ms)] < wanted
