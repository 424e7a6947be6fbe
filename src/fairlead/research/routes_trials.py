"""HTTP of the ledger of trials: /trials."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from fairlead.infra.pages import page_of, wrong_cursor
from fairlead.research.overfitting.chain import read_line
from fairlead.research.overfitting.ledger import count_all, count_everywhere, kin
from fairlead.research.overfitting.uploading import take_over
from fairlead.research.store_trials import TrialLine, all_families, list_trials
from fairlead.tenancy.access import (
    CurrentPrincipal,
    PageQuery,
    TenantConnection,
    require,
    surroundings,
)
from fairlead.tenancy.access_idempotency import IdempotentRoute
from fairlead.tenancy.audit import record

LINES_MAX = 1_000

router = APIRouter(prefix="/trials", tags=["research"], route_class=IdempotentRoute)
Family = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


class TrialView(BaseModel):
    """One search as the ledger keeps it: on what, how many sets, and the best of them."""

    at: datetime
    family: str
    kind: str
    instrument: str
    timeframe: str
    sets: int
    best: float | None
    metric: str


class TrialTotals(BaseModel):
    """Everything on record taken together; `known` is false where a ledger is missing."""

    trials: int
    effective: float
    known: bool


class TrialPage(BaseModel):
    """A page of the ledger, newest first, with the totals of all of it."""

    items: list[TrialView]
    next_cursor: str | None
    totals: TrialTotals


class UploadBody(BaseModel):
    """Bring the ledger of another machine with the version that was made there."""

    model_config = ConfigDict(extra="forbid")

    version_id: UUID
    lines: Annotated[list[dict[str, Any]], Field(max_length=LINES_MAX)]


class UploadView(BaseModel):
    """How many lines were new, and the totals of everything on record."""

    added: int
    totals: TrialTotals


@router.get("", dependencies=[require("research.read")])
def list_ledger(
    principal: CurrentPrincipal,
    connection: TenantConnection,
    page: PageQuery,
    family: Family = "",
) -> TrialPage:
    """List what was tried, of one family or of all.

    `family` is a strategy's id or the name of an idea; strategies of the same idea belong to it.
    """
    after = page.after(1)
    before = None if after is None else _place(after[0])
    tenant_id = principal.user_id
    if family:
        families = kin(connection, tenant_id, family)
        count = count_everywhere(connection, tenant_id, family)
    else:
        families = all_families(connection, tenant_id)
        count = count_all(connection, tenant_id)
    rows = list_trials(connection, tenant_id, families, before, page.limit + 1)
    found = page_of(rows, page.limit, lambda line: (str(line.place),))
    totals = TrialTotals(trials=count.trials, effective=count.effective, known=count.known)
    items = [_view(line) for line in found.items]
    return TrialPage(items=items, next_cursor=found.next_cursor, totals=totals)


@router.post("/upload", dependencies=[require("research.run")])
def upload_ledger(
    body: UploadBody, request: Request, principal: CurrentPrincipal, connection: TenantConnection
) -> UploadView:
    """Take over the ledger of another machine; lines already there are left as they are."""
    lines = tuple(read_line(data, f"lines/{place}") for place, data in enumerate(body.lines))
    now = surroundings(request).clock.now()
    added = take_over(connection, principal.user_id, body.version_id, lines, now)
    detail = {"added": str(added), "head": lines[-1].hash}
    record(connection, principal.actor_id, "trials.upload", f"version:{body.version_id}", detail)
    count = count_all(connection, principal.user_id)
    totals = TrialTotals(trials=count.trials, effective=count.effective, known=count.known)
    return UploadView(added=added, totals=totals)


def _view(line: TrialLine) -> TrialView:
    return TrialView(
        at=line.at,
        family=line.family,
        kind=line.kind,
        instrument=line.instrument,
        timeframe=line.timeframe,
        sets=line.sets,
        best=line.best,
        metric=line.metric,
    )


def _place(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise wrong_cursor(text)
    return int(text)
