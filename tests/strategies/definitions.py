"""Small definitions that tests change to their needs."""

from typing import Any

from fairlead.strategies.kinds.rules.compile import CompiledRules, compile_rules
from fairlead.strategies.kinds.rules.reading import read_document

Definition = dict[str, Any]


def crossover(**changes: Any) -> Definition:
    """Return a crossover of two averages; keyword arguments replace whole sections."""
    definition: Definition = {
        "kind": "rules",
        "name": "Crossover",
        "description": "Two averages.",
        "tags": ["trend"],
        "parameters": {
            "fast": {"type": "int", "low": 2, "high": 50, "default": 5},
            "slow": {"type": "int", "low": 3, "high": 200, "default": 20},
        },
        "constraints": ["fast < slow"],
        "indicators": {
            "quick": {"kind": "sma", "parameters": {"window": "$fast"}},
            "steady": {"kind": "sma", "parameters": {"window": "$slow"}},
        },
        "entry_long": {"left": "quick", "op": "crosses_above", "right": "steady"},
        "entry_short": {"left": "quick", "op": "crosses_below", "right": "steady"},
        "exits": {"stop_loss_pct": 0.02},
    }
    definition.update(changes)
    return definition


ALWAYS_TRUE = {"left": "close", "op": "gt", "right": 0}


def compiled(**changes: Any) -> CompiledRules:
    return compile_rules(read_document(crossover(**changes)))


def plain(entry_long: Any, **changes: Any) -> CompiledRules:
    """Return rules with one long entry and the average it may name."""
    sections: dict[str, Any] = {
        "parameters": {},
        "constraints": [],
        "indicators": {"average": {"kind": "sma", "parameters": {"window": 5}}},
        "entry_short": None,
        "exits": {},
    }
    if "average" not in str(entry_long) + str(changes):
        sections["indicators"] = {}
    return compiled(entry_long=entry_long, **(sections | changes))


DOCUMENTS: dict[str, dict[str, Any]] = {
    "averages": {},
    "everything": {
        "indicators": {
            "quick": {"kind": "ema", "parameters": {"window": "$fast"}},
            "steady": {"kind": "sma", "parameters": {"window": "$slow"}},
            "day": {"kind": "sma", "parameters": {"window": 3}, "timeframe": "4h"},
        },
        "entry_long": {
            "all": [
                {"left": "quick", "op": "crosses_above", "right": "steady", "within": 4},
                {"any": [
                    {"left": "close", "op": "gt", "right": "day"},
                    {"not": {"left": "steady", "op": "rising", "bars": 3}},
                ]},
            ]
        },
        "filters": {"entry_quality": "relaxed"},
        "exits": {"atr_period": 3, "atr_stop_multiple": 2.0},
    },
    "longer": {
        "indicators": {
            "quick": {"kind": "ema", "parameters": {"window": "$fast"}},
            "steady": {"kind": "sma", "parameters": {"window": "$slow"}},
            "bands": {"kind": "bollinger", "parameters": {"window": 4}},
        },
        "entry_long": {
            "all": [
                {"left": "quick", "op": "crosses_above", "right": "steady", "within": 3},
                {"any": [
                    {"left": "close", "op": "gt", "right": "bands.middle@4h[1]"},
                    {"left": {"series": "bands", "timeframe": "2h"}, "op": "rising", "bars": 2},
                ]},
            ]
        },
        "levels": {"long_stop": "low@4h", "short_stop": "high@4h[1]"},
    },
}  # fmt: skip
