"""Every template can be used as it is: it trades both ways and all it declares matters."""

import json
from importlib.resources import files

import numpy as np
import pytest

from fairlead.kernel.records import new_instrument
from fairlead.kernel.signals import ENTER_LONG, ENTER_SHORT
from fairlead.strategies.kinds.rules.compile import CompiledRules, compile_rules
from fairlead.strategies.kinds.rules.form import full_form
from fairlead.strategies.kinds.rules.parameters import parameters_of
from fairlead.strategies.kinds.rules.policy_fields import POLICY_FIELDS
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.run import simulate
from fairlead.strategies.source import load_definition
from fairlead.strategies.templates import TEMPLATES, load_template, template_data
from tests.indicators.markets import market

BARS = market(3_000, 12)
COMPILED = {name: compile_rules(load_template(name)) for name in TEMPLATES}


def declared(name: str) -> list[str]:
    return list(load_template(name).parameters)


def nearby(compiled: CompiledRules, name: str) -> float:
    """Return a value beside a parameter's default that keeps all constraints."""
    parameter = next(each for each in compiled.parameters if each.name == name)
    for factor in (1.2, 0.8, 1.5, 0.5):
        value = parameter.default * factor
        value = round(value) if parameter.type == "int" else value
        fits = parameter.low <= value <= parameter.high and value != parameter.default
        if fits and not compiled.violations({name: value}):
            return value
    raise AssertionError(f"{name} cannot be moved")


def test_every_file_is_listed_and_every_listed_one_is_there() -> None:
    folder = files("fairlead.strategies").joinpath("templates")
    assert {entry.name for entry in folder.iterdir()} == {f"{name}.json" for name in TEMPLATES}


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_survives_a_round_trip(name: str) -> None:
    document = load_template(name)
    again = read_document(json.loads(json.dumps(full_form(document))))
    assert full_form(again) == full_form(document)
    assert load_definition(name) == document
    assert isinstance(template_data(name), dict)


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_trades_in_both_directions(name: str) -> None:
    compiled = COMPILED[name]
    run = simulate(
        BARS,
        compiled.signals(BARS, {}),
        compiled.policy({}),
        compiled.limits({}),
        new_instrument(),
        10_000.0,
    )
    assert {1, -1} == set(run.trades["side"].tolist())
    assert len(run.trades) >= 10


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_without_shorts_only_goes_long(name: str) -> None:
    compiled = COMPILED[name]
    run = simulate(
        BARS,
        compiled.signals(BARS, {}),
        compiled.policy({"allow_short": False}),
        compiled.limits({}),
        new_instrument(),
        10_000.0,
    )
    assert set(run.trades["side"].tolist()) == {1}


@pytest.mark.parametrize(
    ("name", "parameter"), [(name, each) for name in TEMPLATES for each in declared(name)]
)
def test_declared_parameter_changes_the_signal(name: str, parameter: str) -> None:
    compiled = COMPILED[name]
    moved = {parameter: nearby(compiled, parameter)}
    before, after = compiled.signals(BARS, {}), compiled.signals(BARS, moved)
    assert (before.action != after.action).any()
    assert compiled.signal_key({}) != compiled.signal_key(moved)


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_has_the_common_policy_parameters(name: str) -> None:
    policy = {each.name for each in parameters_of(load_template(name)) if each.axis == "policy"}
    assert policy == set(POLICY_FIELDS)


@pytest.mark.parametrize("field", POLICY_FIELDS)
def test_policy_parameter_changes_its_record_only(field: str) -> None:
    compiled = COMPILED["sma_crossover"]
    parameter = next(each for each in compiled.parameters if each.name == field)
    value = parameter.high if parameter.default != parameter.high else parameter.low
    records = {
        "policy": (compiled.policy({}), compiled.policy({field: parameter.shown(value)})),
        "limits": (compiled.limits({}), compiled.limits({field: parameter.shown(value)})),
    }
    changed = [
        (record, name)
        for record, (before, after) in records.items()
        for name in before.dtype.names or ()
        if before[name][0] != after[name][0]
    ]
    assert changed == [(POLICY_FIELDS[field].record, field)]


def test_sma_crossover_has_the_promised_parameters() -> None:
    shown = COMPILED["sma_crossover"].shown({})
    assert {name: shown[name] for name in list(shown)[:5]} == {
        "fast": 20,
        "slow": 50,
        "stop_loss_pct": 0.02,
        "take_profit_pct": 0.04,
        "trailing_stop_pct": 0.0,
    }


def test_donchian_breaks_out_of_the_channel_before_the_bar() -> None:
    signals = COMPILED["donchian"].signals(BARS, {"atr_stop_multiple": 0.0})
    for i in np.flatnonzero(signals.action == ENTER_LONG)[:50]:
        assert BARS.close[i] > BARS.high[i - 20 : i].max()
    for i in np.flatnonzero(signals.action == ENTER_SHORT)[:50]:
        assert BARS.close[i] < BARS.low[i - 20 : i].min()
