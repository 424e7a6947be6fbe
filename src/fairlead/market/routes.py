"""HTTP of market data: instruments, coverage, bars, imports."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from fairlead.infra.errors import Forbidden, InvalidInput
from fairlead.infra.ids import uuid7
from fairlead.infra.pages import page_of, wrong_cursor
from fairlead.market.durable import full_disk_as_error
from fairlead.market.instruments import Instrument, default_instrument
from fairlead.market.lake import Lake
from fairlead.market.reports import ImportReport
from fairlead.market.sources import (
    PRIVATE,
    SHARED,
    DataContext,
    find_series,
    joint_coverage,
    private_lake,
)
from fairlead.market.store import DataImport, instruments_at, list_imports, put_import
from fairlead.market.thinning import thin
from fairlead.market.upload import FormReceiver, receive_form, remove_stale
from fairlead.tenancy.access import (
    CurrentPrincipal,
    PageQuery,
    PublicConnection,
    TenantConnection,
    require,
    surroundings,
)
from fairlead.tenancy.audit import record
from fairlead.tenancy.principal import Principal

router = APIRouter(tags=["data"])

MAX_BARS = 20_000
_FORM = {
    "type": "object",
    "required": ["file", "instrument", "timeframe"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "instrument": {"type": "string", "examples": ["binance:BTC-USDT"]},
        "timeframe": {"type": "string", "examples": ["1h"]},
        "timezone": {"type": "string", "description": "Zone of times without an offset."},
        "calendar": {"type": "string", "description": "Calendar of a new series."},
        "replace": {"type": "boolean", "description": "Where file and lake differ, take the file."},
        "shared": {"type": "boolean", "description": "For everyone; administrators only."},
    },
}
_IMPORT_DOC = {"requestBody": {"content": {"multipart/form-data": {"schema": _FORM}}}}


class InstrumentView(BaseModel):
    """The terms of an instrument as they hold now; steps and money are texts."""

    key: str
    venue: str
    symbol: str
    tick: str | None
    lot: str
    min_notional: str
    currency: str
    calendar: str
    shorting: bool
    max_leverage: int
    timeframes: list[str]


class CoverageView(BaseModel):
    """What a series covers and what stands out in it."""

    instrument: str
    timeframe: str
    calendar: str
    source: str
    first_ts: int | None
    last_ts: int | None
    bars: int
    gaps: int
    missing_bars: int
    longest_gap_bars: int
    longest_gap_s: int
    zero_volume: int
    large_moves: int
    largest_move: float
    sessions: int
    missing_sessions: int
    incomplete_sessions: int
    outside_session: int
    duplicates: int
    unsorted: int
    impossible: int
    rejected: int
    freshness_s: int | None
    bytes: int
    notes: list[str]


class BarsView(BaseModel):
    """Bars as columns; each point stands for `bars_per_point` bars of the timeframe."""

    instrument: str
    timeframe: str
    source: str
    bars_per_point: int
    ts: list[int]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]


class ImportView(BaseModel):
    """One import and its report."""

    id: UUID
    file_name: str
    instrument: str
    timeframe: str
    scope: str
    created_at: datetime
    report: Mapping[str, object]


class ImportPage(BaseModel):
    """A page of imports, newest first."""

    items: list[ImportView]
    next_cursor: str | None


def data_context(request: Request) -> DataContext:
    """Return the context of this process."""
    context: DataContext = request.app.state.context
    return context


def own_lake(request: Request, principal: Principal) -> Lake:
    """Return the lake of the tenant who acts."""
    return private_lake(surroundings(request).settings.data_dir, principal.user_id)


@router.get("/instruments", dependencies=[require("data.read")])
def list_instruments(
    request: Request, principal: CurrentPrincipal, connection: PublicConnection
) -> list[InstrumentView]:
    """List the instruments that are catalogued or have bars."""
    listed = {
        found.key: found for found in instruments_at(connection, data_context(request).clock.now())
    }
    timeframes: dict[str, set[str]] = {}
    for lake in (own_lake(request, principal), data_context(request).lake):
        for key in lake.series():
            timeframes.setdefault(key.instrument, set()).add(str(key.timeframe))
    keys = sorted(listed.keys() | timeframes.keys())
    return [
        _instrument_view(listed.get(key) or default_instrument(key), timeframes.get(key, set()))
        for key in keys
    ]


@router.get("/data/coverage", dependencies=[require("data.read")])
def coverage(
    request: Request, principal: CurrentPrincipal, instrument: str | None = None
) -> list[CoverageView]:
    """Show what there is: one's own series and the shared ones."""
    context = data_context(request)
    found = joint_coverage(own_lake(request, principal), context.lake, instrument)
    now_ms = context.clock.now_ms()
    return [CoverageView.model_validate(entry.to_json(now_ms)) for entry in found]


@router.get("/data/bars", dependencies=[require("data.read")])
def bars(
    request: Request,
    principal: CurrentPrincipal,
    instrument: str,
    timeframe: str,
    start: Annotated[str | None, Query(alias="from", description="ISO 8601 or ms")] = None,
    end: Annotated[str | None, Query(alias="to", description="ISO 8601 or ms")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_BARS)] = 1_000,
) -> BarsView:
    """Return bars in [from, to); without `from` the latest ones.

    A range with more bars than `limit` comes as fewer, longer candles.
    """
    own = own_lake(request, principal)
    lake, source = find_series(own, data_context(request).lake, instrument, timeframe)
    found = lake.bars(instrument, timeframe, _moment("from", start), _moment("to", end))
    if start is None:
        found = found.slice(max(0, len(found) - limit), len(found))
    thinned, bars_per_point = thin(found, limit)
    return BarsView(
        instrument=instrument,
        timeframe=timeframe,
        source=source,
        bars_per_point=bars_per_point,
        ts=thinned.ts.tolist(),
        open=thinned.open.tolist(),
        high=thinned.high.tolist(),
        low=thinned.low.tolist(),
        close=thinned.close.tolist(),
        volume=thinned.volume.tolist(),
    )


