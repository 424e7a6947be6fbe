"""A definition that is wrong says where, what was expected, and what was found."""

import json
import math
from typing import Any

import pytest

from fairlead.indicators.catalog import INDICATORS
from fairlead.infra.errors import InvalidInput
from fairlead.kernel.records import LIMITS, LIMITS_DEFAULTS, POLICY, POLICY_DEFAULTS
from fairlead.strategies.faults import Fault, InvalidDefinition
from fairlead.strategies.kinds.rules.policy_fields import POLICY_FIELDS
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.schema import definition_schema
from fairlead.strategies.source import parse_json
from tests.strategies.definitions import Definition, crossover

CROSS = {"left": "quick", "op": "crosses_above", "right": "steady"}


def faults_of(data: object) -> list[Fault]:
    with pytest.raises(InvalidDefinition) as caught:
        read_document(data)
    return list(caught.value.faults)


def with_indicator(use: Any) -> Definition:
    made = crossover()
    made["indicators"]["extra"] = use
    made["entry_long"] = {"all": [CROSS, {"left": "extra", "op": "gt", "right": 0}]}
    return made


def with_parameter(declared: Any, place: str = "$level") -> Definition:
    made = crossover()
    made["parameters"]["level"] = declared
    made["entry_long"] = {"all": [CROSS, {"left": "close", "op": "gt", "right": place}]}
    return made


NUMBER = {"type": "float", "low": 1, "high": 9, "default": 5}

