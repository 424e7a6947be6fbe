"""An MLflow server in the test's process: the calls that logging makes, with a real one's shapes.

The shapes were taken from MLflow 3.17; `test_tracking_server.py` holds the same tests against a
real server.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

ARTIFACT = re.compile(r"/api/2.0/mlflow-artifacts/artifacts/(\w+)/(\w+)/artifacts/(.+)")
WANTED = re.compile(r"tags\.`fairlead\.run_id` = '(.*)'")


class Refused(Exception):
    """Say what a call is answered with in place of a result."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass
class FakeRun:
    """What the server knows of one entry."""

    info: dict[str, Any]
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    deleted: bool = False

    def shown(self) -> dict[str, Any]:
        tags = [{"key": key, "value": value} for key, value in self.tags.items()]
        params = [{"key": key, "value": value} for key, value in self.params.items()]
        metrics = list(self.metrics.values())
        return {
            "info": self.info,
            "data": {"tags": tags, "params": params, "metrics": metrics},
        }


@dataclass
class FakeTracker:
    """Hold experiments and entries; `fail_at` names calls that fail as often as it says."""

    experiments: dict[str, str] = field(default_factory=dict)
    runs: dict[str, FakeRun] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    fail_at: dict[str, int] = field(default_factory=dict)
    fail_code: str = "INVALID_PARAMETER_VALUE"
    unseen_searches: int = 0
    address: str = ""

    def alive(self) -> list[FakeRun]:
        return [run for run in self.runs.values() if not run.deleted]

    def answer(self, name: str, asked: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(name)
        if self.fail_at.get(name, 0) > 0:
            self.fail_at[name] -= 1
            raise Refused(400, self.fail_code)
        method = getattr(self, name.replace("-", "_").replace("/", "_"), None)
        if method is None:
            raise Refused(404, "ENDPOINT_NOT_FOUND")
        found: dict[str, Any] = method(asked)
        return found

    def experiments_get_by_name(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = asked["experiment_name"]
        if name not in self.experiments:
            raise Refused(404, "RESOURCE_DOES_NOT_EXIST")
        experiment_id = self.experiments[name]
        return {
            "experiment": {
                "experiment_id": experiment_id,
                "name": name,
                "artifact_location": f"mlflow-artifacts:/{experiment_id}",
                "lifecycle_stage": "active",
            }
        }

    def experiments_create(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["name"] in self.experiments:
            raise Refused(400, "RESOURCE_ALREADY_EXISTS")
        self.experiments[asked["name"]] = str(len(self.experiments) + 1)
        return {"experiment_id": self.experiments[asked["name"]]}

    def runs_create(self, asked: dict[str, Any]) -> dict[str, Any]:
        run_id = uuid4().hex
        info = {
            "run_id": run_id,
            "run_uuid": run_id,
            "run_name": asked.get("run_name", ""),
            "experiment_id": asked["experiment_id"],
            "user_id": "",
            "status": "RUNNING",
            "start_time": asked["start_time"],
            "artifact_uri": f"mlflow-artifacts:/{asked['experiment_id']}/{run_id}/artifacts",
            "lifecycle_stage": "active",
        }
        tags = {tag["key"]: tag["value"] for tag in asked.get("tags", [])}
        self.runs[run_id] = FakeRun(info, tags=tags)
        return {"run": self.runs[run_id].shown()}

    def runs_search(self, asked: dict[str, Any]) -> dict[str, Any]:
        wanted = WANTED.fullmatch(asked["filter"])
        assert wanted is not None, asked["filter"]
        if self.unseen_searches > 0:
            self.unseen_searches -= 1
            return {}
        found = [
            run.shown()
            for run in self.alive()
            if run.info["experiment_id"] in asked["experiment_ids"]
            and run.tags.get("fairlead.run_id") == wanted[1]
        ]
        return {"runs": found} if found else {}

    def runs_get(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"run": self.runs[asked["run_id"]].shown()}

    def runs_log_batch(self, asked: dict[str, Any]) -> dict[str, Any]:
        run = self.runs[asked["run_id"]]
        for param in asked.get("params", []):
            if run.params.setdefault(param["key"], param["value"]) != param["value"]:
                raise Refused(400, "INVALID_PARAMETER_VALUE")
        run.metrics |= {metric["key"]: metric for metric in asked.get("metrics", [])}
        run.tags |= {tag["key"]: tag["value"] for tag in asked.get("tags", [])}
        return {}

    def runs_update(self, asked: dict[str, Any]) -> dict[str, Any]:
        info = self.runs[asked["run_id"]].info
        info |= {"status": asked["status"], "end_time": asked["end_time"]}
        return {"run_info": info}

    def runs_delete(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.runs[asked["run_id"]].deleted = True
        return {}

    def keep(self, run_id: str, name: str, content: bytes) -> None:
        self.calls.append(f"put {name}")
        self.runs[run_id].files[name] = content


@contextmanager
def running_tracker() -> Iterator[FakeTracker]:
    """Serve a tracker on a port of its own until the test ends."""
    tracker = FakeTracker()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({key: value[0] for key, value in parse_qs(self._parts().query).items()})

        def do_POST(self) -> None:
            self._answer(json.loads(self._body()))

        def do_PUT(self) -> None:
            found = ARTIFACT.fullmatch(self._parts().path)
            assert found is not None, self.path
            tracker.keep(found[2], found[3], self._body())
            self._send(200, {})

        def log_message(self, *args: object) -> None:
            """Say nothing."""

        def _answer(self, asked: dict[str, Any]) -> None:
            name = self._parts().path.removeprefix("/api/2.0/mlflow/")
            try:
                self._send(200, tracker.answer(name, asked))
            except Refused as refused:
                self._send(refused.status, {"error_code": refused.code, "message": refused.code})

        def _parts(self) -> Any:
            return urlsplit(self.path)

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def _send(self, status: int, content: dict[str, Any]) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    tracker.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield tracker
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
