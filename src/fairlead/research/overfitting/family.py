"""Which strategies are one idea: what is left of a definition without its numbers and names."""

from collections.abc import Mapping

from fairlead.strategies.canonical import canonical_json, digest
from fairlead.strategies.model import Json

CONDITIONS = ("entry_long", "entry_short", "exit_long", "exit_short")
PREFIX = "idea:"


def idea_of(definition: Mapping[str, object]) -> str:
    """Return the name of a definition's idea: equal for every copy, whatever was tuned in it.

    An idea is the conditions of entry and exit with each indicator by its kind and input. Names,
    descriptions, numbers, parameters and their bounds, timeframe, instruments, exits by price,
    filters, sizing and limits are no part of it: to change them is to try the idea again. `all`
    and `any` have no order. Takes the full form of a definition, as versions store it.
    """
    names = _indicators(definition.get("indicators"))
    conditions = {part: _bare(definition.get(part), names) for part in CONDITIONS}
    return PREFIX + digest({"kind": definition.get("kind"), **conditions})[:32]


def _indicators(section: object) -> dict[str, str]:
    if not isinstance(section, dict):
        return {}
    return {
        name: f"{use.get('kind')}({use.get('input')},{use.get('timeframe')})"
        for name, use in section.items()
        if isinstance(use, dict)
    }


def _bare(part: object, names: Mapping[str, str]) -> Json:
    if isinstance(part, bool | int | float):
        return "#"
    if isinstance(part, str):
        return _operand(part, names)
    if isinstance(part, list):
        return sorted((_bare(each, names) for each in part), key=canonical_json)
    if isinstance(part, dict):
        return _condition(part, names)
    return None


def _condition(part: Mapping[str, object], names: Mapping[str, str]) -> Json:
    kept: dict[str, Json] = {
        key: str(value) if key == "op" else _bare(value, names)
        for key, value in part.items()
        if key not in ("within", "bars")
    }
    for key in ("all", "any"):
        inner = kept.get(key)
        if isinstance(inner, list) and len(inner) == 1:
            return inner[0]
    return kept


def _operand(text: str, names: Mapping[str, str]) -> str:
    """Return an operand with indicators by what they are; a parameter counts as a number."""
    if text.startswith("$"):
        return "#"
    name, dot, rest = text.partition(".")
    return names.get(name, name) + dot + rest
