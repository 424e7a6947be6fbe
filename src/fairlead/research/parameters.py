"""The parameters of a run: checked against the definition, and shown as people write them."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from fairlead.infra.errors import InvalidInput
from fairlead.strategies.kinds.rules.parameters import Resolved
from fairlead.strategies.kinds.rules.policy_fields import POLICY_FIELDS
from fairlead.strategies.model import Parameter, Setting

if TYPE_CHECKING:
    from fairlead.strategies.kinds.rules.compile import CompiledRules


def resolve_parameters(compiled: "CompiledRules", values: Mapping[str, Setting]) -> Resolved:
    """Return every parameter of one run as a float.

    Raises `InvalidInput` for a name that is unknown (with the nearest one and the bounds of
    all), a value that does not fit, and values that break a constraint together.
    """
    check_names(compiled, values)
    resolved = compiled.resolve(values)
    broken = compiled.violations(resolved)
    if broken:
        shown = compiled.shown(resolved)
        named = [name for name in declared_names(compiled) if name in shown]
        raise InvalidInput(
            f"The parameters break the definition's rule {broken[0]}.",
            expected="; ".join(broken),
            found=", ".join(f"{name} = {shown[name]}" for name in named),
            action="Change the parameters so that the rule holds.",
        )
    return resolved


def check_names(compiled: "CompiledRules", names: Mapping[str, object]) -> None:
    """Raise `InvalidInput` for the first name the definition does not have."""
    known = {parameter.name: parameter for parameter in compiled.parameters}
    for name in names:
        if name in known:
            continue
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else "."
        raise InvalidInput(
            f"There is no parameter {name!r}{hint}",
            expected="; ".join(_bounds(parameter) for parameter in known.values()),
            found=name,
            path=name,
        )


def shown_parameters(compiled: "CompiledRules", resolved: Resolved) -> dict[str, Setting]:
    """Return the declared parameters, and those of the policy that are set to something.

    A policy field that neither the definition nor the run has touched is left out.
    """
    declared = declared_names(compiled)
    shown = compiled.shown(resolved)
    return {
        parameter.name: shown[parameter.name]
        for parameter in compiled.parameters
        if parameter.name in declared
        or resolved[parameter.name] != parameter.default
        or shown[parameter.name] != POLICY_FIELDS[parameter.name].default
    }


def declared_names(compiled: "CompiledRules") -> tuple[str, ...]:
    """Return the parameters that the definition itself declares."""
    return tuple(compiled.document.parameters)


def _bounds(parameter: Parameter) -> str:
    if parameter.type in ("int", "float"):
        return f"{parameter.name} {parameter.low:g} to {parameter.high:g}"
    return f"{parameter.name} {parameter.expected}"
