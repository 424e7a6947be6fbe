"""What is on record about a version: what its tests chose, and what does not count."""

from typing import Any
from uuid import UUID

import pytest

from fairlead.infra.errors import Conflict, NotFound
from fairlead.infra.ids import uuid7
from fairlead.research.jobs import HANDLERS
from fairlead.research.on_record import (
    OnRecord,
    SeriesAsked,
    chosen_parameters,
    on_record,
    return_on_one_account,
    run_on_series,
)
from fairlead.wiring import Context
from tests.api.conftest import Person, app, client, clock, context, sign_in, trader
from tests.api.estate import carry_out
from tests.research.samples import walk_bars
from tests.strategies.definitions import crossover

__all__ = ["app", "client", "clock", "context", "sign_in", "trader"]

API = "/api/v1"
GRID = {"fast": [3, 5, 8], "slow": [20, 30]}


class Walked:
    """A version and a walk-forward of it on a series of its own."""

    def __init__(self, person: Person, context: Context) -> None:
        self.person, self.context = person, context
        self.instrument = f"file:t{person.user_id.hex[-12:]}"
        context.lake.append(self.instrument, "1h", walk_bars(2_400, 5))
        made = self.post("strategies", {"definition": crossover()})
        self.strategy_id = UUID(made["id"])
        self.version_id = made["version"]["id"]
        self.version_hash = made["version"]["hash"]
        self.run_id = self.walk(self.instrument)

    def post(self, path: str, body: object) -> Any:
        answer = self.person.client.post(f"{API}/{path}", json=body)
        assert answer.status_code in (201, 202), answer.text
        return answer.json()

    def walk(self, instrument: str) -> UUID:
        body = {
            "version_id": self.version_id,
            "instrument": instrument,
            "timeframe": "1h",
            "grid": GRID,
            "windows": 3,
            "parameters": {"stop_loss_pct": 0.03},
        }
        run_id = UUID(self.post("walkforwards", body)["id"])
        carry_out(HANDLERS["research.walkforward"], self.context, self.person.user_id, run_id)
        return run_id

    def chosen(self) -> dict[str, Any]:
        with self.context.database.tenant_transaction(self.person.user_id) as connection:
            run = run_on_series(connection, self.person.user_id, self.run_id)
            return dict(chosen_parameters(connection, self.person.user_id, run))

    def found(self, parameters: dict[str, Any], **changes: Any) -> OnRecord:
        asked = SeriesAsked(self.version_hash, self.strategy_id, self.instrument, "1h", parameters)
        with self.context.database.tenant_transaction(self.person.user_id) as connection:
            return on_record(connection, self.person.user_id, asked, **changes)


@pytest.fixture
def walked(trader: Person, context: Context) -> Walked:
    return Walked(trader, context)


def test_walk_forward_speaks_for_what_it_chose_last_beside_what_was_fixed(walked: Walked) -> None:
    result = walked.person.client.get(f"{API}/walkforwards/{walked.run_id}/result").json()
    chosen = walked.chosen()
    assert chosen == {"stop_loss_pct": 0.03, **result["windows"][-1]["parameters"]}
    found = walked.found(chosen)
    assert found.source.startswith("walk-forward of ")
    assert found.trades == result["metrics"]["trades"]
    assert found.out_of_sample == result["metrics"]["sharpe"]
    assert found.pbo == result["overfitting"]["probability"]
    assert found.deflated_sharpe is not None
    assert 0.0 <= found.deflated_sharpe <= 1.0
    assert found.trials.known
    assert found.trials.trials >= 6
    assert (found.proven, found.accepted) == (None, None)


def test_parameters_that_were_not_chosen_are_not_spoken_for(walked: Walked) -> None:
    other = walked.chosen() | {"fast": 50}
    found = walked.found(other)
    assert (found.trades, found.out_of_sample, found.deflated_sharpe) == (None, None, None)
    assert "chose" in found.source
    assert walked.found({}).trades is None


def test_more_trials_on_record_deflate_more(walked: Walked) -> None:
    chosen = walked.chosen()
    before = walked.found(chosen, run_id=walked.run_id).deflated_sharpe
    grid = {"fast": list(range(2, 30)), "slow": list(range(31, 60, 2))}
    body = {
        "version_id": walked.version_id,
        "instrument": walked.instrument,
        "timeframe": "1h",
        "grid": grid,
    }
    sweep = UUID(walked.post("sweeps", body)["id"])
    carry_out(HANDLERS["research.sweep"], walked.context, walked.person.user_id, sweep)
    after = walked.found(chosen, run_id=walked.run_id).deflated_sharpe
    assert before is not None
    assert after is not None
    assert after < before


def test_run_about_something_else_is_refused(walked: Walked) -> None:
    other = f"{walked.instrument}b"
    walked.context.lake.append(other, "1h", walk_bars(1_200, 6))
    run_id = walked.walk(other)
    with pytest.raises(Conflict, match="something else"):
        walked.found(walked.chosen(), run_id=run_id)
    with pytest.raises(NotFound):
        walked.found(walked.chosen(), run_id=uuid7())


def test_nothing_tested_is_nothing_on_record(trader: Person, context: Context) -> None:
    asked = SeriesAsked("0" * 64, uuid7(), "file:never", "1h", {})
    with context.database.tenant_transaction(trader.user_id) as connection:
        found = on_record(connection, trader.user_id, asked)
        earned = return_on_one_account(connection, trader.user_id, "0" * 64)
    assert (found.source, found.proven, found.trades, earned) == ("", None, None, None)


def test_gates_of_a_run_take_series_and_parameters_from_it(walked: Walked) -> None:
    query = f"version_id={walked.version_id}&run_id={walked.run_id}"
    answer = walked.person.client.get(f"{API}/promotions/gates?{query}")
    assert answer.status_code == 200, answer.text
    gates = {gate["name"]: gate for gate in answer.json()["gates"]}
    assert "From walk-forward of" in gates["out_of_sample"]["text"]
    assert gates["trades"]["value"] is not None
    assert gates["trials_known"]["passed"]
