"""Portfolio backtests as durable runs: submitted over HTTP, carried out, read, refused."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from fairlead.market.instruments import default_instrument
from fairlead.research.jobs import HANDLERS
from fairlead.research.model import ALL_TIME
from fairlead.research.portfolio.asking import portfolio_asked_of
from fairlead.research.portfolio.backtest import backtest_portfolio
from fairlead.research.portfolio.model import PortfolioLeg, SharedLimits
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.wiring import Context
from tests.api.conftest import Person, SignIn, app, client, clock, context, sign_in, trader
from tests.api.estate import carry_out
from tests.research.portfolio.test_backtest import COSTS
from tests.research.samples import walk_bars
from tests.strategies.definitions import crossover

__all__ = ["app", "client", "clock", "context", "sign_in", "trader"]

API = "/api/v1"


def make(person: Person, context: Context, **caps: float) -> Any:
    """Store a portfolio of two legs whose candles are in the lake."""
    strategy = person.client.post(f"{API}/strategies", json={"definition": crossover()}).json()
    legs = []
    for seed, weight in ((1, 0.6), (2, 0.4)):
        key = f"file:p{person.user_id.hex[-12:]}-{seed}"
        context.lake.append(key, "1h", walk_bars(500, seed))
        legs.append(
            {
                "version_id": strategy["version"]["id"],
                "instrument": key,
                "timeframe": "1h",
                "weight": weight,
            }
        )
    body = {"name": "Two", "method": "manual", "legs": legs, "caps": caps}
    answer = person.client.post(f"{API}/portfolios", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def run(person: Person, context: Context, portfolio: Any, **body: object) -> Any:
    """Submit a backtest, carry it out and return its run."""
    asked = person.client.post(f"{API}/portfolios/{portfolio['id']}/backtests", json=body)
    assert asked.status_code == 202, asked.text
    run_id = asked.json()["id"]
    carry_out(HANDLERS["research.portfolio"], context, person.user_id, UUID(run_id))
    return person.client.get(f"{API}/portfolio-backtests/{run_id}").json()


def test_portfolio_run_gives_the_report_of_the_library(trader: Person, context: Context) -> None:
    made = make(trader, context, max_positions=1)
    done = run(trader, context, made, cash="10000", fee="0.001", slippage_bps=5)
    assert (done["kind"], done["status"], done["error"]) == ("portfolio", "done", None)
    assert done["strategy_name"] == "Two"
    report = trader.client.get(f"{API}/portfolio-backtests/{done['id']}/report").json()
    page = trader.client.get(f"{API}/portfolio-backtests/{done['id']}/report.html")
    assert page.headers["content-type"].startswith("text/html")
    assert "<h1>Two</h1>" in page.text
    assert "sandbox" in page.headers["content-security-policy"]
    expected = backtest_portfolio(
        [
            PortfolioLeg(
                read_document(crossover()),
                {},
                context.lake.bars(leg["instrument"], "1h"),
                default_instrument(leg["instrument"]),
                "1h",
                leg["weight"],
            )
            for leg in made["legs"]
        ],
        COSTS.cash,
        account=COSTS,
        period=ALL_TIME,
        limits=SharedLimits(max_positions=1),
    )
    assert report["metrics"]["return"] == expected.metrics.total_return
    assert report["equity"][-1] == [int(expected.ts[-1]), float(expected.equity[-1])]
    whole = report["metrics"]["profit"]
    assert sum(part["pnl"] for part in report["contribution"]) == pytest.approx(whole, abs=1e-6)
    assert report["correlation"]["labels"] == [part["leg"] for part in report["contribution"]]
    assert len(report["exposure"]) == len(report["equity"])
    assert done["summary"]["legs"] == 2


def test_portfolio_run_of_an_edited_portfolio_stays_as_it_was_asked(
    trader: Person, context: Context
) -> None:
    made = make(trader, context)
    asked = trader.client.post(f"{API}/portfolios/{made['id']}/backtests", json={}).json()
    one = [made["legs"][0] | {"weight": 1.0}]
    body = {
        "name": "One",
        "method": "manual",
        "legs": [
            {name: leg[name] for name in ("version_id", "instrument", "timeframe", "weight")}
            for leg in one
        ],
    }
    changed = trader.client.put(
        f"{API}/portfolios/{made['id']}", json=body, headers={"If-Match": '"1"'}
    )
    assert changed.status_code == 200, changed.text
    carry_out(HANDLERS["research.portfolio"], context, trader.user_id, UUID(asked["id"]))
    report = trader.client.get(f"{API}/portfolio-backtests/{asked['id']}/report").json()
    assert len(report["legs"]) == 2


def test_portfolio_runs_are_listed_for_one_portfolio(trader: Person, context: Context) -> None:
    first, second = make(trader, context), make(trader, context)
    for made in (first, first, second):
        assert run(trader, context, made)["status"] == "done"
    listed = trader.client.get(f"{API}/portfolio-backtests?portfolio_id={first['id']}").json()
    assert len(listed["items"]) == 2
    page = trader.client.get(f"{API}/portfolio-backtests?limit=2").json()
    rest = trader.client.get(f"{API}/portfolio-backtests?cursor={page['next_cursor']}").json()
    assert len(page["items"]) + len(rest["items"]) == 3


def test_portfolio_run_that_cannot_be_is_refused_with_its_reason(
    trader: Person, context: Context
) -> None:
    made = make(trader, context)
    path = f"{API}/portfolios/{made['id']}/backtests"
    assert trader.client.post(path, json={"cash": 0}).status_code == 422
    late = trader.client.post(path, json={"from": "2030-01-01T00:00:00Z"})
    assert (late.status_code, late.json()["path"]) == (422, "from")
    assert trader.client.post(f"{API}/portfolios/{uuid4()}/backtests", json={}).status_code == 404
    strange = [{**made["legs"][0], "instrument": "file:nothing-here"}]
    legs = [
        {name: leg[name] for name in ("version_id", "instrument", "timeframe")} for leg in strange
    ]
    other = trader.client.post(f"{API}/portfolios", json={"name": "No", "legs": legs}).json()
    missing = trader.client.post(f"{API}/portfolios/{other['id']}/backtests", json={})
    assert (missing.status_code, missing.json()["path"]) == (404, "legs/0")


def test_portfolio_run_of_another_tenant_does_not_exist(
    trader: Person, context: Context, sign_in: SignIn
) -> None:
    made = make(trader, context)
    done = run(trader, context, made)
    stranger = sign_in("trader").client
    assert stranger.post(f"{API}/portfolios/{made['id']}/backtests", json={}).status_code == 404
    assert stranger.get(f"{API}/portfolio-backtests/{done['id']}").status_code == 404
    assert stranger.get(f"{API}/portfolio-backtests/{done['id']}/report").status_code == 404
    listed = stranger.get(f"{API}/portfolio-backtests?portfolio_id={made['id']}").json()
    assert listed["items"] == []


def test_cancelled_queued_portfolio_run_never_runs(trader: Person, context: Context) -> None:
    made = make(trader, context)
    asked = trader.client.post(f"{API}/portfolios/{made['id']}/backtests", json={}).json()
    path = f"{API}/portfolio-backtests/{asked['id']}"
    assert trader.client.delete(path).status_code == 409
    assert trader.client.post(f"{path}/cancel").json()["status"] == "cancelled"
    carry_out(HANDLERS["research.portfolio"], context, trader.user_id, UUID(asked["id"]))
    assert trader.client.get(path).json()["status"] == "cancelled"
    assert trader.client.delete(path).status_code == 204


def test_portfolio_request_reads_back_as_it_was_written(trader: Person, context: Context) -> None:
    made = make(trader, context, max_exposure=0.5)
    trader.client.post(f"{API}/portfolios/{made['id']}/backtests", json={"long_only": True})
    with context.database.tenant_transaction(trader.user_id) as connection:
        stored = connection.exec_driver_sql(
            "SELECT request FROM runs WHERE kind = 'portfolio'"
        ).scalar_one()
    asked = portfolio_asked_of(stored)
    assert asked.to_json() == json.loads(json.dumps(stored))
    assert asked.limits.max_exposure == 0.5
    assert asked.account.long_only
