"""Reads untrusted data as a rules definition, with an error for each place that is wrong."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from fairlead.strategies.faults import Fault, InvalidDefinition, pointer
from fairlead.strategies.kinds.rules.check import check_document
from fairlead.strategies.kinds.rules.document import (
    CONDITION_FORMS,
    Execution,
    Exits,
    Filters,
    IndicatorUse,
    Levels,
    Limits,
    ParameterUse,
    RulesDocument,
    SessionWindow,
    Sizing,
    TrendFilter,
)

DEEPEST = 40
MOST_FAULTS = 50
FOUND_LENGTH = 80

_SECTIONS: dict[str, type[BaseModel]] = {
    "execution": Execution,
    "exits": Exits,
    "filters": Filters,
    "levels": Levels,
    "limits": Limits,
    "sizing": Sizing,
    "trend": TrendFilter,
    "session_window": SessionWindow,
    **CONDITION_FORMS,
}
_MEMBERS: dict[str, type[BaseModel]] = {"indicators": IndicatorUse, "parameters": ParameterUse}
_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object with named members",
    "model_type": "an object with named members",
    "model_attributes_type": "an object with named members",
    "finite_number": "a finite number",
}
_EXAMPLES = {
    "/name": 'for example "name": "My crossover"',
    "kind": 'for example {"kind": "sma", "parameters": {"window": 20}}',
    "left": 'for example {"left": "fast", "op": "crosses_above", "right": "slow"}',
    "right": 'for example {"left": "fast", "op": "crosses_above", "right": "slow"}',
    "default": 'for example {"type": "int", "low": 2, "high": 200, "default": 20}',
}


def read_document(data: object) -> RulesDocument:
    """Return the definition in `data` (parsed JSON), its form and its names checked.

    Raises `InvalidDefinition` with every fault found: first those of form, and once the form is
    right those of names, bounds and constraints.
    """
    if not isinstance(data, Mapping):
        raise InvalidDefinition([_fault("", "an object with named members", data)])
    if _depth(data) > DEEPEST:
        expected = f"members nested at most {DEEPEST} deep"
        raise InvalidDefinition([Fault("", expected, "a deeper nesting", f"expected {expected}")])
    try:
        document = RulesDocument.model_validate(dict(data))
    except ValidationError as error:
        raise InvalidDefinition(_faults_of(error, data)) from error
    faults = check_document(document)
    if faults:
        raise InvalidDefinition(faults)
    return document


def _depth(data: object) -> int:
    level, deepest = [data], 0
    while level and deepest <= DEEPEST:
        deepest += 1
        level = [
            child
            for value in level
            if isinstance(value, Mapping | list)
            for child in (value.values() if isinstance(value, Mapping) else value)
        ]
    return deepest


def _faults_of(error: ValidationError, data: object) -> list[Fault]:
    details = error.errors(include_url=False)[:MOST_FAULTS]
    return [_translated(dict(detail), data) for detail in details]


def _translated(detail: dict[str, Any], data: object) -> Fault:
    kind, found, context = str(detail["type"]), detail["input"], detail.get("ctx", {})
    path = pointer(_present(detail["loc"], data, kind))
    if kind == "extra_forbidden":
        return _unknown_member(path, detail["loc"])
    if kind == "missing":
        name = str(detail["loc"][-1])
        example = _EXAMPLES.get(path) or _EXAMPLES.get(name)
        message = f"{name} is missing" + (f", {example}" if example else "")
        return Fault(path, f"a value for {name}", "nothing", message)
    expected = str(context.get("expected") or _TYPES.get(kind) or detail["msg"]).replace("'", '"')
    if kind == "string_pattern_mismatch":
        expected = _pattern_words(detail["loc"], str(context.get("pattern")))
    if kind in ("too_long", "too_short", "string_too_long", "string_too_short"):
        expected = detail["msg"][0].lower() + detail["msg"][1:]
    return _fault(path, expected, found)


def _pattern_words(loc: Sequence[str | int], pattern: str) -> str:
    if "instruments" in loc or "whitelist" in loc:
        return "an instrument such as binance:BTC-USDT (the venue in lower case)"
    if "tags" in loc:
        return "a tag of lower-case letters, digits and hyphens, at most 32"
    if "[key]" in loc:
        return "a name of lower-case letters, digits and underscores, at most 40"
    return f"text that matches {pattern}"


def _unknown_member(path: str, loc: Sequence[str | int]) -> Fault:
    known = _member_names(loc)
    name = str(loc[-1])
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return Fault(
        path,
        "one of " + ", ".join(known),
        name,
        f"{name} is not known here{hint}",
    )


def _member_names(loc: Sequence[str | int]) -> list[str]:
    model: type[BaseModel] = RulesDocument
    for place, part in enumerate(loc[:-1]):
        if place == 1 and loc[0] in _MEMBERS:
            model = _MEMBERS[str(loc[0])]
        elif isinstance(part, str) and part in _SECTIONS:
            model = _SECTIONS[part]
    return sorted(field.alias or name for name, field in model.model_fields.items())


def _present(loc: Sequence[str | int], data: object, kind: str) -> list[str | int]:
    """Return the parts of a place that exist in the data: pydantic adds names of forms."""
    parts: list[str | int] = []
    here: Any = data
    for place, part in enumerate(loc):
        last = place == len(loc) - 1
        if _has(here, part):
            here = here[part]
            parts.append(part)
        elif last and kind == "missing":
            parts.append(part)
    return parts


def _has(here: object, part: str | int) -> bool:
    if isinstance(here, Mapping):
        return part in here
    return isinstance(here, list) and isinstance(part, int) and part < len(here)


def _fault(path: str, expected: str, found: object) -> Fault:
    shown = shortened(found)
    return Fault(path, expected, shown, f"expected {expected}, found {shown}")


def shortened(value: object) -> str:
    """Return how a value is shown in an error."""
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= FOUND_LENGTH else text[: FOUND_LENGTH - 1] + "…"
