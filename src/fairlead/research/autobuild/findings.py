"""What people and programs read of an AutoBuild: its findings, and one instrument in detail."""

import json
from typing import TYPE_CHECKING, cast

from fairlead.research.autobuild.terms import Constraints
from fairlead.research.jsonable import Json, JsonObject

if TYPE_CHECKING:
    from fairlead.research.autobuild.pipeline import AutoBuildResult

# Kept for assembling and for the ledger; nobody reads thousands of daily figures on a page.
_NOT_SHOWN = ("days", "returns", "trade_returns", "tried")


def findings_of(result: "AutoBuildResult", constraints: Constraints) -> JsonObject:
    """Return the findings as plain JSON, with the thresholds they were held against."""
    found = result.to_json()
    evidence = cast("JsonObject", found["evidence"])
    thresholds: JsonObject = {
        each.name: each.value if each.enabled else None for each in constraints.evidence.thresholds
    }
    return {
        **found,
        "evidence": {**evidence, "family": ", ".join(result.families)},
        "thresholds": thresholds,
    }


def detail_of(checkpoint: bytes) -> JsonObject:
    """Return a stored outcome as a page shows it: `sets` are the best ones that were tried."""
    outcome = cast("JsonObject", json.loads(checkpoint))
    shown: dict[str, Json] = {
        name: value for name, value in outcome.items() if name not in _NOT_SHOWN
    }
    shown["sets_tested"] = shown.pop("sets")
    shown["sets"] = shown.pop("best_sets")
    return shown
