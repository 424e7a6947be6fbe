"""A person at a real server: signs up, listens, is heard, loses a laptop; and the server ends."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import httpx2
import pytest
import websockets
from websockets.sync.client import ClientConnection, connect

from fairlead.api.server import run
from fairlead.infra.bus import Bus
from fairlead.infra.clock import SystemClock
from fairlead.infra.db import Database
from fairlead.infra.errors import InvalidInput
from fairlead.infra.ids import uuid7
from fairlead.infra.outbox import emit, relay_once
from fairlead.infra.settings import Settings
from fairlead.market.lake import Lake
from fairlead.wiring import Context

PASSWORD = "otter lamp quarry nine"


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact of the scenario."""

    type: ClassVar[str] = "test.happened"
    number: int


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and the thread it runs in."""

    context: Context
    thread: threading.Thread

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.context.settings.port}"

    def stop(self) -> bool:
        """Ask it to end; say whether it did within ten seconds."""
        self.context.stopping.set()
        self.thread.join(10)
        return not self.thread.is_alive()


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def server(settings: Settings, database: Database, bus: Bus) -> Iterator[Server]:
    """Start the API process's own code in a thread."""
    settings = settings.with_changes(port=free_port())
    context = Context(settings, SystemClock(), database, bus, Lake(settings.lake_dir))
    thread = threading.Thread(target=run, args=(context,))
    thread.start()
    server = Server(context, thread)
    for _ in range(200):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", settings.port)) == 0:
                break
        context.clock.sleep(0.05)
    yield server
    assert server.stop()


def page(server: Server) -> httpx2.Client:
    return httpx2.Client(
        base_url=f"http://{server.address}", headers={"Origin": f"http://{server.address}"}
    )


def sign_up(browser: httpx2.Client, email: str) -> UUID:
    body = {"email": email, "password": PASSWORD, "name": "Ada"}
    response = browser.post("/api/v1/auth/register", json=body)
    assert response.status_code == 201, response.text
    browser.headers["X-CSRF-Token"] = response.json()["csrf_token"]
    return UUID(response.json()["user"]["id"])


def happen(context: Context, tenant: UUID, number: int) -> None:
    with context.database.tenant_transaction(tenant) as connection:
        emit(connection, tenant, Happened(number))
    while relay_once(context.database, context.bus):
        pass


def socket_address(server: Server, browser: httpx2.Client, after: int) -> str:
    ticket = browser.post("/api/v1/auth/ws-ticket").json()["ticket"]
    return f"ws://{server.address}/ws/events?ticket={ticket}&after={after}"


def next_number(channel: ClientConnection) -> int:
    while True:
        message = json.loads(channel.recv(timeout=10))
        if message["type"] == "test.happened":
            return int(message["data"]["number"])


def test_person_signs_up_listens_and_resumes_after_a_break(server: Server) -> None:
    with page(server) as browser:
        me = sign_up(browser, f"{uuid7()}@example.com")
        with connect(socket_address(server, browser, 0)) as channel:
            happen(server.context, me, 1)
            assert next_number(channel) == 1
        happen(server.context, me, 2)
        with connect(socket_address(server, browser, 1)) as channel:
            assert next_number(channel) == 2


def test_person_signs_a_lost_laptop_out(server: Server) -> None:
    email = f"{uuid7()}@example.com"
    with page(server) as laptop, page(server) as phone:
        sign_up(laptop, email)
        signed_in = phone.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
        phone.headers["X-CSRF-Token"] = signed_in.json()["csrf_token"]
        (lost,) = [s for s in phone.get("/api/v1/auth/sessions").json() if not s["current"]]
        assert phone.delete(f"/api/v1/auth/sessions/{lost['id']}").status_code == 204
        assert laptop.post("/api/v1/auth/ws-ticket").status_code == 401
        assert laptop.post("/api/v1/auth/refresh").status_code == 401
        assert phone.get("/api/v1/auth/me").status_code == 200


def test_server_ends_in_time_with_open_sockets_and_idle_connections(server: Server) -> None:
    with page(server) as browser:
        me = sign_up(browser, f"{uuid7()}@example.com")
        with connect(socket_address(server, browser, 0)) as channel:
            happen(server.context, me, 1)
            assert next_number(channel) == 1
            assert server.stop()
            with pytest.raises(websockets.ConnectionClosed) as caught:
                next_number(channel)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1012


def test_second_server_on_the_same_port_says_so(server: Server) -> None:
    context = Context(
        server.context.settings,
        server.context.clock,
        server.context.database,
        server.context.bus,
        server.context.lake,
    )
    with pytest.raises(InvalidInput, match=f"Port {context.settings.port} on 127.0.0.1 is in use"):
        run(context)


def test_many_people_at_once_are_all_served(server: Server) -> None:
    """More requests at once than connections and threads: nobody waits for ever."""
    with page(server) as browser:
        sign_up(browser, f"{uuid7()}@example.com")
        cookies = dict(browser.cookies)

    async def ask(client: httpx2.AsyncClient) -> int:
        response = await client.get("/api/v1/auth/sessions")
        return response.status_code

    async def ask_all() -> list[int]:
        limits = httpx2.Limits(max_connections=150)
        async with httpx2.AsyncClient(
            base_url=f"http://{server.address}", cookies=cookies, limits=limits, timeout=60
        ) as client:
            return await asyncio.gather(*(ask(client) for _ in range(150)))

    # in a thread of its own: a browser of another test may keep a loop in this one
    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(lambda: asyncio.run(ask_all())).result()
    assert set(answers) == {200}
