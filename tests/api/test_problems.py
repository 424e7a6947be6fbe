"""Errors as HTTP: every kind has its status, and nothing of our inside is shown."""

from http import HTTPStatus

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field
from starlette.testclient import TestClient

from fairlead.api.problems import STATUS, handle_errors, status_of
from fairlead.api.request_log import RequestLog
from fairlead.infra import errors
from fairlead.infra.clock import ManualClock
from fairlead.infra.errors import FairleadError, RateLimited


class Leg(BaseModel):
    """A nested part of a body."""

    weight: float = Field(gt=0, le=1)


class Body(BaseModel):
    """A body with bounds."""

    name: str = Field(min_length=2)
    legs: list[Leg]


def raising(error: Exception) -> TestClient:
    app = FastAPI()
    handle_errors(app)
    app.add_middleware(RequestLog, clock=ManualClock())

    @app.post("/act")
    def act(body: Body) -> None:
        raise error

    @app.get("/read")
    def read(limit: int) -> None:
        raise error

    return TestClient(app, raise_server_exceptions=False)


GOOD = {"name": "ab", "legs": []}


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, FairleadError) and kind is not FairleadError
    ],
)
def test_every_kind_of_error_has_its_status(kind: type[FairleadError]) -> None:
    assert kind in STATUS
    error = RateLimited("Slow.", retry_after_s=1) if kind is RateLimited else kind("No.")
    assert status_of(error) == STATUS[kind]


def test_error_carries_what_a_client_can_act_on() -> None:
    error = errors.InvalidInput(
        "No.", expected="five", found="six", action="Count again.", path="/legs/0"
    )
    response = raising(error).post("/act", json=GOOD)
    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "/problems/invalid-input",
        "title": HTTPStatus(422).phrase,
        "status": 422,
        "detail": "No.",
        "instance": "/act",
        "request_id": response.headers["X-Request-ID"],
        "expected": "five",
        "found": "six",
        "action": "Count again.",
        "path": "/legs/0",
    }


def test_rate_limit_says_when_to_come_back() -> None:
    response = raising(RateLimited("Slow.", retry_after_s=1.2)).post("/act", json=GOOD)
    assert response.headers["Retry-After"] == "2"
    assert response.json()["retry_after_s"] == 2


@pytest.mark.parametrize(
    "error", [RuntimeError("password=hunter2"), errors.InternalDefect("password=hunter2")]
)
def test_defect_shows_nothing_of_the_inside(error: Exception) -> None:
    response = raising(error).post("/act", json=GOOD)
    assert response.status_code == 500
    assert "hunter2" not in response.text
    assert response.json()["request_id"] == response.headers["X-Request-ID"]


def test_full_disk_is_507() -> None:
    response = raising(OSError(28, "No space left on device")).post("/act", json=GOOD)
    assert response.status_code == 507


def test_validation_names_every_place_with_expected_and_found() -> None:
    body = {"name": "a", "legs": [{"weight": 0.5}, {"weight": 2}]}
    response = raising(RuntimeError()).post("/act", json=body)
    assert response.status_code == 422
    problem = response.json()
    assert [item["path"] for item in problem["errors"]] == ["/name", "/legs/1/weight"]
    assert problem["errors"][1]["found"] == "2"
    assert "less than or equal to 1" in problem["errors"][1]["expected"]
    assert problem["path"] == "/name"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b'{"name": "ab", "legs": [{"weight": NaN}]}',
        b'{"name": "\\ud800", "legs": []}',
        b'{"name": "ab", "legs": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_unreadable_body_is_a_problem_and_no_defect(content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = raising(RuntimeError()).post("/act", content=content, headers=headers)
    assert response.status_code in (400, 422)
    assert response.headers["Content-Type"] == "application/problem+json"


def test_wrong_query_is_named() -> None:
    response = raising(RuntimeError()).get("/read?limit=x")
    assert response.json()["errors"][0]["path"] == "query.limit"


def test_unknown_address_and_method_are_problems() -> None:
    client = raising(RuntimeError())
    for response, status in ((client.get("/nothing"), 404), (client.get("/act"), 405)):
        assert response.status_code == status
        assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-12345", True), ("short", False), ("x" * 65, False), ("a b c d e", False)],
)
def test_request_id_of_the_caller_is_kept_when_it_is_plain(given: str, kept: bool) -> None:
    response = raising(RuntimeError()).get("/nothing", headers={"X-Request-ID": given})
    assert (response.headers["X-Request-ID"] == given) is kept
