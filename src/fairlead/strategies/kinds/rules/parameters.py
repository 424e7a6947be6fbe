"""Parameters of a definition: declared ones, and every policy field that holds a literal."""

from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite

from fairlead.infra.errors import InvalidInput
from fairlead.strategies.kinds.rules.document import ParameterUse, RulesDocument
from fairlead.strategies.kinds.rules.policy_fields import PolicyField
from fairlead.strategies.kinds.rules.references import literal_at, open_fields, references_of
from fairlead.strategies.kinds.rules.values import Bounded, OneOf
from fairlead.strategies.model import Axis, Json, Parameter, ParameterType, Setting


class Resolved(dict[str, float]):
    """Values of all parameters, already checked against their bounds."""


def parameters_of(document: RulesDocument) -> tuple[Parameter, ...]:
    """Return all parameters, declared ones first.

    A declared parameter belongs to the signal axis if any place of the signal names it. A policy
    field with a literal is a parameter by its own name, whose default is that literal.
    """
    on_signal = {use.name for use in references_of(document) if use.axis == "signal"}
    declared = [
        _declared(name, use, "signal" if name in on_signal else "policy")
        for name, use in document.parameters.items()
    ]
    policy = [_open(field, document) for field in open_fields(document).values()]
    return (*declared, *policy)


def parameters_json(document: RulesDocument) -> list[Json]:
    """Return a definition's parameters as plain JSON, as forms are made of them."""
    shown: list[Json] = []
    for parameter in parameters_of(document):
        part: dict[str, Json] = {**asdict(parameter), "choices": list(parameter.choices)}
        part["default"] = parameter.shown(parameter.default)
        shown.append(part)
    return shown


def _declared(name: str, use: ParameterUse, axis: Axis) -> Parameter:
    low, high, default = use.low or 0.0, use.high or 0.0, use.default
    if use.type == "choice":
        low, high, default = 0.0, float(len(use.choices) - 1), use.choices.index(str(default))
    if use.type == "bool":
        low, high = 0.0, 1.0
    choices = tuple(use.choices)
    return Parameter(name, use.type, low, high, float(default), axis, use.description, choices)


def _open(field: PolicyField, document: RulesDocument) -> Parameter:
    value, accepts = literal_at(document, field.path), field.accepts
    if isinstance(accepts, OneOf):
        place = float(accepts.words.index(str(value)))
        last = float(len(accepts.words) - 1)
        return Parameter(
            field.name, "choice", 0.0, last, place, "policy", field.description, accepts.words
        )
    if isinstance(accepts, Bounded):
        kind: ParameterType = "int" if accepts.whole else "float"
        number = float(str(value))
        return Parameter(
            field.name, kind, accepts.low, accepts.high, number, "policy", field.description
        )
    return Parameter(
        field.name, "bool", 0.0, 1.0, float(value is True), "policy", field.description
    )


def resolve(parameters: Mapping[str, Parameter], values: Mapping[str, Setting]) -> Resolved:
    """Return a float for every parameter: those given, and defaults for the rest.

    Raises `InvalidInput` for a name that is unknown and a value that does not fit.
    """
    if isinstance(values, Resolved):
        return values
    resolved = Resolved({name: parameter.default for name, parameter in parameters.items()})
    for name, value in values.items():
        if name not in parameters:
            raise _unknown(name, parameters)
        resolved[name] = _checked(parameters[name], value)
    return resolved


def _unknown(name: str, parameters: Mapping[str, Parameter]) -> InvalidInput:
    return InvalidInput(
        f"There is no parameter {name!r}.",
        expected="one of " + ", ".join(parameters),
        found=name,
        action="Name one of the strategy's parameters.",
        path=name,
    )


def _checked(parameter: Parameter, value: Setting) -> float:
    number = _as_number(parameter, value)
    whole = parameter.type != "float"
    if (
        number is None
        or not isfinite(number)
        or not parameter.low <= number <= parameter.high
        or (whole and number != int(number))
    ):
        raise InvalidInput(
            f"{parameter.name} cannot be {value!r}: expected {parameter.expected}.",
            expected=parameter.expected,
            found=repr(value),
            action=f"Give {parameter.name} a value within its bounds.",
            path=parameter.name,
        )
    return number + 0.0


def _as_number(parameter: Parameter, value: Setting) -> float | None:
    if isinstance(value, str):
        return float(parameter.choices.index(value)) if value in parameter.choices else None
    if isinstance(value, bool) and parameter.type != "bool":
        return None
    return float(value)
