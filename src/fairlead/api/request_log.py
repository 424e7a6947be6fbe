"""The outermost layer of HTTP: a number for every request, one log line, metrics, no leaks."""

import re
from contextlib import suppress

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fairlead.api.problems import unexpected
from fairlead.infra.clock import Clock
from fairlead.infra.ids import uuid7
from fairlead.infra.logs import bound, get_logger
from fairlead.infra.metrics import HTTP_REQUESTS, HTTP_SECONDS
from fairlead.tenancy.principal import Principal

HEADER = b"x-request-id"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
_QUIET = ("/health/", "/metrics", "/assets/")
_log = get_logger("fairlead.api.access")


class RequestLog:
    """Number, time and log requests; answer a defect with a problem instead of its traceback.

    The query is never logged: it may hold a ticket or a mailed token.
    """

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def send_numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((HEADER, request_id.encode()))
            await send(message)

        started_s = self._clock.monotonic_s()
        with bound(request_id=request_id):
            try:
                await self._app(scope, receive, send_numbered)
            # the last place where a defect can be kept inside
            except Exception as error:  # noqa: BLE001
                _log.error("request.defect", path=scope["path"], exc_info=error)
                if status == 0:
                    answer = unexpected(Request(scope))
                    await answer(scope, receive, send_numbered)
            self._note(scope, status, self._clock.monotonic_s() - started_s)

    def _note(self, scope: Scope, status: int, duration_s: float) -> None:
        route = route_of(scope)
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        HTTP_REQUESTS.labels(method=method, route=route, status=str(status)).inc()
        HTTP_SECONDS.labels(method=method, route=route).observe(duration_s)
        if scope["path"].startswith(_QUIET) and status < 500:
            return
        principal = scope["state"].get("principal")
        who = str(principal.actor_id) if isinstance(principal, Principal) else None
        _log.info(
            "request",
            method=method,
            path=scope["path"][:300],
            status=status,
            duration_ms=round(duration_s * 1000, 1),
            actor=who,
        )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def route_of(scope: Scope) -> str:
    """Return the path with its parameters named, so that metrics stay few."""
    if "endpoint" not in scope:
        return "(none)"
    parameters = {str(value): name for name, value in scope.get("path_params", {}).items()}
    if "path" in parameters.values():
        return "(web)"
    parts = scope["path"].split("/")
    return "/".join(f"{{{parameters[part]}}}" if part in parameters else part for part in parts)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == HEADER:
            with suppress(UnicodeDecodeError):
                if _GIVEN.fullmatch(value.decode("ascii")):
                    return str(value.decode("ascii"))
    return str(uuid7())
