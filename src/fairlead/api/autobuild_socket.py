"""The events of one AutoBuild as they happen: /ws/autobuild/{id}, resumable by number."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, WebSocket

from fairlead.api.sockets import serve_stream
from fairlead.research.autobuild.feed import AutoBuildFeed
from fairlead.tenancy.surroundings import Surroundings

sockets = APIRouter()

After = Annotated[int, Query(ge=0, lt=2**62)]


@sockets.websocket("/ws/autobuild/{autobuild_id}")
async def autobuild_socket(
    websocket: WebSocket, autobuild_id: UUID, ticket: str = "", after: After = 0
) -> None:
    """Push the events of the ticket holder's AutoBuild numbered above `after`, all by default."""
    around: Surroundings = websocket.app.state.context
    feed = AutoBuildFeed(around.database, around.clock, autobuild_id)
    await serve_stream(websocket, ticket, after, feed)
