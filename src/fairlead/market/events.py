"""Facts of market data that people are told about."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from fairlead.market.fetch_model import Fetch


@dataclass(frozen=True, slots=True)
class FetchFinished:
    """Say how a fetch of past candles ended; `error` is one sentence, or empty."""

    type: ClassVar[str] = "data.fetched"
    fetch_id: UUID
    provider: str
    instrument: str
    timeframe: str
    status: str
    error: str


def fetched(fetch: Fetch) -> FetchFinished:
    """Return the fact that a fetch has ended."""
    request = fetch.request
    return FetchFinished(
        fetch.id,
        request.provider,
        request.instrument,
        request.timeframe,
        fetch.status,
        fetch.error or "",
    )
