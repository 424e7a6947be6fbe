"""Durable AutoBuilds: interrupted at any point, taken over, cancelled, resumed, never doubled."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from fairlead.infra.bus import Bus
from fairlead.infra.db import Database
from fairlead.infra.errors import Conflict, InternalDefect, InvalidInput, NotFound
from fairlead.infra.queue import JobInterrupted
from fairlead.infra.settings import Settings
from fairlead.research.autobuild.attempt import Attempt
from fairlead.research.autobuild.constraints import read_constraints
from fairlead.research.autobuild.jobs import abandon, run_job
from fairlead.research.autobuild.record import AutoBuild, Checkpoint, JobEvent
from fairlead.research.autobuild.steps import StepEvent
from fairlead.research.autobuild.store import (
    cancel_autobuild,
    claim_autobuild,
    delete_autobuild,
    find_autobuild,
)
from fairlead.research.autobuild.store_parts import (
    get_result,
    put_checkpoint,
    read_checkpoints,
    read_events,
)
from fairlead.research.autobuild.submitting import UNFINISHED_MAX, resume
from fairlead.research.autobuild.trials import TrialRecord
from fairlead.research.progress import RunCancelled
from tests.conftest import MakeTenant
from tests.research.autobuild.desk import BARS, INSTRUMENTS, NOW, Desk, small
from tests.research.samples import walk_bars


@pytest.fixture
def desk(database: Database, settings: Settings, bus: Bus, tenant: UUID) -> Desk:
    made = Desk(database, settings, bus, tenant)
    made.stock()
    return made


class Killed(BaseException):
    """End an attempt as kill -9 would: nothing of it runs afterwards."""


def killed_at(
    monkeypatch: pytest.MonkeyPatch, method: str, number: int, *, after: bool = False
) -> None:
    """Let the attempt die at its `number`-th call of a method, before or after the call."""
    honest: Callable[..., object] = getattr(Attempt, method)
    calls = 0

    def dying(self: Attempt, *arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == number and not after:
            raise Killed
        answer = honest(self, *arguments)
        if calls == number:
            raise Killed
        return answer

    monkeypatch.setattr(Attempt, method, dying)


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


KILLS = [
    ("count", 1, False),
    ("count", 3, True),
    ("record", 2, True),
    ("save", 1, False),
    ("save", 2, True),
    ("save", 4, True),
    ("end", 1, False),
]


@pytest.mark.parametrize(("method", "number", "after"), KILLS)
def test_killed_attempt_is_resumed_to_the_same_findings(
    desk: Desk, method: str, number: int, after: bool
) -> None:
    undisturbed = desk.submit()
    assert desk.work(undisturbed).status == "done"
    job = desk.submit(name="killed")
    with pytest.MonkeyPatch.context() as dying:
        killed_at(dying, method, number, after=after)
        with pytest.raises(Killed):
            desk.work(job)
    assert desk.state(job).status == "running"
    kept = desk.checkpoints(job)
    assert len(desk.trials(job)) == len(kept)
    done = desk.work(job, attempt=1)
    assert done.status == "done"
    # the ledger knows of the first AutoBuild by now, which the evidence of the second shows
    before = {name: each["trials_before"] for name, each in desk.checkpoints(job).items()}
    assert all(count > 0.0 for count in before.values())
    assert {name: desk.checkpoints(job)[name] for name in kept} == kept
    assert desk.trials(job) == [(f"{name}/sma_crossover", 4) for name in INSTRUMENTS]
    resumed = [event for event in desk.events(job) if event.kind == "resumed"]
    assert [event.fields["kept"] for event in resumed] == [len(kept)]


@pytest.mark.parametrize(("method", "number", "after"), KILLS)
def test_killed_and_undisturbed_tenant_find_the_same(
    desk: Desk, make_tenant: MakeTenant, method: str, number: int, after: bool
) -> None:
    other = Desk(desk.database, desk.settings, desk.bus, make_tenant())
    undisturbed = other.submit()
    other.work(undisturbed)
    job = desk.submit()
    with pytest.MonkeyPatch.context() as dying:
        killed_at(dying, method, number, after=after)
        with pytest.raises(Killed):
            desk.work(job)
    desk.work(job, attempt=1)
    assert desk.findings(job) == other.findings(undisturbed)
    assert desk.checkpoints(job) == other.checkpoints(undisturbed)
    assert desk.trials(job) == other.trials(undisturbed)


def test_trials_of_others_between_two_attempts_change_nothing(
    desk: Desk, make_tenant: MakeTenant
) -> None:
    """The number of trials is frozen when an instrument is first begun."""
    job = desk.submit()
    with pytest.MonkeyPatch.context() as dying:
        killed_at(dying, "save", 1)
        with pytest.raises(Killed):
            desk.work(job)
    meanwhile = desk.submit(name="meanwhile")
    assert desk.work(meanwhile).status == "done"
    desk.work(job, attempt=1)
    kept = desk.checkpoints(job)
    assert kept[INSTRUMENTS[0]]["trials_before"] == 0.0
    assert kept[INSTRUMENTS[-1]]["trials_before"] > 0.0


def _planted_early_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plant: the checkpoint is committed by itself, before the trials that belong to it."""
    honest = Attempt._keep

    def early(
        self: Attempt,
        connection: Connection,
        checkpoint: Checkpoint,
        records: tuple[TrialRecord, ...],
    ) -> None:
        with self._context.database.tenant_transaction(self.tenant_id) as own:
            put_checkpoint(
                own, self.tenant_id, self._context.job_id, checkpoint, self._context.clock.now()
            )
        honest(self, connection, checkpoint, records)

    monkeypatch.setattr(Attempt, "_keep", early)


