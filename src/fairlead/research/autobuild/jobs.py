"""The handler of queued AutoBuilds: take one, carry it out, leave its findings or its reason."""

from dataclasses import replace

from fairlead.infra.errors import InvalidInput, NotFound
from fairlead.infra.outbox import emit
from fairlead.infra.queue import Abandon, Handler, JobContext, JobInterrupted
from fairlead.market.autofetch import autofetch_of
from fairlead.market.lake import Lake
from fairlead.market.sources import private_lake
from fairlead.research.autobuild.attempt import Attempt
from fairlead.research.autobuild.cluster import executor_of
from fairlead.research.autobuild.constraints import read_constraints
from fairlead.research.autobuild.events import AutoBuildStarted, finished
from fairlead.research.autobuild.filled import FilledCandles
from fairlead.research.autobuild.findings import findings_of
from fairlead.research.autobuild.joint import JointCandles, JointUniverse
from fairlead.research.autobuild.pipeline import run_autobuild
from fairlead.research.autobuild.ports import Ports
from fairlead.research.autobuild.record import Claim, JobEvent
from fairlead.research.autobuild.store import abandon_autobuild, claim_autobuild, find_autobuild
from fairlead.research.autobuild.store_parts import get_result
from fairlead.research.autobuild.submitting import TASK
from fairlead.research.autobuild.terms import Constraints
from fairlead.research.model import Period
from fairlead.research.progress import RunCancelled
from fairlead.research.tracked import tracked_findings
from fairlead.research.tracking import TRACK_AUTOBUILD, give_up_tracking, log_tracked


def run_job(context: JobContext) -> None:
    """Carry out the AutoBuild of this job, from its checkpoints on where there are some.

    One that another attempt has ended or taken since is left alone. Raises `JobInterrupted` when
    the worker goes away, `Unavailable` and `StorageFull`, after which the queue tries again.
    """
    with context.database.tenant_transaction(context.tenant_id) as connection:
        claim = claim_autobuild(
            connection, context.tenant_id, context.job_id, context.attempt, context.clock.now()
        )
        if claim is not None:
            started = AutoBuildStarted(context.job_id, claim.name, claim.resumed)
            emit(connection, context.tenant_id, started)
    if claim is None:
        return
    constraints = _constraints(claim)
    attempt = Attempt(context, claim, constraints)
    try:
        _carry_out(context, claim, constraints, attempt)
    except RunCancelled:
        _stopped(attempt)
    except (InvalidInput, NotFound) as error:
        attempt.end("failed", _sentence(error), None)


def abandon(context: JobContext, reason: str) -> None:
    """Record that an AutoBuild is given up; its checkpoints stay, so that it can be resumed."""
    last = JobEvent(context.clock.now(), "finished", None, {"status": "failed", "error": reason})
    with context.database.tenant_transaction(context.tenant_id) as connection:
        autobuild = abandon_autobuild(connection, context.tenant_id, context.job_id, reason, last)
        if autobuild is not None:
            emit(connection, context.tenant_id, finished(autobuild))


def _carry_out(
    context: JobContext, claim: Claim, constraints: Constraints, attempt: Attempt
) -> None:
    kept = len(attempt.load())
    attempt.say("resumed" if claim.resumed else "started", {"attempt": claim.fence, "kept": kept})
    own = private_lake(context.settings.data_dir, context.tenant_id)
    shared = Lake(context.settings.lake_dir)
    fetch = autofetch_of(context.settings, shared, context.clock)
    ports = Ports(
        universe=JointUniverse(own, shared),
        candles=FilledCandles(JointCandles(own, shared), fetch),
        ledger=attempt,
        checkpoints=attempt,
        holdouts=attempt,
        executor=executor_of(context.settings, context.clock),
        clock=context.clock,
    )
    result = run_autobuild(constraints, ports, attempt.tell, attempt.stop)
    attempt.end("done", None, findings_of(result, constraints))


def _constraints(claim: Claim) -> Constraints:
    """Return the constraints with the range ended where it ended when it was asked for."""
    constraints = read_constraints(claim.constraints)
    period = constraints.period
    end_ms = min(period.end_ms, claim.as_of_ms)
    return replace(constraints, period=Period(period.start_ms, end_ms))


def _stopped(attempt: Attempt) -> None:
    if attempt.stopped == "interrupted":
        attempt.flush()
        raise JobInterrupted
    if attempt.stopped == "cancelled":
        attempt.end("cancelled", None, None)


def track_job(context: JobContext) -> None:
    """Log a finished AutoBuild to the tracking server; one that was deleted is forgotten.

    Raises `Unavailable` when the server does not take it, after which the queue tries again.
    """
    uri, tenant_id, job_id = context.settings.mlflow_tracking_uri, context.tenant_id, context.job_id
    if not uri:
        return
    with context.database.tenant_transaction(tenant_id) as connection:
        found = find_autobuild(connection, tenant_id, job_id)
        findings = get_result(connection, tenant_id, job_id)
    if found is None or findings is None:
        return
    begun = found.started_at or found.created_at
    ended = found.finished_at or begun
    entry = tracked_findings(
        tenant_id, job_id, found.name, begun, ended, found.constraints, findings
    )
    log_tracked(uri, entry)


def _sentence(error: InvalidInput | NotFound) -> str:
    return " ".join(part for part in (error.message, error.action) if part)


HANDLERS: dict[str, Handler] = {TASK: run_job, TRACK_AUTOBUILD: track_job}
ABANDONED: dict[str, Abandon] = {TASK: abandon, TRACK_AUTOBUILD: give_up_tracking}
