"""Turns the conditions of a definition into a program over columns, for one parameter set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from fairlead.indicators.catalog import INDICATORS
from fairlead.indicators.indicator import SOURCES
from fairlead.kernel.program import (
    ALL,
    ANY,
    CONSTANT,
    CROSS_ABOVE,
    CROSS_BELOW,
    GE,
    GT,
    KEEP,
    LE,
    LONG_ENTRY,
    LONG_EXIT,
    LT,
    NOT,
    SHORT_ENTRY,
    SHORT_EXIT,
    TAKE,
    WITHIN,
    Instruction,
)
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.strategies.kinds.rules.document import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Negation,
    RulesDocument,
    Slope,
)
from fairlead.strategies.kinds.rules.operands import parse_series
from fairlead.strategies.kinds.rules.values import Number, reference_of

_OPS = {
    "gt": GT,
    "ge": GE,
    "lt": LT,
    "le": LE,
    "crosses_above": CROSS_ABOVE,
    "crosses_below": CROSS_BELOW,
}
_MIRRORED = {
    GT: LT,
    LT: GT,
    GE: LE,
    LE: GE,
    CROSS_ABOVE: CROSS_BELOW,
    CROSS_BELOW: CROSS_ABOVE,
}
SIDES = (
    ("entry_long", LONG_ENTRY, "exit_short", SHORT_EXIT),
    ("entry_short", SHORT_ENTRY, "exit_long", LONG_EXIT),
)


@dataclass(frozen=True, slots=True)
class ColumnKey:
    """One output of one indicator under given values; `kind` is empty for a bare source.

    `timeframe_ms` is 0 for the bars' own timeframe, else that of the longer bars it is read on;
    `longer_ago` counts those back from the latest that has closed.
    """

    kind: str
    source: str
    values: tuple[tuple[str, float], ...] = ()
    output: int = 0
    timeframe_ms: int = 0
    longer_ago: int = 0


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a comparison looks back in a column: to compare at all, and to be settled."""

    column: int
    bars_ago: int
    bars_settled: int


@dataclass(slots=True)
class Lowered:
    """A program under construction: instructions, the columns they number, their reach."""

    document: RulesDocument
    values: Mapping[str, float]
    instructions: list[Instruction] = field(default_factory=list)
    columns: list[ColumnKey] = field(default_factory=list)
    reach: list[Reach] = field(default_factory=list)

    def emit(self, op: int, count: int = 0) -> None:
        """Append an instruction that works on the stack."""
        self.instructions.append(Instruction(op, count=count))

    def number(self, value: Number) -> float:
        """Return a literal, or the value of the parameter it names."""
        reference = reference_of(value)
        return float(value) if reference is None else self.values[reference]

    def column(self, key: ColumnKey) -> int:
        """Return the number of a column, a new one where it was not used before."""
        if key not in self.columns:
            self.columns.append(key)
        return self.columns.index(key)

    def compare(
        self,
        op: int,
        left: ColumnKey,
        right: ColumnKey | float,
        ago: tuple[int, int] = (0, 0),
        within: int = 1,
    ) -> None:
        """Append a comparison; `ago` are bars back of the left and of the right column."""
        before = 1 if op in (CROSS_ABOVE, CROSS_BELOW) else 0
        place = self.column(left)
        self.reach.append(Reach(place, ago[0] + before, ago[0] + before + within - 1))
        if isinstance(right, ColumnKey):
            other, value = self.column(right), 0.0
            self.reach.append(Reach(other, ago[1] + before, ago[1] + before + within - 1))
        else:
            other, value = CONSTANT, right
        self.instructions.append(Instruction(op, place, ago[0], other, ago[1], value))
        if within > 1:
            self.emit(WITHIN, within)

    def series(self, text: str) -> tuple[ColumnKey, int]:
        """Return the column of a series such as `bands.upper[1]`, and how many bars ago.

        On longer bars `ago` is part of the column: base bars are never counted there.
        """
        parsed = parse_series(text)
        operand_ms = 0 if parsed.timeframe is None else parse_timeframe(parsed.timeframe).ms
        longer_ago, ago = (parsed.ago, 0) if operand_ms else (0, parsed.ago)
        if parsed.name in SOURCES:
            return ColumnKey("", parsed.name, (), 0, operand_ms, longer_ago), ago
        use = self.document.indicators[parsed.name]
        indicator = INDICATORS[use.kind]
        values = tuple(
            (setting.name, self.number(use.parameters.get(setting.name, setting.default)))
            for setting in indicator.parameters
        )
        output = 0 if parsed.output is None else indicator.outputs.index(parsed.output)
        longer_ms = operand_ms if use.timeframe is None else parse_timeframe(use.timeframe).ms
        source = use.input or indicator.source
        return ColumnKey(use.kind, source, values, output, longer_ms, longer_ago), ago


def lower_condition(into: Lowered, condition: Condition) -> None:
    """Append a condition; it leaves one flag on the stack."""
    if isinstance(condition, Negation):
        lower_condition(into, condition.part)
        into.emit(NOT)
    elif isinstance(condition, AllOf):
        _lower_parts(into, condition.all, ALL)
    elif isinstance(condition, AnyOf):
        _lower_parts(into, condition.any, ANY)
    elif isinstance(condition, Slope):
        _lower_slope(into, condition)
    else:
        _lower_compare(into, condition)


def _lower_slope(into: Lowered, condition: Slope) -> None:
    """Compare a series with itself some bars ago: longer bars where it names a timeframe."""
    key, ago = into.series(condition.left)
    op, bars = GT if condition.op == "rising" else LT, int(into.number(condition.bars))
    if parse_series(condition.left).timeframe is None:
        into.compare(op, key, key, (ago, ago + bars))
        return
    into.compare(op, key, replace(key, longer_ago=key.longer_ago + bars))


def _lower_parts(into: Lowered, parts: list[Condition], op: int) -> None:
    for place, part in enumerate(parts):
        lower_condition(into, part)
        if place:
            into.emit(op, 2)


def _lower_compare(into: Lowered, condition: Compare) -> None:
    op, left, right = _OPS[condition.op], condition.left, condition.right
    if not _is_series(left):
        op, left, right = _MIRRORED[op], right, left
    within = int(into.number(condition.within))
    key, ago = into.series(str(left))
    if _is_series(right):
        other, other_ago = into.series(str(right))
        into.compare(op, key, other, (ago, other_ago), within)
    else:
        into.compare(op, key, into.number(right), (ago, 0), within)


def _is_series(value: Number) -> bool:
    return isinstance(value, str) and reference_of(value) is None


def lower_levels(into: Lowered) -> None:
    """Name the columns of all levels, so that no entry comes before its stop is known."""
    levels = into.document.levels
    for series in (levels.long_stop, levels.long_target, levels.short_stop, levels.short_target):
        if series is not None:
            key, ago = into.series(series)
            into.reach.append(Reach(into.column(key), ago, ago))


def lower_signal(into: Lowered, filters: Callable[[Lowered, int], None]) -> None:
    """Append all conditions; an exit equal to the opposite entry is computed once."""
    document = into.document
    for entry_name, entry_slot, exit_name, exit_slot in SIDES:
        entry, leave = getattr(document, entry_name), getattr(document, exit_name)
        if entry is not None:
            lower_condition(into, entry)
            if leave == entry:
                into.emit(KEEP, exit_slot)
            filters(into, entry_slot)
            into.emit(TAKE, entry_slot)
        if leave is not None and leave != entry:
            lower_condition(into, leave)
            into.emit(TAKE, exit_slot)
