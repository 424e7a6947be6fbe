"""One attempt at an AutoBuild: its outcomes, trials and events, each written exactly once."""

import hashlib
from dataclasses import replace
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict
from fairlead.infra.outbox import emit
from fairlead.infra.queue import JobContext
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.research.autobuild.checkpoints import checkpoint_of, outcome_of_checkpoint
from fairlead.research.autobuild.constraints import constraints_document
from fairlead.research.autobuild.events import finished
from fairlead.research.autobuild.ledger_lines import (
    idea_of_family,
    idea_of_template,
    ledger_line,
)
from fairlead.research.autobuild.outcome import InstrumentOutcome
from fairlead.research.autobuild.record import Checkpoint, Claim, JobEvent, Standing
from fairlead.research.autobuild.standing import advanced
from fairlead.research.autobuild.steps import StepEvent, StepProgress
from fairlead.research.autobuild.store import finish_autobuild, report
from fairlead.research.autobuild.store_parts import (
    freeze_count,
    frozen_count,
    put_checkpoint,
    put_result,
    read_checkpoints,
)
from fairlead.research.autobuild.terms import Constraints
from fairlead.research.autobuild.trials import TrialRecord, Tried
from fairlead.research.jsonable import JsonObject, dump_json
from fairlead.research.overfitting.holdout import HoldoutPeriod, holdout_seen, open_holdout
from fairlead.research.overfitting.ledger import count_trials, record_trials
from fairlead.research.progress import RunCancelled
from fairlead.research.runs import Status
from fairlead.research.tracking import TRACK_AUTOBUILD, queue_tracking

CHECK_EVERY_S = 0.5
PROGRESS_EVERY_S = 2.0
# Of a long job's progress this share of its time passes between two events, so they stay few.
PROGRESS_SHARE = 1 / 200
PENDING_MAX = 200

Reason = Literal["cancelled", "interrupted", "lost"]


