"""Live trading over HTTP: subscribe, watch why and why not, stop, cancel; nothing for strangers."""

import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from fairlead.engine import open_post
from fairlead.live import passes
from fairlead.live.cache import Cache
from fairlead.live.passes import Post
from fairlead.live.steps import walk_on
from fairlead.live.turn import apply_next_chunk
from fairlead.strategies.templates import template_data
from fairlead.wiring import Context
from tests.api.conftest import (
    Person,
    SignIn,
    admin,
    app,
    client,
    clock,
    context,
    sign_in,
    support,
    trader,
)

__all__ = ["admin", "app", "client", "clock", "context", "sign_in", "support", "trader"]

API = "/api/v1"
T0 = 1_700_000_040_000
UP_AND_DOWN = [100.0, 99.0, 98.0, 99.0, 101.0, 103.0, 104.0, 103.0, 100.0, 98.0, 97.0, 97.0]


class Market:
    """A series of its own whose candles close one after another, with an engine behind it."""

    def __init__(self, context: Context, instrument: str) -> None:
        self.context = context
        self.instrument = instrument
        self.post: Post = open_post(context)
        self.cache = Cache()
        self._at = 0

    def settle(self) -> None:
        """Carry out what was asked for, and send what waits."""
        passes.admit(self.post)
        passes.spread_switches(self.post)
        while passes.carry_out_commands(self.post, self.cache) + passes.dispatch_orders(self.post):
            pass

    def push(self, *closes: float) -> None:
        """Let candles close, each with everything it causes."""
        for close in closes:
            self.close(close)
            passes.evaluate_due(self.post)
            while apply_next_chunk(self.context.database, self.cache, walk_on) is not None:
                pass
            self.settle()

    def close(self, close: float) -> None:
        """Write one candle, without anything it causes."""
        with self.context.database.engine_transaction() as connection:
            connection.execute(
                text(
                    "INSERT INTO feeds (name, kind, enabled) VALUES ('test', 'replay', false) "
                    "ON CONFLICT DO NOTHING"
                )
            )
            connection.execute(
                text("""
                    INSERT INTO closed_bars (instrument, timeframe, ts, open, high, low, close,
                                             volume, feed)
                    VALUES (:key, '1m', :ts, :close, :close, :close, :close, 1, 'test')
                """),
                {"key": self.instrument, "ts": T0 + 60_000 * self._at, "close": close},
            )
        self._at += 1


@pytest.fixture
def market(context: Context, trader: Person) -> Market:
    """Return a market of one series, with candles enough for every indicator."""
    made = Market(context, f"sim:R{trader.user_id.hex[-8:].upper()}")
    made.push(*[100.0] * 16)
    return made


def _ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def _subscribe(person: Person, market: Market, **changes: object) -> Any:
    http = person.client
    strategy = _ok(
        http.post(f"{API}/strategies", json={"definition": template_data("sma_crossover")}), 201
    )
    account = _ok(http.post(f"{API}/connections", json={"venue": "paper", "name": "mine"}), 201)
    body: dict[str, object] = {
        "strategy_id": strategy["id"],
        "instrument": market.instrument,
        "timeframe": "1m",
        "parameters": {"fast": 2, "slow": 3},
        "connection_id": account["id"],
        "capital": "10000",
        "risk_profile": {"sizing": "fraction", "size": 0.5, "fee": 0.001},
    }
    return _ok(http.post(f"{API}/subscriptions", json=body | changes), 201)


def test_subscription_trades_and_says_why_and_why_not(market: Market, trader: Person) -> None:
    http = trader.client
    made = _subscribe(trader, market)
    assert (made["status"], made["equity"], made["started"]) == ("active", "10000", False)
    market.settle()
    address = f"{API}/subscriptions/{made['id']}"
    assert _ok(http.get(address))["started"] is True
    market.push(*UP_AND_DOWN)
    view = _ok(http.get(address))
    assert view["trades"] >= 1
    assert view["trades"] == view["wins"] + view["losses"]
    equity = Decimal(view["capital"]) + Decimal(view["realised_pnl"])
    equity += Decimal(view["unrealised_pnl"])
    assert abs(Decimal(view["equity"]) - equity) < Decimal("0.000001")

    candles = _ok(http.get(f"{address}/evaluations"))["items"]
    assert len(candles) == len(UP_AND_DOWN)
    traded = [candle for candle in candles if candle["order_id"]]
    assert traded
    assert {candle["reason"] for candle in traded} == {"an order was placed"}
    held = [candle for candle in candles if candle["signal"] == "hold"]
    assert {candle["reason"] for candle in held} == {"no condition for an entry or exit held"}
    assert all(candle["detail"] for candle in candles[:5])

    orders = _ok(http.get(f"{address}/orders"))["items"]
    assert {order["status"] for order in orders} == {"FILLED"}
    assert {order["id"] for order in orders} >= {candle["order_id"] for candle in traded}
    assert all(len(order["client_id"]) == 20 for order in orders)
    trades = _ok(http.get(f"{API}/trades"))["items"]
    assert [trade["status"] for trade in trades if trade["subscription_id"] == made["id"]][-1] == (
        "CLOSED"
    )
    curve = _ok(http.get(f"{address}/equity"))["equity"]
    assert curve[0][1] == 10_000.0
    assert [ts for ts, _ in curve] == sorted(ts for ts, _ in curve)
    board = _ok(http.get(f"{API}/dashboard"))
    assert board["active_subscriptions"] == 1
    assert board["feed"]["last_bar_at"] is not None
    executions = _ok(http.get(f"{API}/executions"))["items"]
    assert executions[0]["subscriber_count"] == 1


