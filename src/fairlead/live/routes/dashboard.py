"""HTTP of the dashboard."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy import Connection

from fairlead.infra.outbox import last_seq, read_events
from fairlead.live.curves import combined_curve
from fairlead.live.routes.views import money
from fairlead.live.standing import standing_of
from fairlead.live.store import reading
from fairlead.tenancy.access import TenantConnection, require, surroundings

MOST_SUBSCRIPTIONS = 1_000
MOST_POINTS = 5_000
RECENT_EVENTS = 20
FEED_GRACE = timedelta(seconds=30)

dashboard = APIRouter(prefix="/dashboard", tags=["live"])


class EventView(BaseModel):
    """One numbered fact."""

    seq: int
    type: str
    at: datetime
    data: dict[str, Any]


class FeedView(BaseModel):
    """Whether candles of the tenant's series arrive."""

    fresh: bool
    last_bar_at: datetime | None


class DashboardView(BaseModel):
    """The tenant's situation at a glance."""

    equity: str
    realised_pnl: str
    unrealised_pnl: str
    fees: str
    active_subscriptions: int
    open_positions: int
    orders_today: int
    halted: bool
    equity_curve: list[tuple[int, float]]
    recent_events: list[EventView]
    feed: FeedView


@dashboard.get("", dependencies=[require("subscriptions.read")])
def read_dashboard(request: Request, connection: TenantConnection) -> DashboardView:
    """Return the tenant's situation: what it is worth, what runs, what happened lately."""
    now = surroundings(request).clock.now()
    rows = reading.trading_subscriptions(connection, MOST_SUBSCRIPTIONS)
    standings = {row.id: standing_of(row) for row in rows}
    points = reading.equity_points(connection, None, MOST_POINTS)
    capital = {row.id: float(row.capital) for row in rows}
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return DashboardView(
        equity=money(sum(item.equity for item in standings.values())),
        realised_pnl=money(sum(item.realised for item in standings.values())),
        unrealised_pnl=money(sum(item.unrealised for item in standings.values())),
        fees=money(sum(item.fees for item in standings.values())),
        active_subscriptions=sum(row.status == "active" for row in rows),
        open_positions=sum(len(item.positions) for item in standings.values()),
        orders_today=reading.orders_since(connection, today),
        halted=reading.is_killed(connection) or any(item.halted for item in standings.values()),
        equity_curve=combined_curve(capital, points),
        recent_events=_recent(connection),
        feed=_feed(connection, now),
    )


def _recent(connection: Connection) -> list[EventView]:
    newest = last_seq(connection)
    found = read_events(connection, max(0, newest - RECENT_EVENTS), RECENT_EVENTS)
    return [
        EventView.model_validate_json(
            f'{{"seq": {event.seq}, "type": "{event.type}", '
            f'"at": "{event.at.isoformat()}", "data": {event.data}}}'
        )
        for event in reversed(found)
    ]


def _feed(connection: Connection, now: datetime) -> FeedView:
    newest = reading.newest_candle(connection)
    if newest is None:
        return FeedView(fresh=False, last_bar_at=None)
    patience = timedelta(milliseconds=newest.timeframe_ms) + FEED_GRACE
    return FeedView(fresh=now - newest.closed_at < patience, last_bar_at=newest.closed_at)
