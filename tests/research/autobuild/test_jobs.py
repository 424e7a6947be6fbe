"""Durable AutoBuilds: carried out, cancelled, resumed, refused, never mixed up."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from fairlead.infra.bus import Bus
from fairlead.infra.db import Database
from fairlead.infra.errors import Conflict, InternalDefect, InvalidInput, NotFound
from fairlead.infra.settings import Settings
from fairlead.research.autobuild.attempt import Attempt
from fairlead.research.autobuild.record import AutoBuild, JobEvent
from fairlead.research.autobuild.steps import StepEvent
from fairlead.research.autobuild.store import (
    cancel_autobuild,
    delete_autobuild,
    find_autobuild,
)
from fairlead.research.autobuild.store_parts import (
    get_result,
    read_checkpoints,
    read_events,
)
from fairlead.research.autobuild.submitting import UNFINISHED_MAX, resume
from tests.conftest import MakeTenant
from tests.research.autobuild.desk import BARS, INSTRUMENTS, NOW, Desk, small
from tests.research.samples import walk_bars


@pytest.fixture
def desk(database: Database, settings: Settings, bus: Bus, tenant: UUID) -> Desk:
    made = Desk(database, settings, bus, tenant)
    made.stock()
    return made


def test_job_leaves_findings_outcomes_trials_and_events(desk: Desk) -> None:
    job = desk.submit()
    assert (job.status, job.standing.progress, job.name) == ("queued", 0.0, "ours")
    done = desk.work(job)
    assert (done.status, done.error, done.standing.progress) == ("done", None, 1.0)
    assert done.standing.instruments_done == done.standing.instruments_total == 4
    assert done.standing.sets_tested == 16
    found = desk.findings(job)
    assert len(found["accepted"]) + len(found["rejected"]) == 4
    assert found["thresholds"]["trades"] == 30.0
    assert sorted(desk.checkpoints(job)) == list(INSTRUMENTS)
    assert desk.trials(job) == [(f"{name}/sma_crossover", 4) for name in INSTRUMENTS]
    events = desk.events(job)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    kinds = [event.kind for event in events]
    assert (kinds[0], kinds[-1]) == ("started", "finished")
    assert kinds.count("instrument_done") == 4
    assert kinds.count("stage_finished") == 4
    assert [kind for kind, _ in desk.facts()] == ["autobuild.started", "autobuild.finished"]


def _while_telling(
    monkeypatch: pytest.MonkeyPatch, kind: str, act: Callable[[], object]
) -> list[str]:
    """Act when an event of that kind is told; return the kinds told from then on."""
    honest = Attempt.tell
    told: list[str] = []

    def telling(self: Attempt, event: StepEvent) -> None:
        honest(self, event)
        if told or event.kind == kind:
            if not told:
                act()
            told.append(event.kind)

    monkeypatch.setattr(Attempt, "tell", telling)
    return told


def _cancel(desk: Desk, job: AutoBuild) -> AutoBuild | None:
    last = JobEvent(NOW, "finished", None, {"status": "cancelled", "error": None})
    with desk.database.tenant_transaction(desk.tenant) as connection:
        return cancel_autobuild(connection, desk.tenant, job.autobuild_id, last)


def test_cancelled_job_stops_at_its_next_step_and_can_be_resumed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = desk.submit()

    def cancel() -> None:
        _cancel(desk, job)
        desk.clock.advance(timedelta(seconds=1))

    with pytest.MonkeyPatch.context() as patch:
        told = _while_telling(patch, "instrument_done", cancel)
        cancelled = desk.work(job)
    assert (cancelled.status, cancelled.cancel_requested) == ("cancelled", True)
    assert told == ["instrument_done", "progress", "instrument_started"]
    assert list(desk.checkpoints(job)) == [INSTRUMENTS[0]]
    assert desk.facts()[-1][1]["status"] == "cancelled"
    assert desk.work(job, attempt=1) == cancelled
    with desk.database.tenant_transaction(desk.tenant) as connection:
        again = resume(connection, desk.tenant, job.autobuild_id)
    assert (again.status, again.cancel_requested, again.finished_at) == ("queued", False, None)
    assert desk.work(job).status == "done"
    assert desk.trials(job) == [(f"{name}/sma_crossover", 4) for name in INSTRUMENTS]


def test_queued_job_ends_at_once_when_cancelled(desk: Desk) -> None:
    job = desk.submit()
    cancelled = _cancel(desk, job)
    assert cancelled is not None
    assert cancelled.status == "cancelled"
    assert _cancel(desk, job) == cancelled
    assert desk.work(job) == cancelled
    assert [event.kind for event in desk.events(job)] == ["finished"]


def test_job_that_is_done_cannot_be_resumed(desk: Desk) -> None:
    job = desk.submit()
    desk.work(job)
    with (
        pytest.raises(Conflict, match="cannot be resumed: it is done"),
        desk.database.tenant_transaction(desk.tenant) as connection,
    ):
        resume(connection, desk.tenant, job.autobuild_id)


def test_deleted_job_leaves_its_trials(desk: Desk) -> None:
    job = desk.submit()
    with desk.database.tenant_transaction(desk.tenant) as connection:
        assert not delete_autobuild(connection, desk.tenant, job.autobuild_id)
    desk.work(job)
    with desk.database.tenant_transaction(desk.tenant) as connection:
        assert delete_autobuild(connection, desk.tenant, job.autobuild_id)
    tables = ("autobuilds", "autobuild_counts", "autobuild_checkpoints", "autobuild_events",
              "autobuild_results")  # fmt: skip
    assert [desk.count(table) for table in tables] == [0] * 5
    assert desk.count("trials") == len(INSTRUMENTS)


def test_damaged_checkpoint_is_noticed(desk: Desk) -> None:
    job = desk.submit()
    desk.work(job)
    with desk.database.tenant_transaction(desk.tenant) as connection:
        connection.execute(text("UPDATE autobuild_checkpoints SET checksum = sha256('x')"))
    with pytest.raises(InternalDefect, match="damaged"):
        desk.checkpoints(job)


def test_bars_that_come_later_change_nothing(desk: Desk) -> None:
    job = desk.submit(small(history={"minimum_days": 60, "to": "2024-02-01"}))
    desk.work(job)
    later = desk.submit(small(history={"minimum_days": 60}))
    assert desk.findings(job)["rejected"][0]["bars"] < BARS
    desk.work(later)
    assert desk.findings(later)["rejected"][0]["bars"] == BARS


def test_too_many_unfinished_jobs_are_refused(desk: Desk) -> None:
    for _ in range(UNFINISHED_MAX):
        desk.submit()
    with pytest.raises(Conflict, match=f"limit is {UNFINISHED_MAX}"):
        desk.submit()


@pytest.mark.parametrize(
    ("document", "error", "words"),
    [
        (small(timeframe="soon"), InvalidInput, "timeframe"),
        (small(budget={"sets": 0}), InvalidInput, "budget"),
        (small(universe={"mode": "whitelist", "whitelist": []}), InvalidInput, "empty"),
        (small(venues=["binance"]), InvalidInput, "not among the venues"),
        (small(timeframe="4h"), NotFound, "no candles|No instrument"),
        (small(history={"minimum_days": 3_000}), NotFound, "3000 days"),
        (small(venues=["nse"], universe={"mode": "liquidity"}), NotFound, "nothing to build on"),
    ],
)
def test_what_can_never_come_to_anything_is_refused_and_leaves_nothing(
    desk: Desk, document: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        desk.submit(document)
    assert desk.count("autobuilds") == 0


def test_private_bars_stand_above_shared_ones(desk: Desk) -> None:
    desk.own.append(INSTRUMENTS[0], "1h", walk_bars(BARS - 200, 99, gaps=False))
    job = desk.submit()
    desk.work(job)
    found = desk.checkpoints(job)
    assert [found[name]["bars"] for name in INSTRUMENTS[:2]] == [BARS - 200, BARS]


def test_jobs_of_another_tenant_are_not_there(desk: Desk, make_tenant: MakeTenant) -> None:
    job = desk.submit()
    desk.work(job)
    stranger = Desk(desk.database, desk.settings, desk.bus, make_tenant())
    stranger.stock()
    with desk.database.tenant_transaction(stranger.tenant) as connection:
        assert find_autobuild(connection, desk.tenant, job.autobuild_id) is None
        assert read_checkpoints(connection, desk.tenant, job.autobuild_id) == {}
        assert read_events(connection, desk.tenant, job.autobuild_id, 0, 10) == []
        assert get_result(connection, desk.tenant, job.autobuild_id) is None
    assert _cancel(stranger, job) is None
    theirs = stranger.submit()
    stranger.work(theirs)
    assert stranger.checkpoints(theirs)[INSTRUMENTS[0]]["trials_before"] == 0.0
