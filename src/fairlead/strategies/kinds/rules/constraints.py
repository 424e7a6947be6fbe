"""Constraints between parameters of a definition, such as `fast < slow`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from fairlead.strategies.kinds.rules.values import NAME_PATTERN

_SIDE = rf"{NAME_PATTERN}|[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{{1,3}})?"
_FORM = re.compile(rf"^\s*({_SIDE})\s*(<=|>=|<|>)\s*({_SIDE})\s*$")
EXPECTED = 'two parameters or numbers with <, <=, > or >= between them, such as "fast < slow"'


@dataclass(frozen=True, slots=True)
class Constraint:
    """One comparison of two parameters, or of a parameter with a number."""

    left: str
    op: str
    right: str

    @property
    def text(self) -> str:
        """Return the constraint in its one spelling."""
        return f"{self.left} {self.op} {self.right}"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the parameters it speaks of."""
        return tuple(side for side in (self.left, self.right) if side[0].isalpha())

    def holds(self, values: Mapping[str, float]) -> bool:
        """Tell whether `values` satisfy it."""
        left, right = _number(self.left, values), _number(self.right, values)
        if self.op == "<":
            return left < right
        if self.op == "<=":
            return left <= right
        return left > right if self.op == ">" else left >= right


def _number(side: str, values: Mapping[str, float]) -> float:
    return values[side] if side[0].isalpha() else float(side)


def parse_constraint(text: str) -> Constraint:
    """Return the constraint in `text`; raise ValueError with what was expected."""
    match = _FORM.match(text)
    if match is None:
        raise ValueError(EXPECTED)
    constraint = Constraint(match[1], match[2], match[3])
    if not constraint.names or not all(
        isfinite(float(side)) for side in (match[1], match[3]) if not side[0].isalpha()
    ):
        raise ValueError(EXPECTED)
    return constraint
