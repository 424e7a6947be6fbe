"""Fetches over HTTP: queued, run by the job, shown; refused where they could never run."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from fairlead.infra.bus import Bus
from fairlead.infra.clock import ManualClock
from fairlead.infra.db import Database
from fairlead.infra.queue import JobContext, JobInterrupted
from fairlead.infra.settings import Settings
from fairlead.market.jobs import abandon, fetch_job
from fairlead.market.lake import Lake
from fairlead.wiring import Context
from tests.api.conftest import SignIn, app, sign_in  # noqa: F401  # fixtures of the API
from tests.market.makers import HOUR, START, csv_rows, make_bars, write_csv

API = "/api/v1"
BODY = {
    "provider": "csv",
    "instrument": "x:BTC-USDT",
    "timeframe": "60",
    "from": "2024-01-01T00:00:00Z",
    "to": "2024-01-03T00:00:00Z",
}


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands behind what is fetched."""
    return ManualClock(datetime(2024, 1, 10, tzinfo=UTC))


@pytest.fixture
def context(
    settings: Settings, clock: ManualClock, database: Database, bus: Bus, tmp_path: Path
) -> Context:
    """Return a context whose provider `csv` has a folder."""
    folder = tmp_path / "files"
    folder.mkdir()
    write_csv(folder / "x_BTC-USDT_1h.csv", csv_rows(make_bars(100)))
    settings = settings.with_changes(csv_folder=folder)
    return Context(settings, clock, database, bus, Lake(settings.lake_dir))


def job_of(context: Context, tenant_id: UUID, fetch_id: str, attempt: int = 1) -> JobContext:
    """Return what the worker would hand to the handler."""
    return JobContext(
        context.database, context.settings, context.clock, context.bus, tenant_id,
        UUID(fetch_id), attempt, threading.Event(),
    )  # fmt: skip


def test_fetch_is_queued_run_and_shown_to_its_owner_alone(
    sign_in: SignIn,  # noqa: F811
    context: Context,
) -> None:
    person, other = sign_in("trader"), sign_in("trader")
    answer = person.client.post(f"{API}/data/fetches", json=BODY)
    assert answer.status_code == 202, answer.text
    queued = answer.json()
    assert (queued["status"], queued["timeframe"], queued["added"]) == ("queued", "1h", None)
    fetch_job(job_of(context, person.user_id, queued["id"]))
    (done,) = person.client.get(f"{API}/data/fetches").json()["items"]
    assert (done["status"], done["added"], done["left"], done["error"]) == ("done", 48, 0, None)
    assert (done["from"], done["to"]) == ("2024-01-01T00:00:00Z", "2024-01-03T00:00:00Z")
    assert context.lake.bars("x:BTC-USDT", "1h").ts.tolist() == [
        START + k * HOUR for k in range(48)
    ]
    assert other.client.get(f"{API}/data/fetches").json()["items"] == []


def test_failed_fetch_says_which_kind_and_what_to_do(
    sign_in: SignIn,  # noqa: F811
    context: Context,
) -> None:
    person = sign_in("trader")
    body = {**BODY, "instrument": "x:NONE"}
    made = person.client.post(f"{API}/data/fetches", json=body).json()
    fetch_job(job_of(context, person.user_id, made["id"]))
    (failed,) = person.client.get(f"{API}/data/fetches").json()["items"]
    assert (failed["status"], failed["error_kind"]) == ("failed", "unsupported_symbol")
    assert "x_NONE_1h.csv" in failed["error"]
    assert "Check the symbol" in failed["error"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"provider": "ccxt:nowhere"}, "provider"),
        ({"provider": "ccxt"}, "provider"),
        ({"provider": "kite"}, "FAIRLEAD_KITE_API_KEY"),
        ({"instrument": "nonsense"}, "instrument"),
        ({"timeframe": "7 weeks"}, "timeframe"),
        ({"from": "2024-01-03T00:00:00Z"}, "from"),
        ({"from": "2024-01-01T00:00:00"}, "from"),
        ({"from": "1971-01-01T00:00:00Z", "timeframe": "1m"}, "5,000,000"),
        ({"more": 1}, "more"),
    ],
)
def test_fetch_that_could_never_run_is_refused(
    sign_in: SignIn,  # noqa: F811
    change: dict[str, object],
    word: str,
) -> None:
    answer = sign_in("trader").client.post(f"{API}/data/fetches", json={**BODY, **change})
    assert answer.status_code == 422
    assert word in answer.text


def test_interrupted_fetch_goes_on_in_its_next_attempt_and_the_dead_one_writes_nothing(
    sign_in: SignIn,  # noqa: F811
    context: Context,
) -> None:
    person = sign_in("trader")
    made = person.client.post(f"{API}/data/fetches", json=BODY).json()
    first = job_of(context, person.user_id, made["id"], 1)
    first.stopping.set()
    with pytest.raises(JobInterrupted):
        fetch_job(first)
    (running,) = person.client.get(f"{API}/data/fetches").json()["items"]
    assert running["status"] == "running"
    fetch_job(job_of(context, person.user_id, made["id"], 2))
    fetch_job(job_of(context, person.user_id, made["id"], 1))
    abandon(job_of(context, person.user_id, made["id"], 3), "given up")
    (done,) = person.client.get(f"{API}/data/fetches").json()["items"]
    assert (done["status"], done["added"]) == ("done", 48)


def test_abandoned_fetch_ends_with_its_reason(
    sign_in: SignIn,  # noqa: F811
    context: Context,
) -> None:
    person = sign_in("trader")
    made = person.client.post(f"{API}/data/fetches", json=BODY).json()
    abandon(job_of(context, person.user_id, made["id"]), "It crashed five times.")
    (ended,) = person.client.get(f"{API}/data/fetches").json()["items"]
    assert (ended["status"], ended["error"]) == ("failed", "It crashed five times.")


def test_too_many_fetches_under_way_are_refused(sign_in: SignIn) -> None:  # noqa: F811
    client = sign_in("trader").client
    answers = [client.post(f"{API}/data/fetches", json=BODY).status_code for _ in range(21)]
    assert answers == [202] * 20 + [409]


def test_providers_say_what_is_missing(sign_in: SignIn) -> None:  # noqa: F811
    items = sign_in("trader").client.get(f"{API}/data/providers").json()["items"]
    by_name = {each["name"]: each for each in items}
    assert "bybit" in by_name["ccxt"]["exchanges"]
    assert by_name["csv"]["available"] is True
    assert by_name["kite"]["available"] is False
    assert "FAIRLEAD_KITE_API_KEY" in by_name["kite"]["reason"]


def test_support_may_look_and_not_fetch(sign_in: SignIn) -> None:  # noqa: F811
    client = sign_in("support").client
    assert client.get(f"{API}/data/providers").status_code == 200
    assert client.post(f"{API}/data/fetches", json=BODY).status_code == 403
