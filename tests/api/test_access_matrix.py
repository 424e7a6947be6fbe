"""Nobody's, another tenant's and support's view of every operation there is."""

from uuid import UUID

import pytest
from fastapi import APIRouter, FastAPI, Request
from sqlalchemy import text
from starlette.testclient import TestClient

from fairlead.api.app import create_app
from fairlead.tenancy.access import CurrentPrincipal, surroundings
from fairlead.wiring import Context
from tests.api.conftest import Person, SignIn, client_of
from tests.api.estate import import_private, make_estate
from tests.api.matrix import (
    Entry,
    Estate,
    unknown_operations,
    walk_as_nobody,
    walk_as_other,
    walk_as_owner,
    walk_as_support,
    writes_of_owner,
)
from tests.api.matrix_entries import ENTRIES


@pytest.fixture
def owner(sign_in: SignIn) -> Person:
    """Return the tenant whose data nobody else may see; an author, so that all is possible."""
    return sign_in("author")


@pytest.fixture
def estate(owner: Person, context: Context) -> Estate:
    """Return what the owner has."""
    return make_estate(owner, context)


def test_every_operation_has_an_entry(app: FastAPI) -> None:
    assert unknown_operations(app, ENTRIES) == []


def test_nobody_gets_nothing(app: FastAPI, estate: Estate, client: TestClient) -> None:
    assert list(walk_as_nobody(app, ENTRIES, estate, client)) == []


def test_another_tenant_gets_nothing(
    app: FastAPI, estate: Estate, owner: Person, sign_in: SignIn
) -> None:
    assert list(walk_as_other(app, ENTRIES, estate, sign_in("author"))) == []
    # the addresses were right: their owner gets an answer, and was not harmed
    assert list(walk_as_owner(app, ENTRIES, estate, owner)) == []
    assert list(writes_of_owner(app, ENTRIES, estate, owner)) == []


def test_support_reads_and_changes_nothing(
    app: FastAPI, estate: Estate, owner: Person, support: Person
) -> None:
    tenant = str(owner.user_id)
    assert list(walk_as_support(app, ENTRIES, estate, support, tenant)) == []
    assert list(walk_as_owner(app, ENTRIES, estate, owner)) == []


def test_bars_of_another_tenant_do_not_exist(owner: Person, sign_in: SignIn) -> None:
    query = {"instrument": import_private(owner), "timeframe": "1d"}
    assert owner.client.get("/api/v1/data/bars", params=query).status_code == 200
    other = sign_in("trader")
    assert other.client.get("/api/v1/data/bars", params=query).status_code == 404
    assert other.client.get("/api/v1/data/coverage", params=query).json() == []


PLANTED = "GET /api/v1/planted/{planted_id}"


def planted(scoped: bool, guarded: bool) -> APIRouter:
    """Return a route that may have forgotten its tenant, or its door."""
    router = APIRouter(prefix="/api/v1")

    def read(request: Request, planted_id: UUID) -> dict[str, str]:
        with surroundings(request).database.system_transaction() as connection:
            found = connection.execute(
                text("SELECT email FROM users WHERE user_id = :id"), {"id": planted_id}
            )
            return {"email": str(found.scalar_one())}

    def read_signed_in(
        request: Request, planted_id: UUID, principal: CurrentPrincipal
    ) -> dict[str, str]:
        return read(request, principal.user_id if scoped else planted_id)

    router.add_api_route("/planted/{planted_id}", read_signed_in if guarded else read)
    return router


def with_planted(context: Context, router: APIRouter) -> FastAPI:
    app = create_app(context)
    app.include_router(router)
    app.router.routes.insert(0, app.router.routes.pop())  # before the pages
    return app


def test_planted_route_without_entry_is_found(context: Context) -> None:
    app = with_planted(context, planted(scoped=True, guarded=True))
    assert PLANTED in unknown_operations(app, ENTRIES)


def test_planted_route_without_tenant_is_found(
    context: Context, owner: Person, sign_in: SignIn
) -> None:
    entries = {PLANTED: Entry("of_one")}
    estate = Estate({"planted.planted_id": str(owner.user_id)}, (str(owner.user_id),))
    app = with_planted(context, planted(scoped=False, guarded=True))
    other = _moved(sign_in("trader"), app)
    assert list(walk_as_other(app, entries, estate, other)) == [
        f"{PLANTED} answers another tenant with 200",
        f"{PLANTED} shows another tenant's data",
    ]


def test_planted_route_without_door_is_found(context: Context, owner: Person) -> None:
    entries = {PLANTED: Entry("of_one")}
    estate = Estate({"planted.planted_id": str(owner.user_id)}, ())
    app = with_planted(context, planted(scoped=False, guarded=False))
    assert list(walk_as_nobody(app, entries, estate, client_of(app))) == [
        f"{PLANTED} answers nobody with 200"
    ]


def _moved(person: Person, app: FastAPI) -> Person:
    client = client_of(app)
    client.cookies.update(person.client.cookies)
    client.headers.update(person.client.headers)
    return Person(person.user_id, person.session_id, person.token, client)
