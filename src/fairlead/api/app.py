"""The application: routers, layers and pages put together around one context."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI

from fairlead.api.aliases import router as aliases
from fairlead.api.body_limit import BodyLimit
from fairlead.api.event_hub import EventHub
from fairlead.api.headers import SecurityHeaders
from fairlead.api.pages import WebPages
from fairlead.api.problems import MEDIA_TYPE, Problem, handle_errors
from fairlead.api.request_log import RequestLog
from fairlead.api.routers import API_ROUTERS, PREFIX, ROOT_ROUTERS, SOCKET_ROUTERS

if TYPE_CHECKING:
    from fairlead.wiring import Context

_PROBLEM = {"model": Problem, "content": {MEDIA_TYPE: {}}}


def create_app(context: "Context") -> FastAPI:
    """Return the application that serves the API, the event socket and the web pages."""
    app = create_api()
    app.state.context = context
    app.state.hub = EventHub(context.bus)
    app.router.lifespan_context = _lifespan
    app.mount("/", WebPages(context.settings.web_dir))
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders, production=context.settings.environment == "production")
    app.add_middleware(RequestLog, clock=context.clock)
    return app


def create_api() -> FastAPI:
    """Return the routes alone: enough to describe them, without a database."""
    app = FastAPI(
        title="Fairlead",
        version=version("fairlead"),
        description="One path from a trading idea to live orders.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    handle_errors(app)
    for router in API_ROUTERS:
        app.include_router(
            router, prefix=PREFIX, responses={"4XX": _PROBLEM, 422: _PROBLEM, "5XX": _PROBLEM}
        )
    for router in ROOT_ROUTERS:
        app.include_router(router, prefix=PREFIX)
        app.include_router(router, include_in_schema=False)
    for router in SOCKET_ROUTERS:
        app.include_router(router)
    app.include_router(aliases, include_in_schema=False)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Listen for wake-ups while the application runs."""
    hub: EventHub = app.state.hub
    listening = asyncio.create_task(hub.run())
    try:
        yield
    finally:
        # A cancellation that meets a time-out of the client library can get lost: ask again.
        while not listening.done():
            listening.cancel()
            await asyncio.wait({listening}, timeout=1.0)
