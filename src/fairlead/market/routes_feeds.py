"""HTTP of feeds: how they are, and for administrators which ones run."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, JsonValue

from fairlead.infra.errors import NotFound
from fairlead.market.nexus import add_feed as add_to_nexus
from fairlead.market.sources import DataContext
from fairlead.market.store import (
    FeedGap,
    FeedRow,
    list_feeds,
    list_gaps,
    set_feed_enabled,
)
from fairlead.tenancy.access import CurrentPrincipal, PublicConnection, require
from fairlead.tenancy.audit import record
from fairlead.tenancy.principal import Principal

router = APIRouter(prefix="/data/feeds", tags=["data"])

_FRESH = timedelta(seconds=10)
_GAPS_SHOWN = 50


class FeedView(BaseModel):
    """How a feed is: `fresh` says that it runs and that its heart beats."""

    name: str
    kind: str
    enabled: bool
    status: str
    detail: str
    fresh: bool
    heartbeat_at: datetime | None
    last_bar_at: datetime | None
    late_ticks: int
    config: dict[str, JsonValue]


class GapView(BaseModel):
    """A stretch that a feed missed; times are milliseconds since 1970."""

    feed: str
    instrument: str
    timeframe: str
    from_ts: int
    to_ts: int
    reason: str
    noticed_at: datetime


class FeedsView(BaseModel):
    """All feeds and the latest gaps."""

    items: list[FeedView]
    gaps: list[GapView]


class NewFeedBody(BaseModel):
    """A feed to add; `config` depends on its kind."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.:-]{0,63}$")]
    kind: str
    config: dict[str, JsonValue] = Field(default_factory=dict)


class FeedSwitchBody(BaseModel):
    """Whether a feed should run."""

    enabled: bool


@router.get("", dependencies=[require("data.read")])
def feeds(request: Request, connection: PublicConnection) -> FeedsView:
    """Show how all feeds are, and what they missed lately."""
    now = _context(request).clock.now()
    return FeedsView(
        items=[_view(row, now) for row in list_feeds(connection)],
        gaps=[_gap_view(gap) for gap in list_gaps(connection, _GAPS_SHOWN)],
    )


@router.post("", status_code=201, dependencies=[require("admin.write")])
def add_feed(body: NewFeedBody, request: Request, principal: CurrentPrincipal) -> FeedView:
    """Add a feed; the nexus starts it within a second or two."""
    add_to_nexus(_context(request), body.name, body.kind, body.config)
    _note(request, principal, "feed.add", body.name, {"kind": body.kind})
    return _one(request, body.name)


@router.patch("/{name}", dependencies=[require("admin.write")])
def switch_feed(
    name: str, body: FeedSwitchBody, request: Request, principal: CurrentPrincipal
) -> FeedView:
    """Switch a feed on or off."""
    with _context(request).database.engine_transaction() as connection:
        if not set_feed_enabled(connection, name, enabled=body.enabled):
            raise NotFound(f"There is no feed named {name[:64]}.")
    _note(request, principal, "feed.switch", name, {"enabled": str(body.enabled).lower()})
    return _one(request, name)


def _context(request: Request) -> DataContext:
    context: DataContext = request.app.state.context
    return context


def _one(request: Request, name: str) -> FeedView:
    context = _context(request)
    with context.database.public_transaction() as connection:
        row = next(row for row in list_feeds(connection) if row.name == name)
    return _view(row, context.clock.now())


def _note(
    request: Request, principal: Principal, action: str, name: str, detail: dict[str, str]
) -> None:
    database = _context(request).database
    with database.tenant_transaction(principal.user_id) as connection:
        record(connection, principal.user_id, action, f"feed:{name}", detail)


def _view(row: FeedRow, now: datetime) -> FeedView:
    alive = row.heartbeat_at is not None and now - row.heartbeat_at < _FRESH
    return FeedView(
        name=row.name,
        kind=row.kind,
        enabled=row.enabled,
        status=row.status,
        detail=row.detail,
        fresh=alive and row.status == "running",
        heartbeat_at=row.heartbeat_at,
        last_bar_at=row.last_bar_at,
        late_ticks=row.late_ticks,
        config=row.config,
    )


def _gap_view(gap: FeedGap) -> GapView:
    return GapView(
        feed=gap.feed,
        instrument=gap.instrument,
        timeframe=gap.timeframe,
        from_ts=gap.from_ts,
        to_ts=gap.to_ts,
        reason=gap.reason,
        noticed_at=gap.noticed_at,
    )
