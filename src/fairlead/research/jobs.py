"""Handlers of queued research: take a run, carry it out, leave its result or its reason."""

from collections.abc import Mapping
from typing import cast
from uuid import UUID

from fairlead.infra.errors import InvalidInput, NotFound
from fairlead.infra.outbox import emit
from fairlead.infra.queue import Abandon, Handler, JobContext, JobInterrupted
from fairlead.market.action_book import backtest_bars
from fairlead.market.catalogue import instrument_as_of
from fairlead.market.charges.funding_files import require_funding
from fairlead.market.lake import Lake
from fairlead.research.events import RunProgressed, finished
from fairlead.research.jsonable import Json
from fairlead.research.outcome import Outcome, carry_out
from fairlead.research.overfitting.ledger import record_trials
from fairlead.research.portfolio.asking import AskedLeg, PortfolioAsked, portfolio_asked_of
from fairlead.research.portfolio.carry_out import LegData, parts_of, run_portfolio, summary_of
from fairlead.research.progress import RunCancelled
from fairlead.research.proof.store import put_proof
from fairlead.research.runs import Kind, Status, Submission, submission_of
from fairlead.research.store import (
    abandon_run,
    claim_run,
    find_any_run,
    find_request,
    finish_run,
    get_results,
    put_result,
    report_progress,
)
from fairlead.research.tracked import tracked_run
from fairlead.research.tracking import (
    TRACK_RUN,
    give_up_tracking,
    log_tracked,
    queue_tracking,
)
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.versions import definition_of, load_version

CHECK_EVERY_S = 0.5
TELL_EVERY_S = 2.0


def run_job(context: JobContext) -> None:
    """Carry out the run of this job.

    A run that another attempt has ended or taken since is left alone, so a worker that was taken
    for dead never overwrites a result. Raises `JobInterrupted` when the worker goes away.
    """
    with context.database.tenant_transaction(context.tenant_id) as connection:
        request = claim_run(
            connection, context.tenant_id, context.job_id, context.attempt, context.clock.now()
        )
    if request is None:
        return
    watch = Watch(context, cast("Kind", request["kind"]))
    try:
        watch(0.0)
        outcome = _outcome(context, request, watch)
    except RunCancelled:
        _end(context, "cancelled", None, None)
    except (InvalidInput, NotFound) as error:
        _end(context, "failed", _sentence(error), None)
    else:
        _end(context, "done", None, outcome)


def abandon(context: JobContext, reason: str) -> None:
    """Record that a run is given up, with the reason; a run that has ended stays as it is."""
    with context.database.tenant_transaction(context.tenant_id) as connection:
        run = abandon_run(
            connection, context.tenant_id, context.job_id, reason, context.clock.now()
        )
        if run is not None:
            emit(connection, context.tenant_id, finished(run))


class Watch:
    """Tell the progress of one attempt and raise when it has to stop.

    Called at every step of a run; the database is asked at most every half second.
    """

    def __init__(self, context: JobContext, kind: Kind) -> None:
        self._context = context
        self._kind = kind
        self._asked_s = -CHECK_EVERY_S
        self._told_s = context.clock.monotonic_s()

    def __call__(self, share: float) -> None:
        """Write the share done; raise RunCancelled or JobInterrupted where that is due."""
        context = self._context
        if context.stopping.is_set():
            raise JobInterrupted
        now_s = context.clock.monotonic_s()
        if now_s - self._asked_s < CHECK_EVERY_S:
            return
        self._asked_s = now_s
        tell = now_s - self._told_s >= TELL_EVERY_S
        with context.database.tenant_transaction(context.tenant_id) as connection:
            wanted = report_progress(
                connection, context.tenant_id, context.job_id, context.attempt, share
            )
            if wanted and tell:
                self._told_s = now_s
                emit(connection, context.tenant_id, self._progressed(share))
        if not wanted:
            raise RunCancelled

    def _progressed(self, share: float) -> RunProgressed:
        return RunProgressed(self._context.job_id, self._kind, round(share, 4))


