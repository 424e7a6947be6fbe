"""Proofs over HTTP: asked for, carried out, kept with the version, and nobody else's."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from fairlead.infra.queue import JobContext
from fairlead.market.lake import Lake
from fairlead.research.jobs import HANDLERS
from fairlead.research.proof.latest import latest_proof
from fairlead.research.proof.model import Proof
from fairlead.wiring import Context
from tests.api.conftest import Person, SignIn, app, client, clock, context, sign_in, trader
from tests.research.samples import walk_bars
from tests.strategies.definitions import crossover

__all__ = ["app", "client", "clock", "context", "sign_in", "trader"]

SERIES = "binance:BTC-USDT"
API = "/api/v1"
ON = {"instrument": SERIES, "timeframe": "1h"}


@pytest.fixture
def lake(context: Context) -> Lake:
    """Return a lake with one series, whose bars lie in the past of the test's clock."""
    made = Lake(context.settings.lake_dir)
    made.append(SERIES, "1h", walk_bars(2_000))
    return made


def stored_version(person: Person) -> dict[str, Any]:
    answer = person.client.post(f"{API}/strategies", json={"definition": crossover()})
    assert answer.status_code == 201, answer.text
    version: dict[str, Any] = answer.json()["version"]
    return version


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
    HANDLERS["research.proof"](job)


def kept(context: Context, person: Person, version_hash: str) -> Proof | None:
    with context.database.tenant_transaction(person.user_id) as connection:
        return latest_proof(connection, version_hash)


@pytest.mark.usefixtures("lake")
def test_proof_is_asked_for_carried_out_and_kept_with_the_version(
    context: Context, trader: Person
) -> None:
    version = stored_version(trader)
    place = f"{API}/versions/{version['id']}/proof"
    empty = trader.client.get(place).json()
    assert (empty["proof"], empty["run"]) == (None, None)
    assert empty["version_hash"] == version["hash"]
    run = trader.client.post(place, json=ON)
    assert run.status_code == 202, run.text
    assert run.json()["kind"] == "proof"
    assert trader.client.get(place).json()["run"]["status"] == "queued"
    work(context, trader, run.json()["id"])
    found = trader.client.get(place).json()
    assert (found["run"]["status"], found["run"]["error"]) == ("done", None)
    assert found["run"]["summary"]["passed"] is True
    proof = found["proof"]
    assert (proof["passed"], proof["leaks"], proof["instrument"]) == (True, [], SERIES)
    assert proof["run_id"] == run.json()["id"]
    assert proof["cuts"] > 10
    assert 0 < proof["warm_up_needed"] <= proof["warm_up_declared"]
    stored = kept(context, trader, version["hash"])
    assert stored is not None
    assert (stored.passed, stored.text) == (True, proof["text"])


@pytest.mark.usefixtures("lake")
def test_proof_is_no_trial_and_the_newest_one_counts(context: Context, trader: Person) -> None:
    version = stored_version(trader)
    place = f"{API}/versions/{version['id']}/proof"
    runs = [trader.client.post(place, json=ON).json()["id"] for _ in range(2)]
    for run_id in runs:
        work(context, trader, run_id)
    assert trader.client.get(place).json()["proof"]["run_id"] == runs[-1]
    with context.database.tenant_transaction(trader.user_id) as connection:
        trials = connection.execute(text("SELECT count(*) FROM trials")).scalar_one()
        proofs = connection.execute(text("SELECT count(*) FROM proofs")).scalar_one()
    assert (trials, proofs) == (0, 2)


@pytest.mark.usefixtures("lake")
def test_proof_of_another_tenant_is_not_there(
    context: Context, trader: Person, sign_in: SignIn
) -> None:
    version = stored_version(trader)
    place = f"{API}/versions/{version['id']}/proof"
    work(context, trader, trader.client.post(place, json=ON).json()["id"])
    other = sign_in("trader")
    assert other.client.get(place).status_code == 404
    assert other.client.post(place, json=ON).status_code == 404
    # the same definition, saved by somebody else, has no proof of theirs
    same = stored_version(other)
    assert same["hash"] == version["hash"]
    assert kept(context, other, version["hash"]) is None
    assert kept(context, trader, version["hash"]) is not None


@pytest.mark.usefixtures("lake")
def test_proof_cannot_be_changed_or_removed(context: Context, trader: Person) -> None:
    version = stored_version(trader)
    place = f"{API}/versions/{version['id']}/proof"
    work(context, trader, trader.client.post(place, json=ON).json()["id"])
    for statement in ("UPDATE proofs SET passed = false", "DELETE FROM proofs"):
        with (
            pytest.raises(Exception, match="permission denied"),
            context.database.tenant_transaction(trader.user_id) as connection,
        ):
            connection.execute(text(statement))
    assert kept(context, trader, version["hash"]) is not None


@pytest.mark.usefixtures("lake")
@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"instrument": "binance:NO", "timeframe": "1h"}, 404, "no candles"),
        ({"instrument": SERIES, "timeframe": "1x"}, 422, "timeframe"),
        ({"instrument": SERIES}, 422, "timeframe"),
        (ON | {"seed": 1}, 422, "seed"),
    ],
)
def test_what_cannot_be_proven_is_refused(
    trader: Person, body: dict[str, object], status: int, words: str
) -> None:
    place = f"{API}/versions/{stored_version(trader)['id']}/proof"
    answer = trader.client.post(place, json=body)
    assert answer.status_code == status
    assert words in answer.text


def test_proof_on_too_few_bars_fails_with_a_sentence(context: Context, trader: Person) -> None:
    Lake(context.settings.lake_dir).append(SERIES, "1h", walk_bars(60, gaps=False))
    place = f"{API}/versions/{stored_version(trader)['id']}/proof"
    run = trader.client.post(place, json=ON).json()
    work(context, trader, run["id"])
    found = trader.client.get(place).json()
    assert found["proof"] is None
    assert found["run"]["status"] == "failed"
    assert "60 bars are too few for a proof" in found["run"]["error"]
