"""The canonical form of a rules definition: all defaults filled in, one spelling each."""

from fairlead.indicators.catalog import INDICATORS
from fairlead.strategies.kinds.rules.constraints import parse_constraint
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.model import Json

FOR_PEOPLE = ("name", "description", "tags")


def full_form(document: RulesDocument) -> dict[str, Json]:
    """Return a definition as JSON with every default written out."""
    form: dict[str, Json] = document.model_dump(mode="json", by_alias=True)
    indicators = form["indicators"]
    assert isinstance(indicators, dict)
    for name, use in document.indicators.items():
        indicator = INDICATORS.get(use.kind)
        part = indicators[name]
        if indicator is None or not isinstance(part, dict):
            continue
        part["input"] = use.input or indicator.source
        part["parameters"] = {
            setting.name: use.parameters.get(setting.name, setting.default)
            for setting in indicator.parameters
        }
    return form


def canonical_form(document: RulesDocument) -> dict[str, Json]:
    """Return what a definition means and nothing else: what is for people is left out.

    Raises `ValueError` for a constraint that cannot be read.
    """
    form = {name: part for name, part in full_form(document).items() if name not in FOR_PEOPLE}
    parameters = form["parameters"]
    assert isinstance(parameters, dict)
    for part in parameters.values():
        if isinstance(part, dict):
            part.pop("description", None)
    constraints: list[Json] = [*sorted({_ordered(text) for text in document.constraints})]
    form["constraints"] = constraints
    return form


def _ordered(text: str) -> str:
    """Return a constraint with its smaller side first: `slow > fast` means `fast < slow`."""
    constraint = parse_constraint(text)
    if constraint.op in ("<", "<="):
        return constraint.text
    return f"{constraint.right} {constraint.op.replace('>', '<')} {constraint.left}"