@router.post(
    "/data/imports",
    status_code=201,
    dependencies=[require("data.import")],
    openapi_extra=_IMPORT_DOC,
)
async def import_candles(request: Request, principal: CurrentPrincipal) -> ImportView:
    """Import a file of candles into one's own lake; sending it again changes nothing.

    With `shared=true` an administrator imports for everyone.
    """
    context = data_context(request)
    folder = context.settings.data_dir / "uploads"
    target = folder / str(uuid7())
    with full_disk_as_error(target):
        folder.mkdir(parents=True, exist_ok=True)
    remove_stale(folder, context.clock.now_ms())
    try:
        content_type = request.headers.get("content-type", "")
        form = await receive_form(content_type, request.stream(), target)
        return await asyncio.to_thread(_import, context, principal, form, target)
    finally:
        target.unlink(missing_ok=True)


@router.get("/data/imports", dependencies=[require("data.read")])
def imports(
    principal: CurrentPrincipal, connection: TenantConnection, page: PageQuery
) -> ImportPage:
    """List one's imports, newest first."""
    rows = list_imports(connection, principal.user_id, _before(page.after(1)), page.limit + 1)
    found = page_of(rows, page.limit, lambda entry: (str(entry.id),))
    return ImportPage(items=[_import_view(e) for e in found.items], next_cursor=found.next_cursor)


def _import(
    context: DataContext, principal: Principal, form: FormReceiver, path: Path
) -> ImportView:
    shared = _switch(form, "shared")
    if shared and not principal.may("admin.write"):
        raise Forbidden(
            "Only administrators import for everyone.",
            found="shared=true",
            action="Leave `shared` away; the bars then are your own.",
            path="shared",
        )
    instrument, timeframe = _required(form, "instrument"), _required(form, "timeframe")
    own = private_lake(context.settings.data_dir, principal.user_id)
    lake, scope = (context.lake, SHARED) if shared else (own, PRIVATE)
    report = lake.import_file(
        path,
        instrument,
        timeframe,
        timezone=form.fields.get("timezone", ""),
        calendar=form.fields.get("calendar", ""),
        replace=_switch(form, "replace"),
        file_name=form.file_name,
    )
    return _import_view(_keep(context, principal, report, scope))


def _keep(
    context: DataContext, principal: Principal, report: ImportReport, scope: str
) -> DataImport:
    """Keep the report and, in the same transaction, who imported what into the audit log."""
    kept = {**report.to_json(), "rejects_file": None}
    entry = DataImport(
        id=uuid7(),
        file_name=report.file,
        instrument=report.instrument,
        timeframe=report.timeframe,
        scope=scope,
        report=kept,
        created_at=context.clock.now(),
    )
    with context.database.tenant_transaction(principal.user_id) as connection:
        put_import(connection, principal.user_id, entry)
        subject = f"series:{report.instrument} {report.timeframe}"
        detail = {"file": report.file, "sha256": report.sha256, "scope": scope}
        record(connection, principal.user_id, "data.import", subject, detail)
    return entry


def _required(form: FormReceiver, name: str) -> str:
    value = form.fields.get(name, "")
    if not value:
        raise InvalidInput(
            f"The form has no {name}.",
            expected="the fields file, instrument and timeframe",
            found=", ".join(form.fields) or "no fields",
            path=name,
        )
    return value


def _switch(form: FormReceiver, name: str) -> bool:
    value = form.fields.get(name, "false").lower()
    if value not in ("true", "false", "1", "0", ""):
        raise InvalidInput(
            f"{name} is no switch.", expected="true or false", found=value, path=name
        )
    return value in ("true", "1")


def _moment(name: str, value: str | None) -> int | None:
    if value is None:
        return None
    try:
        if value.isdigit() and len(value) <= 15:
            return int(value)
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("no offset")
        return int(moment.astimezone(UTC).timestamp() * 1_000)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"{name} is no moment.",
            expected="ISO 8601 with an offset, or milliseconds since 1970",
            found=value[:100],
            path=name,
        ) from error


def _before(cursor: tuple[str, ...] | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(cursor[0])
    except ValueError as error:
        raise wrong_cursor(cursor[0]) from error


def _instrument_view(found: Instrument, timeframes: set[str]) -> InstrumentView:
    return InstrumentView(
        key=found.key,
        venue=found.venue,
        symbol=found.symbol,
        tick=None if found.tick is None else str(found.tick),
        lot=format(found.lot, "f"),
        min_notional=str(found.min_notional),
        currency=found.currency,
        calendar=found.calendar,
        shorting=found.shorting,
        max_leverage=found.max_leverage,
        timeframes=sorted(timeframes),
    )


def _import_view(entry: DataImport) -> ImportView:
    return ImportView(
        id=entry.id,
        file_name=entry.file_name,
        instrument=entry.instrument,
        timeframe=entry.timeframe,
        scope=entry.scope,
        created_at=entry.created_at,
        report=entry.report,
    )
