"""Talk to a running server over HTTP with an API key, as any program would."""

import http.client
import json
import urllib.error
import urllib.request
from typing import cast
from urllib.parse import urlsplit

from fairlead.infra.errors import (
    Conflict,
    FairleadError,
    Forbidden,
    InvalidInput,
    NotFound,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from fairlead.infra.settings import Settings
from fairlead.research.jsonable import Json, JsonObject

TIMEOUT_S = 20.0
ANSWER_BYTES_MAX = 64 << 20
PREFIX = "/api/v1"

_ERRORS: dict[int, type[FairleadError]] = {
    400: InvalidInput,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: InvalidInput,
}


class ServerClient:
    """Ask one server; every failure is a sentence, and nothing is sent twice by itself."""

    def __init__(self, url: str, api_key: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise InvalidInput(
                f"FAIRLEAD_SERVER is not an address: {url}.", expected="http://127.0.0.1:8000"
            )
        self._url = url.rstrip("/") + PREFIX
        self._key = api_key

    @classmethod
    def of_settings(cls, settings: Settings) -> "ServerClient":
        """Return the client that the settings name; raises `InvalidInput` without a key."""
        url = settings.server_url or f"http://{settings.host}:{settings.port}"
        if not settings.api_key:
            raise InvalidInput(
                "There is no API key for the server.",
                action="Make one on the settings page with the scopes read and research, and set "
                "FAIRLEAD_API_KEY.",
                path="FAIRLEAD_API_KEY",
            )
        return cls(url, settings.api_key)

    def get(self, path: str) -> JsonObject:
        """Return what a path holds."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: JsonObject | None = None) -> JsonObject:
        """Send a body to a path and return the answer."""
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: JsonObject | None) -> JsonObject:
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._url + path,
            content,
            {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return cast("JsonObject", json.loads(answer.read(ANSWER_BYTES_MAX) or b"{}"))
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable(
                f"The server at {self._url.removesuffix(PREFIX)} does not answer.",
                found=str(error)[:200],
                action="Check that it runs and that FAIRLEAD_SERVER names it, then try again.",
            ) from error


def _refusal(error: urllib.error.HTTPError) -> FairleadError:
    """Turn a problem of the server back into the error it was made of."""
    try:
        problem = json.loads(error.read(ANSWER_BYTES_MAX))
    except (OSError, ValueError):
        problem = {}
    message = _text(problem, "detail") or f"The server answered with {error.code}."
    if error.code == 429:
        return RateLimited(message, retry_after_s=1.0, action=_text(problem, "action"))
    kind = _ERRORS.get(error.code, Unavailable)
    return kind(
        message,
        expected=_text(problem, "expected"),
        found=_text(problem, "found"),
        action=_text(problem, "action"),
        path=_text(problem, "path"),
    )


def _text(problem: Json, name: str) -> str | None:
    value = problem.get(name) if isinstance(problem, dict) else None
    return str(value) if value else None
