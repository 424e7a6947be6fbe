"""Checks the conditions of a definition: every series exists, and every indicator is used."""

from collections.abc import Iterator

from fairlead.indicators.catalog import INDICATORS
from fairlead.indicators.indicator import SOURCES
from fairlead.kernel.program import MOST_BARS_BACK
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.strategies.faults import Fault, pointer
from fairlead.strategies.kinds.rules.document import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Negation,
    RulesDocument,
    Slope,
)
from fairlead.strategies.kinds.rules.operands import SeriesName, parse_series
from fairlead.strategies.kinds.rules.values import Number, reference_of

MOST_CONDITIONS = 96
DEEPEST_CONDITION = 12
SLOTS = ("entry_long", "entry_short", "exit_long", "exit_short")
LEVELS = ("long_stop", "long_target", "short_stop", "short_target")


def condition_faults(document: RulesDocument) -> list[Fault]:
    """Return the faults of all conditions and levels."""
    used: set[str] = set()
    faults: list[Fault] = []
    leaves = 0
    for slot in SLOTS:
        condition = getattr(document, slot)
        for path, leaf, depth in leaves_of(condition, pointer((slot,))):
            leaves += 1
            faults.extend(_leaf_faults(document, path, leaf, depth, used))
    for name in LEVELS:
        series = getattr(document.levels, name)
        if series is not None:
            faults.extend(_series_faults(document, f"/levels/{name}", series, used))
    if document.entry_long is None and document.entry_short is None:
        expected = "a condition in entry_long, entry_short or both"
        faults.append(Fault("/entry_long", expected, "nothing", f"expected {expected}"))
    if leaves > MOST_CONDITIONS:
        expected = f"at most {MOST_CONDITIONS} comparisons"
        faults.append(Fault("", expected, str(leaves), f"expected {expected}, found {leaves}"))
    return [*faults, *_unused_faults(document, used)]


def leaves_of(
    condition: Condition | None, path: str, depth: int = 1
) -> Iterator[tuple[str, Compare | Slope, int]]:
    """Yield every comparison of a condition with its place and how deep it lies."""
    if condition is None:
        return
    if isinstance(condition, Negation):
        yield from leaves_of(condition.part, f"{path}/not", depth + 1)
    elif isinstance(condition, AllOf | AnyOf):
        word = "all" if isinstance(condition, AllOf) else "any"
        parts = condition.all if isinstance(condition, AllOf) else condition.any
        for place, part in enumerate(parts):
            yield from leaves_of(part, f"{path}/{word}/{place}", depth + 1)
    else:
        yield path, condition, depth


def _leaf_faults(
    document: RulesDocument, path: str, leaf: Compare | Slope, depth: int, used: set[str]
) -> Iterator[Fault]:
    if depth > DEEPEST_CONDITION:
        expected = f"conditions nested at most {DEEPEST_CONDITION} deep"
        yield Fault(path, expected, f"{depth} deep", f"expected {expected}")
    if isinstance(leaf, Slope):
        yield from _series_faults(document, f"{path}/left", leaf.left, used)
        return
    sides = {"left": leaf.left, "right": leaf.right}
    named = {side: value for side, value in sides.items() if is_series(value)}
    if not named:
        expected = "a series on at least one side"
        yield Fault(path, expected, f"{leaf.left} and {leaf.right}", f"expected {expected}")
    elif leaf.left == leaf.right:
        expected = "two different sides"
        yield Fault(path, expected, str(leaf.left), f"{leaf.left} is compared with itself")
    for side, value in named.items():
        yield from _series_faults(document, f"{path}/{side}", str(value), used)


def is_series(value: Number) -> bool:
    """Tell whether an operand is a series, not a number or a parameter."""
    return isinstance(value, str) and reference_of(value) is None


def _series_faults(
    document: RulesDocument, path: str, text: str, used: set[str]
) -> Iterator[Fault]:
    series = parse_series(text)
    if series.ago > MOST_BARS_BACK:
        expected = f"at most {MOST_BARS_BACK} bars ago"
        yield Fault(path, expected, text, f"expected {expected}, found {series.ago}")
    yield from _longer_faults(document, path, text, series)
    if series.name in SOURCES:
        if series.output is not None:
            yield Fault(path, series.name, text, f"{series.name} has no output {series.output}")
        return
    use = document.indicators.get(series.name)
    if use is None:
        known = [*document.indicators, *SOURCES]
        yield Fault(
            path,
            "one of " + ", ".join(known),
            series.name,
            f"there is no indicator or price {series.name}; declare it in indicators, for "
            f'example "{series.name}": {{"kind": "sma", "parameters": {{"window": 20}}}}',
        )
        return
    used.add(series.name)
    outputs = INDICATORS[use.kind].outputs
    if series.output is not None and series.output not in outputs:
        yield Fault(
            path,
            "one of " + ", ".join(outputs),
            series.output,
            f"{use.kind} has no output {series.output}: it has {', '.join(outputs)}",
        )


def timeframe_faults(path: str, timeframe: str, base_ms: int) -> Iterator[Fault]:
    """Yield a fault unless `timeframe` is longer than the base and a multiple of it."""
    longer_ms = parse_timeframe(timeframe).ms
    if longer_ms <= base_ms or longer_ms % base_ms:
        expected = f"a multiple of the execution timeframe ({base_ms // 60_000} minutes), longer"
        yield Fault(path, expected, timeframe, f"expected {expected}, found {timeframe}")


def _longer_faults(
    document: RulesDocument, path: str, text: str, series: SeriesName
) -> Iterator[Fault]:
    if series.timeframe is None:
        return
    base_ms = parse_timeframe(document.execution.timeframe).ms
    yield from timeframe_faults(path, series.timeframe, base_ms)
    use = document.indicators.get(series.name)
    if use is not None and use.timeframe is not None:
        expected = (
            f"{text.replace('@' + series.timeframe, '')}, which is of {use.timeframe} already"
        )
        yield Fault(path, expected, text, f"{series.name} is declared with a timeframe of its own")


def _unused_faults(document: RulesDocument, used: set[str]) -> Iterator[Fault]:
    for name in document.indicators:
        if name not in used:
            yield Fault(
                pointer(("indicators", name)),
                "a condition or level that names it",
                "none",
                f"{name} is declared but never used; use it in a condition or remove it",
            )
