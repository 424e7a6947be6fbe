"""What a definition needs under one parameter set: a program, its columns, how far they reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fairlead.indicators.catalog import INDICATORS
from fairlead.kernel.program import Program, assemble
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.kinds.rules.filters import lower_filters
from fairlead.strategies.kinds.rules.lower import ColumnKey, Lowered, lower_levels, lower_signal
from fairlead.strategies.kinds.rules.policy_fields import POLICY_FIELDS, PolicyField
from fairlead.strategies.kinds.rules.references import literal_at
from fairlead.strategies.kinds.rules.values import OneOf, reference_of

_ATR_FIELDS: Final = (
    "atr_stop_multiple",
    "atr_target_multiple",
    "atr_trail_multiple",
    "fee_gate_multiple",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the signal of one parameter set needs: a program, columns, and how far they reach."""

    program: Program
    lowered: Lowered
    atr: ColumnKey | None
    session: bool


def plan_of(document: RulesDocument, values: Mapping[str, float], complete: bool) -> Plan:
    """Return what the signal needs; with `complete` the ATR and the session ends in any case."""
    lowered = Lowered(document, values)
    lower_signal(lowered, lower_filters)
    lower_levels(lowered)
    atr = None
    if complete or needs_atr(document, values):
        period = lowered.number(document.exits.atr_period)
        atr = ColumnKey("atr", INDICATORS["atr"].source, (("window", period),))
    session = complete or needs_session(document, values)
    return Plan(assemble(lowered.instructions), lowered, atr, session)


def warm_up_of(plan: Plan, timeframe_ms: int) -> int:
    """Return after how many bars no signal depends on where the series starts.

    The definition's `lookback` is the least that is returned.
    """
    columns = plan.lowered.columns
    needed = [
        settled_after(columns[reach.column], timeframe_ms) + reach.bars_settled
        for reach in plan.lowered.reach
    ]
    if plan.atr is not None:
        needed.append(settled_after(plan.atr, timeframe_ms))
    return max([*needed, plan.lowered.document.execution.lookback])


def settled_after(key: ColumnKey, timeframe_ms: int) -> int:
    """Return after how many bars of `timeframe_ms` a column does not depend on the start."""
    own_ms = key.timeframe_ms or timeframe_ms
    bars = INDICATORS[key.kind].warm_up(dict(key.values), own_ms) if key.kind else 0
    bars += key.longer_ago
    if own_ms == timeframe_ms:
        return bars
    # the first longer bar may be cut by the start, and the last one has to close
    return (bars + 2) * -(-own_ms // timeframe_ms)


def field_value(document: RulesDocument, field: PolicyField, values: Mapping[str, float]) -> float:
    """Return a policy field as the kernel's record holds it: a choice by its place plus one."""
    reference = reference_of(literal_at(document, field.path))
    value = values[reference or field.name]
    if not isinstance(field.accepts, OneOf):
        return value
    words = field.accepts.words if reference is None else document.parameters[reference].choices
    return float(field.accepts.words.index(words[int(value)]) + 1)


def needs_atr(document: RulesDocument, values: Mapping[str, float]) -> bool:
    """Tell whether the policy of these values looks at the average true range."""
    return any(field_value(document, POLICY_FIELDS[name], values) > 0.0 for name in _ATR_FIELDS)


def needs_session(document: RulesDocument, values: Mapping[str, float]) -> bool:
    """Tell whether the policy of these values looks at the end of the session."""
    return field_value(document, POLICY_FIELDS["session_exit"], values) > 0.0
