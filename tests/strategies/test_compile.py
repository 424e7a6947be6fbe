"""Compiled rules: what they say, on what they depend, and what they share."""

from typing import Any

import numpy as np
import pytest

from fairlead.indicators.indicator import read_only_bars
from fairlead.infra.errors import InvalidInput
from fairlead.kernel import rules as interpreter
from fairlead.kernel.series import Bars
from fairlead.kernel.signals import (
    ENTER_LONG,
    ENTER_SHORT,
    EXIT_LONG,
    HOLD,
    Signals,
)
from fairlead.market.instruments import default_instrument
from fairlead.strategies.kinds.rules.columns import ColumnCache
from tests.indicators.markets import market, sessions
from tests.strategies.definitions import ALWAYS_TRUE, DOCUMENTS, compiled, crossover, plain


def compiled_kinds() -> int:
    """Return for how many kinds of columns the interpreter was compiled."""
    return len(getattr(interpreter._interpret, "signatures", ()))


def bars_at(bars: Bars, action: int, signals: Signals) -> set[int]:
    return set(np.flatnonzero(signals.action == action).tolist())


def test_crossover_enters_where_averages_cross() -> None:
    bars = market(400, 1)
    signals = compiled().signals(bars, {})
    fast = np.convolve(bars.close, np.ones(5) / 5, "valid")[15:]
    slow = np.convolve(bars.close, np.ones(20) / 20, "valid")
    above = fast > slow + 1e-9
    below = fast < slow - 1e-9
    for i in range(1, len(slow)):
        action = signals.action[19 + i]
        if above[i] and below[i - 1]:
            assert action == ENTER_LONG
        elif below[i] and above[i - 1]:
            assert action == ENTER_SHORT
    assert (signals.action[:20] == HOLD).all()
    assert {ENTER_LONG, ENTER_SHORT} <= set(signals.action.tolist())


def test_parameters_move_the_signal_and_only_theirs() -> None:
    bars = market(400, 1)
    rules = compiled()
    usual = rules.signals(bars, {})
    assert (rules.signals(bars, {"fast": 8}).action != usual.action).any()
    assert (rules.signals(bars, {"stop_loss_pct": 0.5}).action == usual.action).all()
    assert rules.policy({"stop_loss_pct": 0.5})["stop_loss_pct"][0] == 0.5


def test_axes_follow_from_where_parameters_are_named() -> None:
    rules = compiled(
        parameters={
            **crossover()["parameters"],
            "both": {"type": "int", "low": 2, "high": 5, "default": 3},
            "loss": {"type": "float", "low": 0, "high": 0.5, "default": 0.1},
        },
        exits={"stop_loss_pct": "$loss", "time_stop_bars": "$both", "atr_period": "$both"},
    )
    axes = {parameter.name: parameter.axis for parameter in rules.parameters}
    assert (axes["fast"], axes["both"], axes["loss"]) == ("signal", "signal", "policy")
    assert axes["take_profit_pct"] == "policy"
    assert "stop_loss_pct" not in axes
    assert "time_stop_bars" not in axes


def test_signal_key_is_equal_exactly_for_equal_signals() -> None:
    rules = compiled()
    usual = rules.signal_key({})
    assert rules.signal_key({"stop_loss_pct": 0.3, "size": 2.0}) == usual
    assert rules.signal_key({"fast": 5.0}) == usual
    assert rules.signal_key({"fast": 6}) != usual
    # an ATR stop needs the ATR column: it must not share signals that lack it
    assert rules.signal_key({"atr_stop_multiple": 2.0}) != usual
    everything = rules.signal_key({}, complete=True)
    assert rules.signal_key({"atr_stop_multiple": 2.0, "session_exit": True}) == everything


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"fats": 5}, "no parameter 'fats'"),
        ({"fast": 1}, "from 2 to 50"),
        ({"fast": 2.5}, "whole number"),
        ({"fast": float("nan")}, "whole number"),
        ({"fast": True}, "whole number"),
        ({"fast": "5"}, "whole number"),
        ({"sizing": "half"}, "quantity, fraction, risk"),
        ({"sizing": 7}, "quantity, fraction, risk"),
        ({"allow_short": "no"}, "true or false"),
        ({"stop_loss_pct": float("inf")}, "from 0 to 0.99"),
    ],
)
def test_value_that_does_not_fit_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        compiled().resolve(values)
    assert caught.value.path == next(iter(values))


def test_broken_constraint_is_named_and_refused() -> None:
    rules = compiled()
    assert rules.violations({"fast": 20, "slow": 20}) == ("fast < slow",)
    assert rules.violations({"fast": 20, "slow": 21}) == ()
    with pytest.raises(InvalidInput, match="fast < slow"):
        rules.signals(market(50, 1), {"fast": 20, "slow": 20})


