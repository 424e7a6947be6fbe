"""Facts of AutoBuild that people are told about, besides the events of one job."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from fairlead.research.autobuild.record import AutoBuild


@dataclass(frozen=True, slots=True)
class AutoBuildStarted:
    """Say that an AutoBuild has begun, or goes on after an interruption."""

    type: ClassVar[str] = "autobuild.started"
    autobuild_id: UUID
    name: str
    resumed: bool


@dataclass(frozen=True, slots=True)
class AutoBuildFinished:
    """Say how an AutoBuild ended; `error` is one sentence, or empty."""

    type: ClassVar[str] = "autobuild.finished"
    autobuild_id: UUID
    name: str
    status: str
    accepted: int
    error: str


def finished(autobuild: AutoBuild) -> AutoBuildFinished:
    """Return the fact that an AutoBuild has ended."""
    return AutoBuildFinished(
        autobuild.autobuild_id,
        autobuild.name,
        autobuild.status,
        autobuild.standing.accepted,
        autobuild.error or "",
    )
