"""Tracking against a real MLflow server, installed once into an environment of its own."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from fairlead.research.tracking import log_tracked
from tests.research.fake_tracker import running_tracker
from tests.research.test_tracking import ENTRY

pytestmark = [pytest.mark.tracking, pytest.mark.timeout(900)]

PLACE = Path(__file__).parents[2] / ".venv" / f"mlflow-{version('mlflow-skinny')}"
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "PATH": os.environ["PATH"]}
START_S = 120.0


@pytest.fixture(scope="module")
def environment() -> Path:
    """Return the folder of an installed MLflow of the client's version; made at first use."""
    if not (PLACE / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", PLACE], check=True)
        wanted = f"mlflow=={version('mlflow-skinny')}"
        pip = [str(PLACE / "bin" / "pip"), "install", "--quiet", wanted]
        made = subprocess.run(pip, check=False, capture_output=True, text=True)
        if made.returncode:
            pytest.skip(f"MLflow cannot be installed here: {made.stderr[-300:]}")
        (PLACE / "installed").touch()
    return PLACE


@pytest.fixture(scope="module")
def address(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve MLflow with a database and files of its own."""
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(environment / "bin" / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination", str(folder / "files"),
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=QUIET, stdout=log, stderr=log)
    try:
        wait_for(server, f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def wait_for(server: "subprocess.Popen[bytes]", address: str) -> None:
    give_up_s = time.monotonic() + START_S
    while time.monotonic() < give_up_s:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server did not start")


def asked(address: str, call: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"{address}/api/2.0/mlflow/{call}", data, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            found = json.load(error)
    return found


def stored(address: str) -> list[dict[str, Any]]:
    name = "experiments/get-by-name?experiment_name=fairlead%2Ft"
    experiment = asked(address, name)["experiment"]["experiment_id"]
    query = {"experiment_ids": [experiment], "filter": "tags.`fairlead.run_id` = '018f'"}
    return list(asked(address, "runs/search", query).get("runs", []))


def test_real_server_has_the_entry_whole_and_once(address: str) -> None:
    ids = {log_tracked(address, ENTRY) for _ in range(3)}
    (run,) = stored(address)
    assert ids == {run["info"]["run_id"]}
    assert run["info"]["status"] == "FINISHED"
    assert (run["info"]["start_time"], run["info"]["end_time"]) == (ENTRY.start_ms, ENTRY.end_ms)
    data = run["data"]
    assert {each["key"]: each["value"] for each in data["params"]} == ENTRY.parameters
    assert {each["key"]: each["value"] for each in data["metrics"]} == ENTRY.metrics
    tags = {each["key"]: each["value"] for each in data["tags"]}
    assert tags.items() >= ENTRY.tags.items()
    files = asked(address, f"artifacts/list?run_id={run['info']['run_id']}")["files"]
    assert sorted(each["path"] for each in files) == sorted(ENTRY.files)


def test_real_server_completes_what_was_cut_off(address: str) -> None:
    run_id = log_tracked(address, ENTRY)
    asked(address, "runs/update", {"run_id": run_id, "status": "RUNNING"})
    assert log_tracked(address, ENTRY) == run_id
    (again,) = stored(address)
    assert again["info"]["status"] == "FINISHED"
    assert len(again["data"]["metrics"]) == len(ENTRY.metrics)


def test_shapes_of_the_fake_are_those_of_the_server(address: str) -> None:
    with running_tracker() as fake:
        for place in (address, fake.address):
            log_tracked(place, ENTRY)
        name = "experiments/get-by-name?experiment_name="
        pairs = [
            (asked(fake.address, f"{name}{which}"), asked(address, f"{name}{which}"))
            for which in ("fairlead%2Ft", "none")
        ]
        body = {"name": "fairlead/t"}
        pairs.append(
            (
                asked(fake.address, "experiments/create", body),
                asked(address, "experiments/create", body),
            )
        )
        (ours,), (theirs,) = stored(fake.address), stored(address)
        pairs.append((ours, theirs))
    for mine, real in pairs:
        assert shape(mine) <= shape(real)
        assert mine.get("error_code") == real.get("error_code")


def shape(value: object, path: str = "") -> set[str]:
    """Return the paths of all keys with the kinds of their values."""
    if isinstance(value, dict):
        return {each for key, inner in value.items() for each in shape(inner, f"{path}.{key}")}
    if isinstance(value, list):
        return shape(value[0], f"{path}[]") if value else {f"{path}[]"}
    return {f"{path}:{type(value).__name__}"}
