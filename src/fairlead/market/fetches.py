"""Take a request for past candles, refusing at once what could never be fetched."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, InvalidInput
from fairlead.infra.ids import uuid7
from fairlead.infra.queue import enqueue
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.market.fetch_model import Fetch, FetchRequest
from fairlead.market.instruments import parse_key
from fairlead.market.providers.catalog import ProviderConfig, check_provider
from fairlead.market.store_fetches import count_unfinished, insert_fetch

TASK = "market.fetch"
UNFINISHED_MAX = 20
MOST_BARS = 5_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def submit_fetch(
    connection: Connection,
    tenant_id: UUID,
    config: ProviderConfig,
    request: FetchRequest,
    now: datetime,
) -> Fetch:
    """Write a queued fetch and its job in the caller's transaction.

    Raises InvalidInput for what can never run, Conflict for a tenant with too many under way.
    """
    checked = _checked(request, config, now)
    if count_unfinished(connection, tenant_id) >= UNFINISHED_MAX:
        raise Conflict(
            f"{UNFINISHED_MAX} fetches are under way already.",
            action="Wait until some of them have ended.",
        )
    fetch = Fetch(uuid7(), checked, "queued", None, None, None, now, None, None)
    insert_fetch(connection, tenant_id, fetch)
    enqueue(connection, TASK, fetch.id, tenant_id)
    return fetch


def milliseconds(moment: datetime) -> int:
    """Return epoch milliseconds."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _checked(request: FetchRequest, config: ProviderConfig, now: datetime) -> FetchRequest:
    parse_key(request.instrument)
    check_provider(request.provider, config)
    try:
        timeframe = parse_timeframe(request.timeframe)
    except ValueError as error:
        raise InvalidInput(f"{error}.", path="timeframe") from error
    to_ms = min(request.to_ms, milliseconds(now))
    if not 0 <= request.from_ms < to_ms:
        raise InvalidInput(
            "That stretch of time holds no bar.",
            expected="`from` before `to`, and before now",
            action="Correct from and to.",
            path="from",
        )
    if (to_ms - request.from_ms) // timeframe.ms > MOST_BARS:
        raise InvalidInput(
            "That is too much for one fetch.",
            expected=f"at most {MOST_BARS:,} bars",
            found=f"up to {(to_ms - request.from_ms) // timeframe.ms:,}",
            action="Ask for a shorter time or a longer timeframe.",
            path="from",
        )
    return FetchRequest(
        request.provider, request.instrument, str(timeframe), request.from_ms, to_ms
    )
