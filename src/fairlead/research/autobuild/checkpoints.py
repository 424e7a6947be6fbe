"""A finished outcome as it is kept, on a server and in files alike."""

import json
from typing import cast

from fairlead.research.autobuild.outcome import InstrumentOutcome
from fairlead.research.autobuild.record import Checkpoint
from fairlead.research.jsonable import JsonObject, dump_json


def checkpoint_of(outcome: InstrumentOutcome) -> Checkpoint:
    """Return what is kept of an outcome; raises `ValueError` for a figure that is no number."""
    content = dump_json(outcome.to_json()).encode()
    return Checkpoint(outcome.instrument, outcome.accepted, outcome.sets, content)


def outcome_of_checkpoint(content: bytes) -> InstrumentOutcome:
    """Return the outcome exactly as it was kept."""
    return InstrumentOutcome.of_json(cast("JsonObject", json.loads(content)))
