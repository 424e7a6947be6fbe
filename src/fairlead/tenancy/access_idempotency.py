"""The route class that carries out a POST with an Idempotency-Key at most once.

Use it for routers with acting POSTs: `APIRouter(route_class=IdempotentRoute)`. The handler must
write through `TenantConnection`; the key, the effects and the answer then commit together.
"""

import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.types import Message

from fairlead.tenancy.idempotency import begin, check_key, finish
from fairlead.tenancy.store_idempotency import Reservation, StoredResponse

if TYPE_CHECKING:
    from datetime import datetime
    from hashlib import _Hash
    from uuid import UUID

HEADER = "Idempotency-Key"
_KEPT_HEADERS = ("content-type", "location", "etag")


@dataclass(slots=True)
class Attempt:
    """One request under a key: what was read of its body so far, and what it has reserved."""

    key: str
    operation: str
    body: "_Hash" = field(default_factory=hashlib.sha256)
    reserved: Reservation | None = None
    connection: Connection | None = None


class _Replay(Exception):
    """Leave the handler with the answer given before."""

    def __init__(self, stored: StoredResponse) -> None:
        super().__init__()
        self.stored = stored


class IdempotentRoute(APIRoute):
    """Store the answer of a POST beside its effects, and repeat it for the same key."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of the route, wrapped for requests that carry a key."""
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if request.method != "POST" or key is None:
                return await handle(request)
            attempt = Attempt(check_key(key), f"POST {request.url.path}")
            request.state.attempt = attempt
            try:
                response = await handle(_hashing(request, attempt))
            except _Replay as replay:
                return _repeated(replay.stored)
            await run_in_threadpool(_keep, attempt, response)
            return response

        return handle_once


def reserve(request: Request, connection: Connection, tenant_id: "UUID", now: "datetime") -> None:
    """Claim the request's key in the transaction of the act, or leave with the stored answer.

    Raises Conflict when the key belongs to another request.
    """
    attempt = getattr(request.state, "attempt", None)
    if not isinstance(attempt, Attempt):
        return
    wanted = Reservation(tenant_id, attempt.key, attempt.operation, attempt.body.digest())
    stored = begin(connection, wanted, now)
    if stored is not None:
        raise _Replay(stored)
    attempt.reserved, attempt.connection = wanted, connection


def _hashing(request: Request, attempt: Attempt) -> Request:
    receive = request.receive

    async def receive_and_hash() -> Message:
        message = await receive()
        attempt.body.update(message.get("body", b""))
        return message

    return Request(request.scope, receive_and_hash)


def _keep(attempt: Attempt, response: Response) -> None:
    if attempt.reserved is None or attempt.connection is None:
        return
    headers = tuple(
        (name, response.headers[name]) for name in _KEPT_HEADERS if name in response.headers
    )
    finish(
        attempt.connection, attempt.reserved, response.status_code, headers, bytes(response.body)
    )


def _repeated(stored: StoredResponse) -> Response:
    response = Response(stored.body, status_code=stored.status or 200)
    for name, value in stored.headers:
        response.headers[name] = value
    response.headers["Idempotency-Replayed"] = "true"
    return response