class Attempt:
    """Be the ledger, the checkpoints and the ears of one attempt, on the job's own rows.

    Every write compares the attempt's fence, so one that was taken for dead writes nothing. The
    row of the job is asked at most every half second whether it is still wanted.
    """

    def __init__(self, context: JobContext, claim: Claim, constraints: Constraints) -> None:
        self._context, self._fence, self._constraints = context, claim.fence, constraints
        self._standing = Standing()
        self._pending: list[JobEvent] = []
        self._records: tuple[TrialRecord, ...] = ()
        self._begun_s = self._asked_s = context.clock.monotonic_s()
        self._progress_s = self._begun_s
        self.stopped: Reason | None = None

    @property
    def tenant_id(self) -> UUID:
        """Return whose AutoBuild it is."""
        return self._context.tenant_id

    def say(self, kind: str, fields: JsonObject) -> None:
        """Tell about the job itself."""
        now = self._context.clock.now()
        self._pending.append(JobEvent(now, kind, self._standing.stage, fields))

    def tell(self, event: StepEvent) -> None:
        """Take an event of the pipeline; progress is told now and then only."""
        self._standing = advanced(self._standing, event)
        now_s = self._context.clock.monotonic_s()
        if isinstance(event, StepProgress):
            if now_s < self._progress_s and event.done < event.total:
                return
            spent_s = now_s - self._begun_s
            self._progress_s = now_s + max(PROGRESS_EVERY_S, spent_s * PROGRESS_SHARE)
        fields = event.to_json()
        del fields["kind"], fields["stage"]
        self.say(event.kind, fields)
        if len(self._pending) >= PENDING_MAX:
            self.flush()

    def stop(self) -> bool:
        """Say whether to stop: the worker goes away, the owner cancelled, or another took over."""
        if self.stopped is None:
            if self._context.stopping.is_set():
                self.stopped = "interrupted"
            elif self._context.clock.monotonic_s() - self._asked_s >= CHECK_EVERY_S:
                self.flush()
        return self.stopped is not None

    def flush(self) -> None:
        """Write what was told so far and learn whether the attempt is still wanted."""
        with self._context.database.tenant_transaction(self.tenant_id) as connection:
            self._report(connection)
        self._sent()

    def count(self, families: tuple[str, ...], instrument: str) -> Tried:
        """Return the trials before this job, as they were when the instrument was first begun."""
        job_id = self._context.job_id
        with self._context.database.tenant_transaction(self.tenant_id) as connection:
            known = frozen_count(connection, self.tenant_id, job_id, instrument)
            if known is not None:
                return known
            ideas = dict.fromkeys(idea_of_family(family) for family in families)
            counts = [count_trials(connection, self.tenant_id, idea, instrument) for idea in ideas]
            found = Tried(
                trials=sum(each.trials for each in counts),
                effective=sum(each.effective for each in counts),
                known=all(each.known for each in counts),
            )
            freeze_count(connection, self.tenant_id, job_id, instrument, found)
        return found

    def open(self, instrument: str, timeframe: str, start_ms: int, end_ms: int) -> bool:
        """Open a holdout for this job; False when anything else has looked at it before."""
        owner = f"autobuild:{self._context.job_id}"
        last_ms = end_ms - parse_timeframe(timeframe).ms
        period = HoldoutPeriod(instrument, start_ms, last_ms)
        digest = hashlib.sha256(dump_json(constraints_document(self._constraints)).encode())
        with self._context.database.tenant_transaction(self.tenant_id) as connection:
            seen = holdout_seen(connection, self.tenant_id, period)
            if seen is not None:
                return seen.family == owner
            now = self._context.clock.now()
            try:
                open_holdout(connection, self.tenant_id, period, owner, digest.hexdigest(), now)
            except Conflict:
                return False
        return True

    def record(self, trials: tuple[TrialRecord, ...]) -> None:
        """Hold the trials of one instrument until its outcome is kept, which writes both."""
        self._records = trials

    def load(self) -> dict[str, InstrumentOutcome]:
        """Return what earlier attempts have finished."""
        with self._context.database.tenant_transaction(self.tenant_id) as connection:
            found = read_checkpoints(connection, self.tenant_id, self._context.job_id)
        kept = {name: outcome_of_checkpoint(content) for name, content in found.items()}
        self._standing = replace(
            self._standing,
            accepted=sum(each.accepted for each in kept.values()),
            sets_tested=sum(each.sets for each in kept.values()),
        )
        return kept

    def save(self, outcome: InstrumentOutcome) -> None:
        """Keep an outcome, its trials and its holdout in one transaction, once.

        Raises `RunCancelled`, and nothing is written, when another attempt has taken over.
        """
        records, self._records = self._records, ()
        checkpoint = checkpoint_of(outcome)
        standing = self._standing
        self._standing = replace(
            standing,
            accepted=standing.accepted + outcome.accepted,
            sets_tested=standing.sets_tested + outcome.sets,
        )
        with self._context.database.tenant_transaction(self.tenant_id) as connection:
            self._report(connection)
            if self.stopped == "lost":
                raise RunCancelled
            self._keep(connection, checkpoint, records)
        self._sent()

    def end(self, status: Status, error: str | None, findings: JsonObject | None) -> None:
        """Write how the job ended, its findings and its events in one transaction, or nothing."""
        context, now = self._context, self._context.clock.now()
        last = JobEvent(now, "finished", self._standing.stage, {"status": status, "error": error})
        with context.database.tenant_transaction(self.tenant_id) as connection:
            self._report(connection)
            if self.stopped == "lost":
                return
            autobuild = finish_autobuild(
                connection, self.tenant_id, context.job_id, self._fence, status, error, last
            )
            if autobuild is None:
                return
            if findings is not None:
                content = dump_json(findings).encode()
                put_result(connection, self.tenant_id, context.job_id, content)
            emit(connection, self.tenant_id, finished(autobuild))
            if status == "done":
                queue_tracking(connection, context, TRACK_AUTOBUILD)
        self._sent()

    def _report(self, connection: Connection) -> None:
        wanted = report(
            connection,
            self.tenant_id,
            self._context.job_id,
            self._fence,
            self._standing,
            self._pending,
        )
        self._asked_s = self._context.clock.monotonic_s()
        if wanted is None:
            self.stopped = "lost"
        elif not wanted and self.stopped is None:
            self.stopped = "cancelled"

    def _sent(self) -> None:
        """Forget what is committed, and wake the pages that wait for it."""
        if self._pending:
            self._pending = []
            self._context.bus.publish(f"events:{self.tenant_id}", b"autobuild")

    def _keep(
        self, connection: Connection, checkpoint: Checkpoint, records: tuple[TrialRecord, ...]
    ) -> None:
        job_id, now = self._context.job_id, self._context.clock.now()
        if not put_checkpoint(connection, self.tenant_id, job_id, checkpoint, now):
            return
        for record in records:
            record_trials(
                connection,
                self.tenant_id,
                job_id,
                ledger_line(record, self._constraints),
                now,
                part=f"{record.instrument}/{record.template}",
                idea=idea_of_template(record.template),
            )
