"""Research over HTTP: ask, wait, read, cancel, delete; nothing of it for strangers."""

from uuid import UUID

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from fairlead.infra.queue import JobContext
from fairlead.market.lake import Lake
from fairlead.research.jobs import run_job
from fairlead.strategies.templates import template_data
from fairlead.wiring import Context
from tests.api.conftest import Person, SignIn, app, client, clock, context, sign_in, trader
from tests.research.samples import walk_bars

__all__ = ["app", "client", "clock", "context", "sign_in", "trader"]

SERIES = "binance:BTC-USDT"
API = "/api/v1"
BODY = {"definition": template_data("sma_crossover"), "instrument": SERIES, "timeframe": "1h"}
GRID = {"fast": "3:9:3", "slow": [12, 24]}


@pytest.fixture
def lake(context: Context) -> Lake:
    """Return a lake with one series, whose bars lie in the past of the test's clock."""
    made = Lake(context.settings.lake_dir)
    made.append(SERIES, "1h", walk_bars(1_000))
    return made


def work(context: Context, person: Person, run_id: str) -> None:
    job = JobContext(
        context.database,
        context.settings,
        context.clock,
        context.bus,
        person.user_id,
        UUID(run_id),
        0,
        context.stopping,
    )
    run_job(job)


def submitted(http: TestClient, path: str, **changes: object) -> str:
    answer = http.post(f"{API}/{path}", json=BODY | changes)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


@pytest.mark.usefixtures("lake")
def test_backtest_is_asked_for_read_and_deleted(context: Context, trader: Person) -> None:
    http = trader.client
    run_id = submitted(http, "backtests", parameters={"fast": 5, "slow": 20})
    assert http.get(f"{API}/backtests/{run_id}").json()["status"] == "queued"
    assert http.get(f"{API}/backtests/{run_id}/report").status_code == 409
    work(context, trader, run_id)
    done = http.get(f"{API}/backtests/{run_id}").json()
    assert (done["status"], done["progress"], done["error"]) == ("done", 1.0, None)
    report = http.get(f"{API}/backtests/{run_id}/report").json()
    assert report["strategy"]["parameters"]["fast"] == 5
    assert {"metrics", "assumptions", "equity", "drawdown", "monthly_returns", "trades"} <= set(
        report
    )
    page = http.get(f"{API}/backtests/{run_id}/report.html")
    assert page.headers["content-type"].startswith("text/html")
    assert "sandbox" in page.headers["content-security-policy"]
    saved = http.get(f"{API}/backtests/{run_id}/report.html?download=true")
    assert saved.headers["content-disposition"].startswith("attachment")
    document = http.get(f"{API}/backtests/{run_id}/report.pdf")
    assert document.headers["content-type"] == "application/pdf"
    assert document.headers["content-disposition"].startswith("attachment")
    assert document.content.startswith(b"%PDF-")
    assert http.get(f"{API}/backtests/{run_id}/report.csv").text.startswith("side,quantity")
    assert http.get(f"{API}/backtests/{run_id}/report.csv?part=equity").text.startswith("ts,close")
    assert http.delete(f"{API}/backtests/{run_id}").status_code == 204
    assert http.get(f"{API}/backtests/{run_id}").status_code == 404


@pytest.mark.usefixtures("lake")
@pytest.mark.parametrize("path", ["sweeps", "walkforwards"])
def test_search_is_asked_for_and_read(context: Context, trader: Person, path: str) -> None:
    run_id = submitted(trader.client, path, grid=GRID, metric="return")
    work(context, trader, run_id)
    result = trader.client.get(f"{API}/{path}/{run_id}/result").json()
    assert result["metric"] == "return"
    assert [axis["name"] for axis in result["axes"]] == ["fast", "slow"]
    assert result["cells" if path == "sweeps" else "windows"]
    page = trader.client.get(f"{API}/{path}/{run_id}/report.html")
    assert page.status_code == (404 if path == "sweeps" else 200)
    if path == "walkforwards":
        assert page.headers["content-type"].startswith("text/html")
        assert "sandbox" in page.headers["content-security-policy"]


