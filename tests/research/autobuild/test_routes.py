"""AutoBuild over HTTP and its socket, as a page uses them."""

import json
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from fairlead.api import sockets
from fairlead.infra.clock import ManualClock
from fairlead.research.autobuild.fields import GATES
from fairlead.research.autobuild.jobs import HANDLERS
from fairlead.research.autobuild.routes_results import AutoBuildDetail, AutoBuildFindings
from fairlead.research.autobuild.submitting import TASK, UNFINISHED_MAX
from fairlead.wiring import Context
from tests.api.conftest import Person, SignIn, app, client, context, sign_in, trader
from tests.api.estate import carry_out
from tests.research.autobuild.desk import INSTRUMENTS, NOW, small
from tests.research.samples import walk_bars

__all__ = ["app", "client", "context", "sign_in", "trader"]

Json = dict[str, Any]
# Gates that a random walk passes, so that there is something to save.
OPEN_GATES = {name: {"enabled": False} for name in GATES}


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands still behind all bars."""
    return ManualClock(NOW)


@pytest.fixture
def person(trader: Person, context: Context) -> Person:
    """Return someone with bars to build on."""
    for seed, instrument in enumerate(INSTRUMENTS, 1):
        context.lake.append(instrument, "1h", walk_bars(1_600, seed, gaps=False))
    return trader


def built(person: Person, context: Context, document: Json | None = None) -> str:
    """Submit an AutoBuild, carry it out, and return its id."""
    body = {"name": "ours", "constraints": small() if document is None else document}
    made = person.client.post("/api/v1/autobuilds", json=body)
    assert made.status_code == 202, made.text
    carry_out(HANDLERS[TASK], context, person.user_id, UUID(made.json()["id"]))
    return str(made.json()["id"])


def get(person: Person, path: str) -> Json:
    response = person.client.get(f"/api/v1/autobuilds{path}")
    assert response.status_code == 200, response.text
    found: Json = response.json()
    return found


def test_schema_names_every_field_with_default_and_help(person: Person) -> None:
    schema = get(person, "/schema")
    fields = schema["properties"]["budget"]["properties"]
    assert all(field["description"] and "default" in field for field in fields.values())


def test_estimate_tells_what_it_would_take_and_starts_nothing(person: Person) -> None:
    universe = {"mode": "whitelist", "whitelist": ["file:none", *INSTRUMENTS]}
    body = {"constraints": small(universe=universe)}
    found = person.client.post("/api/v1/autobuilds/estimate", json=body).json()
    assert [each["instrument"] for each in found["instruments"]] == list(INSTRUMENTS)
    assert (found["sets"], found["bars"]) == (16, 4 * 1_600)
    assert found["seconds"] > 0.0
    assert found["bytes"] > 0
    assert found["warnings"] == ["There are no candles of file:none."]
    assert get(person, "")["items"] == []


def test_finished_build_shows_result_detail_and_events_of_the_contract(
    person: Person, context: Context
) -> None:
    build = built(person, context)
    view = get(person, f"/{build}")
    assert (view["status"], view["progress"], view["instruments_done"]) == ("done", 1.0, 4)
    assert get(person, "")["items"] == [view]
    result = get(person, f"/{build}/result")
    shown = AutoBuildFindings.model_validate(result, strict=False)
    assert len(shown.accepted) + len(shown.rejected) == 4
    assert shown.model_dump(mode="json").keys() == result.keys()
    detail = get(person, f"/{build}/instruments/{INSTRUMENTS[0]}")
    assert AutoBuildDetail.model_validate(detail).sets_tested == 4
    assert len(detail["windows"]) == 3
    assert detail["monte_carlo"]["trades"] == detail["trades"]
    first = get(person, f"/{build}/events?limit=5")
    rest = get(person, f"/{build}/events?after={first['next_after']}&limit=1000")
    numbers = [event["seq"] for event in [*first["items"], *rest["items"]]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert rest["items"][-1]["kind"] == "finished"
    again = get(person, f"/{build}/events?after={rest['next_after']}")
    assert again == {"items": [], "next_after": rest["next_after"]}


def test_build_without_result_says_why(person: Person) -> None:
    body = {"name": "ours", "constraints": small()}
    build = person.client.post("/api/v1/autobuilds", json=body).json()["id"]
    response = person.client.get(f"/api/v1/autobuilds/{build}/result")
    assert (response.status_code, response.json()["detail"]) == (
        409,
        "The AutoBuild has no result: it is queued.",
    )
    missing = person.client.get(f"/api/v1/autobuilds/{build}/instruments/file:aa")
    assert missing.status_code == 404
    assert person.client.delete(f"/api/v1/autobuilds/{build}").status_code == 409
    cancelled = person.client.post(f"/api/v1/autobuilds/{build}/cancel").json()
    assert cancelled["status"] == "cancelled"
    resumed = person.client.post(f"/api/v1/autobuilds/{build}/resume")
    assert (resumed.status_code, resumed.json()["status"]) == (202, "queued")
    person.client.post(f"/api/v1/autobuilds/{build}/cancel")
    assert person.client.delete(f"/api/v1/autobuilds/{build}").status_code == 204
    assert person.client.get(f"/api/v1/autobuilds/{build}").status_code == 404


def test_list_goes_on_at_its_cursor(person: Person) -> None:
    body = {"name": "ours", "constraints": small()}
    made = [
        person.client.post("/api/v1/autobuilds", json=body).json()["id"]
        for _ in range(UNFINISHED_MAX)
    ]
    first = get(person, "?limit=2")
    rest = get(person, f"?limit=2&cursor={first['next_cursor']}")
    assert [item["id"] for item in [*first["items"], *rest["items"]]] == made[::-1]
    assert person.client.post("/api/v1/autobuilds", json=body).status_code == 409


@pytest.mark.parametrize(
    ("document", "status", "path"),
    [
        (small(budget={"seconds": 0}), 422, "/budget/seconds"),
        (small(universe={"mode": "whitelist", "whitelist": []}), 422, "/universe/whitelist"),
        (small(venues=["binance"]), 422, "/universe/whitelist/0"),
        (small(timeframes="1h"), 422, "/timeframes"),
        (small(timeframe="1d"), 404, "/universe"),
        (small(universe={"mode": "whitelist", "whitelist": ["file:none"]}), 404, "/universe"),
    ],
)
def test_constraints_that_lead_nowhere_are_refused_with_their_place(
    person: Person, document: Json, status: int, path: str
) -> None:
    body = {"name": "ours", "constraints": document}
    response = person.client.post("/api/v1/autobuilds", json=body)
    problem = response.json()
    assert (response.status_code, problem["path"]) == (status, path), problem
    assert problem["detail"].endswith(".")
    assert get(person, "")["items"] == []


@pytest.mark.parametrize(
    ("name", "bars"), [("one", walk_bars(1)), ("flat", walk_bars(1_600, gaps=False))]
)
def test_series_that_says_nothing_costs_only_itself(
    person: Person, context: Context, name: str, bars: Any
) -> None:
    """One bar, and prices that never move."""
    key = f"file:{name}"
    if name == "flat":
        bars.close[:] = bars.open[:] = bars.high[:] = bars.low[:] = 100.0
    context.lake.append(key, "1h", bars)
    whitelist = [key, INSTRUMENTS[0]]
    build = built(person, context, small(universe={"mode": "whitelist", "whitelist": whitelist}))
    result = get(person, f"/{build}/result")
    assert get(person, f"/{build}")["status"] == "done"
    named = {each["instrument"] for each in [*result["accepted"], *result["rejected"]]}
    left = [key for group in result["failures"] for key in group["instruments"]]
    assert INSTRUMENTS[0] in named
    assert key in left or not next(
        each["accepted"] for each in result["rejected"] if each["instrument"] == key
    )


def test_portfolio_is_saved_of_versions_that_are_made_once(
    person: Person, context: Context
) -> None:
    build = built(person, context, small(evidence=OPEN_GATES))
    assembled = get(person, f"/{build}/result")["portfolio"]
    assert assembled["legs"], "the open gates let nothing through"
    kept = [
        person.client.post(f"/api/v1/autobuilds/{build}/portfolio", json={"name": name})
        for name in ("first", "second")
    ]
    assert [each.status_code for each in kept] == [201, 201], kept[0].text
    first, second = (each.json() for each in kept)
    assert first["source"]["autobuild_id"] == build
    assert {leg["instrument"]: leg["weight"] for leg in first["legs"]} == pytest.approx(
        {leg["instrument"]: leg["weight"] for leg in assembled["legs"]}
    )
    assert {leg["version_id"] for leg in first["legs"]} == {
        leg["version_id"] for leg in second["legs"]
    }
    strategies = person.client.get("/api/v1/strategies").json()["items"]
    assert [each["name"] for each in strategies] == ["SMA crossover"]


def test_empty_portfolio_is_not_saved(person: Person, context: Context) -> None:
    build = built(person, context)
    assert get(person, f"/{build}/result")["accepted"] == []
    response = person.client.post(f"/api/v1/autobuilds/{build}/portfolio", json={"name": "none"})
    assert (response.status_code, response.json()["detail"]) == (
        409,
        "There is nothing to save: no instrument passed all gates.",
    )
    assert person.client.get("/api/v1/strategies").json()["items"] == []


def ticket(person: Person) -> str:
    found: str = person.client.post("/api/v1/auth/ws-ticket").json()["ticket"]
    return found


def received(socket: WebSocketTestSession, last: str) -> list[Json]:
    found: list[Json] = []
    while not found or found[-1]["kind"] != last:
        message = json.loads(socket.receive_text())
        if message["kind"] != "heartbeat":
            found.append(message)
    return found


def test_socket_pushes_the_events_that_polling_reads_from_any_number_on(
    client: TestClient, person: Person, context: Context
) -> None:
    build = built(person, context)
    polled = get(person, f"/{build}/events?limit=1000")["items"]
    with client.websocket_connect(f"/ws/autobuild/{build}?ticket={ticket(person)}") as socket:
        pushed = received(socket, "finished")
    assert [(event["seq"], event["kind"], event["stage"]) for event in pushed] == [
        (event["seq"], event["kind"], event["stage"]) for event in polled
    ]
    for event, same in zip(pushed, polled, strict=True):
        assert all(same[name] == value for name, value in event.items() if name not in ("at",))
    after = polled[3]["seq"]
    address = f"/ws/autobuild/{build}?ticket={ticket(person)}&after={after}"
    with client.websocket_connect(address) as socket:
        assert received(socket, "finished") == pushed[4:]


def test_socket_pushes_what_happens_while_it_is_open(
    client: TestClient, person: Person, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "POLL_S", 30.0)
    body = {"name": "ours", "constraints": small()}
    build = person.client.post("/api/v1/autobuilds", json=body).json()["id"]
    with client.websocket_connect(f"/ws/autobuild/{build}?ticket={ticket(person)}") as socket:
        carry_out(HANDLERS[TASK], context, person.user_id, UUID(build))
        assert received(socket, "finished")[-1]["status"] == "done"


def refused(client: TestClient, address: str) -> bool:
    session = client.websocket_connect(address)
    try:
        session.__enter__()
    except (WebSocketDisconnect, WebSocketDenialResponse):
        return True
    session.__exit__(None, None, None)
    return False


def test_socket_opens_for_the_owner_with_a_fresh_ticket_alone(
    client: TestClient, person: Person, context: Context, sign_in: SignIn
) -> None:
    build = built(person, context)
    own = ticket(person)
    assert not refused(client, f"/ws/autobuild/{build}?ticket={own}&after=0")
    assert refused(client, f"/ws/autobuild/{build}?ticket={own}&after=0")
    assert refused(client, f"/ws/autobuild/{build}")
    stranger = sign_in("trader")
    assert refused(client, f"/ws/autobuild/{build}?ticket={ticket(stranger)}&after=0")
