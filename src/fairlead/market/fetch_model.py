"""A fetch that somebody asked for: what, how far it is, how it ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from fairlead.market.reports import JsonObject

Status = Literal["queued", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """Which bars to fetch from where: those that open in [from_ms, to_ms)."""

    provider: str
    instrument: str
    timeframe: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Fetch:
    """One fetch; `report` is what `FillReport.to_json` gives, when it has ended."""

    id: UUID
    request: FetchRequest
    status: Status
    report: JsonObject | None
    error_kind: str | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
