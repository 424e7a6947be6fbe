"""The two forms of a rules definition: with all defaults written out, and with none.

What is stored has every default written out, so that it can be read without this code. What is
hashed has none, so that a field that is added later with a default leaves all hashes as they are.
A default, once given, never changes.
"""

from fairlead.indicators.catalog import INDICATORS
from fairlead.strategies.kinds.rules.constraints import parse_constraint
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.model import Json

FOR_PEOPLE = ("name", "description", "tags")


def full_form(document: RulesDocument) -> dict[str, Json]:
    """Return a definition as JSON with every default written out."""
    form: dict[str, Json] = document.model_dump(mode="json", by_alias=True)
    for name, part in _members(form, "indicators").items():
        use = document.indicators[name]
        indicator = INDICATORS[use.kind]
        part["input"] = use.input or indicator.source
        part["parameters"] = {
            setting.name: use.parameters.get(setting.name, setting.default)
            for setting in indicator.parameters
        }
    return form


def canonical_form(document: RulesDocument) -> dict[str, Json]:
    """Return what a definition means and nothing else: no defaults, nothing that is for people.

    Raises `ValueError` for a constraint that cannot be read.
    """
    dumped: dict[str, Json] = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    form = {name: part for name, part in dumped.items() if name not in FOR_PEOPLE}
    form["kind"] = document.kind
    for part in _members(form, "parameters").values():
        part.pop("description", None)
    for name, part in _members(form, "indicators").items():
        indicator = INDICATORS[document.indicators[name].kind]
        if part.get("input") == indicator.source:
            del part["input"]
        kept: dict[str, Json] = {
            setting.name: document.indicators[name].parameters[setting.name]
            for setting in indicator.parameters
            if document.indicators[name].parameters.get(setting.name, setting.default)
            != setting.default
        }
        part["parameters"] = kept
    if document.constraints:
        form["constraints"] = [*sorted({_ordered(text) for text in document.constraints})]
    return form


def _members(form: dict[str, Json], name: str) -> dict[str, dict[str, Json]]:
    section = form.get(name)
    if not isinstance(section, dict):
        return {}
    return {key: part for key, part in section.items() if isinstance(part, dict)}


def _ordered(text: str) -> str:
    """Return a constraint with its smaller side first: `slow > fast` means `fast < slow`."""
    constraint = parse_constraint(text)
    if constraint.op in ("<", "<="):
        return constraint.text
    return f"{constraint.right} {constraint.op.replace('>', '<')} {constraint.left}"
