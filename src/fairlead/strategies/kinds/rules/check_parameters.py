"""Checks the parameters of a definition: how they are declared, where they are named."""

from collections.abc import Iterator
from math import isfinite

from fairlead.strategies.faults import Fault, pointer
from fairlead.strategies.kinds.rules.document import ParameterUse, RulesDocument
from fairlead.strategies.kinds.rules.operands import Operand
from fairlead.strategies.kinds.rules.policy_fields import POLICY_FIELDS
from fairlead.strategies.kinds.rules.references import Accepts, Reference, references_of
from fairlead.strategies.kinds.rules.values import MINUTES_OF_DAY, Bounded, OneOf, TimeOfDay


def parameter_faults(document: RulesDocument) -> list[Fault]:
    """Return the faults of declarations and of every place that names a parameter."""
    uses = references_of(document)
    faults = [
        fault
        for name, declared in document.parameters.items()
        for fault in _declaration_faults(pointer(("parameters", name)), declared)
    ]
    faults.extend(_reserved_faults(document, uses))
    if not faults:
        faults.extend(fault for use in uses for fault in _use_faults(document, use))
    return [*faults, *_unused_faults(document, uses)]


def _declaration_faults(path: str, declared: ParameterUse) -> Iterator[Fault]:
    if declared.type == "choice":
        yield from _choice_faults(path, declared)
    elif declared.type == "bool":
        if not isinstance(declared.default, bool):
            yield _default_fault(path, "true or false", declared.default)
    else:
        yield from _number_faults(path, declared)


def _choice_faults(path: str, declared: ParameterUse) -> Iterator[Fault]:
    if not declared.choices or len(set(declared.choices)) != len(declared.choices):
        expected = 'a list of different words, for example "choices": ["off", "sma"]'
        yield Fault(f"{path}/choices", expected, str(declared.choices), f"expected {expected}")
    elif declared.default not in declared.choices:
        yield _default_fault(path, "one of " + ", ".join(declared.choices), declared.default)


def _number_faults(path: str, declared: ParameterUse) -> Iterator[Fault]:
    example = f'for example {{"type": "{declared.type}", "low": 2, "high": 200, "default": 20}}'
    for name, bound in (("low", declared.low), ("high", declared.high)):
        if bound is None:
            message = f"a parameter of type {declared.type} needs {name}, {example}"
            yield Fault(f"{path}/{name}", "a number", "nothing", message)
    if declared.low is None or declared.high is None:
        return
    whole = declared.type == "int"
    if declared.low > declared.high:
        found = f"low = {declared.low:g}, high = {declared.high:g}"
        yield Fault(f"{path}/low", "low at most high", found, f"expected low <= high, {found}")
        return
    if whole and (declared.low != int(declared.low) or declared.high != int(declared.high)):
        yield Fault(
            path, "whole bounds", f"{declared.low}, {declared.high}", "expected whole bounds"
        )
    default = declared.default
    if isinstance(default, bool | str) or not isfinite(default):
        yield _default_fault(path, "a number", default)
        return
    if not Bounded(declared.low, declared.high, whole).fits(default):
        kind = "a whole number" if whole else "a number"
        yield _default_fault(
            path, f"{kind} from {declared.low:.12g} to {declared.high:.12g}", default
        )


def _default_fault(path: str, expected: str, found: object) -> Fault:
    return Fault(f"{path}/default", expected, str(found), f"expected {expected}, found {found}")


def _reserved_faults(document: RulesDocument, uses: tuple[Reference, ...]) -> Iterator[Fault]:
    for name in document.parameters:
        field = POLICY_FIELDS.get(name)
        if field is None:
            continue
        bound = {use.path for use in uses if use.name == name}
        if bound != {field.path}:
            place = pointer(field.path)
            expected = f"this name to be used at {place} and nowhere else"
            yield Fault(
                pointer(("parameters", name)),
                expected,
                name,
                f"{name} is a policy field: use it at {place} only, or choose another name",
            )


def _use_faults(document: RulesDocument, use: Reference) -> Iterator[Fault]:
    path, declared = pointer(use.path), document.parameters.get(use.name)
    if declared is None:
        known = ", ".join(document.parameters) or "none is declared"
        yield Fault(
            path,
            f"a declared parameter ({known})",
            f"${use.name}",
            f"${use.name} is not declared; add it to parameters, for example "
            f'"{use.name}": {{"type": "int", "low": 2, "high": 200, "default": 20}}',
        )
        return
    expected = _misfit(use.accepts, declared)
    if expected is not None:
        found = _declared_words(declared)
        yield Fault(
            path, expected, f"${use.name}: {found}", f"expected {expected}, ${use.name} is {found}"
        )


def _misfit(accepts: Accepts, declared: ParameterUse) -> str | None:
    """Return what a place expected where a parameter does not fit it, else None."""
    if isinstance(accepts, OneOf):
        fits = declared.type == "choice" and set(declared.choices) <= set(accepts.words)
        return None if fits else "a choice among " + ", ".join(accepts.words)
    if isinstance(accepts, TimeOfDay):
        accepts = MINUTES_OF_DAY
    if isinstance(accepts, Operand):
        return None if declared.type in ("int", "float") else "a parameter of type int or float"
    if not isinstance(accepts, Bounded):
        return None if declared.type == "bool" else "a parameter of type bool"
    types = ("int",) if accepts.whole else ("int", "float")
    low, high = declared.low or 0.0, declared.high or 0.0
    if declared.type in types and accepts.low <= low and high <= accepts.high:
        return None
    return (
        f"a parameter of type {' or '.join(types)} from {accepts.low:.12g} to {accepts.high:.12g}"
    )


def _declared_words(declared: ParameterUse) -> str:
    if declared.type == "choice":
        return "a choice among " + ", ".join(declared.choices)
    if declared.type == "bool":
        return "true or false"
    return f"of type {declared.type} from {declared.low or 0.0:.12g} to {declared.high or 0.0:.12g}"


def _unused_faults(document: RulesDocument, uses: tuple[Reference, ...]) -> Iterator[Fault]:
    used = {use.name for use in uses}
    for name in document.parameters:
        if name not in used:
            yield Fault(
                pointer(("parameters", name)),
                f'a place that names it as "${name}"',
                "none",
                f"{name} is declared but changes nothing; use it or remove it",
            )
