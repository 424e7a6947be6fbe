"""Promotion over HTTP: one click when green, reasons when red, one step back, nothing twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, text

from fairlead.live import lifecycle
from fairlead.promotion import deciding
from fairlead.promotion.model import Promotion
from fairlead.promotion.store import update_promotion
from fairlead.strategies.portfolios.model import Portfolio
from fairlead.wiring import Context
from tests.api.conftest import Person, SignIn
from tests.promotion.evidence import API, Evidenced


@pytest.fixture
def desk(trader: Person, context: Context) -> Evidenced:
    return Evidenced(trader, context)


def test_green_gates_deploy_in_one_click(desk: Evidenced) -> None:
    portfolio = desk.green(max_positions=1, max_exposure=0.8)
    gates = desk.gates(portfolio)
    assert (gates["ready"], gates["override_allowed"]) == (True, True)
    made = desk.promote(portfolio, risk_profile={"max_exposure": 0.5})
    assert (made["status"], made["override"], made["ready"]) == ("deployed", False, True)
    (subscription,) = desk.subscriptions()
    assert made["subscription_ids"] == [subscription["id"]]
    assert (subscription["capital"], subscription["strategy_name"]) == ("5000", "Found")
    assert subscription["risk_profile"] == {"max_positions": 1, "max_exposure": 0.5}
    assert legs_of(desk) == [
        (desk.version_id, desk.instruments[0], "0.60000000"),
        (desk.version_id, desk.instruments[1], "0.30000000"),
    ]
    assert desk.audited() == [
        "promotion.request",
        "promotion.approve",
        "promotion.deploy",
        "subscription.create",
    ]
    read = desk.person.client.get(f"{API}/promotions/{made['id']}").json()
    assert read == made
    assert desk.person.client.get(f"{API}/promotions").json()["items"] == [made]


def legs_of(desk: Evidenced) -> list[tuple[str, str, str]]:
    """Return the stored legs of the tenant's only subscription."""
    with desk.context.database.tenant_transaction(desk.person.user_id) as connection:
        legs = connection.execute(text("SELECT legs FROM subscriptions")).scalar_one()
    return [(leg["version_id"], leg["instrument"], leg["weight"]) for leg in legs]


def test_red_gates_keep_the_request_and_name_what_would_help(desk: Evidenced) -> None:
    desk.search(pbo=0.8)
    portfolio = desk.portfolio()
    made = desk.promote(portfolio)
    red = {gate["name"] for gate in made["gates"] if not gate["passed"]}
    assert (made["status"], made["ready"]) == ("requested", False)
    assert red == {"lookahead_proof", "pbo", "shared_account"}
    assert all(gate["action"] for gate in made["gates"] if not gate["passed"])
    refused = desk.person.client.post(f"{API}/promotions/{made['id']}/approve")
    assert refused.status_code == 409
    assert "No look-ahead" in refused.json()["detail"]
    assert "override" in refused.json()["action"]
    assert desk.subscriptions() == []


def test_request_is_decided_anew_on_the_evidence_there_is_then(desk: Evidenced) -> None:
    desk.search()
    portfolio = desk.portfolio()
    desk.prove()
    first = desk.promote(portfolio)
    assert first["status"] == "requested"
    desk.backtest(portfolio)
    second = desk.post(f"promotions/{first['id']}/approve", {})
    assert (second["status"], len(desk.subscriptions())) == ("deployed", 1)


def test_repeated_request_turns_a_known_one_green_without_a_second_row(desk: Evidenced) -> None:
    desk.search()
    desk.prove()
    portfolio = desk.portfolio()
    first = desk.promote(portfolio)
    desk.backtest(portfolio)
    second = desk.promote(portfolio)
    assert (second["id"], second["status"]) == (first["id"], "deployed")


def test_version_that_looks_ahead_is_red_whatever_else_is_green(desk: Evidenced) -> None:
    portfolio = desk.green()
    desk.prove(passed=False)
    made = desk.promote(portfolio)
    assert [gate["name"] for gate in made["gates"] if not gate["passed"]] == ["lookahead_proof"]
    assert desk.subscriptions() == []


