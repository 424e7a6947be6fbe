"""HTTP of market data, on the real application."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from fairlead.infra.ids import uuid7
from fairlead.market.thinning import thin
from fairlead.wiring import Context
from tests.api.conftest import SignIn, app, clock, sign_in  # noqa: F401  # fixtures of the API
from tests.api.conftest import context as context  # stands above the nexus's
from tests.market.makers import HOUR, START, csv_rows, make_bars, same_bars, write_csv

API = "/api/v1"


def send(
    client: TestClient, path: Path, *, instrument: str = "x:OWN", **fields: str
) -> "tuple[int, dict[str, object]]":
    """Upload a file; return status and answer."""
    with path.open("rb") as file:
        answer = client.post(
            f"{API}/data/imports",
            files={"file": (path.name, file, "text/csv")},
            data={"instrument": instrument, "timeframe": "1h", **fields},
        )
    return answer.status_code, answer.json()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = csv_rows(make_bars(300))
    return write_csv(tmp_path / "bars.csv", [*rows, "broken"])


def test_import_goes_into_ones_own_lake_and_into_the_history(
    sign_in: SignIn,  # noqa: F811
    path: Path,
    context: Context,
) -> None:
    person, other = sign_in("trader"), sign_in("trader")
    status, answer = send(person.client, path)
    assert status == 201
    assert answer["scope"] == "private"
    assert answer["file_name"] == "bars.csv"
    report = answer["report"]
    assert isinstance(report, dict)
    assert (report["added"], report["reasons"]) == (300, {"malformed": 1})
    assert report["rejects_file"] is None
    assert context.lake.series() == []
    assert not list((context.settings.data_dir / "uploads").iterdir())
    items = person.client.get(f"{API}/data/imports").json()["items"]
    assert [item["id"] for item in items] == [answer["id"]]
    assert other.client.get(f"{API}/data/imports").json()["items"] == []
    for address in ("data/coverage", "instruments"):
        assert "x:OWN" not in other.client.get(f"{API}/{address}").text
    missing = other.client.get(f"{API}/data/bars?instrument=x:OWN&timeframe=1h")
    assert missing.status_code == 404


def test_coverage_names_the_source_and_own_bars_stand_above_shared_ones(
    sign_in: SignIn,  # noqa: F811
    path: Path,
    context: Context,
) -> None:
    person = sign_in("trader")
    context.lake.append("x:OWN", "1h", make_bars(50, seed=9))
    context.lake.append("x:SHARED", "1h", make_bars(20, seed=9))
    send(person.client, path)
    found = person.client.get(f"{API}/data/coverage").json()
    assert [(entry["instrument"], entry["source"], entry["bars"]) for entry in found] == [
        ("x:OWN", "private", 300), ("x:OWN", "shared", 50), ("x:SHARED", "shared", 20)
    ]  # fmt: skip
    assert found[0]["rejected"] == 1
    only = person.client.get(f"{API}/data/coverage?instrument=x:SHARED").json()
    assert len(only) == 1
    bars = person.client.get(f"{API}/data/bars?instrument=x:OWN&timeframe=1h").json()
    assert (bars["source"], bars["close"]) == ("private", make_bars(300).close.tolist())
    everything = person.client.get(f"{API}/instruments").json()
    listed = [entry for entry in everything if entry["timeframes"]]
    assert [(entry["key"], entry["timeframes"]) for entry in listed] == [
        ("x:OWN", ["1h"]), ("x:SHARED", ["1h"])
    ]  # fmt: skip
    assert listed[0]["lot"] == "0.00000001"


def test_bars_come_by_range_and_thinned_to_the_limit(
    sign_in: SignIn,  # noqa: F811
    context: Context,
) -> None:
    context.lake.append("x:SHARED", "1h", make_bars(1_000))
    client = sign_in("trader").client
    address = f"{API}/data/bars?instrument=x:SHARED&timeframe=1h"
    latest = client.get(f"{address}&limit=10").json()
    assert latest["ts"] == make_bars(1_000).ts[-10:].tolist()
    some = client.get(f"{address}&from=2024-01-02T00:00:00Z&to={START + 30 * HOUR}").json()
    assert some["ts"] == [START + k * HOUR for k in range(24, 30)]
    thinned = client.get(f"{address}&from={START}&limit=100").json()
    assert (len(thinned["ts"]), thinned["bars_per_point"]) == (100, 10)
    assert thinned["high"][0] == make_bars(1_000).high[:10].max()
    for wrong in ("from=yesterday", "from=2024-01-02", "limit=0"):
        assert client.get(f"{address}&{wrong}").status_code == 422


@pytest.mark.parametrize("limit", [1, 7, 99, 100, 101])
def test_thinning_keeps_extremes_sums_and_ends(limit: int) -> None:
    bars = make_bars(100)
    found, each = thin(bars, limit)
    assert len(found) <= limit
    assert each == -(-100 // limit)
    assert found.high.max() == bars.high.max()
    assert found.low.min() == bars.low.min()
    assert (found.open[0], found.close[-1]) == (bars.open[0], bars.close[-1])
    assert abs(found.volume.sum() - bars.volume.sum()) < 1e-6
    if limit >= 100:
        assert same_bars(found, bars)


def test_import_that_cannot_be_is_a_problem_and_leaves_nothing(
    sign_in: SignIn,  # noqa: F811
    tmp_path: Path,
    path: Path,
    context: Context,
) -> None:
    client = sign_in("trader").client
    naive = write_csv(tmp_path / "naive.csv", ["2024-01-01 00:00,1,1,1,1,1"])
    status, answer = send(client, naive)
    assert status == 422
    assert "time zone" in str(answer)
    for fields in ({"instrument": "nonsense"}, {"timeframe": "7 weeks"}, {"replace": "perhaps"}):
        assert send(client, path, **fields)[0] == 422
    plain = client.post(f"{API}/data/imports", json={"instrument": "x:Y"})
    assert plain.status_code == 422
    assert client.get(f"{API}/data/coverage").json() == []
    assert not list((context.settings.data_dir / "uploads").iterdir())


def test_only_traders_import_and_only_administrators_for_everyone(
    sign_in: SignIn,  # noqa: F811
    client_of_nobody: TestClient,
    path: Path,
    context: Context,
) -> None:
    assert send(client_of_nobody, path)[0] == 401
    assert send(sign_in("support").client, path)[0] == 403
    assert send(sign_in("trader").client, path, shared="true")[0] == 403
    assert context.lake.series() == []
    status, answer = send(sign_in("admin").client, path, shared="true")
    assert (status, answer["scope"]) == (201, "shared")
    assert len(context.lake.bars("x:OWN", "1h")) == 300


@pytest.fixture
def client_of_nobody(app: object) -> TestClient:  # noqa: F811
    from tests.api.conftest import client_of

    return client_of(app)  # type: ignore[arg-type]  # the fixture returns the application


def test_feeds_are_shown_to_all_and_changed_by_administrators(
    sign_in: SignIn,  # noqa: F811
    context: Context,
) -> None:
    name = f"t{uuid7().hex[-12:]}"
    context.lake.append("x:SHARED", "1h", make_bars(600))
    body = {"name": name, "kind": "replay", "config": {"source": "x:SHARED"}}
    trader, admin = sign_in("trader").client, sign_in("admin").client
    assert trader.post(f"{API}/data/feeds", json=body).status_code == 403
    made = admin.post(f"{API}/data/feeds", json=body)
    assert made.status_code == 201, made.text
    assert (made.json()["status"], made.json()["fresh"]) == ("new", False)
    assert admin.post(f"{API}/data/feeds", json=body).status_code == 409
    wrong = {**body, "name": f"{name}x", "config": {"source": "x:NONE"}}
    assert admin.post(f"{API}/data/feeds", json=wrong).status_code == 404
    off = admin.patch(f"{API}/data/feeds/{name}", json={"enabled": False})
    assert off.json()["enabled"] is False
    assert admin.patch(f"{API}/data/feeds/none", json={"enabled": True}).status_code == 404
    shown = {feed["name"]: feed for feed in trader.get(f"{API}/data/feeds").json()["items"]}
    assert shown[name]["enabled"] is False


def test_history_of_imports_comes_in_pages(
    sign_in: SignIn,  # noqa: F811
    tmp_path: Path,
) -> None:
    client = sign_in("trader").client
    for number in range(3):
        rows = csv_rows(make_bars(20 + number))
        send(client, write_csv(tmp_path / f"{number}.csv", rows))
    first = client.get(f"{API}/data/imports?limit=2").json()
    rest = client.get(f"{API}/data/imports?limit=2&cursor={first['next_cursor']}").json()
    names = [item["file_name"] for item in (*first["items"], *rest["items"])]
    assert names == ["2.csv", "1.csv", "0.csv"]
    assert rest["next_cursor"] is None
    assert client.get(f"{API}/data/imports?cursor=nonsense").status_code == 422
