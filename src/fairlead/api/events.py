"""A tenant's numbered events: /ws/events pushes them, /events reads them; both resume by number."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import anyio
from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from fairlead.api.event_hub import EventHub
from fairlead.infra.errors import FairleadError
from fairlead.infra.outbox import StoredEvent, last_seq, read_events
from fairlead.tenancy.access import TenantConnection, require
from fairlead.tenancy.access_cookies import is_own_origin
from fairlead.tenancy.model import Ticket
from fairlead.tenancy.surroundings import Surroundings
from fairlead.tenancy.tickets import is_still_signed_in, redeem

BATCH = 200
# How long a socket waits for a wake-up before it looks by itself; all there is without Valkey.
POLL_S = 2.0
HEARTBEAT_S = 15.0
SEND_TIMEOUT_S = 10.0
MAX_MESSAGES = 1_000

CLOSED_SLOW = 4408
CLOSED_SIGNED_OUT = 4401
CLOSED_TALKATIVE = 1008

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
    around: Surroundings = websocket.app.state.context
    hub: EventHub = websocket.app.state.hub
    origin = websocket.headers.get("origin")
    if origin is not None and not is_own_origin(origin, websocket, around.settings):
        await websocket.close(CLOSED_SIGNED_OUT)
        return
    try:
        holder = await run_in_threadpool(redeem, around, ticket)
        start = after if after is not None else await _newest(around, holder.user_id)
        flag = hub.join(holder.user_id)
    except FairleadError:
        # Refused before it is accepted: the client sees HTTP 403 and asks for a new ticket.
        await websocket.close(CLOSED_SIGNED_OUT)
        return
    try:
        await websocket.accept()
        await _serve(websocket, around, holder, flag, start)
    except WebSocketDisconnect:
        return
    finally:
        hub.leave(holder.user_id, flag)


async def _serve(
    websocket: WebSocket, around: Surroundings, holder: Ticket, flag: asyncio.Event, start: int
) -> None:
    """Push and listen until either ends; only one who listens notices that the client left."""
    code: int | None = None

    async with anyio.create_task_group() as both:

        async def end_with(act: Callable[[], Awaitable[int | None]]) -> None:
            nonlocal code
            with suppress(WebSocketDisconnect):
                code = await act()
            both.cancel_scope.cancel()

        both.start_soon(end_with, partial(_listen, websocket))
        both.start_soon(end_with, partial(_push, websocket, around, holder, flag, start))
    if code is not None:
        await websocket.close(code)


async def _listen(websocket: WebSocket) -> int | None:
    """Return when the client leaves, or talks more than a listener has to."""
    for _ in range(MAX_MESSAGES):
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return None
    return CLOSED_TALKATIVE


async def _push(
    websocket: WebSocket, around: Surroundings, holder: Ticket, flag: asyncio.Event, start: int
) -> int | None:
    """Send batches as long as there are some, then wait for a wake-up, the poll or a heartbeat."""
    seq = start
    silent_s = 0.0
    while True:
        flag.clear()
        try:
            batch = await _read(around, holder.user_id, seq)
        except FairleadError:
            batch = []
        texts = [_as_text(event) for event in batch]
        if not texts and silent_s >= HEARTBEAT_S:
            if not await _is_alive(around, holder):
                return CLOSED_SIGNED_OUT
            texts = [_heartbeat(seq, around.clock.now())]
        if texts:
            silent_s = 0.0
            if not await _send(websocket, texts):
                return CLOSED_SLOW
        if batch:
            seq = batch[-1].seq
            continue
        silent_s += await _wait(flag)


async def _send(websocket: WebSocket, texts: list[str]) -> bool:
    """Send, or say False when the client does not take it within ten seconds."""
    with anyio.move_on_after(SEND_TIMEOUT_S):
        for text in texts:
            await websocket.send_text(text)
        return True
    return False


async def _wait(flag: asyncio.Event) -> float:
    """Wait for a wake-up, at most until the next poll; return how many seconds it took."""
    started_s = anyio.current_time()
    with anyio.move_on_after(POLL_S):
        await flag.wait()
    return anyio.current_time() - started_s


async def _is_alive(around: Surroundings, holder: Ticket) -> bool:
    try:
        return await run_in_threadpool(
            is_still_signed_in, around, holder.user_id, holder.credential_id
        )
    except FairleadError:
        return True  # the database is away; the next heartbeat asks again


async def _newest(around: Surroundings, tenant_id: UUID) -> int:
    def read() -> int:
        with around.database.tenant_transaction(tenant_id) as connection:
            return last_seq(connection)

    return await run_in_threadpool(read)


async def _read(around: Surroundings, tenant_id: UUID, after: int) -> list[StoredEvent]:
    def read() -> list[StoredEvent]:
        with around.database.tenant_transaction(tenant_id) as connection:
            return read_events(connection, after, BATCH)

    return await run_in_threadpool(read)


def _as_text(event: StoredEvent) -> str:
    head = json.dumps({"seq": event.seq, "type": event.type, "at": event.at.isoformat()})
    return f'{head[:-1]}, "data": {event.data}}}'


def _heartbeat(seq: int, at: datetime) -> str:
    return json.dumps({"seq": seq, "type": "heartbeat", "at": at.isoformat(), "data": {}})


def _view(event: StoredEvent) -> EventView:
    return EventView(seq=event.seq, type=event.type, at=event.at, data=json.loads(event.data))
