"""Facts of research that people are told about."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from fairlead.research.runs import Run


@dataclass(frozen=True, slots=True)
class RunProgressed:
    """Say how far a run is, as a share from 0 to 1."""

    type: ClassVar[str] = "run.progress"
    run_id: UUID
    kind: str
    progress: float


@dataclass(frozen=True, slots=True)
class RunFinished:
    """Say how a run ended; `error` is one sentence, or empty."""

    type: ClassVar[str] = "run.finished"
    run_id: UUID
    kind: str
    status: str
    strategy_name: str
    instrument: str
    error: str


def finished(run: Run) -> RunFinished:
    """Return the fact that a run has ended."""
    return RunFinished(
        run.run_id, run.kind, run.status, run.strategy_name, run.instrument, run.error or ""
    )
