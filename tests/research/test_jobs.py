"""Durable runs: carried out once, taken over, cancelled, failed with a sentence, never mixed up."""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text

from fairlead.infra.bus import Bus
from fairlead.infra.clock import ManualClock
from fairlead.infra.db import Database
from fairlead.infra.errors import Conflict, InternalDefect, InvalidInput, NotFound
from fairlead.infra.ids import uuid7
from fairlead.infra.queue import JobContext, JobInterrupted
from fairlead.infra.settings import Settings
from fairlead.kernel.series import Bars
from fairlead.market.lake import Lake
from fairlead.research import jobs
from fairlead.research.grid import grid_of
from fairlead.research.jobs import HANDLERS, abandon, run_job
from fairlead.research.model import BY_DEFINITION, Account
from fairlead.research.plan import Plan
from fairlead.research.runs import Kind, Run
from fairlead.research.store import (
    cancel_run,
    claim_run,
    delete_run,
    find_run,
    get_result,
    list_runs,
    report_progress,
)
from fairlead.research.submitting import UNFINISHED_MAX, Wanted, submit
from fairlead.strategies.templates import template_data
from tests.conftest import MakeTenant
from tests.research.samples import walk_bars

SERIES = "binance:BTC-USDT"
ACCOUNT = Account(Decimal(10_000), Decimal("0.001"), Decimal(0), BY_DEFINITION, False)