def test_override_needs_a_reason_and_is_on_record(desk: Evidenced) -> None:
    portfolio = desk.portfolio()
    without = desk.person.client.post(
        f"{API}/promotions", json=desk.body(portfolio, override=True, reason=" x ")
    )
    assert (without.status_code, without.json()["path"]) == (422, "reason")
    made = desk.promote(portfolio, override=True, reason="trying the plumbing")
    assert (made["status"], made["override"]) == ("deployed", True)
    assert made["reason"] == "trying the plumbing"
    assert "promotion.override" in desk.audited()
    assert len(desk.subscriptions()) == 1


def test_override_where_all_is_green_is_none(desk: Evidenced) -> None:
    portfolio = desk.green()
    made = desk.promote(portfolio, override=True, reason="just in case")
    assert (made["status"], made["override"]) == ("deployed", False)
    assert "promotion.override" not in desk.audited()


def make_real(desk: Evidenced) -> None:
    """Turn the tenant's connection into one at a venue where money is real."""
    with desk.context.database.tenant_transaction(desk.person.user_id) as connection:
        connection.execute(
            text("UPDATE connections SET venue = 'bybit' WHERE id = :id"),
            {"id": desk.connection_id},
        )


def test_override_of_real_money_is_refused(desk: Evidenced) -> None:
    portfolio = desk.portfolio()
    make_real(desk)
    body = desk.body(portfolio, override=True, reason="I know what I do")
    answer = desk.person.client.post(f"{API}/promotions", json=body)
    assert answer.status_code == 403
    made = desk.promote(portfolio)
    path = f"{API}/promotions/{made['id']}/approve"
    late = desk.person.client.post(path, json={"override": True, "reason": "I know what I do"})
    assert late.status_code == 403
    assert desk.subscriptions() == []


def test_planted_override_without_its_check_would_reach_real_money(
    desk: Evidenced, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unchecked(*_: object) -> None:
        """Let everything pass."""

    portfolio = desk.portfolio()
    make_real(desk)
    monkeypatch.setattr(deciding, "_check_override", unchecked)
    made = desk.promote(portfolio, override=True, reason="I know what I do")
    assert (made["status"], len(desk.subscriptions())) == ("deployed", 1)


@pytest.mark.parametrize(("days", "passed"), [(13, False), (15, True)])
def test_real_connection_asks_for_days_on_paper(desk: Evidenced, days: int, passed: bool) -> None:
    portfolio = desk.green()
    desk.promote(portfolio)
    on_paper = desk.connection_id
    desk.connection_id = desk.post("connections", {"name": "real"}, 201)["id"]
    make_real(desk)
    began = desk.context.clock.now() - timedelta(days=days)
    with desk.context.database.tenant_transaction(desk.person.user_id) as connection:
        connection.execute(text("UPDATE subscriptions SET started_at = :at"), {"at": began})
    gates = desk.gates(portfolio, f"&connection_id={desk.connection_id}")
    period = next(gate for gate in gates["gates"] if gate["name"] == "paper_period")
    assert (period["value"], period["passed"]) == (pytest.approx(days), passed)
    assert (gates["ready"], gates["override_allowed"]) == (passed, False)
    paper = desk.gates(portfolio, f"&connection_id={on_paper}")
    assert all(gate["name"] != "paper_period" for gate in paper["gates"])


def test_deployed_promotion_repeated_is_the_same_one(desk: Evidenced) -> None:
    portfolio = desk.green()
    first, second = desk.promote(portfolio), desk.promote(portfolio, capital="9000")
    assert second == first
    assert desk.post(f"promotions/{first['id']}/approve", {}) == first
    assert desk.post(f"promotions/{first['id']}/deploy", None) == first
    assert len(desk.subscriptions()) == 1


def test_requests_at_the_same_time_make_one_subscription(desk: Evidenced) -> None:
    portfolio = desk.green()
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: desk.promote(portfolio), range(4)))
    assert len({one["id"] for one in made}) == 1
    assert len(desk.subscriptions()) == 1


