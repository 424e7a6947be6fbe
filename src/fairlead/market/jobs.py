"""Handlers of queued work on market data: fetch past candles into the shared lake."""

from fairlead.infra.errors import FairleadError
from fairlead.infra.outbox import emit
from fairlead.infra.queue import Abandon, Handler, JobContext, JobInterrupted
from fairlead.market.events import fetched
from fairlead.market.failures import action_for
from fairlead.market.fetch_model import Fetch
from fairlead.market.fetches import TASK
from fairlead.market.fetching import FillReport, fill
from fairlead.market.lake import Lake
from fairlead.market.providers.catalog import config_of, open_provider
from fairlead.market.providers.port import FailureKind
from fairlead.market.store_fetches import abandon_fetch, claim_fetch, finish_fetch


def fetch_job(context: JobContext) -> None:
    """Fetch what the lake lacks and leave the report, or the reason.

    A fetch taken over from a dead worker asks only for what that one had not yet committed.
    Raises `JobInterrupted` when the worker goes away.
    """
    with context.database.tenant_transaction(context.tenant_id) as connection:
        fetch = claim_fetch(
            connection, context.tenant_id, context.job_id, context.attempt, context.clock.now()
        )
    if fetch is None:
        return
    try:
        report = _fill(context, fetch)
    except FairleadError as error:
        words = " ".join(part for part in (error.message, error.action) if part)
        _end(context, None, FailureKind.EXCEPTION, words)
        return
    if report.stopped:
        raise JobInterrupted
    failure = report.filled[0].failure
    if failure is None:
        _end(context, report, None, None)
        return
    _end(context, report, failure.kind, f"{failure.message} {action_for(failure.kind)}")


def abandon(context: JobContext, reason: str) -> None:
    """Record that a fetch is given up; one that has ended stays as it is."""
    with context.database.tenant_transaction(context.tenant_id) as connection:
        fetch = abandon_fetch(
            connection, context.tenant_id, context.job_id, reason, context.clock.now()
        )
        if fetch is not None:
            emit(connection, context.tenant_id, fetched(fetch))


def _fill(context: JobContext, fetch: Fetch) -> FillReport:
    request = fetch.request
    return fill(
        Lake(context.settings.lake_dir),
        open_provider(request.provider, config_of(context.settings), context.clock),
        [request.instrument],
        request.timeframe,
        request.from_ms,
        request.to_ms,
        now_ms=context.clock.now_ms(),
        stop=context.stopping.is_set,
    )


def _end(
    context: JobContext, report: FillReport | None, kind: FailureKind | None, error: str | None
) -> None:
    """Write how the fetch ended and its event in one transaction, or nothing."""
    with context.database.tenant_transaction(context.tenant_id) as connection:
        fetch = finish_fetch(
            connection,
            context.tenant_id,
            context.job_id,
            context.attempt,
            "done" if error is None else "failed",
            None if report is None else report.to_json(),
            None if kind is None else kind.value,
            error,
            context.clock.now(),
        )
        if fetch is not None:
            emit(connection, context.tenant_id, fetched(fetch))


HANDLERS: dict[str, Handler] = {TASK: fetch_job}
ABANDONED: dict[str, Abandon] = {TASK: abandon}
