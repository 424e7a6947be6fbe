"""Small definitions that tests change to their needs."""

from typing import Any

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
