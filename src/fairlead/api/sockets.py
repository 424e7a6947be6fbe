"""Pushing numbered events to one page: batches, heartbeats, and knowing when to end."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Protocol
from uuid import UUID

import anyio
from fastapi import WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool

from fairlead.api.event_hub import EventHub
from fairlead.infra.errors import FairleadError
from fairlead.tenancy.access_cookies import is_own_origin
from fairlead.tenancy.model import Ticket
from fairlead.tenancy.surroundings import Surroundings
from fairlead.tenancy.tickets import is_still_signed_in, redeem

# How long a socket waits for a wake-up before it looks by itself; all there is without Valkey.
POLL_S = 2.0
HEARTBEAT_S = 15.0
SEND_TIMEOUT_S = 10.0
MAX_MESSAGES = 1_000

CLOSED_SLOW = 4408
CLOSED_SIGNED_OUT = 4401
CLOSED_TALKATIVE = 1008


class Stream(Protocol):
    """Numbered events of one tenant, as text for the wire."""

    def newest(self, tenant_id: UUID) -> int:
        """Return the number to begin after when the client names none; raises when not there."""

    def read(self, tenant_id: UUID, after: int) -> list[tuple[int, str]]:
        """Return the next events numbered above `after`, oldest first."""

    def heartbeat(self, seq: int) -> str:
        """Return what says that nothing happened since `seq`."""


async def serve_stream(
    websocket: WebSocket, ticket: str, after: int | None, stream: Stream
) -> None:
    """Redeem the ticket and push the holder's events until either side ends.

    Refused before it is accepted, the client sees HTTP 403 and asks for a new ticket.
    """
    around: Surroundings = websocket.app.state.context
    hub: EventHub = websocket.app.state.hub
    origin = websocket.headers.get("origin")
    if origin is not None and not is_own_origin(origin, websocket, around.settings):
        await websocket.close(CLOSED_SIGNED_OUT)
        return
    try:
        holder = await run_in_threadpool(redeem, around, ticket)
        newest = await run_in_threadpool(stream.newest, holder.user_id)
        start = newest if after is None else after
        flag = hub.join(holder.user_id)
    except FairleadError:
        await websocket.close(CLOSED_SIGNED_OUT)
        return
    try:
        await websocket.accept()
        await _serve(websocket, around, holder, flag, start, stream)
    except WebSocketDisconnect:
        return
    finally:
        hub.leave(holder.user_id, flag)


async def _serve(
    websocket: WebSocket,
    around: Surroundings,
    holder: Ticket,
    flag: asyncio.Event,
    start: int,
    stream: Stream,
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
        both.start_soon(end_with, partial(_push, websocket, around, holder, flag, start, stream))
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
    websocket: WebSocket,
    around: Surroundings,
    holder: Ticket,
    flag: asyncio.Event,
    start: int,
    stream: Stream,
) -> int | None:
    """Send batches as long as there are some, then wait for a wake-up, the poll or a heartbeat."""
    seq = start
    silent_s = 0.0
    while True:
        flag.clear()
        try:
            batch = await run_in_threadpool(stream.read, holder.user_id, seq)
        except FairleadError:
            batch = []
        texts = [text for _, text in batch]
        if not texts and silent_s >= HEARTBEAT_S:
            if not await _is_alive(around, holder):
                return CLOSED_SIGNED_OUT
            texts = [stream.heartbeat(seq)]
        if texts:
            silent_s = 0.0
            if not await _send(websocket, texts):
                return CLOSED_SLOW
        if batch:
            seq = batch[-1][0]
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
