"""A definition that is wrong says where, what was expected, and what was found."""

import json
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
from tests.strategies.definitions import crossover
from tests.strategies.wrong_definitions import CROSS, WRONG, with_indicator


def faults_of(data: object) -> list[Fault]:
    with pytest.raises(InvalidDefinition) as caught:
        read_document(data)
    return list(caught.value.faults)


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
    facts_of_the_venue |= {"buy_fee", "sell_fee", "order_fee", "order_fee_cap"}
    facts_of_the_venue |= {"buy_flat", "sell_flat"}
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
