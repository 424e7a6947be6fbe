"""The event socket: a ticket opens it once, it resumes by number, and it knows when to end."""

import json
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient, WebSocketDenialResponse, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from fairlead.api import event_hub, events, sockets
from fairlead.api.app import create_app
from fairlead.infra.bus import Bus
from fairlead.infra.clock import ManualClock
from fairlead.infra.outbox import emit, relay_once
from fairlead.tenancy.sessions import end_session
from fairlead.wiring import Context
from tests.api.conftest import Person, SignIn, client_of


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact of the test."""

    type: ClassVar[str] = "test.happened"
    number: int


def happen(context: Context, tenant: UUID, *numbers: int) -> None:
    with context.database.tenant_transaction(tenant) as connection:
        for number in numbers:
            emit(connection, tenant, Happened(number))
    while relay_once(context.database, context.bus):
        pass


def ticket(person: Person) -> str:
    response = person.client.post("/api/v1/auth/ws-ticket")
    assert response.status_code == 200
    found: str = response.json()["ticket"]
    return found


def received(socket: WebSocketTestSession, count: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    while len(found) < count:
        message = json.loads(socket.receive_text())
        if message["type"] == "test.happened":
            assert set(message) == {"seq", "type", "at", "data"}
            found.append((message["seq"], message["data"]["number"]))
    return found


def refused(client: TestClient, address: str, headers: dict[str, str]) -> bool:
    session = client.websocket_connect(address, headers=headers)
    try:
        session.__enter__()
    except (WebSocketDisconnect, WebSocketDenialResponse):
        return True
    session.__exit__(None, None, None)
    return False


def close_code(socket: WebSocketTestSession) -> int:
    """Read until the server closes; return its code."""
    for _ in range(100):
        message = socket.receive()
        if message["type"] == "websocket.close":
            return int(message["code"])
    raise AssertionError("the server keeps talking")


def test_socket_pushes_what_happens_while_it_is_open(
    client: TestClient, trader: Person, context: Context
) -> None:
    address = f"/ws/events?ticket={ticket(trader)}&after=0"
    with client.websocket_connect(address) as socket:
        happen(context, trader.user_id, 10)
        assert received(socket, 1) == [(1, 10)]
        happen(context, trader.user_id, 20, 30)
        assert received(socket, 2) == [(2, 20), (3, 30)]


def test_socket_resumes_after_the_last_number_seen(
    client: TestClient, trader: Person, context: Context
) -> None:
    happen(context, trader.user_id, *range(1, 6))
    with client.websocket_connect(f"/ws/events?ticket={ticket(trader)}&after=3") as socket:
        assert received(socket, 2) == [(4, 4), (5, 5)]


def test_socket_without_number_begins_now(
    client: TestClient, trader: Person, context: Context
) -> None:
    happen(context, trader.user_id, 1, 2)
    with client.websocket_connect(f"/ws/events?ticket={ticket(trader)}") as socket:
        happen(context, trader.user_id, 3)
        assert received(socket, 1) == [(3, 3)]


def test_socket_catches_up_over_several_batches(
    client: TestClient, trader: Person, context: Context
) -> None:
    numbers = range(1, 2 * events.BATCH + 50)
    happen(context, trader.user_id, *numbers)
    with client.websocket_connect(f"/ws/events?ticket={ticket(trader)}&after=0") as socket:
        assert [number for _, number in received(socket, len(numbers))] == list(numbers)


def test_socket_never_shows_events_of_another_tenant(
    client: TestClient, trader: Person, sign_in: SignIn, context: Context
) -> None:
    other = sign_in("trader")
    with client.websocket_connect(f"/ws/events?ticket={ticket(trader)}&after=0") as socket:
        happen(context, other.user_id, 666)
        happen(context, trader.user_id, 1)
        assert received(socket, 1) == [(1, 1)]


def test_ticket_works_once(client: TestClient, trader: Person) -> None:
    address = f"/ws/events?ticket={ticket(trader)}"
    with client.websocket_connect(address):
        pass
    assert refused(client, address, {})


def test_ticket_shown_by_many_at_once_opens_one_socket(app: FastAPI, trader: Person) -> None:
    address = f"/ws/events?ticket={ticket(trader)}"
    outcomes: list[bool] = []

    def attempt() -> None:
        with client_of(app) as client:
            outcomes.append(refused(client, address, {}))

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, True, True, True]


def test_ticket_dies_after_thirty_seconds(
    client: TestClient, trader: Person, clock: ManualClock
) -> None:
    address = f"/ws/events?ticket={ticket(trader)}"
    clock.advance(timedelta(seconds=30))
    assert refused(client, address, {})


@pytest.mark.parametrize("query", ["", "?ticket=", "?ticket=x", "?ticket=x&after=-1", "?after=1"])
def test_socket_without_a_ticket_is_refused(client: TestClient, query: str) -> None:
    assert refused(client, f"/ws/events{query}", {})


def test_cookies_alone_open_no_socket(trader: Person) -> None:
    with trader.client as client:
        assert refused(client, "/ws/events", {"Origin": "http://localhost:8000"})


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_page_of_another_site_opens_no_socket(
    client: TestClient, trader: Person, origin: str
) -> None:
    address = f"/ws/events?ticket={ticket(trader)}"
    assert refused(client, address, {"Origin": origin})
    # and the ticket was not used up by the attempt
    assert not refused(client, address, {"Origin": "http://testserver"})


def test_socket_works_while_valkey_is_away(
    context: Context, trader: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "POLL_S", 0.05)
    bus = Bus("redis://127.0.0.1:1/0")
    app = create_app(Context(context.settings, context.clock, context.database, bus, context.lake))
    address = f"/ws/events?ticket={ticket(trader)}&after=0"
    with client_of(app) as client, client.websocket_connect(address) as socket:
        happen(context, trader.user_id, 1)
        assert received(socket, 1) == [(1, 1)]


def test_socket_of_an_ended_session_is_closed(
    client: TestClient, trader: Person, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "POLL_S", 0.05)
    monkeypatch.setattr(sockets, "HEARTBEAT_S", 0.1)
    with client.websocket_connect(f"/ws/events?ticket={ticket(trader)}") as socket:
        assert json.loads(socket.receive_text())["type"] == "heartbeat"
        end_session(context, trader.user_id, trader.session_id, "test")
        assert close_code(socket) == sockets.CLOSED_SIGNED_OUT


def test_client_that_does_not_take_is_cut_off(
    client: TestClient, trader: Person, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "SEND_TIMEOUT_S", 0.0)
    happen(context, trader.user_id, 1)
    with client.websocket_connect(f"/ws/events?ticket={ticket(trader)}&after=0") as socket:
        assert close_code(socket) == sockets.CLOSED_SLOW


def test_client_that_talks_without_end_is_cut_off(
    client: TestClient, trader: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MAX_MESSAGES", 3)
    with client.websocket_connect(f"/ws/events?ticket={ticket(trader)}") as socket:
        for _ in range(3):
            socket.send_text("hello")
        assert close_code(socket) == sockets.CLOSED_TALKATIVE


def test_tenant_opens_only_so_many_sockets(
    client: TestClient, trader: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_hub, "MAX_SOCKETS_PER_TENANT", 1)
    with client.websocket_connect(f"/ws/events?ticket={ticket(trader)}"):
        assert refused(client, f"/ws/events?ticket={ticket(trader)}", {})
    assert not refused(client, f"/ws/events?ticket={ticket(trader)}", {})


def test_events_can_be_read_without_a_socket(trader: Person, context: Context) -> None:
    happen(context, trader.user_id, 1, 2, 3)
    answer = trader.client.get("/api/v1/events?after=1&limit=1").json()
    assert [item["data"]["number"] for item in answer["items"]] == [2]
    assert answer["last_seq"] == 3