def test_lists_are_cut_into_pages_that_fit_together(market: Market, trader: Person) -> None:
    made = _subscribe(trader, market)
    market.settle()
    market.push(*UP_AND_DOWN, *UP_AND_DOWN)
    http = trader.client
    for path, key in (
        (f"subscriptions/{made['id']}/evaluations", "id"),
        ("orders", "id"),
        ("executions", "id"),
        ("subscriptions", "id"),
    ):
        whole = [item[key] for item in _ok(http.get(f"{API}/{path}?limit=100"))["items"]]
        parts: list[str] = []
        cursor = None
        while True:
            query = "?limit=2" + (f"&cursor={cursor}" if cursor else "")
            page = _ok(http.get(f"{API}/{path}{query}"))
            parts += [item[key] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert parts == whole, path
        wrong = http.get(f"{API}/{path}?cursor=WyJub25zZW5zZSJd")
        assert wrong.status_code == 422, path


def test_veto_is_shown_in_words(market: Market, trader: Person) -> None:
    risk = {"sizing": "quantity", "size": 1_000_000}
    made = _subscribe(trader, market, risk_profile=risk)
    market.settle()
    market.push(*UP_AND_DOWN)
    candles = _ok(trader.client.get(f"{API}/subscriptions/{made['id']}/evaluations"))["items"]
    vetoed = [candle for candle in candles if candle["veto"]]
    assert {candle["veto"] for candle in vetoed} == {"leverage"}
    assert "leverage" in vetoed[0]["reason"]


def test_pause_resume_and_cancel_are_answered_with_the_new_state(
    market: Market, trader: Person
) -> None:
    made = _subscribe(trader, market)
    market.settle()
    address = f"{API}/subscriptions/{made['id']}"
    http = trader.client
    assert _ok(http.post(f"{address}/pause", json={"positions": "keep"}))["status"] == "paused"
    assert _ok(http.post(f"{address}/pause"))["status"] == "paused"
    market.push(*UP_AND_DOWN)
    assert _ok(http.get(address))["trades"] == 0
    assert _ok(http.post(f"{address}/resume"))["status"] == "active"
    market.push(*UP_AND_DOWN)
    assert _ok(http.get(address))["trades"] >= 1
    assert _ok(http.post(f"{address}/cancel", json={"positions": "exit"}))["status"] == "cancelled"
    again = http.post(f"{address}/resume")
    assert again.status_code == 409
    market.push(97.0, 97.0, 97.0)
    assert _ok(http.get(address))["position"] is None


def test_unusable_requests_are_refused_with_what_was_expected(
    market: Market, trader: Person
) -> None:
    http = trader.client
    account = _ok(http.post(f"{API}/connections", json={"name": "mine"}), 201)
    nowhere = http.post(f"{API}/connections", json={"venue": "nowhere", "name": "x"})
    assert nowhere.status_code == 422
    assert "paper" in nowhere.json()["expected"]
    strategy = _ok(
        http.post(f"{API}/strategies", json={"definition": template_data("sma_crossover")}), 201
    )
    good = {
        "strategy_id": strategy["id"],
        "instrument": market.instrument,
        "timeframe": "1m",
        "connection_id": account["id"],
    }
    for change, status in (
        ({"timeframe": "7x"}, 422),
        ({"instrument": "nothing"}, 422),
        ({"capital": "-5"}, 422),
        ({"capital": "NaN"}, 422),
        ({"risk_profile": {"sizing": "risk", "size": 5}}, 422),
        ({"risk_profile": {"sizing": "risk"}}, 422),
        ({"risk_profile": {"stop_loss_pct": 7}}, 422),
        ({"risk_profile": {"luck": 1}}, 422),
        ({"connection_id": strategy["id"]}, 404),
        ({"strategy_id": account["id"]}, 404),
        ({"strategy_id": None}, 422),
    ):
        answer = http.post(f"{API}/subscriptions", json=good | change)
        assert answer.status_code == status, (change, answer.text)
    assert _ok(http.get(f"{API}/subscriptions"))["items"] == []


def test_parameter_that_does_not_fit_becomes_the_subscriptions_fault(
    market: Market, trader: Person
) -> None:
    made = _subscribe(trader, market, parameters={"fast": 20, "slow": 10_000_000})
    market.settle()
    view = _ok(trader.client.get(f"{API}/subscriptions/{made['id']}"))
    assert "slow" in view["fault"]
    assert view["started"] is False


def test_kill_switch_over_http_stops_reports_and_is_released(
    market: Market, trader: Person
) -> None:
    made = _subscribe(trader, market)
    market.settle()
    market.push(*UP_AND_DOWN[:6])
    http = trader.client
    body = {"scope": "tenant", "act": "flatten"}
    refused = http.post(f"{API}/kill-switches", json=body)
    assert refused.status_code == 422
    assert refused.json()["expected"] == "FLATTEN"
    pulled = _ok(http.post(f"{API}/kill-switches", json=body | {"confirmation": "FLATTEN"}), 201)
    assert pulled["progress"]["state"] == "reaching the books"
    market.settle()
    market.push(104.0, 104.0)
    (shown,) = _ok(http.get(f"{API}/kill-switches"))["tenant"]
    assert shown["progress"] == {
        "state": "done",
        "commands": 3,
        "waiting": 0,
        "failed": 0,
        "open_orders": 0,
    }
    view = _ok(http.get(f"{API}/subscriptions/{made['id']}"))
    assert (view["position"], view["halted"]) == (None, True)
    assert _ok(http.get(f"{API}/dashboard"))["halted"] is True
    assert http.delete(f"{API}/kill-switches/{pulled['id']}").status_code == 204
    assert http.delete(f"{API}/kill-switches/{pulled['id']}").status_code == 404
    market.settle()
    assert _ok(http.get(f"{API}/subscriptions/{made['id']}"))["halted"] is False


def test_platform_is_stopped_by_administrators_only(
    market: Market, trader: Person, admin: Person
) -> None:
    body = {"scope": "platform", "act": "stop_new"}
    assert trader.client.post(f"{API}/kill-switches", json=body).status_code == 403
    pulled = _ok(admin.client.post(f"{API}/kill-switches", json=body), 201)
    try:
        seen = _ok(trader.client.get(f"{API}/kill-switches"))["platform"]
        assert pulled["id"] in {item["id"] for item in seen}
        assert trader.client.delete(f"{API}/kill-switches/{pulled['id']}").status_code == 403
        assert _ok(trader.client.get(f"{API}/dashboard"))["halted"] is True
    finally:
        assert admin.client.delete(f"{API}/kill-switches/{pulled['id']}").status_code == 204
    market.settle()


def test_order_of_somebody_else_is_not_found(
    market: Market, trader: Person, sign_in: SignIn
) -> None:
    made = _subscribe(trader, market)
    market.settle()
    market.push(*UP_AND_DOWN)
    order = _ok(trader.client.get(f"{API}/orders"))["items"][0]
    stranger = sign_in("trader").client
    assert stranger.post(f"{API}/orders/{order['id']}/cancel").status_code == 404
    assert stranger.get(f"{API}/subscriptions/{made['id']}").status_code == 404
    assert trader.client.post(f"{API}/orders/{order['id']}/cancel").status_code == 409
    assert trader.client.post(f"{API}/orders/nonsense/cancel").status_code == 404


def test_acts_are_in_the_audit_log(market: Market, trader: Person) -> None:
    made = _subscribe(trader, market)
    trader.client.post(f"{API}/subscriptions/{made['id']}/pause")
    with market.context.database.system_transaction() as connection:
        actions = connection.execute(
            text("SELECT action FROM audit_log WHERE user_id = :user ORDER BY seq"),
            {"user": trader.user_id},
        ).scalars()
        assert {"connection.create", "subscription.create", "subscription.pause"} <= set(actions)


def test_subscribing_twice_with_one_key_makes_one_subscription(
    market: Market, trader: Person
) -> None:
    first = _subscribe(trader, market)
    body = {
        "version_id": first["version_id"],
        "instrument": market.instrument,
        "timeframe": "1m",
        "connection_id": first["connection_id"],
    }
    headers = {"Idempotency-Key": f"once-{trader.user_id}"}
    http = trader.client
    answers = [
        _ok(http.post(f"{API}/subscriptions", json=body, headers=headers), 201) for _ in range(2)
    ]
    assert answers[0]["id"] == answers[1]["id"]
    assert len(_ok(http.get(f"{API}/subscriptions"))["items"]) == 2


def test_routes_are_loaded_without_the_compiler() -> None:
    code = "import fairlead.live.routes.router, sys; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
