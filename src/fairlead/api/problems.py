"""Errors as HTTP: the only place that knows which status a kind of error is (RFC 9457)."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from fairlead.infra.errors import (
    Conflict,
    FairleadError,
    Forbidden,
    InternalDefect,
    InvalidInput,
    NotFound,
    RateLimited,
    StaleVersion,
    StorageFull,
    Unauthenticated,
    Unavailable,
)
from fairlead.infra.logs import get_logger

MEDIA_TYPE = "application/problem+json"
_MAX_FOUND = 200
_MAX_ERRORS = 50
_log = get_logger(__name__)

# Most specific first: StaleVersion is a Conflict.
STATUS: dict[type[FairleadError], HTTPStatus] = {
    StaleVersion: HTTPStatus.PRECONDITION_FAILED,
    Conflict: HTTPStatus.CONFLICT,
    InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageFull: HTTPStatus.INSUFFICIENT_STORAGE,
    InternalDefect: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class Mismatch(BaseModel):
    """One place of a request that cannot be used."""

    path: str
    message: str
    expected: str | None = None
    found: str | None = None


class Problem(BaseModel):
    """Why a request was not carried out, and what can be done about it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str | None = None
    expected: str | None = None
    found: str | None = None
    action: str | None = None
    path: str | None = None
    retry_after_s: int | None = None
    errors: list[Mismatch] | None = None


class ProblemResponse(JSONResponse):
    """A problem as an answer."""

    media_type = MEDIA_TYPE


def handle_errors(app: FastAPI) -> None:
    """Answer every kind of error of `app` as a problem."""
    app.add_exception_handler(FairleadError, _on_fairlead_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(OSError, _on_os_error)


def status_of(error: FairleadError) -> HTTPStatus:
    """Return the status of a kind of error."""
    for kind, status in STATUS.items():
        if isinstance(error, kind):
            return status
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem_of(error: FairleadError, request: Request) -> ProblemResponse:
    """Return the answer for an error; a defect's text is logged, not shown."""
    status = status_of(error)
    retry = ceil(error.retry_after_s) if isinstance(error, RateLimited) else None
    if isinstance(error, Unavailable):
        retry = 2
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("request.defect", error=error.message, found=error.found, exc_info=error)
        return unexpected(request)
    problem = _problem(
        request,
        status,
        type_of(error),
        error.message,
        expected=error.expected,
        found=_cut(error.found),
        action=error.action,
        path=error.path,
        retry_after_s=retry,
    )
    headers = {"Retry-After": str(retry)} if retry is not None else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(problem, headers)


def type_of(error: FairleadError) -> str:
    """Return the identifier of a kind of error, such as `/problems/not-found`."""
    kind = next((kind for kind in STATUS if isinstance(error, kind)), InternalDefect)
    words = "".join(f"-{c.lower()}" if c.isupper() else c for c in kind.__name__)
    return f"/problems/{words.removeprefix('-')}"


def unexpected(request: Request) -> ProblemResponse:
    """Return the answer for a defect of ours: nothing of its inside leaves the process."""
    problem = _problem(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "/problems/internal-defect",
        "Something went wrong on our side; nothing was changed.",
        action="Try again; if it stays so, report the request id.",
    )
    return _answer(problem, {})


def _on_fairlead_error(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, FairleadError)
    return problem_of(error, request)


def _on_os_error(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, OSError)
    if error.errno in (28, 122):  # ENOSPC, EDQUOT
        full = StorageFull("The disk is full; nothing was written.", action="Free some space.")
        return problem_of(full, request)
    _log.error("request.defect", error=str(error), exc_info=error)
    return unexpected(request)


def _on_http_exception(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    detail = {
        HTTPStatus.NOT_FOUND: "There is nothing at this address.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not possible here.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is larger than this address takes.",
    }.get(status, str(error.detail))
    kind = f"/problems/{status.phrase.lower().replace(' ', '-')}"
    return _answer(_problem(request, status, kind, detail), dict(error.headers or {}))


def _on_validation_error(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    errors = [_mismatch(item) for item in error.errors()[:_MAX_ERRORS]]
    first = errors[0] if errors else Mismatch(path="", message="")
    problem = _problem(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "/problems/invalid-input",
        "The request cannot be used as it is.",
        expected=first.expected,
        found=first.found,
        path=first.path,
        action="Correct the named places and send it again.",
    )
    return _answer(problem.model_copy(update={"errors": errors}), {})


def _mismatch(item: Mapping[str, Any]) -> Mismatch:
    where = [str(part) for part in item["loc"]]
    source, inside = (where[0], where[1:]) if where else ("", [])
    path = "/" + "/".join(inside) if source == "body" else ".".join(where)
    message = str(item["msg"]).removeprefix("Value error, ")
    return Mismatch(path=path, message=message, expected=message, found=_shown(item.get("input")))


def _shown(value: object) -> str | None:
    try:
        text = json.dumps(value, ensure_ascii=True, default=lambda v: type(v).__name__)
    except (ValueError, RecursionError):
        text = type(value).__name__
    return _cut(text)


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= _MAX_FOUND else text[: _MAX_FOUND - 1] + "…"


def _problem(
    request: Request,
    status: HTTPStatus,
    kind: str,
    detail: str,
    *,
    expected: str | None = None,
    found: str | None = None,
    action: str | None = None,
    path: str | None = None,
    retry_after_s: int | None = None,
) -> Problem:
    return Problem(
        type=kind,
        title=status.phrase,
        status=int(status),
        detail=detail,
        instance=request.url.path,
        request_id=getattr(request.state, "request_id", None),
        expected=expected,
        found=found,
        action=action,
        path=path,
        retry_after_s=retry_after_s,
    )


def _answer(problem: Problem, headers: dict[str, str]) -> ProblemResponse:
    content = problem.model_dump(exclude_none=True)
    return ProblemResponse(content, status_code=problem.status, headers=headers)
