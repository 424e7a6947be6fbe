"""HTTP of fetches: ask for past candles, see how it goes, list where they come from."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from fairlead.infra.pages import page_of, wrong_cursor
from fairlead.market.fetch_model import Fetch, FetchRequest, Status
from fairlead.market.fetches import milliseconds, submit_fetch
from fairlead.market.providers.catalog import config_of, list_providers
from fairlead.market.store_fetches import list_fetches
from fairlead.tenancy.access import (
    CurrentPrincipal,
    PageQuery,
    TenantConnection,
    require,
    surroundings,
)
from fairlead.tenancy.access_idempotency import IdempotentRoute
from fairlead.tenancy.audit import record

router = APIRouter(prefix="/data", tags=["data"], route_class=IdempotentRoute)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FetchBody(BaseModel):
    """Which bars to fetch: those that open in [from, to); without `to` up to now."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    provider: Annotated[str, Field(max_length=64, examples=["ccxt:bybit"])]
    instrument: Annotated[str, Field(max_length=100, examples=["bybit:BTC-USDT"])]
    timeframe: Annotated[str | int, Field(examples=["1h"])]
    start: Annotated[AwareDatetime, Field(alias="from")]
    end: Annotated[AwareDatetime | None, Field(alias="to")] = None


class FetchView(BaseModel):
    """One fetch; `report` says what came, what was kept aside and what is missing still."""

    model_config = ConfigDict(populate_by_name=True)

    id: UUID
    provider: str
    instrument: str
    timeframe: str
    start: Annotated[datetime, Field(serialization_alias="from")]
    end: Annotated[datetime, Field(serialization_alias="to")]
    status: Status
    added: int | None
    rejected: int | None
    left: int | None
    error_kind: str | None
    error: str | None
    report: Mapping[str, object] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class FetchPage(BaseModel):
    """A page of fetches, newest first."""

    items: list[FetchView]
    next_cursor: str | None


class ProviderView(BaseModel):
    """Where candles can be fetched from; `reason` says what is missing where it cannot be used.

    A provider with `exchanges` is named with one of them: `ccxt:bybit`.
    """

    name: str
    title: str
    available: bool
    reason: str
    exchanges: list[str]


class ProvidersView(BaseModel):
    """All providers."""

    items: list[ProviderView]


@router.get("/providers", dependencies=[require("data.read")])
def providers(request: Request) -> ProvidersView:
    """List where candles can be fetched from."""
    found = list_providers(config_of(surroundings(request).settings))
    return ProvidersView(
        items=[
            ProviderView(
                name=each.name,
                title=each.title,
                available=each.available,
                reason=each.reason,
                exchanges=list(each.exchanges),
            )
            for each in found
        ]
    )


@router.post("/fetches", status_code=202, dependencies=[require("data.import")])
def submit(
    body: FetchBody, request: Request, principal: CurrentPrincipal, connection: TenantConnection
) -> FetchView:
    """Queue a fetch of bars that the lake of all tenants lacks; what is there stays as it is."""
    context = surroundings(request)
    now = context.clock.now()
    wanted = FetchRequest(
        body.provider,
        body.instrument,
        str(body.timeframe),
        milliseconds(body.start),
        milliseconds(body.end or now),
    )
    fetch = submit_fetch(connection, principal.user_id, config_of(context.settings), wanted, now)
    subject = f"series:{wanted.instrument} {fetch.request.timeframe}"
    record(connection, principal.user_id, "data.fetch", subject, {"provider": wanted.provider})
    return _view(fetch)


@router.get("/fetches", dependencies=[require("data.read")])
def fetches(
    principal: CurrentPrincipal, connection: TenantConnection, page: PageQuery
) -> FetchPage:
    """List one's fetches, newest first."""
    after = page.after(1)
    before = None if after is None else _uuid(after[0])
    rows = list_fetches(connection, principal.user_id, before, page.limit + 1)
    found = page_of(rows, page.limit, lambda fetch: (str(fetch.id),))
    return FetchPage(items=[_view(each) for each in found.items], next_cursor=found.next_cursor)


def _view(fetch: Fetch) -> FetchView:
    request = fetch.request
    counts = _counts(fetch)
    return FetchView(
        id=fetch.id,
        provider=request.provider,
        instrument=request.instrument,
        timeframe=request.timeframe,
        start=_moment(request.from_ms),
        end=_moment(request.to_ms),
        status=fetch.status,
        added=counts.get("added"),
        rejected=counts.get("rejected"),
        left=counts.get("left"),
        error_kind=fetch.error_kind,
        error=fetch.error,
        report=fetch.report,
        created_at=fetch.created_at,
        started_at=fetch.started_at,
        finished_at=fetch.finished_at,
    )


def _counts(fetch: Fetch) -> dict[str, int]:
    instruments = (fetch.report or {}).get("instruments")
    if not isinstance(instruments, list) or not instruments:
        return {}
    first = instruments[0]
    assert isinstance(first, dict)
    return {name: int(str(first[name])) for name in ("added", "rejected", "left")}


def _moment(ts: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ts)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise wrong_cursor(text) from error
