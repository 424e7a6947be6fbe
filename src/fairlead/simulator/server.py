"""The simulator's HTTP server: one application for all venues, and a control desk beside them."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from fairlead.infra.errors import InvalidInput, Unavailable
from fairlead.simulator.bybit.public import BybitPublic
from fairlead.simulator.bybit.shapes import TOO_MANY_VISITS, JsonObject, refusal
from fairlead.simulator.clock import MarketClock
from fairlead.simulator.faults import WRONG_ROWS, FaultKind, Faults, read_fault

CONTROL = "/simulator"
_WATCH_S = 0.05
_STATUS = {FaultKind.HTTP_403: 403, FaultKind.HTTP_429: 429, FaultKind.HTTP_500: 500}
_WORDS = {403: "access too frequent", 429: "Too many visits!", 500: "Internal Server Error"}
_SHARE_SENT = 0.5
Endpoint = Callable[[Request], Awaitable[Response]]


class BodyCut(Exception):
    """Break off an answer in the middle, as a venue that dies does."""


def build_app(bybit: BybitPublic, clock: MarketClock, faults: Faults) -> Starlette:
    """Return the application: the venue's paths at the root, the control desk below /simulator."""
    routes = [Route(path, _venue_endpoint(bybit, clock, faults)) for path in bybit.paths]
    routes += [
        Route(f"{CONTROL}/clock", _clock_endpoint(clock), methods=["GET", "POST"]),
        Route(f"{CONTROL}/faults", _faults_endpoint(faults), methods=["GET", "POST", "DELETE"]),
    ]
    return Starlette(routes=routes)


def build_server(app: Starlette) -> uvicorn.Server:
    """Return a server for `app`; it runs on a socket of `listen`."""
    config = uvicorn.Config(
        app,
        log_config=None,  # the process's own logging stays as it is
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes a free one. Raise Unavailable where it cannot."""
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise Unavailable(
            f"Port {port} of {host} cannot be listened on.",
            found=str(error),
            action="Stop what uses it, or choose another with --port.",
        ) from error


def _venue_endpoint(bybit: BybitPublic, clock: MarketClock, faults: Faults) -> Endpoint:
    async def respond(request: Request) -> Response:
        path, query = request.url.path, dict(request.query_params)
        fault = faults.take(path, query.get("symbol", ""))
        if fault is not None and fault.kind is FaultKind.HANG:
            await _hang(request, fault.hang_s)
        if fault is not None and fault.kind in _STATUS:
            status = _STATUS[fault.kind]
            return Response(_WORDS[status], status_code=status, media_type="text/plain")
        if fault is not None and fault.kind is FaultKind.RATE_LIMIT:
            words = "Too many visits. Exceeded the API Rate Limit."
            return JSONResponse(refusal(TOO_MANY_VISITS, words, clock.now_ms()))
        wrong = fault if fault is not None and fault.kind in WRONG_ROWS else None
        body = await run_in_threadpool(bybit.respond, path, query, wrong)
        if fault is not None and fault.kind is FaultKind.CUT_BODY:
            return _cut(body)
        return JSONResponse(body)

    return respond


async def _hang(request: Request, hang_s: float) -> None:
    """Keep quiet for `hang_s` seconds, or until the client goes away."""
    for _ in range(int(hang_s / _WATCH_S)):
        if await request.is_disconnected():
            return
        await asyncio.sleep(_WATCH_S)


def _cut(body: JsonObject) -> StreamingResponse:
    content = json.dumps(body).encode()

    async def half() -> AsyncIterator[bytes]:
        yield content[: int(len(content) * _SHARE_SENT)]
        raise BodyCut

    headers = {"content-length": str(len(content))}
    return StreamingResponse(half(), media_type="application/json", headers=headers)


def _clock_endpoint(clock: MarketClock) -> Endpoint:
    async def show_or_set(request: Request) -> Response:
        if request.method == "POST":
            body = await request.json()
            now_ms, speed = body.get("now_ms"), body.get("speed")
            clock.set(
                None if now_ms is None else int(now_ms), None if speed is None else float(speed)
            )
        return JSONResponse({"now_ms": clock.now_ms(), "speed": clock.speed})

    return show_or_set


def _faults_endpoint(faults: Faults) -> Endpoint:
    async def show_or_set(request: Request) -> Response:
        if request.method == "DELETE":
            faults.clear()
        if request.method == "POST":
            try:
                faults.add(read_fault(await request.json()))
            except InvalidInput as error:
                words = {"error": error.message, "expected": error.expected}
                return JSONResponse(words, status_code=422)
        return JSONResponse([asdict(fault) for fault in faults.all()])

    return show_or_set