@pytest.mark.usefixtures("lake")
def test_same_idempotency_key_queues_one_run(trader: Person) -> None:
    headers = {"Idempotency-Key": "the-same-key-0001"}
    answers = [trader.client.post(f"{API}/backtests", json=BODY, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(trader.client.get(f"{API}/backtests").json()["items"]) == 1


@pytest.mark.usefixtures("lake")
def test_cancel_and_delete_follow_the_state(trader: Person) -> None:
    http = trader.client
    run_id = submitted(http, "backtests")
    assert http.delete(f"{API}/backtests/{run_id}").status_code == 409
    assert http.post(f"{API}/backtests/{run_id}/cancel").json()["status"] == "cancelled"
    assert http.post(f"{API}/backtests/{run_id}/cancel").json()["status"] == "cancelled"
    assert http.get(f"{API}/backtests/{run_id}/report").status_code == 409
    assert http.delete(f"{API}/backtests/{run_id}").status_code == 204


@pytest.mark.usefixtures("lake")
def test_list_is_paged_newest_first(trader: Person) -> None:
    http = trader.client
    ids = [submitted(http, "backtests") for _ in range(3)]
    first = http.get(f"{API}/backtests?limit=2").json()
    assert [item["id"] for item in first["items"]] == [ids[2], ids[1]]
    rest = http.get(f"{API}/backtests", params={"cursor": first["next_cursor"]}).json()
    assert [item["id"] for item in rest["items"]] == [ids[0]]
    assert rest["next_cursor"] is None
    assert http.get(f"{API}/backtests?cursor=nonsense").status_code == 422


@pytest.mark.usefixtures("lake")
def test_strangers_find_no_run(context: Context, trader: Person, sign_in: SignIn) -> None:
    run_id = submitted(trader.client, "backtests")
    work(context, trader, run_id)
    stranger = sign_in("trader").client
    for path in ("", "/report", "/report.html", "/report.csv"):
        assert stranger.get(f"{API}/backtests/{run_id}{path}").status_code == 404
    assert stranger.post(f"{API}/backtests/{run_id}/cancel").status_code == 404
    assert stranger.delete(f"{API}/backtests/{run_id}").status_code == 404
    assert stranger.get(f"{API}/backtests").json()["items"] == []


@pytest.mark.usefixtures("lake")
def test_support_may_read_but_not_run(sign_in: SignIn) -> None:
    support = sign_in("support").client
    assert support.get(f"{API}/backtests").status_code == 200
    assert support.post(f"{API}/backtests", json=BODY).status_code == 403


@pytest.mark.usefixtures("lake")
@pytest.mark.parametrize(
    ("path", "changes", "words"),
    [
        ("backtests", {"parameters": {"fats": 5}}, "did you mean fast"),
        ("backtests", {"cash": "NaN"}, ""),
        ("backtests", {"fee": 2}, "fee"),
        ("backtests", {"instrument": "binance:NONE-USDT"}, "no candles"),
        ("backtests", {"definition": {"kind": "rules"}}, "name"),
        ("backtests", {"surprise": 1}, ""),
        ("backtests", {"timeframe": "soon"}, "timeframe"),
        ("sweeps", {"grid": {"fast": "5:1:1"}}, "empty"),
        ("sweeps", {"grid": {}}, ""),
        ("sweeps", {"grid": {"fast": [5]}, "metric": "luck"}, "no metric"),
        ("walkforwards", {"grid": {"fast": [5]}, "windows": 1000}, "windows"),
    ],
)
def test_body_that_cannot_be_run_is_a_problem_with_words(
    trader: Person, path: str, changes: dict[str, object], words: str
) -> None:
    answer = trader.client.post(f"{API}/{path}", json=BODY | changes)
    assert answer.status_code in (404, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.text
    assert trader.client.get(f"{API}/{path}").json()["items"] == []


def test_published_version_of_another_author_runs_and_stays_hidden(
    context: Context, lake: Lake, sign_in: SignIn
) -> None:
    author, reader = sign_in("author"), sign_in("trader")
    made = author.client.post(
        f"{API}/strategies", json={"definition": template_data("sma_crossover")}
    )
    assert made.status_code == 201, made.text
    strategy = made.json()
    versions = author.client.get(f"{API}/strategies/{strategy['id']}/versions").json()
    version_id = versions["items"][0]["id"]
    body = {"version_id": version_id, "instrument": SERIES, "timeframe": "1h"}
    assert reader.client.post(f"{API}/backtests", json=body).status_code == 404
    published = author.client.post(f"{API}/strategies/{strategy['id']}/publish", json={})
    assert published.status_code in (200, 204), published.text
    answer = reader.client.post(f"{API}/backtests", json=body)
    assert answer.status_code == 202, answer.text
    run = answer.json()
    assert run["strategy_name"] == "SMA crossover"
    work(context, reader, run["id"])
    report = reader.client.get(f"{API}/backtests/{run['id']}/report").text
    assert '"version_hash":"' + run["version_hash"] in report
    assert "crosses_above" not in report


def test_author_shows_a_backtest_in_the_catalog(
    context: Context, lake: Lake, sign_in: SignIn
) -> None:
    author = sign_in("author")
    http = author.client
    strategy = http.post(
        f"{API}/strategies", json={"definition": template_data("sma_crossover")}
    ).json()
    http.post(f"{API}/strategies/{strategy['id']}/publish", json={})
    versions = http.get(f"{API}/strategies/{strategy['id']}/versions").json()["items"]
    body = {"version_id": versions[0]["id"], "instrument": SERIES, "timeframe": "1h"}
    run_id = http.post(f"{API}/backtests", json=body).json()["id"]
    assert http.post(f"{API}/backtests/{run_id}/publish").status_code == 409
    work(context, author, run_id)
    assert http.post(f"{API}/backtests/{run_id}/publish").status_code == 204
    shown = http.get(f"{API}/catalog/{strategy['id']}").json()["backtest"]
    report = http.get(f"{API}/backtests/{run_id}/report").json()
    assert shown["metrics"]["sharpe"] == report["metrics"]["sharpe"]
    assert shown["equity"][-1] == report["equity"][-1]
    inline = submitted(http, "backtests")
    work(context, author, inline)
    assert http.post(f"{API}/backtests/{inline}/publish").status_code == 409


def test_nobody_gets_nothing(client: TestClient, app: FastAPI) -> None:
    for path in ("backtests", "sweeps", "walkforwards"):
        assert client.get(f"{API}/{path}").status_code == 401


@pytest.mark.usefixtures("lake")
def test_runs_of_both_kinds_are_compared(context: Context, trader: Person) -> None:
    http = trader.client
    first = submitted(http, "backtests", parameters={"fast": 5, "slow": 20})
    second = submitted(http, "walkforwards", grid=GRID)
    sweep = submitted(http, "sweeps", grid=GRID)
    asked = f"{API}/runs/compare?id={first}&id={second}"
    assert http.get(asked).status_code == 409
    for run_id in (first, second, sweep):
        work(context, trader, run_id)
    found = http.get(asked).json()["runs"]
    assert [(run["id"], run["kind"]) for run in found] == [
        (first, "backtest"),
        (second, "walkforward"),
    ]
    report = http.get(f"{API}/backtests/{first}/report").json()
    assert found[0]["metrics"] == report["metrics"]
    assert found[0]["equity"][-1] == report["equity"][-1]
    assert http.get(f"{API}/runs/compare?id={first}&id={first}").status_code == 422
    assert http.get(f"{API}/runs/compare?id={first}&id={sweep}").status_code == 422


@pytest.mark.usefixtures("lake")
def test_compared_runs_are_ones_own(context: Context, trader: Person, sign_in: SignIn) -> None:
    first, second = (submitted(trader.client, "backtests") for _ in range(2))
    stranger = sign_in("trader")
    answer = stranger.client.get(f"{API}/runs/compare?id={first}&id={second}")
    assert answer.status_code == 404