def wanted(kind: Kind = "backtest", **changes: object) -> Wanted:
    definition = template_data("sma_crossover")
    assert isinstance(definition, dict)
    grid = () if kind == "backtest" else grid_of({"fast": "3:9:3", "slow": "12:36:12"})
    plain = Wanted(
        kind=kind,
        version_id=None,
        definition=definition,
        instrument=SERIES,
        timeframe="1h",
        start=None,
        end=None,
        parameters={},
        account=ACCOUNT,
        axes=grid,
        plan=Plan(windows=3),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields are named by the tests


class Desk:
    """Submit runs of one tenant and work them off by hand, attempt by attempt."""

    def __init__(self, database: Database, settings: Settings, bus: Bus, tenant: UUID) -> None:
        self.database, self.settings, self.bus, self.tenant = database, settings, bus, tenant
        self.clock = ManualClock(datetime(2024, 6, 1, tzinfo=UTC))
        self.lake = Lake(settings.lake_dir)
        self.stopping = threading.Event()

    def submit(self, what: Wanted) -> Run:
        with self.database.tenant_transaction(self.tenant) as connection:
            return submit(connection, self.tenant, self.lake, what, self.clock.now())

    def context(self, run: Run, attempt: int = 0) -> JobContext:
        return JobContext(
            self.database,
            self.settings,
            self.clock,
            self.bus,
            self.tenant,
            run.run_id,
            attempt,
            self.stopping,
        )

    def work(self, run: Run, attempt: int = 0) -> Run:
        HANDLERS[f"research.{run.kind}"](self.context(run, attempt))
        return self.state(run)

    def state(self, run: Run) -> Run:
        with self.database.tenant_transaction(self.tenant) as connection:
            found = find_run(connection, self.tenant, run.run_id, run.kind)
        assert found is not None
        return found

    def result(self, run: Run, part: str) -> bytes:
        with self.database.tenant_transaction(self.tenant) as connection:
            content = get_result(connection, self.tenant, run.run_id, part)
        assert content is not None
        return content

    def events(self) -> list[tuple[str, dict[str, object]]]:
        with self.database.system_transaction() as connection:
            rows = connection.execute(
                text("SELECT type, data FROM outbox WHERE user_id = :tenant ORDER BY id"),
                {"tenant": self.tenant},
            )
            return [(row.type, row.data) for row in rows]

    def count(self, table: str) -> int:
        with self.database.tenant_transaction(self.tenant) as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


@pytest.fixture
def desk(database: Database, settings: Settings, bus: Bus, tenant: UUID) -> Desk:
    made = Desk(database, settings, bus, tenant)
    made.lake.append(SERIES, "1h", walk_bars(1_200))
    return made


def test_backtest_job_leaves_report_page_and_csv(desk: Desk) -> None:
    run = desk.submit(wanted())
    assert (run.status, run.progress, run.strategy_name) == ("queued", 0.0, "SMA crossover")
    done = desk.work(run)
    assert (done.status, done.progress, done.error) == ("done", 1.0, None)
    report = json.loads(desk.result(run, "report.json"))
    assert report["instrument"] == SERIES
    assert len(report["equity"]) == 1_194
    assert done.summary is not None
    assert done.summary["return"] == report["metrics"]["return"]
    assert desk.result(run, "report.html").startswith(b"<!doctype html>")
    assert desk.result(run, "trades.csv").startswith(b"side,quantity,entry_ts")
    assert desk.result(run, "equity.csv").count(b"\n") == 1_195
    assert [kind for kind, _ in desk.events()] == ["run.finished"]
    assert desk.count("trials") == 1


@pytest.mark.parametrize("kind", ["sweep", "walkforward"])
def test_search_job_leaves_its_result_and_one_line_of_trials(desk: Desk, kind: Kind) -> None:
    run = desk.submit(wanted(kind))
    done = desk.work(run)
    assert done.status == "done", done.error
    result = json.loads(desk.result(run, "result.json"))
    assert result["sets"] == 9
    with desk.database.tenant_transaction(desk.tenant) as connection:
        trial = connection.execute(text("SELECT * FROM trials")).one()
    assert trial.sets == (9 if kind == "sweep" else 27)
    assert trial.sharpe_variance > 0.0


def test_job_of_a_killed_worker_is_done_by_another_with_the_same_bytes(desk: Desk) -> None:
    first, second = desk.submit(wanted("sweep")), desk.submit(wanted("sweep"))
    with desk.database.tenant_transaction(desk.tenant) as connection:
        claim_run(connection, desk.tenant, second.run_id, 0, desk.clock.now())
        report_progress(connection, desk.tenant, second.run_id, 0, 0.4)
    assert desk.state(second).status == "running"
    desk.lake.append(SERIES, "1h", later_bars())
    assert desk.work(first).status == "done"
    assert desk.work(second, attempt=1).status == "done"
    assert desk.result(first, "result.json") == desk.result(second, "result.json")


def later_bars() -> Bars:
    bars = walk_bars(1_300, gaps=False)
    return bars.slice(1_200, 1_300)


def test_worker_that_was_taken_for_dead_changes_nothing(desk: Desk) -> None:
    run = desk.submit(wanted())
    zombie = desk.context(run, attempt=0)
    with desk.database.tenant_transaction(desk.tenant) as connection:
        submission = claim_run(connection, desk.tenant, run.run_id, 0, desk.clock.now())
    assert submission is not None
    done = desk.work(run, attempt=1)
    digest = hashlib.sha256(desk.result(run, "report.json")).hexdigest()
    jobs._end(zombie, "failed", "the zombie's own reason", None)
    run_job(zombie)
    abandon(zombie, "given up")
    assert desk.state(run) == done
    assert hashlib.sha256(desk.result(run, "report.json")).hexdigest() == digest
    assert len(desk.events()) == 1


def test_planted_finish_without_attempt_is_caught(desk: Desk) -> None:
    """Show that the zombie's write would win if ending did not compare the attempt."""
    run = desk.submit(wanted())
    with desk.database.tenant_transaction(desk.tenant) as connection:
        claim_run(connection, desk.tenant, run.run_id, 1, desk.clock.now())
        connection.execute(text("UPDATE runs SET attempt = 0"))
    jobs._end(desk.context(run, attempt=0), "failed", "the zombie's own reason", None)
    assert desk.state(run).status == "failed"


def test_cancelled_queued_run_never_starts(desk: Desk) -> None:
    run = desk.submit(wanted())
    with desk.database.tenant_transaction(desk.tenant) as connection:
        cancelled = cancel_run(connection, desk.tenant, run.run_id, "backtest", desk.clock.now())
    assert cancelled is not None
    assert cancelled.status == "cancelled"
    assert desk.work(run).status == "cancelled"
    assert desk.count("run_results") == 0


def test_running_run_stops_at_its_next_step_after_cancel(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = desk.submit(wanted("sweep"))
    steps: list[float] = []
    honest: Callable[[jobs.Watch, float], None] = jobs.Watch.__call__

    def cancelling(watch: jobs.Watch, share: float) -> None:
        steps.append(share)
        desk.clock.advance(timedelta(seconds=1))
        if len(steps) == 2:
            with desk.database.tenant_transaction(desk.tenant) as connection:
                cancel_run(connection, desk.tenant, run.run_id, "sweep", desk.clock.now())
        honest(watch, share)

    monkeypatch.setattr(jobs.Watch, "__call__", cancelling)
    assert desk.work(run).status == "cancelled"
    assert len(steps) == 2
    assert desk.count("run_results") == 0
    assert desk.count("trials") == 0
    assert desk.events()[-1][1]["status"] == "cancelled"


def test_stopping_worker_hands_the_run_back(desk: Desk) -> None:
    run = desk.submit(wanted())
    desk.stopping.set()
    with pytest.raises(JobInterrupted):
        desk.work(run)
    desk.stopping.clear()
    assert desk.work(run, attempt=1).status == "done"


def test_run_that_cannot_be_done_fails_with_a_sentence(desk: Desk) -> None:
    day = datetime(2023, 11, 1, tzinfo=UTC)
    run = desk.submit(wanted(start=day, end=day + timedelta(days=1)))
    failed = desk.work(run)
    assert failed.status == "failed"
    assert failed.error is not None
    assert "0 bars" in failed.error, failed.error
    assert desk.events()[-1][1]["error"] == failed.error


def test_abandoned_run_fails_with_the_reason(desk: Desk) -> None:
    run = desk.submit(wanted())
    abandon(desk.context(run), "Its worker died 5 times while running it.")
    failed = desk.state(run)
    assert (failed.status, failed.error) == ("failed", "Its worker died 5 times while running it.")


def test_damaged_result_is_noticed(desk: Desk) -> None:
    run = desk.submit(wanted())
    desk.work(run)
    with desk.database.tenant_transaction(desk.tenant) as connection:
        connection.execute(text("UPDATE run_results SET compressed = compressed || '\\x00'::bytea"))
        connection.execute(
            text("UPDATE run_results SET checksum = sha256('x') WHERE part = 'report.json'")
        )
    with pytest.raises(InternalDefect, match="damaged"):
        desk.result(run, "report.json")


def test_ended_run_can_be_deleted_and_its_trial_stays(desk: Desk) -> None:
    run = desk.submit(wanted())
    with desk.database.tenant_transaction(desk.tenant) as connection:
        assert not delete_run(connection, desk.tenant, run.run_id)
    desk.work(run)
    with desk.database.tenant_transaction(desk.tenant) as connection:
        assert delete_run(connection, desk.tenant, run.run_id)
    assert (desk.count("runs"), desk.count("run_results"), desk.count("trials")) == (0, 0, 1)


def test_trials_cannot_be_changed_or_deleted(desk: Desk) -> None:
    desk.work(desk.submit(wanted()))
    for statement in ("UPDATE trials SET sets = 1", "DELETE FROM trials"):
        with (
            pytest.raises(Exception, match="permission denied"),
            desk.database.tenant_transaction(desk.tenant) as connection,
        ):
            connection.execute(text(statement))


def test_runs_of_another_tenant_are_not_there(desk: Desk, make_tenant: MakeTenant) -> None:
    run = desk.submit(wanted())
    desk.work(run)
    stranger = make_tenant()
    with desk.database.tenant_transaction(stranger) as connection:
        assert find_run(connection, desk.tenant, run.run_id, "backtest") is None
        assert find_run(connection, stranger, run.run_id, "backtest") is None
        assert list_runs(connection, desk.tenant, "backtest", None, 10) == []
        assert get_result(connection, desk.tenant, run.run_id, "report.json") is None
        assert cancel_run(connection, desk.tenant, run.run_id, "backtest", desk.clock.now()) is None
    assert desk.state(run).status == "done"


def test_list_goes_on_after_a_run(desk: Desk) -> None:
    runs = [desk.submit(wanted()) for _ in range(3)]
    with desk.database.tenant_transaction(desk.tenant) as connection:
        first = list_runs(connection, desk.tenant, "backtest", None, 2)
        rest = list_runs(connection, desk.tenant, "backtest", first[-1].run_id, 2)
    ids = [run.run_id for run in (*first, *rest)]
    assert ids == [run.run_id for run in reversed(runs)]


def test_too_many_unfinished_runs_are_refused(desk: Desk) -> None:
    for _ in range(UNFINISHED_MAX):
        desk.submit(wanted())
    with pytest.raises(Conflict, match="limit is 20"):
        desk.submit(wanted())


@pytest.mark.parametrize(
    ("what", "error"),
    [
        (wanted(definition=None), InvalidInput),
        (wanted(version_id=uuid7()), InvalidInput),
        (wanted(definition=None, version_id=uuid7()), NotFound),
        (wanted(definition={"kind": "rules"}), InvalidInput),
        (wanted(instrument="binance:NONE-USDT"), NotFound),
        (wanted(timeframe="soon"), InvalidInput),
        (wanted(start=datetime(2024, 5, 1, tzinfo=UTC)), InvalidInput),
        (wanted(parameters={"fats": 3}), InvalidInput),
        (wanted(parameters={"fast": 60, "slow": 20}), InvalidInput),
        (wanted(account=replace(ACCOUNT, cash=Decimal(0))), InvalidInput),
        (wanted("sweep", plan=Plan("sharp")), InvalidInput),
        (wanted("sweep", axes=grid_of({"fast": "1:5:1"})), InvalidInput),
        (wanted("walkforward", plan=Plan(fit=1.5)), InvalidInput),
    ],
)
def test_what_can_never_run_is_refused_and_leaves_nothing(
    desk: Desk, what: Wanted, error: type[Exception]
) -> None:
    with pytest.raises(error):
        desk.submit(what)
    assert desk.count("runs") == 0
