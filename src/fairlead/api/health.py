"""Is this process alive, can it do its work, and how does it do: /health and /metrics."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from fairlead.infra.errors import FairleadError, Forbidden
from fairlead.infra.metrics import render
from fairlead.infra.revision import applied_revision, expected_revision
from fairlead.tenancy.access import current_principal, surroundings
from fairlead.tenancy.surroundings import Surroundings

State = Literal["ok", "degraded", "down"]

router = APIRouter(tags=["health"])


class Live(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Ready(BaseModel):
    """Whether the process can do its work, and what each part says.

    Without Valkey it works, only slower to notice news: degraded. Without the database, or with
    another revision than the code expects, it cannot: down.
    """

    status: State
    database: State
    migrations: State
    bus: State
    revision: str | None
    detail: str | None


@router.get("/health/live")
def live() -> Live:
    """Answer while the process is alive."""
    return Live(status="ok")


@router.get("/health/ready", responses={503: {"model": Ready}})
def ready(request: Request, response: Response) -> Ready:
    """Answer 200 when requests can be served, 503 when not."""
    found = readiness(surroundings(request))
    if found.status == "down":
        response.status_code = 503
    return found


def may_scrape(request: Request) -> None:
    """Let a developer's machine scrape freely; in production an API key with scope `admin`."""
    if surroundings(request).settings.environment == "development":
        return
    if not current_principal(request).may("admin.read"):
        raise Forbidden("Metrics are for administrators.", expected="admin.read")


@router.get("/metrics", include_in_schema=False)
def metrics(_allowed: Annotated[None, Depends(may_scrape)]) -> Response:
    """Return all metrics in the text format of Prometheus."""
    return Response(render(), media_type="text/plain; version=0.0.4; charset=utf-8")


def readiness(around: Surroundings) -> Ready:
    """Ask every part whether it answers."""
    bus: State = "ok" if around.bus.ping() else "degraded"
    try:
        with around.database.system_transaction() as connection:
            revision = applied_revision(connection)
    except FairleadError as error:
        return Ready(
            status="down",
            database="down",
            migrations="down",
            bus=bus,
            revision=None,
            detail=error.message,
        )
    expected = expected_revision()
    if revision != expected:
        detail = f"The database is at revision {revision}, this code expects {expected}."
        return Ready(
            status="down",
            database="ok",
            migrations="down",
            bus=bus,
            revision=revision,
            detail=detail,
        )
    status: State = "ok" if bus == "ok" else "degraded"
    return Ready(
        status=status, database="ok", migrations="ok", bus=bus, revision=revision, detail=None
    )
