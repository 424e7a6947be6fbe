"""Research without a server, then a version that goes to one: what was tried goes with it."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from fairlead.infra.ids import uuid7
from fairlead.infra.settings import Settings
from fairlead.research.local_ledger import LocalLedger
from fairlead.research.overfitting.ledger import count_everywhere
from fairlead.strategies.templates import template_data
from tests.cli.test_research import Answer, Run, bars_file, run
from tests.scenarios.test_a_person_and_the_server import Server, page, server, sign_up

__all__ = ["bars_file", "run", "server"]

GRID = ("--grid", "fast=3,6", "--grid", "slow=12,24")


@pytest.fixture
def author(server: Server, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """Sign up at the server and let the command line work there with a key."""
    with page(server) as browser:
        user_id = sign_up(browser, f"{uuid7()}@example.com")
        monkeypatch.setenv("FAIRLEAD_API_KEY", new_key(browser))
    monkeypatch.setenv("FAIRLEAD_SERVER", f"http://{server.address}")
    return user_id


def new_key(browser: httpx2.Client) -> str:
    scopes = ["read", "research", "strategies"]
    answer = browser.post("/api/v1/api-keys", json={"name": "laptop", "scopes": scopes})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


def result(answer: Answer) -> dict[str, Any]:
    """Return the JSON a command printed last; the server logs to the same terminal."""
    assert answer.code == 0, answer.err
    found: dict[str, Any] = json.loads(answer.out.splitlines()[-1])
    return found


def ledger() -> LocalLedger:
    return LocalLedger(Settings.load().ledger_file)


def counted(server: Server, author: UUID, made: dict[str, Any]) -> tuple[int, bool]:
    with server.context.database.tenant_transaction(author) as connection:
        count = count_everywhere(connection, author, made["strategy_id"])
    return count.trials, count.known


def test_trials_of_the_command_line_go_with_the_version(
    run: Run, bars_file: Path, server: Server, author: UUID
) -> None:
    where = ("sma_crossover", "--bars", bars_file, "--json")
    assert run("backtest", *where).code == 0
    assert run("sweep", *where, *GRID).code == 0
    walked = result(run("walkforward", *where, *GRID, "--windows", 2, "--purge", 5, "--embargo", 3))
    assert (walked["purge"], walked["embargo"]) == (5, 3)
    lines = ledger().lines()
    assert [line.trial.kind for line in lines] == ["backtest", "sweep", "walkforward"]
    assert [line.trial.sets for line in lines] == [1, 4, 8]
    assert len({line.trial.family for line in lines}) == 1

    made = result(run("strategy", "upload", "sma_crossover", "--json"))
    assert (made["trials_known"], made["lines"], made["added"]) == (True, 3, 3)
    assert counted(server, author, made) == (13, True)

    mine = bars_file.parent / "mine.json"
    definition: Any = template_data("sma_crossover")
    mine.write_text(json.dumps({**definition, "exits": {}}))
    told = run("strategy", "upload", mine, "--strategy", made["strategy_id"])
    assert told.code == 0, told.err
    assert "3 lines, 0 new" in told.out
    assert counted(server, author, made) == (13, True)


def test_version_without_a_ledger_stays_unknown(run: Run, server: Server, author: UUID) -> None:
    told = run("strategy", "upload", "macd")
    assert told.code == 0
    assert "the gate stays red" in told.out
    made = result(run("strategy", "upload", "macd", "--json"))
    assert not made["trials_known"]
    assert counted(server, author, made) == (0, False)


@pytest.mark.usefixtures("author")
def test_ledger_that_was_changed_is_not_sent(run: Run, bars_file: Path, server: Server) -> None:
    where = ("sma_crossover", "--bars", bars_file, "--json")
    run("backtest", *where)
    run("sweep", *where, *GRID)
    path = ledger().path
    path.write_text(path.read_text().replace('"sets":4', '"sets":9'))
    told = run("strategy", "upload", "sma_crossover")
    assert told.code == 2
    assert "Line 2 of the ledger was changed" in told.err
    again = run("backtest", *where)
    assert again.code == 2
    assert "was changed" in again.err
    assert "Restore" in again.err


def test_run_whose_trial_cannot_be_kept_shows_nothing(
    run: Run, bars_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRLEAD_LEDGER", str(bars_file / "trials.jsonl"))
    told = run("backtest", "sma_crossover", "--bars", bars_file)
    assert (told.code, told.out) == (2, "")
    assert "FAIRLEAD_LEDGER" in told.err


@pytest.mark.parametrize("strategy", ["mine", "../x"])
def test_upload_to_no_strategy_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, strategy: str
) -> None:
    monkeypatch.setenv("FAIRLEAD_API_KEY", "flk_none")
    told = run("strategy", "upload", "macd", "--strategy", strategy)
    assert told.code == 2
    assert "no id of a strategy" in told.err
