"""The real application over an in-process transport, and people who are signed in to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from fairlead.api.app import create_app
from fairlead.api.event_hub import EventHub
from fairlead.infra.bus import Bus
from fairlead.infra.clock import ManualClock
from fairlead.infra.db import Database
from fairlead.infra.ids import random_bytes
from fairlead.infra.settings import Settings
from fairlead.market.lake import Lake
from fairlead.tenancy.permissions import Role
from fairlead.tenancy.sessions import Caller, start_session
from fairlead.tenancy.store import administer_user, user_by_id
from fairlead.wiring import Context
from tests.conftest import MakeTenant

CALLER = Caller("a test", "192.0.2.1")
BASE_URL = "http://localhost:8000"


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands still."""
    return ManualClock()


@pytest.fixture
def context(settings: Settings, clock: ManualClock, database: Database, bus: Bus) -> Context:
    """Return what the application works with."""
    return Context(settings, clock, database, bus, Lake(settings.lake_dir))


# The one application of the session: building it takes half a second.
_built: list[FastAPI] = []


@pytest.fixture
def app(context: Context) -> FastAPI:
    """Return the application, working with this test's context."""
    if not _built:
        _built.append(create_app(context))
    (app,) = _built
    app.state.context = context
    app.state.hub = EventHub(context.bus)
    return app


def client_of(app: FastAPI) -> TestClient:
    """Return a client with cookies and an address of its own."""
    address = "10." + ".".join(str(byte) for byte in random_bytes(3))
    return TestClient(
        app, base_url=BASE_URL, raise_server_exceptions=False, client=(address, 50_000)
    )


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Return a client of nobody, with the application started."""
    with client_of(app) as client:
        yield client


@dataclass(frozen=True, slots=True)
class Person:
    """Someone signed in by cookie, as a page is."""

    user_id: UUID
    session_id: UUID
    token: str
    client: TestClient


SignIn = Callable[[Role], Person]


@pytest.fixture
def sign_in(app: FastAPI, context: Context, make_tenant: MakeTenant) -> SignIn:
    """Return a function that makes a user of a role and signs them in."""

    def make(role: Role) -> Person:
        return person_of(app, context, make_tenant(), role)

    return make


def person_of(app: FastAPI, context: Context, user_id: UUID, role: Role) -> Person:
    """Give a user a role and a client that is signed in as a page is."""
    with context.database.system_transaction() as connection:
        administer_user(
            connection, user_id, role=role, disabled=False, revision=1, at=context.clock.now()
        )
        user = user_by_id(connection, user_id)
    assert user is not None
    signed_in = start_session(context, user, CALLER)
    client = client_of(app)
    client.cookies.set("fairlead_access", signed_in.access_token)
    client.cookies.set("fairlead_refresh", signed_in.refresh_token)
    client.headers["X-CSRF-Token"] = signed_in.csrf_token
    client.headers["Origin"] = BASE_URL
    return Person(user_id, signed_in.session_id, signed_in.access_token, client)


@pytest.fixture
def trader(sign_in: SignIn) -> Person:
    """Return a signed-in trader."""
    return sign_in("trader")


@pytest.fixture
def support(sign_in: SignIn) -> Person:
    """Return a signed-in support person."""
    return sign_in("support")


@pytest.fixture
def admin(sign_in: SignIn) -> Person:
    """Return a signed-in administrator."""
    return sign_in("admin")
