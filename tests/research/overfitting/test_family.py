"""Clones are one idea, other rules are another."""

from collections.abc import Callable
from typing import Any

import pytest

from fairlead.research.overfitting.family import idea_of
from fairlead.strategies.kinds.rules.form import full_form
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.templates import TEMPLATES, load_template, template_data

Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> str:
    data: Any = template_data("sma_crossover")
    change(data)
    return idea_of(full_form(read_document(data)))


def rename_indicators(data: dict[str, Any]) -> None:
    data["indicators"] = {
        "a": data["indicators"]["fast_average"],
        "b": data["indicators"]["slow_average"],
    }
    for part in ("entry_long", "entry_short", "exit_long", "exit_short"):
        data[part] = {**data[part], "left": "a", "right": "b"}


def rename_parameters(data: dict[str, Any]) -> None:
    data["parameters"] = {"x": data["parameters"]["fast"], "y": data["parameters"]["slow"]}
    data["constraints"] = ["x < y"]
    data["indicators"]["fast_average"]["parameters"] = {"window": "$x"}
    data["indicators"]["slow_average"]["parameters"] = {"window": "$y"}


def fix_numbers(data: dict[str, Any]) -> None:
    data.update(parameters={}, constraints=[])
    data["indicators"]["fast_average"]["parameters"] = {"window": 9}
    data["indicators"]["slow_average"]["parameters"] = {"window": 21}


COPIES: dict[str, Change] = {
    "as it is": dict,
    "another name": lambda data: data.update(name="Mine", description="", tags=[]),
    "another timeframe": lambda data: data.update(execution={"timeframe": "4h"}),
    "other bounds": lambda data: data["parameters"]["fast"].update(high=99, default=7),
    "fixed numbers": fix_numbers,
    "other exits": lambda data: data.update(exits={"stop_loss_pct": 0.05}),
    "a filter": lambda data: data.update(filters={"trend": {"mode": "ema"}}),
    "another sizing": lambda data: data.update(sizing={"mode": "risk", "size": 0.01}),
    "within bars": lambda data: data["entry_long"].update(within=3),
    "wrapped in all": lambda data: data.update(entry_long={"all": [data["entry_long"]]}),
    "indicators renamed": rename_indicators,
    "parameters renamed": rename_parameters,
}
OTHERS: dict[str, Change] = {
    "another operator": lambda data: data["entry_long"].update(op="gt"),
    "another indicator": lambda data: data["indicators"]["fast_average"].update(kind="ema"),
    "another input": lambda data: data["indicators"]["fast_average"].update(input="high"),
    "another exit": lambda data: data.pop("exit_long"),
    "a condition more": lambda data: data.update(
        entry_long={"all": [data["entry_long"], {"left": "close", "op": "rising"}]}
    ),
}


@pytest.mark.parametrize("name", COPIES)
def test_idea_of_a_copy_is_that_of_the_original(name: str) -> None:
    original = idea_of(full_form(load_template("sma_crossover")))
    assert changed(COPIES[name]) == original


@pytest.mark.parametrize("name", OTHERS)
def test_idea_of_other_rules_is_another(name: str) -> None:
    assert changed(OTHERS[name]) != idea_of(full_form(load_template("sma_crossover")))


def test_ideas_of_templates_differ() -> None:
    assert len({idea_of(full_form(load_template(name))) for name in TEMPLATES}) == len(TEMPLATES)


def test_idea_order_of_parts_does_not_count() -> None:
    parts = [{"left": "close", "op": "rising"}, {"left": "volume", "op": "falling"}]
    forward = changed(lambda data: data.update(entry_long={"any": parts}))
    assert changed(lambda data: data.update(entry_long={"any": parts[::-1]})) == forward