def test_planted_checkpoint_before_its_trials_is_caught(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _planted_early_checkpoint(monkeypatch)
    job = desk.submit()
    desk.work(job)
    with pytest.raises(AssertionError):
        assert desk.trials(job) == [(f"{name}/sma_crossover", 4) for name in INSTRUMENTS]


def test_attempt_that_was_taken_for_dead_changes_nothing(desk: Desk) -> None:
    job = desk.submit()
    with desk.database.tenant_transaction(desk.tenant) as connection:
        claim = claim_autobuild(connection, desk.tenant, job.autobuild_id, 0, NOW)
    assert claim is not None
    zombie = Attempt(desk.context(job, 0), claim, read_constraints(claim.constraints))
    done = desk.work(job, attempt=1)
    events, findings = desk.events(job), desk.findings(job)
    outcome = zombie.load()[INSTRUMENTS[0]]
    with pytest.raises(RunCancelled):
        zombie.save(outcome)
    zombie.say("note", {"text": "from the grave"})
    zombie.end("failed", "the zombie's own reason", None)
    assert zombie.stop()
    run_job(desk.context(job, 0))
    abandon(desk.context(job, 0), "given up")
    assert desk.state(job) == done
    assert (desk.events(job), desk.findings(job)) == (events, findings)


def test_planted_write_without_fence_is_caught(desk: Desk) -> None:
    """Show that the zombie would end the job if writes did not compare the attempt."""
    job = desk.submit()
    with desk.database.tenant_transaction(desk.tenant) as connection:
        claim = claim_autobuild(connection, desk.tenant, job.autobuild_id, 0, NOW)
        claim_autobuild(connection, desk.tenant, job.autobuild_id, 1, NOW)
        assert claim is not None
    zombie = Attempt(desk.context(job, 0), claim, read_constraints(claim.constraints))
    zombie.end("failed", "the zombie's own reason", None)
    assert desk.state(job).status == "running"
    with desk.database.tenant_transaction(desk.tenant) as connection:
        connection.execute(text("UPDATE autobuilds SET attempt = 0"))
    zombie = Attempt(desk.context(job, 0), claim, read_constraints(claim.constraints))
    zombie.end("failed", "the zombie's own reason", None)
    assert desk.state(job).status == "failed"


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


def test_stopping_worker_hands_the_job_back(desk: Desk) -> None:
    job = desk.submit()
    with pytest.MonkeyPatch.context() as patch:
        _while_telling(patch, "instrument_done", desk.stopping.set)
        with pytest.raises(JobInterrupted):
            desk.work(job)
    desk.stopping.clear()
    assert desk.state(job).status == "running"
    assert list(desk.checkpoints(job)) == [INSTRUMENTS[0]]
    assert desk.work(job, attempt=1).status == "done"


def test_abandoned_job_keeps_its_outcomes_and_goes_on_when_resumed(desk: Desk) -> None:
    job = desk.submit()
    with pytest.MonkeyPatch.context() as dying:
        killed_at(dying, "save", 2, after=True)
        with pytest.raises(Killed):
            desk.work(job, attempt=4)
    abandon(desk.context(job, 4), "Its worker died 5 times while running it.")
    failed = desk.state(job)
    assert (failed.status, failed.error) == ("failed", "Its worker died 5 times while running it.")
    with desk.database.tenant_transaction(desk.tenant) as connection:
        resume(connection, desk.tenant, job.autobuild_id)
    assert desk.work(job, attempt=0).status == "done"
    assert desk.trials(job) == [(f"{name}/sma_crossover", 4) for name in INSTRUMENTS]


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