def _outcome(context: JobContext, request: Mapping[str, Json], watch: Watch) -> Outcome:
    lake = Lake(context.settings.lake_dir)
    if request["kind"] == "portfolio":
        return _portfolio(context, portfolio_asked_of(request), lake, watch)
    submission = submission_of(request)
    end_ms = submission.period.end_ms
    with context.database.tenant_transaction(context.tenant_id) as connection:
        instrument = instrument_as_of(connection, submission.instrument, end_ms)
    bars, _ = backtest_bars(lake, submission.instrument, submission.timeframe, end_ms)
    wanted = submission.account.funding
    funding = require_funding(lake.root, instrument.key) if wanted else None
    document = _document(context, submission)
    return carry_out(submission, document, bars, instrument, watch, funding=funding)


def _portfolio(context: JobContext, asked: PortfolioAsked, lake: Lake, watch: Watch) -> Outcome:
    def data_of(leg: AskedLeg) -> LegData:
        end_ms = asked.period.end_ms
        with context.database.tenant_transaction(context.tenant_id) as connection:
            instrument = instrument_as_of(connection, leg.instrument, end_ms)
        bars, _ = backtest_bars(lake, leg.instrument, leg.timeframe, end_ms)
        funding = require_funding(lake.root, instrument.key) if asked.account.funding else None
        return LegData(_definition(context, leg.version_id), bars, instrument, funding)

    report = run_portfolio(asked, data_of, watch)
    with context.database.tenant_transaction(context.tenant_id) as connection:
        run = find_any_run(connection, context.tenant_id, context.job_id)
    name = "Portfolio" if run is None else run.strategy_name
    return Outcome(parts_of(report, name), summary_of(report), None)


def _document(context: JobContext, submission: Submission) -> RulesDocument:
    if submission.version_id is None:
        return read_document(submission.definition)
    return _definition(context, submission.version_id)


def _definition(context: JobContext, version_id: UUID) -> RulesDocument:
    """Return the definition; a published one may be another author's and stays with the engine."""
    with context.database.engine_transaction() as connection:
        return definition_of(load_version(connection, version_id))


def _end(context: JobContext, status: Status, error: str | None, outcome: Outcome | None) -> None:
    """Write how the run ended, its result and its event in one transaction, or nothing."""
    tenant_id, run_id, now = context.tenant_id, context.job_id, context.clock.now()
    summary = None if outcome is None else outcome.summary
    with context.database.tenant_transaction(tenant_id) as connection:
        run = finish_run(
            connection, tenant_id, run_id, context.attempt, status, error, summary, now
        )
        if run is None:
            return
        if outcome is not None:
            for part, content in outcome.parts.items():
                put_result(connection, tenant_id, run_id, part, content)
            if outcome.trial is not None:
                record_trials(connection, tenant_id, run_id, outcome.trial, now)
            if outcome.proof is not None:
                put_proof(
                    connection,
                    tenant_id,
                    run_id,
                    run.version_hash,
                    run.instrument,
                    outcome.proof,
                    now,
                )
        emit(connection, tenant_id, finished(run))
        if status == "done":
            queue_tracking(connection, context, TRACK_RUN)


def track_job(context: JobContext) -> None:
    """Log a finished run to the tracking server; a run that was deleted meanwhile is forgotten.

    Raises `Unavailable` when the server does not take it, after which the queue tries again.
    """
    uri, tenant_id, run_id = context.settings.mlflow_tracking_uri, context.tenant_id, context.job_id
    if not uri:
        return
    with context.database.tenant_transaction(tenant_id) as connection:
        run = find_any_run(connection, tenant_id, run_id)
        request = find_request(connection, tenant_id, run_id)
        parts = get_results(connection, tenant_id, run_id)
    if run is not None and request is not None:
        log_tracked(uri, tracked_run(tenant_id, run, request, parts))


def _sentence(error: InvalidInput | NotFound) -> str:
    return " ".join(part for part in (error.message, error.action) if part)


OF_RUNS: dict[str, Handler] = {
    "research.backtest": run_job,
    "research.sweep": run_job,
    "research.walkforward": run_job,
    "research.proof": run_job,
    "research.portfolio": run_job,
}
HANDLERS: dict[str, Handler] = {**OF_RUNS, TRACK_RUN: track_job}
ABANDONED: dict[str, Abandon] = {**dict.fromkeys(OF_RUNS, abandon), TRACK_RUN: give_up_tracking}
