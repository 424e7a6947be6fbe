"""`fairlead autobuild --server` against a real server, with a worker that takes the job."""

import json
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from fairlead.cli.main import main
from fairlead.research.autobuild.jobs import HANDLERS
from fairlead.research.autobuild.store import list_autobuilds
from fairlead.research.autobuild.submitting import TASK
from fairlead.tenancy.api_keys import KeyRequest, create_api_key
from tests.api.estate import carry_out
from tests.research.autobuild.desk import INSTRUMENTS, small
from tests.research.samples import walk_bars
from tests.scenarios.test_a_person_and_the_server import Server, server

__all__ = ["server"]

PATIENCE_S = 60.0
Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(
    server: Server,
    tenant: UUID,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Type:
    """Return a function that runs a command with the address and a key of the server."""
    context = server.context
    for seed, instrument in enumerate(INSTRUMENTS, 1):
        context.lake.append(instrument, "1h", walk_bars(1_600, seed, gaps=False))
    wanted = KeyRequest("laptop", ("read", "research"), None)
    with context.database.tenant_transaction(tenant) as connection:
        _, secret = create_api_key(connection, tenant, wanted, context.clock.now())
    monkeypatch.setenv("FAIRLEAD_SERVER", f"http://{server.address}")
    monkeypatch.setenv("FAIRLEAD_API_KEY", secret)

    def call(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["autobuild", *(str(word) for word in words), "--server"])
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return call


def answered(out: str) -> dict[str, Any]:
    """Return the JSON that a command printed last; the server's log stands above it."""
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def worker(server: Server, tenant: UUID) -> threading.Thread:
    """Start a thread that carries the tenant's first AutoBuild out."""
    context = server.context

    def work() -> None:
        end_s = context.clock.monotonic_s() + PATIENCE_S
        while context.clock.monotonic_s() < end_s:
            with context.database.tenant_transaction(tenant) as connection:
                found = list_autobuilds(connection, tenant, None, 1)
            if found:
                carry_out(HANDLERS[TASK], context, tenant, found[0].autobuild_id)
                return
            context.clock.sleep(0.1)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_autobuild_is_run_followed_and_shown(
    server: Server, tenant: UUID, typed: Type, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("constraints") / "ours.json"
    file.write_text(json.dumps(small()))
    working = worker(server, tenant)
    code, out, err = typed("run", "--constraints", file, "--json")
    working.join()
    assert code == 0, err
    found = answered(out)
    assert len(found["accepted"]) + len(found["rejected"]) == len(INSTRUMENTS)
    assert f"{INSTRUMENTS[0]}: rejected after 4 sets" in err
    code, out, _ = typed("status", "--json")
    assert (code, answered(out)["status"], answered(out)["name"]) == (0, "done", "ours")
    code, out, _ = typed("cancel", "--json")
    assert (code, answered(out)["status"]) == (0, "done")


def test_what_the_server_refuses_is_said_as_it_said_it(
    typed: Type, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path_factory.mktemp("constraints") / "ours.json"
    file.write_text(json.dumps(small(budget={"sets": 0})))
    code, _, err = typed("run", "--constraints", file)
    assert (code, "/budget/sets is 0" in err, "Raise /budget/sets." in err) == (2, True, True), err
    assert "There are no AutoBuilds on the server." in typed("status")[2]
    monkeypatch.setenv("FAIRLEAD_API_KEY", "flk_wrong")
    code, _, err = typed("status")
    assert (code, "unknown, revoked or expired" in err) == (2, True), err