def test_broken_order_of_an_indicator_is_named() -> None:
    rules = compiled(
        indicators={"m": {"kind": "macd", "parameters": {"fast": "$fast", "slow": "$slow"}}},
        constraints=[],
        entry_long={"left": "m", "op": "gt", "right": "m.signal"},
        entry_short=None,
    )
    assert rules.violations({"fast": 30, "slow": 30}) == ("m: fast < slow",)


def test_cache_computes_each_distinct_column_once() -> None:
    bars = market(500, 2)
    rules, cache = compiled(), ColumnCache()
    sets = [{"fast": fast, "slow": slow} for fast in (3, 5) for slow in (20, 30, 40)]
    made = [rules.signals(bars, values, cache) for values in sets]
    averages = 5
    shared = 2  # zeros and session flags
    assert cache.computed == averages + shared
    assert len({id(signals.atr) for signals in made}) == 1
    for values, signals in zip(sets, made, strict=True):
        alone = rules.signals(bars, values)
        assert (signals.action == alone.action).all()


def test_cache_with_other_bars_starts_again() -> None:
    rules, cache = compiled(), ColumnCache()
    first, second = market(300, 1), market(300, 2)
    rules.signals(first, {}, cache)
    again = rules.signals(second, {}, cache)
    assert (again.action == rules.signals(second, {}).action).all()


def test_cache_stays_within_its_limit() -> None:
    bars = market(1_000, 1)
    cache = ColumnCache(limit_bytes=5 * bars.close.nbytes)
    rules = compiled()
    for fast in range(2, 30):
        signals = rules.signals(bars, {"fast": fast, "slow": 60}, cache)
        assert (signals.action == rules.signals(bars, {"fast": fast, "slow": 60}).action).all()
    assert cache.held_bytes <= 5 * bars.close.nbytes


def test_atr_comes_when_the_policy_looks_at_it() -> None:
    bars = market(300, 3)
    rules = compiled()
    assert (rules.signals(bars, {}).atr == 0).all()
    for name in ("atr_stop_multiple", "atr_target_multiple", "atr_trail_multiple"):
        signals = rules.signals(bars, {name: 2.0})
        assert (signals.atr[14:] > 0).all()
        assert not np.isnan(signals.atr).any()
    complete = rules.signals(bars, {}, complete=True)
    assert (complete.atr[14:] > 0).all()


def test_no_entry_comes_before_the_atr_is_known() -> None:
    bars = market(300, 3)
    rules = plain(ALWAYS_TRUE, exits={"atr_period": 50, "atr_stop_multiple": 2.0})
    signals = rules.signals(bars, {})
    assert (signals.action[:50] == HOLD).all()
    assert (signals.action[50:] == ENTER_LONG).all()


def test_negation_of_an_unknown_value_is_no_entry() -> None:
    bars = market(100, 3)
    rules = plain({"not": {"left": "average", "op": "gt", "right": 1e9}})
    signals = rules.signals(bars, {})
    assert (signals.action[:4] == HOLD).all()
    assert (signals.action[4:] == ENTER_LONG).all()


def test_whitelist_keeps_entries_out_and_exits_in() -> None:
    bars = market(300, 4)
    rules = compiled(
        filters={"whitelist": ["binance:BTC-USDT"]},
        exit_long={"left": "quick", "op": "lt", "right": "steady"},
    )
    inside = rules.signals(bars, {}, instrument=default_instrument("binance:BTC-USDT"))
    outside = rules.signals(bars, {}, instrument=default_instrument("binance:ETH-USDT"))
    assert {ENTER_LONG, ENTER_SHORT} <= set(inside.action.tolist())
    assert set(outside.action.tolist()) == {HOLD, EXIT_LONG}
    assert (rules.signals(bars, {}).action == inside.action).all()


