"""Nobody's, another tenant's and support's view of every operation there is."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from uuid import UUID

import pytest
from fastapi import APIRouter, FastAPI, Request
from sqlalchemy import text

from fairlead.api.app import create_app
from fairlead.infra.bus import Bus
from fairlead.infra.clock import ManualClock
from fairlead.infra.db import Database
from fairlead.infra.ids import uuid7
from fairlead.infra.roles import role_urls
from fairlead.infra.settings import Settings
from fairlead.market.lake import Lake
from fairlead.tenancy.access import CurrentPrincipal, surroundings
from fairlead.tenancy.limits import LIMITS, Limit
from fairlead.tenancy.permissions import Role
from fairlead.tenancy.store import insert_users
from fairlead.wiring import Context
from tests.api.conftest import Person, SignIn, client_of, person_of
from tests.api.estate import import_private, make_estate
from tests.api.matrix import (
    Entry,
    Estate,
    operations,
    unknown_operations,
    walk_as_nobody,
    walk_as_other,
    walk_as_owner,
    walk_as_support,
    writes_of_owner,
)
from tests.api.matrix_entries import ENTRIES
from tests.conftest import JWT_SECRET, SECRET_KEY, Servers


@dataclass(frozen=True, slots=True)
class World:
    """One application in which one tenant owns something of everything."""

    app: FastAPI
    context: Context
    owner: Person
    estate: Estate

    def person(self, role: Role) -> Person:
        return person_of(self.app, self.context, _new_user(self.context.database), role)


NewWorld = Callable[[], World]


@pytest.fixture(scope="module")
def new_world(
    servers: Servers, bus: Bus, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NewWorld]:
    """Return a function that makes a world."""
    with closing(Database.open(role_urls(servers.postgres, SECRET_KEY))) as database:
        yield lambda: _new_world(database, bus, tmp_path_factory)


@pytest.fixture(scope="module")
def world(new_world: NewWorld) -> World:
    """Make one world for the walks that only read."""
    return new_world()


def _new_world(database: Database, bus: Bus, folders: pytest.TempPathFactory) -> World:
    settings = Settings(
        data_dir=folders.mktemp("data"), secret_key=SECRET_KEY, jwt_secret=JWT_SECRET
    )
    context = Context(settings, ManualClock(), database, bus, Lake(settings.lake_dir))
    app = create_app(context)
    # an author, so that nothing is out of reach for another reason than the tenant
    owner = person_of(app, context, _new_user(database), "author")
    return World(app, context, owner, make_estate(owner, context))


def _new_user(database: Database) -> UUID:
    user_id = uuid7()
    with database.system_transaction() as connection:
        insert_users(connection, [user_id], [f"{user_id}@example.com"], ["Matrix"])
    return user_id


def test_every_operation_has_an_entry(world: World) -> None:
    assert unknown_operations(world.app, ENTRIES) == []


def test_owner_reaches_all_of_it(world: World) -> None:
    assert list(walk_as_owner(world.app, ENTRIES, world.estate, world.owner)) == []


def test_nobody_gets_nothing(world: World) -> None:
    nobody = client_of(world.app)
    assert list(walk_as_nobody(world.app, ENTRIES, world.estate, nobody)) == []


def test_another_tenant_gets_nothing(world: World) -> None:
    other = world.person("author")
    assert list(walk_as_other(world.app, ENTRIES, world.estate, other)) == []
    # and what was there before is there still
    assert list(walk_as_owner(world.app, ENTRIES, world.estate, world.owner)) == []


def test_support_reads_and_changes_nothing(world: World) -> None:
    support, tenant = world.person("support"), str(world.owner.user_id)
    assert list(walk_as_support(world.app, ENTRIES, world.estate, support, tenant)) == []
    assert list(walk_as_owner(world.app, ENTRIES, world.estate, world.owner)) == []


def test_writes_refused_above_are_possible_for_the_owner(new_world: NewWorld) -> None:
    own = new_world()
    assert list(writes_of_owner(own.app, ENTRIES, own.estate, own.owner)) == []


JUNK_QUERIES = ("?cursor=W10&limit=0", "?search=%00&tag=%00", "?after=-1", "?instrument=../x")
JUNK_BODIES: tuple[object, ...] = (None, [], "x", {"name": "\x00", "token": "\x00"}, {"x": 1e308})
MANY = Limit(1e6, 1_000_000)


def test_no_operation_breaks_on_junk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for bucket in LIMITS:
        monkeypatch.setitem(LIMITS, bucket, MANY)
    person = world.person("trader")
    broken = []
    for operation in operations(world.app):
        if operation.path.endswith("/logout"):
            continue
        path = operation.path.replace("{", "").replace("}", "")
        for query in JUNK_QUERIES if operation.method == "GET" else ("",):
            for body in (None,) if operation.method == "GET" else JUNK_BODIES:
                response = person.client.request(operation.method, path + query, json=body)
                if response.status_code >= 500:
                    broken.append((operation.name, query, body, response.status_code))
    assert broken == []


@pytest.fixture
def owner(sign_in: SignIn) -> Person:
    """Return a tenant of one test alone."""
    return sign_in("author")


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
