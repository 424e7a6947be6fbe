"""The ledger of trials of this machine: kept by every run without a server, sent with a version."""

from typing import cast
from uuid import UUID

import typer

from fairlead.cli.server_client import ServerClient
from fairlead.infra.clock import SystemClock
from fairlead.infra.errors import InvalidInput
from fairlead.infra.settings import Settings
from fairlead.research.daily import Floats
from fairlead.research.jsonable import JsonObject, dump_json
from fairlead.research.local_ledger import LocalLedger
from fairlead.research.overfitting.chain import Line
from fairlead.research.overfitting.recording import Search, idea_of_setting, trial_of
from fairlead.research.overfitting.trials import TrialCount
from fairlead.research.setting import RunSetting
from fairlead.strategies.kinds.rules.form import full_form
from fairlead.strategies.source import load_definition

PART_LINES = 500


def keep_trial(setting: RunSetting, search: Search, count: TrialCount, values: Floats) -> None:
    """Write down what was tried before anybody sees what came of it.

    Raises `InvalidInput` when the ledger cannot be written to.
    """
    trial = trial_of(setting, idea_of_setting(setting), search, count, values)
    LocalLedger(Settings.load().ledger_file).record(trial, SystemClock().now())


def send_ledger(client: ServerClient, version_id: UUID, lines: tuple[Line, ...]) -> int:
    """Send the lines of a ledger with a version, in parts; return how many were new there."""
    added = 0
    for start in range(0, len(lines), PART_LINES):
        part = [line.to_json() for line in lines[start : start + PART_LINES]]
        answer = client.post("/trials/upload", {"version_id": str(version_id), "lines": part})
        new = answer["added"]
        added += new if isinstance(new, int) else 0
    return added


def upload_version(definition: str, strategy_id: str | None, note: str, as_json: bool) -> None:
    """Make a strategy, or a version of one, on the server, and send this machine's ledger with it.

    The ledger is read first: one that was changed stops everything. Without a ledger the version
    is sent alone, and the server does not know how often somebody tried.
    """
    settings = Settings.load()
    document = full_form(load_definition(definition))
    lines = LocalLedger(settings.ledger_file).lines()
    client = ServerClient.of_settings(settings)
    if strategy_id is None:
        made = client.post("/strategies", {"definition": document})
        version, owner = cast("JsonObject", made["version"]), str(made["id"])
    else:
        path = f"/strategies/{_checked_id(strategy_id)}/versions"
        version = client.post(path, {"definition": document, "note": note})
        owner = strategy_id
    added = send_ledger(client, UUID(str(version["id"])), lines)
    result: JsonObject = {
        "strategy_id": owner,
        "version_id": version["id"],
        "number": version["number"],
        "hash": version["hash"],
        "trials_known": bool(lines),
        "lines": len(lines),
        "added": added,
    }
    typer.echo(dump_json(result) if as_json else _sentence(result, settings))


def _sentence(result: JsonObject, settings: Settings) -> str:
    first = f"Version {result['number']} of strategy {result['strategy_id']} is on the server."
    if result["trials_known"]:
        return f"{first} Its ledger went with it: {result['lines']} lines, {result['added']} new."
    return (
        f"{first}\nThere is no ledger of trials at {settings.ledger_file}: the server does not "
        "know how often somebody tried, and the gate stays red."
    )


def _checked_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(
            f"{text!r} is no id of a strategy.",
            expected="an id as the strategies page shows it",
            path="--strategy",
        ) from None
