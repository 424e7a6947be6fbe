"""A tenant's numbered events: /ws/events pushes them, /events reads them; both resume by number."""

import json
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, WebSocket
from pydantic import BaseModel

from fairlead.api.sockets import serve_stream
from fairlead.infra.outbox import StoredEvent, last_seq, read_events
from fairlead.tenancy.access import TenantConnection, require
from fairlead.tenancy.surroundings import Surroundings

BATCH = 200

router = APIRouter(tags=["events"])
sockets = APIRouter()

After = Annotated[int, Query(ge=0, lt=2**62)]


class EventView(BaseModel):
    """One numbered fact of the tenant."""

    seq: int
    type: str
    at: datetime
    data: dict[str, Any]


class EventsView(BaseModel):
    """Events after a number, oldest first; `last_seq` is the newest there is."""

    items: list[EventView]
    last_seq: int


@router.get("/events", dependencies=[require("events.read")])
def events(
    connection: TenantConnection,
    after: After,
    limit: Annotated[int, Query(ge=1, le=500)] = BATCH,
) -> EventsView:
    """Read events after a number, for programs and pages without a socket."""
    newest = last_seq(connection)
    found = read_events(connection, after, limit)
    return EventsView(items=[_view(event) for event in found], last_seq=newest)


@sockets.websocket("/ws/events")
async def event_socket(websocket: WebSocket, ticket: str = "", after: After | None = None) -> None:
    """Push the ticket holder's events numbered above `after`, from now on without it."""
    await serve_stream(websocket, ticket, after, TenantEvents(websocket.app.state.context))


class TenantEvents:
    """Read all events of a tenant, as the socket sends them."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def newest(self, tenant_id: UUID) -> int:
        """Return the number of the newest event."""
        with self._around.database.tenant_transaction(tenant_id) as connection:
            return last_seq(connection)

    def read(self, tenant_id: UUID, after: int) -> list[tuple[int, str]]:
        """Return the next batch."""
        with self._around.database.tenant_transaction(tenant_id) as connection:
            return [(it.seq, _as_text(it)) for it in read_events(connection, after, BATCH)]

    def heartbeat(self, seq: int) -> str:
        """Return a sign of life under the last number sent."""
        at = self._around.clock.now().isoformat()
        return json.dumps({"seq": seq, "type": "heartbeat", "at": at, "data": {}})


def _as_text(event: StoredEvent) -> str:
    head = json.dumps({"seq": event.seq, "type": event.type, "at": event.at.isoformat()})
    return f'{head[:-1]}, "data": {event.data}}}'


def _view(event: StoredEvent) -> EventView:
    return EventView(seq=event.seq, type=event.type, at=event.at, data=json.loads(event.data))
