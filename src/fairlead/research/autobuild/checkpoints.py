"""A finished outcome as it is kept, on a server and in files alike."""

import hashlib
import json
from typing import cast

import numpy as np

from fairlead.research.autobuild.outcome import InstrumentOutcome
from fairlead.research.autobuild.record import Checkpoint
from fairlead.research.jsonable import JsonObject, dump_json
from fairlead.research.overfitting.montecarlo import bootstrap_trades


def checkpoint_of(outcome: InstrumentOutcome) -> Checkpoint:
    """Return what is kept of an outcome: all of it, and how its trades might have come out.

    Raises `ValueError` for a figure that is no number.
    """
    kept = {**outcome.to_json(), "monte_carlo": _monte_carlo(outcome)}
    content = dump_json(kept).encode()
    return Checkpoint(outcome.instrument, outcome.accepted, outcome.sets, content)


def outcome_of_checkpoint(content: bytes) -> InstrumentOutcome:
    """Return the outcome exactly as it was kept."""
    return InstrumentOutcome.of_json(cast("JsonObject", json.loads(content)))


def _monte_carlo(outcome: InstrumentOutcome) -> JsonObject | None:
    """Draw the trades again, from an account of 1, always the same way for one instrument."""
    if not outcome.trade_returns:
        return None
    seed = int.from_bytes(hashlib.sha256(outcome.instrument.encode()).digest()[:4], "big")
    return bootstrap_trades(np.array(outcome.trade_returns), 1.0, seed).to_json()
