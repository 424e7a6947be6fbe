"""One book of one leg, stepped from Python bar by bar: everything it needs lies in one record.

Each array that crosses the boundary from Python costs more than the decision itself, so the
state, the rules and the outputs of such a book travel as one record.
"""

from typing import Any

import numpy as np

from fairlead.kernel.apply import begin_bar
from fairlead.kernel.boundaries import step_single
from fairlead.kernel.intents import MOST_INTENTS
from fairlead.kernel.jit import jit
from fairlead.kernel.records import (
    BOOK,
    FILL,
    INSTRUMENT,
    INTENT,
    LEG,
    LIMITS,
    POLICY,
    POSITION,
    Records,
    State,
)
from fairlead.kernel.step import MOST_FILLS

SINGLE = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("book", BOOK),
                ("leg", LEG),
                ("position", POSITION),
                ("policy", POLICY),
                ("limits", LIMITS),
                ("instrument", INSTRUMENT),
                ("timeframe_ms", "i8"),
                ("fill_count", "i8"),  # of the latest event, as are the four below
                ("intent_count", "i8"),
                ("veto", "i8"),
                ("fills", FILL, (MOST_FILLS,)),
                ("intents", INTENT, (MOST_INTENTS,)),
            ],
            align=True,
        ),
    )
)


def new_single(
    state: State, policy: Records, limits: Records, instrument: Records, timeframe_ms: int
) -> Records:
    """Return a SINGLE of shape (1,) of a state of one leg; rules are records of shape (1,).

    Raises `ValueError` for a state of several legs.
    """
    if state.legs.shape[0] != 1:
        raise ValueError(f"expected a state of one leg, found {state.legs.shape[0]}")
    single = np.zeros(1, SINGLE)
    single["book"], single["leg"], single["position"] = state.book, state.legs, state.positions[0]
    single["policy"], single["limits"], single["instrument"] = policy, limits, instrument
    single["timeframe_ms"] = timeframe_ms
    return single


def state_of(single: Records) -> State:
    """Return a copy of the state in a SINGLE of shape (1,)."""
    return State(
        single["book"].copy(), single["leg"].copy(), single["position"].copy().reshape(1, 1)
    )


@jit
def step_bar(single: Any, event: Any) -> None:
    """Fold one closed bar and its signal, in place; what came of it stands in the record.

    `single` is SINGLE (1,), `event` EVENT (1,), later than all before. The first `fill_count`
    rows of `fills` and `intent_count` of `intents` are of this bar, `veto` is 0 for none.
    """
    s, v = single[0], event[0]
    begin_bar(s.book, s.limits, v.ts)
    own = (s.book, s.leg, s.position, s.policy, s.limits, s.instrument, s.timeframe_ms)
    given = (s.fills[0], s.fills[1], s.fills[2])
    s.fill_count, s.intent_count, s.veto = step_single(*own, v, *given, s.intents[0], s.intents[1])
