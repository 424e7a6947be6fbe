"""`fairlead autobuild --server`: submit to a running server, follow it, print what it found."""

from typing import cast
from uuid import UUID

import typer

from fairlead.cli.autobuild_views import print_findings, print_status
from fairlead.cli.server_client import ServerClient
from fairlead.infra.clock import SystemClock
from fairlead.infra.errors import FairleadError, InvalidInput, NotFound, RateLimited, Unavailable
from fairlead.infra.settings import Settings
from fairlead.research.jsonable import Json, JsonObject, dump_json

LOOK_EVERY_S = 1.0
FINAL = ("done", "failed", "cancelled")
# An unreachable server is asked again this often before the command gives up; the job goes on.
SILENT_MAX = 30
LEFT = 130


def run_on_server(name: str, document: dict[str, Json], as_json: bool) -> int:
    """Submit an AutoBuild and follow it to its end; Ctrl-C leaves it running there."""
    client = ServerClient.of_settings(Settings.load())
    made = client.post("/autobuilds", {"name": name, "constraints": document})
    run_id = str(made["id"])
    typer.echo(f"AutoBuild {run_id} is queued.", err=True)
    try:
        ended = _follow(client, run_id)
    except KeyboardInterrupt:
        typer.echo(
            f"It goes on: fairlead autobuild status {run_id} --server; "
            f"stop it: fairlead autobuild cancel {run_id} --server",
            err=True,
        )
        return LEFT
    if ended["status"] == "failed":
        raise InvalidInput(str(ended["error"]))
    if ended["status"] == "cancelled":
        typer.echo("It was cancelled.", err=True)
        return LEFT
    findings = client.get(f"/autobuilds/{run_id}/result")
    if as_json:
        typer.echo(dump_json(findings))
    else:
        print_findings(findings)
    return 0


def show_on_server(run_id: str | None, as_json: bool) -> None:
    """Print how far an AutoBuild of the server is."""
    client = ServerClient.of_settings(Settings.load())
    found = client.get(f"/autobuilds/{_id(client, run_id)}")
    if as_json:
        typer.echo(dump_json(found))
    else:
        print_status(found)


def cancel_on_server(run_id: str | None, as_json: bool) -> None:
    """Stop an AutoBuild of the server."""
    client = ServerClient.of_settings(Settings.load())
    found = client.post(f"/autobuilds/{_id(client, run_id)}/cancel")
    if as_json:
        typer.echo(dump_json(found))
    else:
        print_status(found)


def _id(client: ServerClient, run_id: str | None) -> str:
    """Return the id as the server writes it, or that of the newest AutoBuild."""
    if run_id is not None:
        try:
            return str(UUID(run_id))
        except ValueError as error:
            raise InvalidInput(f"{run_id[:80]!r} is not the id of an AutoBuild.") from error
    items = cast("list[JsonObject]", client.get("/autobuilds?limit=1")["items"])
    if not items:
        raise NotFound("There are no AutoBuilds on the server.")
    return str(items[0]["id"])


def _follow(client: ServerClient, run_id: str) -> JsonObject:
    """Print events as they come, until the end; return the AutoBuild then."""
    clock, after, silent = SystemClock(), 0, 0
    while True:
        try:
            page = client.get(f"/autobuilds/{run_id}/events?after={after}&limit=500")
            ended = client.get(f"/autobuilds/{run_id}")
            silent = 0
        except (Unavailable, RateLimited) as error:
            silent += 1
            _give_up(error, silent)
            clock.sleep(LOOK_EVERY_S)
            continue
        events = cast("list[JsonObject]", page["items"])
        for event in events:
            _say(event)
        after = int(cast("int", page["next_after"]))
        if ended["status"] in FINAL and not events:
            return ended
        if not events:
            clock.sleep(LOOK_EVERY_S)


def _give_up(error: FairleadError, silent: int) -> None:
    if silent >= SILENT_MAX:
        raise error


def _say(event: JsonObject) -> None:
    kind, name = event["kind"], event.get("instrument")
    if kind == "instrument_failed":
        typer.echo(f"Left out: {event['message']}", err=True)
    elif kind == "instrument_done":
        word = "accepted" if event["accepted"] else "rejected"
        typer.echo(f"{name}: {word} after {event['sets']} sets", err=True)
    elif kind == "note":
        typer.echo(str(event["text"]), err=True)
    elif kind == "stage_finished":
        seconds = cast("float", event["seconds"])
        typer.echo(
            f"{str(event['stage']).capitalize()}: {event['done']} in {seconds:.1f} s", err=True
        )