def crash_after_subscribing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the process die between the subscription and its record, once."""
    died: list[UUID] = []

    def dying(connection: Connection, promotion: Promotion) -> None:
        if promotion.status == "deployed" and not died:
            died.append(promotion.id)
            raise RuntimeError("killed")
        update_promotion(connection, promotion)

    monkeypatch.setattr(deciding, "update_promotion", dying)


def promote_through_a_crash(desk: Evidenced, portfolio: Portfolio) -> int:
    """Ask once and die, ask again as people do; return how many subscriptions there are then."""
    killed = desk.person.client.post(f"{API}/promotions", json=desk.body(portfolio))
    assert killed.status_code == 500
    again = desk.person.client.post(f"{API}/promotions", json=desk.body(portfolio))
    assert again.status_code == 201, again.text
    assert again.json()["status"] == "deployed"
    return len(desk.subscriptions())


def test_crash_between_subscription_and_record_makes_no_second_one(
    desk: Evidenced, monkeypatch: pytest.MonkeyPatch
) -> None:
    portfolio = desk.green()
    crash_after_subscribing(monkeypatch)
    assert promote_through_a_crash(desk, portfolio) == 1


def test_planted_subscription_in_a_transaction_of_its_own_is_caught(
    desk: Evidenced, monkeypatch: pytest.MonkeyPatch
) -> None:
    portfolio = desk.green()
    real = lifecycle.begin

    def begin_apart(connection: Connection, user_id: UUID, wanted: lifecycle.Wanted) -> UUID:
        with desk.context.database.tenant_transaction(user_id) as own:
            return real(own, user_id, wanted)

    monkeypatch.setattr(lifecycle, "begin", begin_apart)
    crash_after_subscribing(monkeypatch)
    assert promote_through_a_crash(desk, portfolio) == 2


def test_rollback_ends_the_subscription_in_one_step_and_once(desk: Evidenced) -> None:
    portfolio = desk.green()
    made = desk.promote(portfolio)
    back = desk.post(f"promotions/{made['id']}/rollback", {"positions": "keep"})
    assert back["status"] == "rolled_back"
    assert desk.subscriptions()[0]["status"] == "cancelled"
    commands = count(desk, "commands")
    assert desk.post(f"promotions/{made['id']}/rollback", {}) == back
    assert count(desk, "commands") == commands
    assert desk.audited()[-2:] == ["promotion.rollback", "subscription.cancel"]
    again = desk.promote(portfolio)
    assert again["id"] != made["id"]
    assert [one["status"] for one in desk.subscriptions()] == ["active", "cancelled"]


def count(desk: Evidenced, table: str) -> int:
    with desk.context.database.engine_transaction() as connection:
        return int(
            connection.execute(
                text(f"SELECT count(*) FROM {table} WHERE user_id = :user"),
                {"user": desk.person.user_id},
            ).scalar_one()
        )


def test_subscription_ended_by_hand_can_be_promoted_again(desk: Evidenced) -> None:
    portfolio = desk.green()
    first = desk.promote(portfolio)
    desk.post(f"subscriptions/{first['subscription_ids'][0]}/cancel", {"positions": "exit"})
    second = desk.promote(portfolio)
    assert second["id"] != first["id"]
    assert desk.person.client.get(f"{API}/promotions/{first['id']}").json()["status"] == (
        "rolled_back"
    )


def test_rejected_and_approved_promotions_keep_to_their_order(desk: Evidenced) -> None:
    portfolio = desk.portfolio()
    made = desk.promote(portfolio)
    path = f"promotions/{made['id']}"
    override = {"override": True, "reason": "for the test", "deploy": False}
    assert desk.post(f"{path}/approve", override)["status"] == "approved"
    assert desk.subscriptions() == []
    assert desk.post(f"{path}/reject", {"reason": "changed my mind"})["status"] == "rejected"
    for step in ("approve", "deploy", "rollback"):
        answer = desk.person.client.post(f"{API}/{path}/{step}", json={})
        assert answer.status_code == 409, answer.text
    assert desk.post(f"{path}/reject", {})["reason"] == "changed my mind"


def test_approved_promotion_is_deployed_by_its_own_step(desk: Evidenced) -> None:
    portfolio = desk.portfolio()
    made = desk.promote(portfolio)
    override = {"override": True, "reason": "for the test", "deploy": False}
    desk.post(f"promotions/{made['id']}/approve", override)
    assert desk.post(f"promotions/{made['id']}/deploy", None)["status"] == "deployed"
    assert len(desk.subscriptions()) == 1


def test_deprecated_version_is_not_deployed(desk: Evidenced) -> None:
    portfolio = desk.portfolio()
    made = desk.promote(portfolio)
    strategy = desk.person.client.get(f"{API}/strategies").json()["items"][0]["id"]
    advised = desk.person.client.patch(
        f"{API}/strategies/{strategy}/versions/1", json={"deprecated": True}
    )
    assert advised.status_code == 200
    answer = desk.person.client.post(
        f"{API}/promotions/{made['id']}/approve", json={"override": True, "reason": "anyhow"}
    )
    assert answer.status_code == 409
    assert desk.subscriptions() == []


def test_another_tenants_things_do_not_exist(desk: Evidenced, sign_in: SignIn) -> None:
    portfolio = desk.green()
    made = desk.promote(portfolio)
    stranger = Evidenced(sign_in("trader"), desk.context)
    http = stranger.person.client
    assert http.get(f"{API}/promotions/{made['id']}").status_code == 404
    for step in ("approve", "reject", "deploy", "rollback"):
        assert http.post(f"{API}/promotions/{made['id']}/{step}").status_code == 404
    gates = f"{API}/promotions/gates"
    assert http.get(f"{gates}?portfolio_id={portfolio.id}").status_code == 404
    version = f"version_id={desk.version_id}&instrument=sim:X&timeframe=1h"
    assert http.get(f"{gates}?{version}").status_code == 404
    assert http.post(f"{API}/promotions", json=stranger.body(portfolio)).status_code == 404
    own = stranger.portfolio()
    theirs = stranger.body(own) | {"connection_id": desk.connection_id}
    assert http.post(f"{API}/promotions", json=theirs).status_code == 404
    assert http.get(f"{API}/promotions").json()["items"] == []
    assert desk.subscriptions()[0]["status"] == "active"


def test_subject_that_names_nothing_or_two_things_is_refused(desk: Evidenced) -> None:
    portfolio = desk.portfolio()
    both = {"portfolio_id": str(portfolio.id), "version_id": desk.version_id}
    for subject in ({}, both, {"version_id": desk.version_id}):
        body = {"subject": subject, "connection_id": desk.connection_id}
        answer = desk.person.client.post(f"{API}/promotions", json=body)
        assert answer.status_code == 422, answer.text
    missing = {"version_id": desk.version_id, "run_id": str(uuid4())}
    body = {"subject": missing, "connection_id": desk.connection_id}
    assert desk.person.client.post(f"{API}/promotions", json=body).status_code == 404


def test_version_on_a_series_is_promoted_as_a_portfolio_of_one_leg(desk: Evidenced) -> None:
    subject = {
        "version_id": desk.version_id,
        "instrument": desk.instruments[0],
        "timeframe": "1h",
        "parameters": {"fast": 7},
    }
    body = {"subject": subject, "connection_id": desk.connection_id, "override": True}
    made = desk.post("promotions", body | {"reason": "to see it run"}, 201)
    assert made["subject"]["kind"] == "version"
    (subscription,) = desk.subscriptions()
    assert subscription["parameters"] == {"fast": 7}
    assert legs_of(desk) == [(desk.version_id, desk.instruments[0], "1.00000000")]
    assert Decimal(subscription["capital"]) == 10_000
