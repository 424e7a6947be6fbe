"""Equal meaning, equal hash; other meaning, other hash."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.strategies.canonical import canonical_json, changes_between
from fairlead.strategies.kinds.rules.form import full_form
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.model import Json
from fairlead.strategies.source import version_hash
from fairlead.strategies.templates import TEMPLATES, load_template
from tests.strategies.definitions import crossover


def hash_of(data: Any) -> str:
    return version_hash(read_document(data))


def shuffled(value: Any, draw: Callable[[Any], Any]) -> Any:
    """Return equal data: members in another order, whole numbers as floats."""
    if isinstance(value, dict):
        names = draw(st.permutations(list(value)))
        return {name: shuffled(value[name], draw) for name in names}
    if isinstance(value, list):
        return [shuffled(item, draw) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and draw(st.booleans()):
        return float(value)
    return value


@settings(max_examples=60, deadline=None)
@given(data=st.data(), name=st.sampled_from(TEMPLATES))
def test_order_of_members_and_form_of_numbers_do_not_matter(data: st.DataObject, name: str) -> None:
    document = load_template(name)
    other = shuffled(full_form(document), data.draw)
    other["execution"]["lookback"] = int(other["execution"]["lookback"])
    assert hash_of(json.loads(json.dumps(other))) == version_hash(document)


@pytest.mark.parametrize("name", TEMPLATES)
def test_defaults_written_out_do_not_matter(name: str) -> None:
    document = load_template(name)
    written = read_document(full_form(document))
    assert version_hash(written) == version_hash(document)
    assert full_form(written) == full_form(document)


SAME: dict[str, dict[str, Any]] = {
    "other words": {"description": "Else.", "name": "Else", "tags": []},
    "number with zeros": {"exits": {"stop_loss_pct": 2e-2}},
    "default written": {"exits": {"stop_loss_pct": 0.02, "time_stop_bars": 0}},
    "minus zero": {"exits": {"stop_loss_pct": 0.02, "break_even_pct": -0.0}},
    "form of the timeframe": {"execution": {"timeframe": 60}},
    "zero bars ago": {"entry_long": {"left": "quick[0]", "op": "crosses_above", "right": "steady"}},
    "constraint the other way": {"constraints": ["slow > fast"]},
    "constraint twice": {"constraints": ["fast < slow", "fast<slow"]},
    "input written": {
        "indicators": {
            "quick": {"kind": "sma", "input": "close", "parameters": {"window": "$fast"}},
            "steady": {"kind": "sma", "parameters": {"window": "$slow"}},
        }
    },
}
OTHER: dict[str, dict[str, Any]] = {
    "another stop": {"exits": {"stop_loss_pct": 0.021}},
    "another default": {
        "parameters": {
            "fast": {"type": "int", "low": 2, "high": 50, "default": 6},
            "slow": {"type": "int", "low": 3, "high": 200, "default": 20},
        }
    },
    "another side": {"entry_short": None},
    "another filter": {"filters": {"body_ratio": 0.1}},
    "another constraint": {"constraints": ["fast <= slow"]},
    "another timeframe": {"execution": {"timeframe": "4h"}},
    "a lookback": {"execution": {"lookback": 500}},
    "an exit": {"exit_long": {"left": "quick", "op": "lt", "right": "steady"}},
    "an absolute stop": {"levels": {"long_stop": "steady"}},
}


@pytest.mark.parametrize("name", SAME)
def test_equal_meaning_gives_an_equal_hash(name: str) -> None:
    assert hash_of(crossover(**SAME[name])) == hash_of(crossover())


@pytest.mark.parametrize("name", OTHER)
def test_other_meaning_gives_another_hash(name: str) -> None:
    assert hash_of(crossover(**OTHER[name])) != hash_of(crossover())


def test_hashes_of_templates_are_pinned() -> None:
    """Versions are stored under these hashes: a change of form must never change them."""
    assert {name: version_hash(load_template(name))[:12] for name in TEMPLATES} == PINNED


PINNED = {
    "sma_crossover": "aac37d460640",
    "ema_crossover": "007c04685ea2",
    "rsi_reversion": "43874ac6cd42",
    "bollinger_breakout": "b30cef70cfa9",
    "donchian": "e647f3f1a63c",
    "macd": "7e5bb04d3f31",
    "supertrend": "a7c7bc69848c",
}

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(value=json_values)
def test_canonical_json_is_stable_and_reads_back_equal(value: Any) -> None:
    text = canonical_json(value)
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": object()}, {1, 2}])
def test_canonical_json_refuses_what_is_no_json(value: Any) -> None:
    with pytest.raises(ValueError):
        canonical_json(value)


@given(before=json_values, after=json_values)
def test_differences_are_empty_exactly_for_equal_values(before: Any, after: Any) -> None:
    changes = changes_between(before, after)
    assert (changes == ()) == (canonical_json(before) == canonical_json(after))


def test_differences_name_members_that_come_and_go() -> None:
    before: Json = {"a": 1, "b": {"c": [1, 2]}, "gone": True}
    after: Json = {"a": 1.0, "b": {"c": [1, 3, 4]}, "new~/": None}
    changes = changes_between(before, after)
    assert [(c.path, c.before, c.after) for c in changes] == [
        ("/b/c/1", 2, 3),
        ("/b/c/2", None, 4),
        ("/gone", True, None),
        ("/new~0~1", None, None),
    ]