# name -> (definition, path of the fault, a part of what was expected, a part of what was found)
WRONG: dict[str, tuple[Any, str, str, str]] = {
    "not an object": ([1], "", "object", "[1]"),
    "unknown section": (crossover(colour=1), "/colour", "exits", "colour"),
    "unknown field": (crossover(exits={"stop": 1}), "/exits/stop", "stop_loss_pct", "stop"),
    "no name": ({"entry_long": CROSS}, "/name", "name", "nothing"),
    "text for a number": (
        crossover(exits={"stop_loss_pct": "2%"}),
        "/exits/stop_loss_pct",
        "number",
        "2%",
    ),
    "true for a number": (
        crossover(exits={"time_stop_bars": True}),
        "/exits/time_stop_bars",
        "whole",
        "True",
    ),
    "out of range": (crossover(exits={"stop_loss_pct": 2}), "/exits/stop_loss_pct", "0.99", "2"),
    "NaN": (crossover(exits={"stop_loss_pct": math.nan}), "/exits/stop_loss_pct", "number", "nan"),
    "infinite": (
        crossover(exits={"take_profit_pct": math.inf}),
        "/exits/take_profit_pct",
        "number",
        "inf",
    ),
    "half a bar": (
        crossover(exits={"time_stop_bars": 1.5}),
        "/exits/time_stop_bars",
        "whole",
        "1.5",
    ),
    "unknown word": (crossover(sizing={"mode": "all"}), "/sizing/mode", "fraction", "all"),
    "number for a switch": (
        crossover(limits={"allow_short": 1}),
        "/limits/allow_short",
        "true",
        "1",
    ),
    "bad timeframe": (crossover(execution={"timeframe": "7x"}), "/execution/timeframe", "5m", "7x"),
    "bad instrument": (
        crossover(execution={"instruments": ["BTC"]}),
        "/execution/instruments/0",
        "binance:BTC-USDT",
        "BTC",
    ),
    "bad tag": (crossover(tags=["A b"]), "/tags/0", "lower-case", "A b"),
    "bad clock": (
        crossover(filters={"session_window": {"from": "9:30", "to": "15:00"}}),
        "/filters/session_window/from",
        "09:30",
        "9:30",
    ),
    "empty window": (
        crossover(filters={"session_window": {"from": "09:30", "to": "09:30"}}),
        "/filters/session_window",
        "different",
        "09:30",
    ),
    "bad condition": (crossover(entry_long=[1]), "/entry_long", "crosses_above", "[1]"),
    "bad operator": (
        crossover(entry_long={**CROSS, "op": ">"}),
        "/entry_long/op",
        "crosses_above",
        ">",
    ),
    "missing side": (
        crossover(entry_long={"left": "quick", "op": "gt"}),
        "/entry_long/right",
        "right",
        "nothing",
    ),
    "empty list": (crossover(entry_long={"all": []}), "/entry_long/all", "at least 1", "[]"),
    "deep inside": (
        crossover(entry_long={"any": [{"not": {"all": [{**CROSS, "left": "Q"}]}}]}),
        "/entry_long/any/0/not/all/0/left",
        "series",
        "Q",
    ),
    "unknown series": (
        crossover(entry_long={**CROSS, "left": "quik"}),
        "/entry_long/left",
        "quick",
        "quik",
    ),
    "unknown output": (
        crossover(entry_long={**CROSS, "left": "quick.upper"}),
        "/entry_long/left",
        "value",
        "upper",
    ),
    "output of a price": (
        crossover(entry_long={**CROSS, "left": "close.upper"}),
        "/entry_long/left",
        "close",
        "upper",
    ),
    "two numbers": (
        crossover(entry_long={"left": 1, "op": "gt", "right": 2}),
        "/entry_long",
        "series",
        "1",
    ),
    "with itself": (
        crossover(entry_long={"left": "quick", "op": "gt", "right": "quick"}),
        "/entry_long",
        "different",
        "quick",
    ),
    "too far back": (
        crossover(entry_long={**CROSS, "left": "quick[9999]"}),
        "/entry_long/left",
        "5000",
        "9999",
    ),
    "nothing to enter": (
        crossover(entry_long=None, entry_short=None, indicators={}, parameters={}, constraints=[]),
        "/entry_long",
        "entry_short",
        "nothing",
    ),
    "unknown indicator": (
        with_indicator({"kind": "smaa"}),
        "/indicators/extra/kind",
        "sma",
        "smaa",
    ),
    "unknown setting": (
        with_indicator({"kind": "sma", "parameters": {"length": 5}}),
        "/indicators/extra/parameters/length",
        "window",
        "length",
    ),
    "setting out of bounds": (
        with_indicator({"kind": "sma", "parameters": {"window": 0}}),
        "/indicators/extra/parameters/window",
        "1 to 5000",
        "0",
    ),
    "input not to be chosen": (
        with_indicator({"kind": "atr", "input": "open"}),
        "/indicators/extra/input",
        "close",
        "open",
    ),
    "fast not below slow": (
        with_indicator({"kind": "macd", "parameters": {"fast": 30}}),
        "/indicators/extra/parameters",
        "fast below slow",
        "30",
    ),
    "shorter timeframe": (
        with_indicator({"kind": "sma", "timeframe": "30m"}),
        "/indicators/extra/timeframe",
        "multiple",
        "30m",
    ),
    "no multiple": (
        with_indicator({"kind": "sma", "timeframe": "90m"}),
        "/indicators/extra/timeframe",
        "multiple",
        "90m",
    ),
    "name of a price": (
        crossover(indicators={**crossover()["indicators"], "close": {"kind": "sma"}}),
        "/indicators/close",
        "no price",
        "close",
    ),
    "unused indicator": (
        crossover(indicators={**crossover()["indicators"], "spare": {"kind": "sma"}}),
        "/indicators/spare",
        "condition",
        "none",
    ),
    "undeclared parameter": (
        crossover(exits={"stop_loss_pct": "$stop"}),
        "/exits/stop_loss_pct",
        "declared",
        "$stop",
    ),
    "unused parameter": (
        crossover(parameters={**crossover()["parameters"], "spare": NUMBER}),
        "/parameters/spare",
        "$spare",
        "none",
    ),
    "parameter without bounds": (
        with_parameter({"type": "float", "high": 1, "default": 1}),
        "/parameters/level/low",
        "number",
        "nothing",
    ),
    "default out of bounds": (
        with_parameter({**NUMBER, "default": 10}),
        "/parameters/level/default",
        "1 to 9",
        "10",
    ),
    "bounds upside down": (
        with_parameter({**NUMBER, "low": 9, "high": 1}),
        "/parameters/level/low",
        "low at most high",
        "9",
    ),
    "half an int": (
        with_parameter({**NUMBER, "type": "int", "default": 1.5}),
        "/parameters/level/default",
        "whole",
        "1.5",
    ),
    "choice without words": (
        with_parameter({"type": "choice", "default": "a"}),
        "/parameters/level/choices",
        "words",
        "[]",
    ),
    "choice as a number": (
        with_parameter({"type": "choice", "choices": ["a"], "default": "a"}),
        "/entry_long/all/1/right",
        "int or float",
        "choice",
    ),
    "parameter wider than its place": (
        crossover(
            parameters={**crossover()["parameters"], "stop": {**NUMBER}},
            exits={"stop_loss_pct": "$stop"},
        ),
        "/exits/stop_loss_pct",
        "0 to 0.99",
        "1 to 9",
    ),
    "policy name elsewhere": (
        crossover(
            parameters={**crossover()["parameters"], "size": NUMBER},
            entry_long={"all": [CROSS, {"left": "close", "op": "gt", "right": "$size"}]},
        ),
        "/parameters/size",
        "/sizing/size",
        "size",
    ),
    "constraint without sense": (
        crossover(constraints=["fast is small"]),
        "/constraints/0",
        "fast < slow",
        "fast is small",
    ),
    "constraint on a stranger": (
        crossover(constraints=["fast < slwo"]),
        "/constraints/0",
        "slow",
        "slwo",
    ),
    "defaults against a constraint": (
        crossover(constraints=["slow < fast"]),
        "/constraints/0",
        "slow < fast",
        "fast = 5",
    ),
    "risk without a stop": (
        crossover(exits={}, sizing={"mode": "risk", "size": 0.01}),
        "/sizing/mode",
        "stop",
        "risk",
    ),
    "risk above everything": (
        crossover(sizing={"mode": "risk", "size": 2}),
        "/sizing/size",
        "at most 1",
        "2",
    ),
    "wrong kind": (crossover(kind="python"), "/kind", "rules", "python"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_definition_names_the_place(name: str) -> None:
    data, path, expected, found = WRONG[name]
    faults = faults_of(data)
    assert [fault.path for fault in faults] == [path]
    assert expected in faults[0].expected
    assert found in faults[0].found
    assert faults[0].message


def test_all_faults_are_listed_at_once() -> None:
    data = crossover(exits={"stop_loss_pct": 7, "stop": 1}, colour=1, tags=["A"])
    assert {fault.path for fault in faults_of(data)} == {
        "/exits/stop_loss_pct",
        "/exits/stop",
        "/colour",
        "/tags/0",
    }


def test_unknown_name_suggests_the_likely_one() -> None:
    (fault,) = faults_of(crossover(exits={"stop_los_pct": 0.1}))
    assert "did you mean stop_loss_pct?" in fault.message


def test_deep_nesting_is_refused_without_recursion() -> None:
    condition: Any = CROSS
    for _ in range(5_000):
        condition = {"not": condition}
    (fault,) = faults_of(crossover(entry_long=condition))
    assert "nested" in fault.expected
    shallow: Any = CROSS
    for _ in range(14):
        shallow = {"not": shallow}
    (fault,) = faults_of(crossover(entry_long=shallow))
    assert "nested at most 12" in fault.expected


@pytest.mark.parametrize("form", [5, "5", "5m", " 5M "])
def test_forms_of_a_timeframe_are_one(form: Any) -> None:
    assert read_document(crossover(execution={"timeframe": form})).execution.timeframe == "5m"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"a": NaN}', "NaN"),
        (b'{"a": Infinity}', "Infinity"),
        (b'{"a": 1, "a": 2}', "given twice"),
        (b'{"a": }', "line 1, column 7"),
        (b"\xff", "UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_text_that_is_no_plain_json_is_refused(text: bytes, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        parse_json(text, "file.json")


def test_schema_is_json_and_refuses_unknown_fields() -> None:
    schema = definition_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert schema["additionalProperties"] is False
    sections = schema["properties"]
    assert isinstance(sections, dict)
    assert {"entry_long", "exits", "filters", "sizing", "limits"} <= set(sections)


def test_policy_fields_are_those_of_the_kernel() -> None:
    """A field that the kernel gains must be one that a definition can set, or be named here."""
    facts_of_the_venue = {"fee", "slippage", "rules", "day_offset_ms"}
    kernel = {*(POLICY.names or ()), *(LIMITS.names or ())} - facts_of_the_venue
    assert {field.name for field in POLICY_FIELDS.values()} == kernel


def test_defaults_of_policy_are_those_of_the_kernel() -> None:
    from fairlead.strategies.kinds.rules.compile import compile_rules

    compiled = compile_rules(read_document(crossover(exits={})))
    for record, defaults in (
        (compiled.policy({}), POLICY_DEFAULTS),
        (compiled.limits({}), LIMITS_DEFAULTS),
    ):
        for name in record.dtype.names or ():
            assert record[name][0] == defaults.get(name, 0), name


def test_every_indicator_can_be_used_by_name() -> None:
    for name, indicator in INDICATORS.items():
        document = read_document(with_indicator({"kind": name}))
        assert document.indicators["extra"].kind == indicator.name
