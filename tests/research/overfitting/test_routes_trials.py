"""The ledger over HTTP: what was tried, and a ledger brought from another machine."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from fairlead.infra.clock import ManualClock
from fairlead.infra.ids import uuid7
from fairlead.research.overfitting.chain import Line, line_after
from fairlead.research.overfitting.ledger import count_trials, record_trials
from fairlead.research.overfitting.uploading import take_over
from fairlead.strategies.templates import template_data
from fairlead.wiring import Context
from tests.api.conftest import (
    Person,
    SignIn,
    app,
    client,
    client_of,
    clock,
    context,
    sign_in,
    trader,
)
from tests.research.overfitting.test_ledger import IDEA, TRIAL

__all__ = ["app", "client", "clock", "context", "sign_in", "trader"]

API = "/api/v1"
SERIES = TRIAL.instrument
BODY: dict[str, Any] = {"definition": template_data("sma_crossover")}


def chain(clock: ManualClock, lines: int) -> list[Line]:
    made: list[Line] = []
    for number in range(lines):
        trial = replace(TRIAL, parameters_hash=f"{number:064d}")
        made.append(line_after(made[-1] if made else None, trial, clock.now()))
    return made


def sent(http: TestClient, version: str, lines: list[Line]) -> Any:
    body = {"version_id": version, "lines": [line.to_json() for line in lines]}
    return http.post(f"{API}/trials/upload", json=body)


@pytest.fixture
def program(trader: Person) -> TestClient:
    """Return a client that works with an API key, as a program does."""
    scopes = ["read", "research", "strategies"]
    made = trader.client.post(f"{API}/api-keys", json={"name": "laptop", "scopes": scopes})
    assert made.status_code == 201, made.text
    http = client_of(trader.client.app)  # type: ignore[arg-type]  # the same application
    http.headers["Authorization"] = f"Bearer {made.json()['key']}"
    return http


def made_outside(program: TestClient) -> dict[str, Any]:
    made = program.post(f"{API}/strategies", json=BODY)
    assert made.status_code == 201, made.text
    strategy: dict[str, Any] = made.json()
    return strategy


def known(context: Context, person: Person, strategy: dict[str, Any]) -> bool:
    with context.database.tenant_transaction(person.user_id) as connection:
        return count_trials(connection, person.user_id, strategy["id"], SERIES).known


def test_ledger_is_listed_page_by_page_with_its_totals(context: Context, trader: Person) -> None:
    with context.database.tenant_transaction(trader.user_id) as connection:
        for number in range(3):
            trial = replace(TRIAL, sets=100 + number, parameters_hash=f"{number:064d}")
            record_trials(connection, trader.user_id, uuid7(), trial, context.clock.now())
        other = replace(TRIAL, family="idea:other")
        record_trials(connection, trader.user_id, uuid7(), other, context.clock.now())
    first = trader.client.get(f"{API}/trials?limit=2&family={IDEA}").json()
    assert [item["sets"] for item in first["items"]] == [102, 101]
    assert first["totals"] == {"trials": 303, "effective": 60.0, "known": True}
    assert first["items"][0] == {
        "at": first["items"][0]["at"],
        "family": IDEA,
        "kind": "sweep",
        "instrument": SERIES,
        "timeframe": "1h",
        "sets": 102,
        "best": 1.5,
        "metric": "sharpe",
    }
    query = f"limit=2&family={IDEA}&cursor={first['next_cursor']}"
    second = trader.client.get(f"{API}/trials?{query}").json()
    assert [item["sets"] for item in second["items"]] == [100]
    assert second["next_cursor"] is None
    assert trader.client.get(f"{API}/trials").json()["totals"]["trials"] == 503


def test_ledger_of_another_tenant_is_empty(
    context: Context, trader: Person, sign_in: SignIn
) -> None:
    with context.database.tenant_transaction(trader.user_id) as connection:
        record_trials(connection, trader.user_id, uuid7(), TRIAL, context.clock.now())
    other = sign_in("trader").client
    for query in ("", f"?family={IDEA}"):
        answer = other.get(f"{API}/trials{query}").json()
        assert (answer["items"], answer["totals"]["trials"]) == ([], 0)


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "WyItMSJd", "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OSJd"])
def test_cursor_of_nowhere_is_refused(trader: Person, cursor: str) -> None:
    assert trader.client.get(f"{API}/trials?cursor={cursor}").status_code == 422


def test_version_from_outside_is_known_once_its_ledger_came(
    context: Context, clock: ManualClock, trader: Person, program: TestClient
) -> None:
    strategy = made_outside(program)
    assert not known(context, trader, strategy)
    answer = sent(program, strategy["version"]["id"], chain(clock, 3))
    assert answer.status_code == 200, answer.text
    assert answer.json()["added"] == 3
    assert known(context, trader, strategy)
    page = trader.client.get(f"{API}/trials?family={strategy['id']}").json()
    assert page["totals"] == {"trials": 600, "effective": 60.0, "known": True}
    # the next version comes from outside as well, and needs it again
    definition = {**BODY["definition"], "exits": {}}
    path = f"{API}/strategies/{strategy['id']}/versions"
    second = program.post(path, json={"definition": definition}).json()
    assert not known(context, trader, strategy)
    assert sent(program, second["id"], chain(clock, 3)).json()["added"] == 0
    assert known(context, trader, strategy)


def test_version_made_on_a_page_needs_no_ledger(context: Context, trader: Person) -> None:
    strategy = trader.client.post(f"{API}/strategies", json=BODY).json()
    assert known(context, trader, strategy)


def test_ledger_comes_in_parts_and_again_without_counting_twice(
    clock: ManualClock, program: TestClient
) -> None:
    version = made_outside(program)["version"]["id"]
    lines = chain(clock, 5)
    assert sent(program, version, lines[2:]).status_code == 409
    assert sent(program, version, lines[:2]).json()["added"] == 2
    assert sent(program, version, lines[2:]).json()["added"] == 3
    again = sent(program, version, lines).json()
    assert (again["added"], again["totals"]["trials"]) == (0, 1_000)


def test_ledger_that_was_changed_is_refused_whole(
    context: Context, clock: ManualClock, trader: Person, program: TestClient
) -> None:
    strategy = made_outside(program)
    version = strategy["version"]["id"]
    lines = chain(clock, 4)
    fewer: dict[str, Any] = dict(lines[2].to_json())
    fewer["trial"] = {**fewer["trial"], "sets": 1}
    for body in ([*lines[:2], lines[3]], [lines[1], lines[0]], []):
        assert sent(program, version, body).status_code == 422
    forged = {"version_id": version, "lines": [lines[0].to_json(), lines[1].to_json(), fewer]}
    assert program.post(f"{API}/trials/upload", json=forged).status_code == 422
    assert not known(context, trader, strategy)
    assert trader.client.get(f"{API}/trials").json()["items"] == []


def test_ledger_for_another_tenants_version_is_refused(
    clock: ManualClock, trader: Person, program: TestClient, sign_in: SignIn
) -> None:
    version = made_outside(program)["version"]["id"]
    other = sign_in("trader").client
    assert sent(other, version, chain(clock, 2)).status_code == 404
    assert sent(other, str(uuid4()), chain(clock, 2)).status_code == 404
    assert other.get(f"{API}/trials").json()["items"] == []
    assert trader.client.get(f"{API}/trials").json()["items"] == []


def test_line_from_the_future_is_dated_now(
    context: Context, clock: ManualClock, trader: Person
) -> None:
    strategy = trader.client.post(f"{API}/strategies", json=BODY).json()
    late = line_after(None, TRIAL, clock.now() + timedelta(days=900))
    with context.database.tenant_transaction(trader.user_id) as connection:
        version_id = UUID(strategy["version"]["id"])
        take_over(connection, trader.user_id, version_id, (late,), clock.now())
    (item,) = trader.client.get(f"{API}/trials").json()["items"]
    assert item["at"].startswith(f"{clock.now():%Y-%m-%d}")