FILTERS: dict[str, tuple[dict[str, Any], Any]] = {
    "trend": (
        {"trend": {"mode": "sma", "window": 5}},
        lambda bars, i: bars.close[i] > bars.close[i - 4 : i + 1].mean() + 1e-12,
    ),
    "body": (
        {"body_ratio": 0.5},
        lambda bars, i: abs(bars.close[i] - bars.open[i]) >= 0.5 * (bars.high[i] - bars.low[i]),
    ),
    "relaxed": (
        {"entry_quality": "relaxed"},
        lambda bars, i: abs(bars.close[i] - bars.open[i]) >= 0.3 * (bars.high[i] - bars.low[i]),
    ),
    "window": (
        {"session_window": {"from": "04:00", "to": "09:00"}},
        lambda bars, i: 4 <= (bars.ts[i] // 3_600_000) % 24 < 9,
    ),
    "window over midnight": (
        {"session_window": {"from": "22:00", "to": "02:00"}},
        lambda bars, i: (bars.ts[i] // 3_600_000) % 24 in (22, 23, 0, 1),
    ),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filter_lets_through_what_it_says(name: str) -> None:
    section, passes = FILTERS[name]
    bars = market(400, 5)
    signals = plain(ALWAYS_TRUE, filters=section).signals(bars, {})
    expected = {i for i in range(20, len(bars)) if passes(bars, i)}
    found = {i for i in bars_at(bars, ENTER_LONG, signals) if i >= 20}
    close_calls = 3  # a ratio on the very edge may fall either way
    assert len(expected ^ found) <= close_calls
    assert 20 < len(found) < 380


def test_presets_are_ever_stricter() -> None:
    bars = market(2_000, 6)
    counts = []
    for preset in ("off", "relaxed", "balanced", "strict"):
        signals = plain(ALWAYS_TRUE, filters={"entry_quality": preset}).signals(bars, {})
        counts.append(int((signals.action[60:] == ENTER_LONG).sum()))
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) == 4
    assert counts[-1] > 0


def test_choice_parameter_switches_a_filter() -> None:
    bars = market(400, 7)
    rules = plain(
        ALWAYS_TRUE,
        parameters={"quality": {"type": "choice", "choices": ["off", "strict"], "default": "off"}},
        filters={"entry_quality": "$quality"},
    )
    assert rules.shown({})["quality"] == "off"
    assert (rules.signals(bars, {"quality": "off"}).action == ENTER_LONG).all()
    assert (rules.signals(bars, {"quality": "strict"}).action != ENTER_LONG).any()


def test_levels_stand_where_entries_are() -> None:
    bars = market(300, 8)
    rules = compiled(levels={"long_stop": "low[1]", "long_target": "steady"})
    signals = rules.signals(bars, {})
    entries = np.flatnonzero(signals.action == ENTER_LONG)
    assert entries.size > 0
    assert (signals.stop[entries] == bars.low[entries - 1]).all()
    assert (signals.target[entries] > 0).all()
    rest = np.setdiff1d(np.arange(len(bars)), entries)
    assert not signals.stop[rest].any()
    assert not signals.target[rest].any()


@pytest.mark.parametrize("name", ["averages", "everything", "prices"])
def test_columns_mapped_read_only_give_equal_signals_and_compile_nothing_anew(name: str) -> None:
    bars = market(400, 11)
    ratio = {"left": "body_ratio", "op": "gt", "right": 0.1}
    prices = {"entry_long": {"all": [{"left": "close", "op": "gt", "right": "hl2"}, ratio]}}
    rules = plain(prices["entry_long"]) if name == "prices" else compiled(**DOCUMENTS[name])
    usual = rules.signals(bars, {}, complete=True)
    kinds = compiled_kinds()
    mapped = rules.signals(read_only_bars(bars), {}, complete=True)
    assert (mapped.action == usual.action).all()
    assert (mapped.atr == usual.atr).all()
    assert compiled_kinds() == kinds


def test_exit_equal_to_the_opposite_entry_costs_nothing_and_changes_nothing() -> None:
    bars = market(500, 9)
    exits = {
        "exit_long": crossover()["entry_short"],
        "exit_short": crossover()["entry_long"],
    }
    alone, together = compiled(), compiled(**exits)
    assert (alone.signals(bars, {}).action == together.signals(bars, {}).action).all()
    filtered = compiled(**exits, filters={"trend": {"mode": "sma", "window": 100}})
    actions = filtered.signals(bars, {}).action
    # a sell that the filter refuses as an entry still closes the long position
    assert EXIT_LONG in actions.tolist()


def test_longer_timeframe_that_does_not_fit_the_bars_is_refused() -> None:
    rules = compiled(**DOCUMENTS["everything"])
    bars = sessions(20, 1, timeframe_ms=25 * 60_000)
    with pytest.raises(InvalidInput, match="longer timeframe"):
        rules.signals(bars, {})


def test_lookback_is_the_least_warm_up() -> None:
    assert compiled(execution={"lookback": 700}).warm_up({}) == 700
    assert compiled(execution={"lookback": 3}).warm_up({}) == compiled().warm_up({})


def test_why_holds_exactly_where_the_signal_enters() -> None:
    rules = compiled(
        entry_long={
            "all": [
                {"left": "quick", "op": "gt", "right": "steady"},
                {"left": "close", "op": "gt", "right": "open"},
            ]
        },
        filters={"body_ratio": 0.3},
    )
    bars = market(200, 10)
    signals = rules.signals(bars, {})
    seen = set()
    for end in range(60, 200):
        why = rules.why(bars.slice(0, end), {})
        checks = {check.path: check.holds for check in why.checks}
        entered = signals.action[end - 1] == ENTER_LONG
        assert entered == (checks["/entry_long"] and checks["/filters/body_ratio/long"])
        both = checks["/entry_long/all/0"] and checks["/entry_long/all/1"]
        assert checks["/entry_long"] == both
        assert why.values["close"] == bars.close[end - 1]
        assert set(why.values) == {"quick", "steady", "close", "open"}
        seen.add(entered)
    assert seen == {True, False}
