"""Tracking: each finished run once, whatever fails between; a server that is down hurts no run."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy import text

from fairlead.infra.bus import Bus
from fairlead.infra.db import Database
from fairlead.infra.errors import Unavailable
from fairlead.infra.settings import Settings
from fairlead.research.jobs import ABANDONED, HANDLERS
from fairlead.research.jsonable import JsonObject
from fairlead.research.runs import Kind, Run
from fairlead.research.store import delete_run
from fairlead.research.tracked import Tracked, tracked_findings, tracked_run
from fairlead.research.tracking import TRACK_RUN, log_tracked, shown_address
from tests.research.fake_tracker import FakeTracker, running_tracker
from tests.research.samples import walk_bars
from tests.research.test_jobs import SERIES, Desk, wanted

NOWHERE = "http://somebody:password@127.0.0.1:9"
ENTRY = Tracked(
    tracking_id="018f",
    experiment="fairlead/t",
    name="SMA",
    start_ms=1_700_000_000_000,
    end_ms=1_700_000_100_000,
    parameters={f"p{at}": str(at) for at in range(150)},
    metrics={"sharpe": 1.5, "return": -0.25},
    tags={"fairlead.run_id": "018f", "fairlead.kind": "backtest"},
    files={"report.html": b"<p>", "report.json": b"{}"},
)


@pytest.fixture
def tracker() -> Iterator[FakeTracker]:
    """Serve a tracker for one test."""
    with running_tracker() as served:
        yield served


@pytest.fixture
def desk(database: Database, settings: Settings, bus: Bus, tenant: UUID) -> Desk:
    """Return a desk with candles that tracks nowhere reachable."""
    made = Desk(database, settings.with_changes(mlflow_tracking_uri=NOWHERE), bus, tenant)
    made.lake.append(SERIES, "1h", walk_bars(600))
    return made


def only(tracker: FakeTracker) -> JsonObject:
    (run,) = tracker.alive()
    return cast(
        "JsonObject",
        {
            "status": run.info["status"],
            "name": run.info["run_name"],
            "params": run.params,
            "metrics": {key: metric["value"] for key, metric in run.metrics.items()},
            "tags": run.tags,
            "files": sorted(run.files),
        },
    )


def queued(desk: Desk) -> int:
    with desk.database.system_transaction() as connection:
        return int(
            connection.execute(
                text("""
                    SELECT count(*) FROM jobs.procrastinate_jobs
                    WHERE task_name = :task AND args ->> 'tenant_id' = :tenant
                """),
                {"task": TRACK_RUN, "tenant": str(desk.tenant)},
            ).scalar_one()
        )


def test_entry_arrives_whole_and_once(tracker: FakeTracker) -> None:
    ids = {log_tracked(tracker.address, ENTRY) for _ in range(3)}
    assert len(ids) == 1
    found = only(tracker)
    assert (found["status"], found["name"]) == ("FINISHED", "SMA")
    assert found["params"] == ENTRY.parameters
    assert found["metrics"] == ENTRY.metrics
    assert found["files"] == ["report.html", "report.json"]
    assert tracker.calls.count("runs/log-batch") == 3


@pytest.mark.parametrize("call", ["runs/log-batch", "runs/update"])
def test_entry_that_was_cut_off_is_completed_and_not_doubled(
    tracker: FakeTracker, call: str
) -> None:
    tracker.fail_at[call] = 1
    with pytest.raises(Unavailable, match="did not take run 018f"):
        log_tracked(tracker.address, ENTRY)
    assert only(tracker)["status"] == "RUNNING"
    log_tracked(tracker.address, ENTRY)
    found = only(tracker)
    assert found["status"] == "FINISHED"
    assert found["params"] == ENTRY.parameters


def test_two_workers_at_the_same_moment_leave_one_entry(tracker: FakeTracker) -> None:
    log_tracked(tracker.address, ENTRY)
    tracker.unseen_searches = 1
    log_tracked(tracker.address, ENTRY)
    assert tracker.calls.count("runs/create") == 2
    assert only(tracker)["status"] == "FINISHED"


def test_experiment_that_another_made_meanwhile_is_taken(tracker: FakeTracker) -> None:
    tracker.experiments["fairlead/t"] = "1"
    tracker.fail_at["experiments/get-by-name"] = 1
    tracker.fail_code = "RESOURCE_DOES_NOT_EXIST"
    log_tracked(tracker.address, ENTRY)
    assert tracker.calls[:2] == ["experiments/get-by-name", "experiments/create"]
    assert tracker.experiments == {"fairlead/t": "1"}
    assert only(tracker)["status"] == "FINISHED"


def test_server_that_is_down_is_named_without_its_password() -> None:
    with pytest.raises(Unavailable) as caught:
        log_tracked(NOWHERE, ENTRY)
    said = f"{caught.value.message} {caught.value.found}"
    assert "http://127.0.0.1:9" in said
    assert "password" not in said
    assert shown_address("sqlite:///x.db") == "sqlite"


@pytest.mark.parametrize("kind", ["backtest", "sweep", "walkforward"])
def test_finished_run_is_tracked_by_a_job_of_its_own(
    desk: Desk, tracker: FakeTracker, kind: Kind
) -> None:
    desk.settings = desk.settings.with_changes(mlflow_tracking_uri=tracker.address)
    run = desk.work(desk.submit(wanted(kind)))
    assert run.status == "done"
    assert queued(desk) == 1
    for attempt in range(2):
        HANDLERS[TRACK_RUN](desk.context(run, attempt))
    found = only(tracker)
    tags, metrics, params = found["tags"], found["metrics"], found["params"]
    assert isinstance(tags, dict)
    assert isinstance(metrics, dict)
    assert isinstance(params, dict)
    assert tags["fairlead.run_id"] == str(run.run_id)
    assert tags["fairlead.version_hash"] == run.version_hash
    assert len(str(tags["fairlead.kernel_hash"])) == 64
    assert (tags["fairlead.instrument"], tags["fairlead.timeframe"]) == (SERIES, "1h")
    assert run.summary is not None
    assert metrics["sharpe"] == run.summary["sharpe"]
    assert params["cash"] == "10000"
    assert ("axis.fast" in params) == (kind != "backtest")
    files = found["files"]
    assert isinstance(files, list)
    assert ("report.pdf" in files) == (kind == "backtest")


def test_run_is_done_although_the_server_is_down(desk: Desk) -> None:
    run = desk.work(desk.submit(wanted()))
    assert run.status == "done"
    with pytest.raises(Unavailable):
        HANDLERS[TRACK_RUN](desk.context(run))
    ABANDONED[TRACK_RUN](desk.context(run, 4), "The server did not answer.")
    assert desk.state(run).status == "done"


def test_nothing_is_queued_without_a_server(desk: Desk) -> None:
    desk.settings = desk.settings.with_changes(mlflow_tracking_uri=None)
    run = desk.work(desk.submit(wanted()))
    assert run.status == "done"
    assert queued(desk) == 0
    HANDLERS[TRACK_RUN](desk.context(run))


def test_run_that_did_not_end_well_is_not_tracked(desk: Desk) -> None:
    day = datetime(2023, 11, 1, tzinfo=UTC)
    run = desk.work(desk.submit(wanted(start=day, end=day + timedelta(days=1))))
    assert run.status == "failed"
    assert queued(desk) == 0


def test_run_deleted_meanwhile_is_forgotten(desk: Desk, tracker: FakeTracker) -> None:
    desk.settings = desk.settings.with_changes(mlflow_tracking_uri=tracker.address)
    run = desk.work(desk.submit(wanted()))
    with desk.database.tenant_transaction(desk.tenant) as connection:
        assert delete_run(connection, desk.tenant, run.run_id)
    HANDLERS[TRACK_RUN](desk.context(run))
    assert tracker.alive() == []


def test_definition_of_a_strategy_is_not_sent(desk: Desk) -> None:
    run = desk.work(desk.submit(wanted()))
    made = tracked_run(desk.tenant, run, {"definition": {"rules": 1}, "cash": "1"}, {})
    assert set(made.parameters) == {"cash"}
    assert "rules" not in str(made)


def test_autobuild_is_told_with_its_constraints_and_counts() -> None:
    at = datetime(2024, 6, 1, tzinfo=UTC)
    findings = (
        b'{"accepted":[{"instrument":"a:b"}],"rejected":[],"failures":[],'
        b'"portfolio":{"metrics":{"sharpe":1.5}},"evidence":{"trials":7,"family":"x"}}'
    )
    made = tracked_findings(
        UUID(int=1), UUID(int=2), "Mine", at, at, {"evidence": {"pbo": 0.5}}, findings
    )
    assert made.metrics == {
        "accepted": 1.0, "rejected": 0.0, "failures": 0.0, "trials": 7.0, "sharpe": 1.5,
    }  # fmt: skip
    assert made.parameters == {"evidence.pbo": "0.5"}
    assert made.tags["fairlead.instrument"] == "a:b"
    assert sorted(made.files) == ["constraints.json", "findings.json"]


def test_times_of_an_entry_are_those_of_its_run(desk: Desk) -> None:
    run: Run = desk.work(desk.submit(wanted()))
    first, again = (tracked_run(desk.tenant, run, {}, {}) for _ in range(2))
    assert first == again
    later = replace(run, finished_at=datetime(2030, 1, 1, tzinfo=UTC))
    assert tracked_run(desk.tenant, later, {}, {}).end_ms == 1_893_456_000_000
