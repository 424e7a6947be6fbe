"""The sources' addresses lead to the real routes, with the same doors."""

from uuid import UUID

import pytest
from starlette.testclient import TestClient

from fairlead.infra.ids import uuid7
from tests.api.conftest import Person, SignIn
from tests.strategies.definitions import crossover


@pytest.fixture
def published(sign_in: SignIn) -> str:
    """Return the id of a strategy in the catalog."""
    author = sign_in("author")
    made = author.client.post("/api/v1/strategies", json={"definition": crossover()}).json()
    response = author.client.post(f"/api/v1/strategies/{made['id']}/publish", json={})
    assert response.status_code == 200, response.text
    strategy_id: str = made["id"]
    return strategy_id


def subscribe(person: Person, strategy_id: str) -> str:
    account = person.client.post("/api/v1/connections", json={"name": "paper"}).json()
    body = {"instrument": "file:alias", "timeframe": "1h", "connection_id": account["id"]}
    response = person.client.post(f"/api/strategies/{strategy_id}/subscribe", json=body)
    assert response.status_code == 201, response.text
    made: str = response.json()["id"]
    return made


def test_subscription_lives_under_the_old_addresses(trader: Person, published: str) -> None:
    subscription = subscribe(trader, published)
    address = f"/api/strategies/subscriptions/{subscription}"
    listed = trader.client.get("/api/strategies/subscriptions").json()["items"]
    assert [item["id"] for item in listed] == [subscription]
    assert trader.client.get(f"{address}/stats").json()["id"] == subscription
    for act, status in (("pause", "paused"), ("resume", "active")):
        assert trader.client.post(f"{address}/{act}").json()["status"] == status
    assert trader.client.delete(address).status_code == 200
    assert trader.client.get(address).json()["status"] == "cancelled"


def test_subscription_of_another_tenant_cannot_be_ended(
    trader: Person, published: str, sign_in: SignIn
) -> None:
    address = f"/api/strategies/subscriptions/{subscribe(trader, published)}"
    other = sign_in("trader")
    assert other.client.delete(address).status_code == 404
    assert trader.client.get(address).json()["status"] == "active"


def test_list_of_strategies_is_public(client: TestClient, published: str) -> None:
    listed = client.get("/api/strategies?limit=200&sort=newest").json()["items"]
    assert published in [item["strategy_id"] for item in listed]
    assert client.get(f"/api/strategies/{published}").json()["strategy_id"] == published


def test_old_addresses_let_nobody_act(client: TestClient) -> None:
    nothing = UUID(int=uuid7().int)
    body = {"instrument": "file:alias", "timeframe": "1h", "connection_id": str(nothing)}
    assert client.post(f"/api/strategies/{nothing}/subscribe", json=body).status_code == 401
    assert client.delete(f"/api/strategies/subscriptions/{nothing}").status_code == 401
    assert client.get("/api/strategies/subscriptions").status_code == 401
