"""Idempotency keys over HTTP: once carried out, twice answered; nothing kept of a failure."""

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from fastapi import APIRouter, FastAPI, UploadFile
from pydantic import BaseModel
from sqlalchemy import text
from starlette.testclient import TestClient

from fairlead.api.problems import handle_errors
from fairlead.infra.errors import Conflict
from fairlead.tenancy.access import CurrentPrincipal, TenantConnection, require
from fairlead.tenancy.access_idempotency import IdempotentRoute
from fairlead.tenancy.audit import record
from fairlead.wiring import Context
from tests.api.conftest import Person, SignIn, client_of

KEY = "a-key-of-the-test"


class Act(BaseModel):
    """What the act below is asked to do."""

    note: str
    fail: bool = False


class Done(BaseModel):
    """How often the tenant has acted."""

    times: int


def count(connection: TenantConnection) -> int:
    statement = text("SELECT count(*) FROM audit_log WHERE action = 'test.act'")
    return int(connection.execute(statement).scalar_one())


def acting_router() -> APIRouter:
    router = APIRouter(prefix="/acts", route_class=IdempotentRoute)

    @router.post("", status_code=201, dependencies=[require("orders.write")])
    def act(body: Act, principal: CurrentPrincipal, connection: TenantConnection) -> Done:
        record(connection, principal.user_id, "test.act", f"note:{body.note}", {})
        if body.fail:
            raise Conflict("Not now.")
        return Done(times=count(connection))

    @router.post("/other", dependencies=[require("orders.write")])
    def other(body: Act, connection: TenantConnection) -> Done:
        return Done(times=-1 if body.fail else count(connection))

    @router.post("/files", dependencies=[require("data.import")])
    def files(file: UploadFile, principal: CurrentPrincipal, connection: TenantConnection) -> Done:
        record(connection, principal.user_id, "test.act", f"file:{file.filename}", {})
        return Done(times=count(connection))

    return router


@pytest.fixture
def app(context: Context) -> FastAPI:
    """Return an application with one acting route."""
    app = FastAPI()
    app.state.context = context
    handle_errors(app)
    app.include_router(acting_router(), prefix="/api/v1")
    return app


def send(client: TestClient, body: Act, key: str | None = KEY, path: str = "") -> tuple[int, str]:
    headers = {"Idempotency-Key": key} if key is not None else {}
    response = client.post(f"/api/v1/acts{path}", json=body.model_dump(), headers=headers)
    return response.status_code, response.text


def times(context: Context, tenant: UUID) -> int:
    with context.database.tenant_transaction(tenant) as connection:
        return count(connection)


def test_same_request_twice_acts_once_and_answers_twice(trader: Person, context: Context) -> None:
    first = send(trader.client, Act(note="a"))
    second = send(trader.client, Act(note="a"))
    assert first == second == (201, '{"times":1}')
    assert times(context, trader.user_id) == 1


def test_repeat_says_that_it_is_one_and_keeps_the_type(trader: Person) -> None:
    send(trader.client, Act(note="a"))
    headers = {"Idempotency-Key": KEY}
    response = trader.client.post("/api/v1/acts", json=Act(note="a").model_dump(), headers=headers)
    assert response.headers["Idempotency-Replayed"] == "true"
    assert response.headers["Content-Type"] == "application/json"


def test_request_without_key_acts_every_time(trader: Person, context: Context) -> None:
    send(trader.client, Act(note="a"), key=None)
    send(trader.client, Act(note="a"), key=None)
    assert times(context, trader.user_id) == 2


def test_same_key_with_another_body_is_a_conflict(trader: Person, context: Context) -> None:
    send(trader.client, Act(note="a"))
    status, answer = send(trader.client, Act(note="b"))
    assert status == 409
    assert "another request" in json.loads(answer)["detail"]
    assert times(context, trader.user_id) == 1


def test_same_key_for_another_operation_is_a_conflict(trader: Person) -> None:
    send(trader.client, Act(note="a"))
    assert send(trader.client, Act(note="a"), path="/other")[0] == 409


def test_same_key_of_another_tenant_is_another_key(
    trader: Person, sign_in: SignIn, context: Context
) -> None:
    other = sign_in("trader")
    send(trader.client, Act(note="a"))
    assert send(other.client, Act(note="a")) == (201, '{"times":1}')
    assert times(context, other.user_id) == 1


def test_failed_act_leaves_its_key_free(trader: Person, context: Context) -> None:
    assert send(trader.client, Act(note="a", fail=True))[0] == 409
    assert times(context, trader.user_id) == 0
    assert send(trader.client, Act(note="a"))[0] == 201
    assert times(context, trader.user_id) == 1


def test_same_request_many_times_at_once_acts_once(
    app: FastAPI, trader: Person, context: Context
) -> None:
    def attempt(_: int) -> tuple[int, str]:
        client = client_of(app)
        client.cookies.update(trader.client.cookies)
        client.headers.update(trader.client.headers)
        return send(client, Act(note="a"))

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(attempt, range(6)))
    assert answers == {(201, '{"times":1}')}
    assert times(context, trader.user_id) == 1


@pytest.mark.parametrize("key", ["", "short", "x" * 201, "with blanks in it"])
def test_unusable_key_is_refused_before_the_act(trader: Person, context: Context, key: str) -> None:
    status, answer = send(trader.client, Act(note="a"), key=key)
    assert status == 422
    assert json.loads(answer)["path"] == "Idempotency-Key"
    assert times(context, trader.user_id) == 0


def test_uploaded_file_is_part_of_the_body(trader: Person, context: Context) -> None:
    boundary = {"Content-Type": "multipart/form-data; boundary=b", "Idempotency-Key": KEY}

    def upload(content: str) -> int:
        head = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        body = f"{head}{content}\r\n--b--\r\n".encode()
        response = trader.client.post("/api/v1/acts/files", content=body, headers=boundary)
        return response.status_code

    assert upload("one") == 200
    assert upload("one") == 200
    assert upload("two") == 409
    assert times(context, trader.user_id) == 1


def test_answer_is_sent_after_the_commit(context: Context, sign_in: SignIn) -> None:
    """A constraint that is only checked at commit turns the answer into an error."""
    router = APIRouter()

    @router.post("/late", dependencies=[require("orders.write")])
    def late(connection: TenantConnection) -> Done:
        connection.execute(
            text(
                "CREATE TEMPORARY TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED) "
                "ON COMMIT DROP"
            )
        )
        connection.execute(text("INSERT INTO late VALUES (1), (1)"))
        return Done(times=1)

    app = FastAPI()
    app.state.context = context
    handle_errors(app)
    app.include_router(router, prefix="/api/v1")
    trader = sign_in("trader")
    client = client_of(app)
    client.cookies.update(trader.client.cookies)
    client.headers.update(trader.client.headers)
    assert client.post("/api/v1/late").status_code == 500
