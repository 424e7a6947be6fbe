"""Strategies over HTTP, as an author, a follower and nobody use them."""

from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from tests.api.conftest import Person, SignIn
from tests.strategies.definitions import Definition, crossover

API = "/api/v1"


def make(author: Person, definition: Definition | None = None, **more: Any) -> dict[str, Any]:
    body = {"definition": definition or crossover(), **more}
    answer = author.client.post(f"{API}/strategies", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def etag(person: Person, strategy_id: str) -> dict[str, str]:
    answer = person.client.get(f"{API}/strategies/{strategy_id}")
    return {"If-Match": answer.headers["etag"]}


@pytest.fixture
def author(sign_in: SignIn) -> Person:
    return sign_in("author")


def test_created_strategy_reads_back_with_its_version(author: Person) -> None:
    made = make(author)
    read = author.client.get(f"{API}/strategies/{made['id']}").json()
    assert read == made
    assert read["slug"] == "crossover"
    assert read["version"]["number"] == 1
    assert read["version"]["definition"]["exits"]["atr_period"] == 14
    assert [p["name"] for p in read["version"]["parameters"]][:3] == [
        "fast",
        "slow",
        "stop_loss_pct",
    ]


def test_created_strategy_with_a_wrong_definition_says_where(author: Person) -> None:
    wrong = crossover(exits={"stop_loss_pct": 7})
    answer = author.client.post(f"{API}/strategies", json={"definition": wrong})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["path"] == "/exits/stop_loss_pct"
    assert "0.99" in problem["expected"]
    assert problem["found"] == "7"
    assert author.client.get(f"{API}/strategies").json()["items"] == []


def test_equal_names_get_slugs_of_their_own(author: Person) -> None:
    slugs = [make(author)["slug"] for _ in range(3)]
    assert slugs == ["crossover", "crossover-2", "crossover-3"]


def test_taken_slug_is_refused(author: Person) -> None:
    make(author, slug="mine")
    answer = author.client.post(
        f"{API}/strategies", json={"definition": crossover(), "slug": "mine"}
    )
    assert answer.status_code == 409
    assert answer.json()["path"] == "/slug"


def test_new_version_is_offered_and_old_ones_stay(author: Person) -> None:
    made = make(author)
    changed = crossover(exits={"stop_loss_pct": 0.05})
    added = author.client.post(
        f"{API}/strategies/{made['id']}/versions", json={"definition": changed, "note": "wider"}
    )
    assert added.status_code == 201
    assert added.json()["number"] == 2
    listed = author.client.get(f"{API}/strategies/{made['id']}/versions").json()["items"]
    assert [version["number"] for version in listed] == [2, 1]
    assert author.client.get(f"{API}/strategies/{made['id']}").json()["current_version"] == 2
    first = author.client.get(f"{API}/strategies/{made['id']}/versions/1").json()
    assert first == made["version"]


def test_new_version_with_equal_meaning_is_refused(author: Person) -> None:
    made = make(author)
    same = crossover(description="Other words.", exits={"stop_loss_pct": 0.020})
    answer = author.client.post(
        f"{API}/strategies/{made['id']}/versions", json={"definition": same}
    )
    assert answer.status_code == 409
    assert "Version 1" in answer.json()["detail"]


def test_diff_names_each_place(author: Person) -> None:
    made = make(author)
    changed = crossover(exits={"stop_loss_pct": 0.05}, name="Crossover two")
    author.client.post(f"{API}/strategies/{made['id']}/versions", json={"definition": changed})
    answer = author.client.get(f"{API}/strategies/{made['id']}/diff", params={"from": 1, "to": 2})
    changes = {
        change["path"]: (change["before"], change["after"]) for change in answer.json()["changes"]
    }
    assert changes == {
        "/exits/stop_loss_pct": (0.02, 0.05),
        "/name": ("Crossover", "Crossover two"),
    }


def test_rollback_moves_the_pointer_only(author: Person) -> None:
    made = make(author)
    url = f"{API}/strategies/{made['id']}"
    author.client.post(f"{url}/versions", json={"definition": crossover(cool_down_bars=3)})
    answer = author.client.patch(url, json={"current_version": 1}, headers=etag(author, made["id"]))
    assert answer.status_code == 200
    assert (answer.json()["current_version"], answer.json()["latest_version"]) == (1, 2)


def test_edit_based_on_an_old_revision_is_refused(author: Person) -> None:
    made = make(author)
    url = f"{API}/strategies/{made['id']}"
    old = etag(author, made["id"])
    assert author.client.patch(url, json={"name": "One"}, headers=old).status_code == 200
    late = author.client.patch(url, json={"name": "Two"}, headers=old)
    assert late.status_code == 412
    assert author.client.get(url).json()["name"] == "One"


def test_edit_without_a_revision_is_refused(author: Person) -> None:
    made = make(author)
    answer = author.client.patch(f"{API}/strategies/{made['id']}", json={"name": "One"})
    assert answer.status_code == 422
    assert answer.json()["path"] == "If-Match"


def test_deprecated_version_cannot_become_current(author: Person) -> None:
    made = make(author)
    url = f"{API}/strategies/{made['id']}"
    author.client.post(f"{url}/versions", json={"definition": crossover(cool_down_bars=3)})
    assert author.client.patch(f"{url}/versions/1", json={"deprecated": True}).json()["deprecated"]
    answer = author.client.patch(url, json={"current_version": 1}, headers=etag(author, made["id"]))
    assert answer.status_code == 409


def test_deleted_strategy_is_gone_and_its_slug_is_free(author: Person) -> None:
    made = make(author)
    url = f"{API}/strategies/{made['id']}"
    assert author.client.delete(url, headers=etag(author, made["id"])).status_code == 204
    assert author.client.get(url).status_code == 404
    assert make(author)["slug"] == made["slug"]


def test_published_strategy_shows_everything_but_its_definition(
    author: Person, client: TestClient
) -> None:
    made = make(author, name=f"Public {uuid4()}")
    published = author.client.post(f"{API}/strategies/{made['id']}/publish", json={})
    assert published.status_code == 200
    assert published.json()["visibility"] == "public"
    detail = client.get(f"{API}/catalog/{made['id']}").json()
    assert detail["definition"] is None
    assert detail["version_id"] == made["version"]["id"]
    assert [p["name"] for p in detail["parameters"]][:2] == ["fast", "slow"]
    assert [v["number"] for v in detail["versions"]] == [1]
    assert "definition" not in detail["versions"][0]
    assert detail["backtest"] is None
    assert detail["live"] is None


def test_published_strategy_shows_its_definition_when_shared(
    author: Person, client: TestClient
) -> None:
    made = make(author)
    author.client.post(f"{API}/strategies/{made['id']}/publish", json={"share_definition": True})
    detail = client.get(f"{API}/catalog/{made['id']}").json()
    assert detail["definition"] == made["version"]["definition"]


def test_catalog_is_searched_filtered_and_paged(author: Person, client: TestClient) -> None:
    mark = uuid4().hex[:8]
    for n in range(5):
        made = make(author, name=f"{mark} {n}", tags=[f"t{mark}", f"n{n % 2}"])
        author.client.post(f"{API}/strategies/{made['id']}/publish", json={})
    for sort, expected in (("newest", [4, 3, 2, 1, 0]), ("name", [0, 1, 2, 3, 4])):
        names: list[str] = []
        cursor: str | None = None
        while True:
            query = {"search": mark, "sort": sort, "limit": "2"} | (
                {"cursor": cursor} if cursor else {}
            )
            page = client.get(f"{API}/catalog", params=query).json()
            names += [item["name"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        if sort == "newest":
            assert sorted(names) == [f"{mark} {n}" for n in range(5)]
        else:
            assert names == [f"{mark} {n}" for n in expected]
    tagged = client.get(f"{API}/catalog", params={"tag": f"t{mark}"}).json()["items"]
    assert len(tagged) == 5
    assert client.get(f"{API}/catalog", params={"search": "%"}).json()["items"] == []


@pytest.mark.parametrize("cursor", ["nonsense", "WyJ4IiwieSJd", "W10"])
def test_catalog_with_a_foreign_cursor_is_refused(client: TestClient, cursor: str) -> None:
    for path in ("/catalog", "/catalog?sort=subscribers", "/catalog?sort=name"):
        joint = "&" if "?" in path else "?"
        answer = client.get(f"{API}{path}{joint}cursor={cursor}")
        assert answer.status_code == 422, answer.text
        assert answer.json()["path"] == "cursor"


def test_unpublished_strategy_leaves_the_catalog(author: Person, client: TestClient) -> None:
    made = make(author)
    author.client.post(f"{API}/strategies/{made['id']}/publish", json={})
    answer = author.client.post(f"{API}/strategies/{made['id']}/unpublish")
    assert answer.json()["visibility"] == "private"
    assert client.get(f"{API}/catalog/{made['id']}").status_code == 404


def test_renamed_strategy_is_renamed_in_the_catalog(author: Person, client: TestClient) -> None:
    made = make(author)
    author.client.post(f"{API}/strategies/{made['id']}/publish", json={})
    author.client.patch(
        f"{API}/strategies/{made['id']}",
        json={"name": "New name"},
        headers=etag(author, made["id"]),
    )
    assert client.get(f"{API}/catalog/{made['id']}").json()["name"] == "New name"


def test_strategy_of_another_tenant_is_not_there(author: Person, sign_in: SignIn) -> None:
    made = make(author)
    stranger = sign_in("author")
    url = f"{API}/strategies/{made['id']}"
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("GET", "/versions", None),
        ("GET", "/versions/1", None),
        ("PATCH", "/versions/1", {"deprecated": True}),
        ("POST", "/versions", {"definition": crossover(cool_down_bars=9)}),
        ("GET", "/diff?from=1&to=1", None),
        ("POST", "/publish", {}),
        ("POST", "/unpublish", None),
    ):
        answer = stranger.client.request(method, url + path, json=body, headers={"If-Match": '"1"'})
        assert answer.status_code == 404, (method, path, answer.text)
    assert author.client.get(url).json() == made


def test_trader_may_write_but_not_publish(sign_in: SignIn) -> None:
    trader = sign_in("trader")
    made = make(trader)
    answer = trader.client.post(f"{API}/strategies/{made['id']}/publish", json={})
    assert answer.status_code == 403


def test_nobody_sees_templates_and_schema_only(client: TestClient) -> None:
    templates = client.get(f"{API}/strategies/templates").json()
    assert templates[0]["name"] == "sma_crossover"
    schema = client.get(f"{API}/strategies/schema").json()
    assert schema["schema"]["title"] == "RulesDocument"
    assert {"sma", "supertrend"} <= {entry["kind"] for entry in schema["indicators"]}
    assert client.get(f"{API}/strategies").status_code == 401
    assert client.post(f"{API}/strategies/validate", json={"definition": {}}).status_code == 401


def test_validate_lists_every_fault(author: Person) -> None:
    wrong = crossover(exits={"stop_loss_pct": 7, "stop_los": 1}, colour="red")
    answer = author.client.post(f"{API}/strategies/validate", json={"definition": wrong}).json()
    assert answer["valid"] is False
    paths = {error["path"] for error in answer["errors"]}
    assert paths == {"/exits/stop_loss_pct", "/exits/stop_los", "/colour"}


def test_validate_of_a_good_definition_lists_its_parameters(author: Person) -> None:
    answer = author.client.post(
        f"{API}/strategies/validate", json={"definition": crossover()}
    ).json()
    assert answer["valid"] is True
    assert answer["errors"] == []
    assert answer["warm_up"] == 20
    assert answer["parameters"][0]["axis"] == "signal"
    assert {p["axis"] for p in answer["parameters"][2:]} == {"policy"}


def test_own_list_is_sorted_and_paged(author: Person) -> None:
    for name in ("Beta", "alpha", "Gamma"):
        make(author, name=name)
    first = author.client.get(f"{API}/strategies", params={"sort": "name", "limit": 2}).json()
    assert [item["name"] for item in first["items"]] == ["alpha", "Beta"]
    second = author.client.get(
        f"{API}/strategies",
        params={"sort": "name", "limit": 2, "cursor": first["next_cursor"]},
    ).json()
    assert [item["name"] for item in second["items"]] == ["Gamma"]
    assert second["next_cursor"] is None
