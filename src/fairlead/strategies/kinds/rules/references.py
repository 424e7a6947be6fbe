"""Where a definition names its parameters, and what each of those places accepts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from fairlead.indicators.catalog import INDICATORS
from fairlead.indicators.indicator import Setting
from fairlead.strategies.kinds.rules.document import IndicatorUse, RulesDocument
from fairlead.strategies.kinds.rules.operands import Operand
from fairlead.strategies.kinds.rules.policy_fields import POLICY_FIELDS, PolicyField
from fairlead.strategies.kinds.rules.values import (
    Bounded,
    OneOf,
    Switch,
    TimeOfDay,
    reference_of,
)
from fairlead.strategies.model import Axis

Accepts = Bounded | OneOf | Switch | TimeOfDay | Operand
Path = tuple[str | int, ...]

_SILENT = ("kind", "name", "description", "tags", "parameters", "constraints", "execution")
_POLICY_PATHS = {field.path: field for field in POLICY_FIELDS.values()}


@dataclass(frozen=True, slots=True)
class Reference:
    """One place that names a parameter."""

    path: Path
    name: str
    accepts: Accepts

    @property
    def axis(self) -> Axis:
        """Return what the place belongs to: the shared signal, or the policy of a book."""
        return "policy" if self.path in _POLICY_PATHS else "signal"


def references_of(document: RulesDocument) -> tuple[Reference, ...]:
    """Return every place of a definition that names a parameter."""
    found: list[Reference] = []
    for name in RulesDocument.model_fields:
        if name not in _SILENT:
            found.extend(_in_field(document, name, (name,)))
    return tuple(found)


def _in_field(part: BaseModel, name: str, path: Path) -> Iterator[Reference]:
    value = getattr(part, name)
    accepts = next(
        (item for item in type(part).model_fields[name].metadata if isinstance(item, Accepts)), None
    )
    reference = reference_of(value)
    if accepts is not None and reference is not None:
        yield Reference(path, reference, accepts)
    elif isinstance(part, IndicatorUse) and name == "parameters":
        yield from _in_indicator(part, path)
    else:
        yield from _within(value, path)


def _within(value: object, path: Path) -> Iterator[Reference]:
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from _in_field(value, name, (*path, field.alias or name))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _within(item, (*path, place))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _within(item, (*path, name))


def _in_indicator(use: IndicatorUse, path: Path) -> Iterator[Reference]:
    indicator = INDICATORS.get(use.kind)
    settings = {} if indicator is None else {each.name: each for each in indicator.parameters}
    for name, value in use.parameters.items():
        reference = reference_of(value)
        if reference is not None and name in settings:
            yield Reference((*path, name), reference, bounds_of(settings[name]))


def bounds_of(setting: Setting) -> Bounded:
    """Return what a parameter of an indicator accepts."""
    return Bounded(setting.low, setting.high, setting.whole)


def open_fields(document: RulesDocument) -> dict[str, PolicyField]:
    """Return the policy fields that hold a literal: each is a parameter by its own name."""
    return {
        name: field
        for name, field in POLICY_FIELDS.items()
        if reference_of(literal_at(document, field.path)) is None
    }


def literal_at(document: RulesDocument, path: tuple[str, ...]) -> object:
    """Return what stands at a policy field's place."""
    value: object = document
    for name in path:
        value = getattr(value, name)
    return value
