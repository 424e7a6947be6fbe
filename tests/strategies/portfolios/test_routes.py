"""Portfolios over HTTP: made, changed, deleted, refused; nothing of another tenant."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.conftest import Person, SignIn, app, client, clock, context, sign_in
from tests.strategies.definitions import crossover

__all__ = ["app", "client", "clock", "context", "sign_in"]

API = "/api/v1"


@pytest.fixture
def owner(sign_in: SignIn) -> Person:
    return sign_in("trader")


def version_of(person: Person, **changes: Any) -> str:
    """Store a strategy and return the id of its version."""
    answer = person.client.post(f"{API}/strategies", json={"definition": crossover(**changes)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["version"]["id"])


def leg(version_id: str, instrument: str = "sim:BTC-USDT", **more: Any) -> dict[str, Any]:
    return {"version_id": version_id, "instrument": instrument, "timeframe": "1h", **more}


def make(person: Person, **changes: Any) -> Any:
    """Make a portfolio of two legs."""
    version = version_of(person)
    body = {
        "name": "Both",
        "legs": [leg(version), leg(version, "sim:ETH-USDT")],
        **changes,
    }
    return person.client.post(f"{API}/portfolios", json=body)


def test_portfolio_without_weights_shares_equally_and_reads_back(owner: Person) -> None:
    answer = make(owner, caps={"max_weight": 0.4, "max_positions": 1})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert [item["weight"] for item in made["legs"]] == [0.4, 0.4]
    assert made["legs"][0]["strategy_name"] == "Crossover"
    assert (made["method"], made["caps"]["max_positions"], made["source"]) == ("equal", 1, None)
    read = owner.client.get(f"{API}/portfolios/{made['id']}")
    assert read.json() == made
    assert read.headers["etag"] == '"1"'
    assert owner.client.get(f"{API}/portfolios").json()["items"] == [made]


def test_changed_portfolio_needs_the_revision_it_was_read_at(owner: Person) -> None:
    made = make(owner).json()
    version = made["legs"][0]["version_id"]
    body = {"name": "One", "method": "manual", "legs": [leg(version, weight=0.5)]}
    path = f"{API}/portfolios/{made['id']}"
    changed = owner.client.put(path, json=body, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["revision"], len(changed.json()["legs"])) == (2, 1)
    assert owner.client.get(path).json() == changed.json()
    late = owner.client.put(path, json=body, headers={"If-Match": '"1"'})
    assert late.status_code in (409, 412)
    assert owner.client.delete(path).status_code == 204
    assert owner.client.get(path).status_code == 404


def test_portfolios_page_by_cursor_without_losing_one(owner: Person) -> None:
    version = version_of(owner)
    for number in range(5):
        body = {"name": f"P{number}", "legs": [leg(version)]}
        assert owner.client.post(f"{API}/portfolios", json=body).status_code == 201
    names: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = f"?limit=2&cursor={cursor}" if cursor else "?limit=2"
        page = owner.client.get(f"{API}/portfolios{query}").json()
        names += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(names) == [f"P{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("legs", "path", "word"),
    [
        ([{"weight": 0.7}, {"instrument": "sim:ETH-USDT", "weight": 0.4}], "legs", "1.1"),
        ([{"weight": 0.7}, {"instrument": "sim:ETH-USDT"}], "legs", "needs its weight"),
        ([{"weight": 0.0}], "legs/0/weight", "cannot be used"),
        ([{"weight": 0.3}, {"weight": 0.3}], "legs/1", "same as leg 1"),
        ([{}, {"instrument": "nse:INFY"}], "legs", "INR and USDT"),
        ([{"timeframe": "soon"}], "legs/0/timeframe", "timeframe"),
        ([{"parameters": {"fast": 5000}}], "fast", "fast"),
        ([{"instrument": "nowhere"}], None, "nowhere"),
    ],
)
def test_portfolio_that_cannot_be_meant_is_refused_with_its_place(
    owner: Person, legs: list[dict[str, Any]], path: str | None, word: str
) -> None:
    version = version_of(owner)
    body = {"name": "Odd", "legs": [leg(version) | changes for changes in legs]}
    answer = owner.client.post(f"{API}/portfolios", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json().get("path") == path
    assert word in answer.text
    assert owner.client.get(f"{API}/portfolios").json()["items"] == []


@pytest.mark.parametrize(
    "caps", [{"max_weight": 0}, {"max_exposure": -1}, {"max_daily_loss": 2}, {"max_positions": 0}]
)
def test_portfolio_with_a_cap_that_cannot_be_meant_is_refused(
    owner: Person, caps: dict[str, float]
) -> None:
    answer = make(owner, caps=caps)
    assert answer.status_code == 422
    assert answer.json()["path"] == f"caps/{next(iter(caps))}"


def test_another_tenants_version_and_portfolio_do_not_exist(owner: Person, sign_in: SignIn) -> None:
    made = make(owner).json()
    stranger = sign_in("trader")
    body = {"name": "Theirs", "legs": [leg(made["legs"][0]["version_id"])]}
    assert stranger.client.post(f"{API}/portfolios", json=body).status_code == 404
    path = f"{API}/portfolios/{made['id']}"
    assert stranger.client.get(path).status_code == 404
    assert stranger.client.delete(path).status_code == 404
    assert stranger.client.get(f"{API}/portfolios").json()["items"] == []
    assert owner.client.get(f"{API}/portfolios/{uuid4()}").status_code == 404


def test_published_version_of_another_author_may_be_a_leg(owner: Person, sign_in: SignIn) -> None:
    author = sign_in("author")
    made = author.client.post(f"{API}/strategies", json={"definition": crossover()}).json()
    published = author.client.post(f"{API}/strategies/{made['id']}/publish", json={})
    assert published.status_code == 200, published.text
    answer = owner.client.post(
        f"{API}/portfolios", json={"name": "Followed", "legs": [leg(made["version"]["id"])]}
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["legs"][0]["strategy_id"] == made["id"]
