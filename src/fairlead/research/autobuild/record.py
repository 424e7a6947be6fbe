"""An AutoBuild as it is stored: what was asked, how far it is, how it ended."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fairlead.research.jsonable import JsonObject
from fairlead.research.runs import Status

# A row's `attempt` counts attempts of one job, and starts a new block when it is resumed.
ATTEMPTS_A_RESUME = 1_000_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Hold how far an AutoBuild is; `best_sharpe` and the rates are None before there is one."""

    stage: str | None = None
    progress: float = 0.0
    instruments_total: int = 0
    instruments_done: int = 0
    accepted: int = 0
    failed: int = 0
    sets_tested: int = 0
    sets_per_s: float | None = None
    best_sharpe: float | None = None
    eta_s: float | None = None


@dataclass(frozen=True, slots=True)
class AutoBuild:
    """Hold one row of `autobuilds`; `error` is a sentence when it failed."""

    autobuild_id: UUID
    name: str
    constraints: JsonObject
    as_of_ms: int
    status: Status
    cancel_requested: bool
    standing: Standing
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold what an attempt works on; `fence` is its number, which every write compares."""

    fence: int
    name: str
    constraints: JsonObject
    as_of_ms: int
    resumed: bool


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Hold one event of an AutoBuild before it has a number; `fields` are plain JSON."""

    at: datetime
    kind: str
    stage: str | None
    fields: JsonObject


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """Hold one stored event; numbers of one AutoBuild go up by one from 1."""

    seq: int
    at: datetime
    kind: str
    stage: str | None
    fields: JsonObject


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Hold the finished outcome of one instrument as JSON text."""

    instrument: str
    accepted: bool
    sets: int
    outcome: bytes
