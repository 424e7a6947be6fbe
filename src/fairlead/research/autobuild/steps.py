"""What an AutoBuild tells while it works: one typed event for each step."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import ClassVar, Literal, TypeAlias, cast

from fairlead.research.jsonable import JsonObject

Stage = Literal["discover", "coverage", "optimise", "assemble"]
STAGES: tuple[Stage, ...] = ("discover", "coverage", "optimise", "assemble")
ErrorKind = Literal["timeout", "no_data", "unsupported_symbol", "exception"]


@dataclass(frozen=True, slots=True)
class Step:
    """What all events have; `at_s` counts from the start of the job."""

    kind: ClassVar[str] = "step"
    stage: Stage
    at_s: float

    def to_json(self) -> JsonObject:
        """Return the event as plain JSON, its `kind` first."""
        return {"kind": self.kind, **cast("JsonObject", asdict(self))}


@dataclass(frozen=True, slots=True)
class StageStarted(Step):
    """A stage begins; `total` is how many instruments it will look at."""

    kind: ClassVar[str] = "stage_started"
    total: int


@dataclass(frozen=True, slots=True)
class StageFinished(Step):
    """A stage has ended; `done` is how many instruments came out of it."""

    kind: ClassVar[str] = "stage_finished"
    seconds: float
    done: int


@dataclass(frozen=True, slots=True)
class InstrumentStarted(Step):
    """An instrument has its bars: how many, and how many bytes they take on disk."""

    kind: ClassVar[str] = "instrument_started"
    instrument: str
    bars: int
    bytes: int


@dataclass(frozen=True, slots=True)
class InstrumentDone(Step):
    """An instrument was optimised; `best_sharpe` is annual, in sample, None without any trade."""

    kind: ClassVar[str] = "instrument_done"
    instrument: str
    accepted: bool
    sets: int
    sets_per_s: float
    best_sharpe: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class InstrumentFailed(Step):
    """An instrument is left out; the others go on. `action` is what the user can do."""

    kind: ClassVar[str] = "instrument_failed"
    instrument: str
    error_kind: ErrorKind
    message: str
    action: str


@dataclass(frozen=True, slots=True)
class StepProgress(Step):
    """How far the optimisation is; `best` is the best Sharpe out of sample so far."""

    kind: ClassVar[str] = "progress"
    done: int
    total: int
    tested: int
    tested_per_s: float
    best: float | None
    eta_s: float | None


@dataclass(frozen=True, slots=True)
class Note(Step):
    """One sentence for the log."""

    kind: ClassVar[str] = "note"
    text: str


StepEvent: TypeAlias = (
    StageStarted
    | StageFinished
    | InstrumentStarted
    | InstrumentDone
    | InstrumentFailed
    | StepProgress
    | Note
)
Tell: TypeAlias = Callable[[StepEvent], None]
Stop: TypeAlias = Callable[[], bool]


def unheard(event: StepEvent) -> None:
    """Take an event without telling anybody; `event` is not looked at."""
    del event


def never() -> bool:
    """Answer that nobody wants to stop."""
    return False
