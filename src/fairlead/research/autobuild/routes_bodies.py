"""What clients send to start an AutoBuild, and what they see of it while it runs."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fairlead.research.autobuild.estimating import AutoBuildEstimate
from fairlead.research.autobuild.record import AutoBuild, NumberedEvent
from fairlead.strategies.views import Name

Document = dict[str, object]


class ConstraintsBody(BaseModel):
    """Constraints to look at without starting anything."""

    model_config = ConfigDict(extra="forbid")

    constraints: Document


class AutoBuildBody(ConstraintsBody):
    """Ask for an AutoBuild under these constraints."""

    name: Annotated[str, Field(min_length=1, max_length=120)]


class SaveBody(BaseModel):
    """Name the portfolio to keep."""

    model_config = ConfigDict(extra="forbid")

    name: Name


class AutoBuildView(BaseModel):
    """An AutoBuild as lists and pages show it; the figures grow while it runs."""

    id: UUID
    name: str
    status: str
    stage: str | None
    progress: float
    cancel_requested: bool
    instruments_total: int
    instruments_done: int
    accepted: int
    failed: int
    sets_tested: int
    sets_per_s: float | None
    best_sharpe: float | None
    eta_s: float | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    constraints: Document


class AutoBuildPage(BaseModel):
    """A page of AutoBuilds, newest first."""

    items: list[AutoBuildView]
    next_cursor: str | None


class AutoBuildSeries(BaseModel):
    """One series that an AutoBuild would work on."""

    instrument: str
    timeframe: str
    bars: int
    first_ts: int
    last_ts: int


class AutoBuildEstimateView(BaseModel):
    """What an AutoBuild would take: parameter sets, bars, seconds and bytes of memory."""

    instruments: list[AutoBuildSeries]
    sets: int
    bars: int
    seconds: float
    bytes: int
    text: str
    warnings: list[str]


class AutoBuildEventView(BaseModel):
    """One event of an AutoBuild; each kind fills the fields that belong to it.

    Kinds: started, resumed, stage_started, stage_finished, instrument_started, instrument_done,
    instrument_failed, progress, note, finished.
    """

    seq: int
    at: datetime
    kind: str
    stage: str | None
    at_s: float | None = None
    seconds: float | None = None
    instrument: str | None = None
    bars: int | None = None
    bytes: int | None = None
    accepted: bool | None = None
    sets: int | None = None
    sets_per_s: float | None = None
    best_sharpe: float | None = None
    error_kind: str | None = None
    message: str | None = None
    action: str | None = None
    done: int | None = None
    total: int | None = None
    tested: int | None = None
    tested_per_s: float | None = None
    best: float | None = None
    eta_s: float | None = None
    text: str | None = None
    status: str | None = None
    error: str | None = None
    attempt: int | None = None
    kept: int | None = None


class AutoBuildEventsView(BaseModel):
    """Events after a number, oldest first; ask again with `after` set to `next_after`."""

    items: list[AutoBuildEventView]
    next_after: int


def autobuild_view(autobuild: AutoBuild) -> AutoBuildView:
    """Return an AutoBuild as clients see it."""
    standing = autobuild.standing
    return AutoBuildView(
        id=autobuild.autobuild_id,
        name=autobuild.name,
        status=autobuild.status,
        stage=standing.stage,
        progress=standing.progress,
        cancel_requested=autobuild.cancel_requested,
        instruments_total=standing.instruments_total,
        instruments_done=standing.instruments_done,
        accepted=standing.accepted,
        failed=standing.failed,
        sets_tested=standing.sets_tested,
        sets_per_s=standing.sets_per_s,
        best_sharpe=standing.best_sharpe,
        eta_s=standing.eta_s,
        error=autobuild.error,
        created_at=autobuild.created_at,
        started_at=autobuild.started_at,
        finished_at=autobuild.finished_at,
        constraints=dict(autobuild.constraints),
    )


def estimate_view(estimate: AutoBuildEstimate) -> AutoBuildEstimateView:
    """Return an estimate as clients see it."""
    return AutoBuildEstimateView(
        instruments=[
            AutoBuildSeries(
                instrument=each.instrument,
                timeframe=each.timeframe,
                bars=each.bars,
                first_ts=each.first_ts,
                last_ts=each.last_ts,
            )
            for each in estimate.found
        ],
        sets=estimate.sets,
        bars=estimate.bars,
        seconds=estimate.seconds,
        bytes=estimate.bytes,
        text=estimate.text,
        warnings=list(estimate.warnings),
    )


def event_view(event: NumberedEvent) -> AutoBuildEventView:
    """Return an event as clients see it."""
    fields: dict[str, Any] = {
        name: value
        for name, value in event.fields.items()
        if name in AutoBuildEventView.model_fields
    }
    return AutoBuildEventView(
        **(fields | {"seq": event.seq, "at": event.at}), kind=event.kind, stage=event.stage
    )
