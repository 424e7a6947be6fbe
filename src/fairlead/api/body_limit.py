"""How large a request may be: small everywhere, large where candle files are imported."""

from starlette.middleware.body_limit import RequestBodyLimitResponder
from starlette.types import ASGIApp, Receive, Scope, Send

DEFAULT_BYTES = 1_000_000
LARGE: dict[str, int] = {"/api/v1/data/imports": 8 * 1024**3}


class BodyLimit:
    """Refuse a body beyond the limit of its address, before or while it is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = LARGE.get(scope["path"].rstrip("/"), DEFAULT_BYTES)
        await RequestBodyLimitResponder(self._app, limit)(scope, receive, send)
