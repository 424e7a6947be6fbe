"""How far an AutoBuild is, folded from its events."""

from dataclasses import replace

from fairlead.research.autobuild.record import Standing
from fairlead.research.autobuild.steps import (
    STAGES,
    InstrumentFailed,
    Stage,
    StageStarted,
    StepEvent,
    StepProgress,
)

# Where each stage begins on the way from 0 to 1; optimising takes nearly all of the time.
_BEGINS: dict[Stage, float] = {
    "discover": 0.0,
    "coverage": 0.02,
    "optimise": 0.05,
    "assemble": 0.98,
}


def advanced(standing: Standing, event: StepEvent) -> Standing:
    """Return the standing after one more event; it never goes back."""
    now = replace(standing, stage=event.stage)
    if isinstance(event, StageStarted):
        reached = max(standing.progress, _BEGINS[event.stage])
        total = event.total if event.stage in STAGES[1:3] else standing.instruments_total
        return replace(now, progress=reached, instruments_total=total)
    if isinstance(event, InstrumentFailed):
        return replace(now, failed=standing.failed + 1)
    if isinstance(event, StepProgress):
        share = event.done / max(1, event.total)
        span = _BEGINS["assemble"] - _BEGINS["optimise"]
        return replace(
            now,
            progress=max(standing.progress, _BEGINS["optimise"] + span * share),
            instruments_total=event.total,
            instruments_done=event.done,
            sets_per_s=event.tested_per_s,
            best_sharpe=event.best,
            eta_s=event.eta_s,
        )
    return now
