"""Attempts that die, and those that take over: nothing lost, nothing counted twice."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from fairlead.infra.bus import Bus
from fairlead.infra.db import Database
from fairlead.infra.errors import Unavailable
from fairlead.infra.queue import JobInterrupted
from fairlead.infra.settings import Settings
from fairlead.research.autobuild.attempt import Attempt
from fairlead.research.autobuild.checkpoints import checkpoint_of, outcome_of_checkpoint
from fairlead.research.autobuild.constraints import read_constraints
from fairlead.research.autobuild.jobs import abandon, run_job
from fairlead.research.autobuild.ledger_lines import ledger_line
from fairlead.research.autobuild.record import AutoBuild, Checkpoint
from fairlead.research.autobuild.steps import StepEvent
from fairlead.research.autobuild.store import (
    claim_autobuild,
)
from fairlead.research.autobuild.store_parts import (
    put_checkpoint,
    read_checkpoints,
)
from fairlead.research.autobuild.submitting import resume
from fairlead.research.autobuild.trials import TrialRecord, Tried
from fairlead.research.overfitting.ledger import record_trials
from fairlead.research.progress import RunCancelled
from tests.conftest import MakeTenant
from tests.research.autobuild.desk import INSTRUMENTS, NOW, Desk

TRIALS = [(f"{name}/sma_crossover", 4) for name in INSTRUMENTS]


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
    assert desk.trials(job) == TRIALS
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


def findings_after_a_kill(desk: Desk, method: str, number: int) -> AutoBuild:
    """Let an attempt die after its `number`-th call of a method, and another one finish."""
    job = desk.submit()
    with pytest.MonkeyPatch.context() as dying:
        killed_at(dying, method, number, after=True)
        with pytest.raises(Killed):
            desk.work(job)
    return desk.work(job, attempt=1)


def test_planted_checkpoint_before_its_outcome_is_complete_is_caught(
    desk: Desk, make_tenant: MakeTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plant: an outcome is kept when its instrument begins, to be completed later."""
    other = Desk(desk.database, desk.settings, desk.bus, make_tenant())
    undisturbed = other.submit()
    other.work(undisturbed)
    complete = other.checkpoints(undisturbed)
    bare = replace(outcome_of_checkpoint(_raw(other, undisturbed)), windows=(), gates=())
    honest = Attempt.count

    def early(self: Attempt, families: tuple[str, ...], instrument: str) -> Tried:
        content = checkpoint_of(replace(bare, instrument=instrument))
        with self._context.database.tenant_transaction(self.tenant_id) as own:
            put_checkpoint(own, self.tenant_id, self._context.job_id, content, NOW)
        return honest(self, families, instrument)

    monkeypatch.setattr(Attempt, "count", early)
    job = findings_after_a_kill(desk, "count", 2)
    assert job.status == "done"
    assert desk.checkpoints(job) != complete
    assert desk.trials(job) != other.trials(undisturbed)


def test_planted_checkpoint_without_its_trials_is_caught(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plant: the checkpoint is committed by itself, before the trials that belong to it."""
    honest = Attempt._keep

    def early(
        self: Attempt,
        connection: Connection,
        checkpoint: Checkpoint,
        records: tuple[TrialRecord, ...],
    ) -> None:
        with self._context.database.tenant_transaction(self.tenant_id) as own:
            put_checkpoint(own, self.tenant_id, self._context.job_id, checkpoint, NOW)
        honest(self, connection, checkpoint, records)

    monkeypatch.setattr(Attempt, "_keep", early)
    assert desk.trials(findings_after_a_kill(desk, "save", 1)) != TRIALS


def test_planted_second_count_of_trials_is_caught(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plant: trials are written at once, under the number of the attempt, before the outcome."""

    def eager(self: Attempt, trials: tuple[TrialRecord, ...]) -> None:
        with self._context.database.tenant_transaction(self.tenant_id) as own:
            for record in trials:
                part = f"{record.instrument}/{record.template}/{self._fence}"
                line = ledger_line(record, self._constraints)
                record_trials(own, self.tenant_id, self._context.job_id, line, NOW, part=part)

    monkeypatch.setattr(Attempt, "record", eager)
    job = findings_after_a_kill(desk, "record", 1)
    assert len(desk.trials(job)) == len(INSTRUMENTS) + 1


def _raw(desk: Desk, job: AutoBuild) -> bytes:
    with desk.database.tenant_transaction(desk.tenant) as connection:
        return read_checkpoints(connection, desk.tenant, job.autobuild_id)[INSTRUMENTS[0]]


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
    assert desk.trials(job) == TRIALS


def test_unreachable_scheduler_keeps_the_job_until_one_answers(desk: Desk) -> None:
    job, own = desk.submit(), desk.settings
    desk.settings = own.with_changes(dask_scheduler="tcp://127.0.0.1:9")
    with pytest.raises(Unavailable) as refused:
        desk.work(job)
    assert desk.state(job).status == "running"
    abandon(desk.context(job, 4), refused.value.message)
    failed = desk.state(job)
    assert failed.error == "The Dask scheduler at tcp://127.0.0.1:9 does not answer."
    desk.settings = own
    with desk.database.tenant_transaction(desk.tenant) as connection:
        resume(connection, desk.tenant, job.autobuild_id)
    assert desk.work(job).status == "done"
    assert desk.trials(job) == TRIALS
