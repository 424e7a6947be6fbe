"""HTTP of connections and subscriptions."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from fairlead.brokers.catalog import check_venue
from fairlead.infra.errors import InvalidInput, NotFound
from fairlead.infra.ids import uuid7
from fairlead.infra.pages import page_of, wrong_cursor
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.live import lifecycle
from fairlead.live.model import LegDraft
from fairlead.live.risk import RiskProfile, check_profile, write_profile
from fairlead.live.routes.bodies import ConnectionBody, PositionsBody, SubscribeBody
from fairlead.live.routes.shapes import (
    ConnectionPage,
    ConnectionView,
    EquityView,
    EvaluationPage,
    SubscriptionPage,
    SubscriptionView,
)
from fairlead.live.routes.views import connection_view, evaluation_view, subscription_view
from fairlead.live.standing import standing_of
from fairlead.live.store import accounts, reading
from fairlead.live.store.reading import SubscriptionRow
from fairlead.market.instruments import parse_key
from fairlead.strategies.model import PublishedVersion, Version
from fairlead.strategies.versions import current_version, followable_version, published_name
from fairlead.tenancy.access import (
    CurrentPrincipal,
    PageQuery,
    TenantConnection,
    require,
    surroundings,
)
from fairlead.tenancy.access_etag import put_etag
from fairlead.tenancy.access_idempotency import IdempotentRoute
from fairlead.tenancy.audit import record

MOST_POINTS = 5_000
END_OF_TIME = 1 << 62

connections = APIRouter(prefix="/connections", tags=["live"], route_class=IdempotentRoute)
subscriptions = APIRouter(prefix="/subscriptions", tags=["live"], route_class=IdempotentRoute)

READ = [require("subscriptions.read")]
WRITE = [require("subscriptions.write")]


@connections.get("", dependencies=[require("connections.read")])
def list_connections(connection: TenantConnection) -> ConnectionPage:
    """List the tenant's accounts at venues."""
    rows = reading.list_connections(connection)
    return ConnectionPage(items=[connection_view(row) for row in rows])


@connections.post("", status_code=201, dependencies=[require("connections.write")])
def make_connection(
    body: ConnectionBody, principal: CurrentPrincipal, connection: TenantConnection
) -> ConnectionView:
    """Open an account at a venue; `paper` is a venue like any other."""
    made = uuid7()
    venue = check_venue(body.venue)
    accounts.insert_connection(connection, principal.user_id, made, venue, body.name)
    found = reading.find_connection(connection, made)
    assert found is not None
    detail = {"venue": venue, "name": body.name}
    record(connection, principal.user_id, "connection.create", f"connection:{made}", detail)
    return connection_view(found)


@subscriptions.post("", status_code=201, dependencies=WRITE)
def subscribe(
    body: SubscribeBody, principal: CurrentPrincipal, connection: TenantConnection
) -> SubscriptionView:
    """Begin to trade a strategy; the engine gives the book its place within a second."""
    version = _version(connection, body)
    profile = check_profile(RiskProfile(**body.risk_profile.model_dump()))
    wanted = lifecycle.Wanted(
        strategy_id=version.strategy_id,
        strategy_name=_name(connection, version),
        legs=(_draft(body, version),),
        connection_id=body.connection_id,
        capital=body.capital,
        risk_profile=write_profile(profile),
        join_mode=body.join,
    )
    made = lifecycle.begin(connection, principal.user_id, wanted)
    detail = {"version": str(_id(version)), "capital": str(body.capital)}
    record(connection, principal.user_id, "subscription.create", f"subscription:{made}", detail)
    return subscription_view(_found(connection, made))


def _version(connection: Connection, body: SubscribeBody) -> PublishedVersion | Version:
    if body.version_id is not None:
        return followable_version(connection, body.version_id)
    if body.strategy_id is not None:
        return current_version(connection, body.strategy_id)
    raise InvalidInput(
        "Nothing says what to trade.",
        expected="strategy_id or version_id",
        action="Choose a strategy from the catalog.",
        path="strategy_id",
    )


def _id(version: PublishedVersion | Version) -> UUID:
    return version.id if isinstance(version, Version) else version.version_id


def _name(connection: Connection, version: PublishedVersion | Version) -> str:
    if isinstance(version, Version):
        return str(version.definition.get("name") or version.strategy_id)
    return published_name(connection, version.strategy_id)


def _draft(body: SubscribeBody, version: PublishedVersion | Version) -> LegDraft:
    parse_key(body.instrument)
    try:
        timeframe = parse_timeframe(body.timeframe)
    except ValueError as error:
        raise InvalidInput(
            "This timeframe cannot be traded.",
            expected="such as 1m, 15m, 1h or 1d",
            found=str(body.timeframe)[:40],
            action=str(error),
            path="timeframe",
        ) from error
    parameters = tuple(sorted(body.parameters.items()))
    return LegDraft(_id(version), body.instrument, str(timeframe), timeframe.ms, parameters)


@subscriptions.get("", dependencies=READ)
def list_subscriptions(connection: TenantConnection, page: PageQuery) -> SubscriptionPage:
    """List the tenant's subscriptions, newest first."""
    after = page.after(1)
    before = None if after is None else _uuid(after[0])
    rows = reading.list_subscriptions(connection, before, page.limit + 1)
    found = page_of(rows, page.limit, lambda row: (str(row.id),))
    items = [subscription_view(row) for row in found.items]
    return SubscriptionPage(items=items, next_cursor=found.next_cursor)


@subscriptions.get("/{subscription_id}", dependencies=READ)
def read_subscription(
    subscription_id: UUID, connection: TenantConnection, response: Response
) -> SubscriptionView:
    """Return one subscription and where its book stands."""
    row = _found(connection, subscription_id)
    put_etag(response, row.revision)
    return subscription_view(row)


@subscriptions.post("/{subscription_id}/pause", dependencies=WRITE)
def pause(
    subscription_id: UUID,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
    body: PositionsBody | None = None,
) -> SubscriptionView:
    """Stop new entries at once; an open position is kept under its stops, or closed."""
    positions = (body or PositionsBody()).positions
    now = surroundings(request).clock.now()
    user_id = principal.user_id
    lifecycle.pause(connection, user_id, subscription_id, now, exit_positions=positions == "exit")
    return _acted(connection, user_id, subscription_id, "pause", positions)


@subscriptions.post("/{subscription_id}/resume", dependencies=WRITE)
def resume(
    subscription_id: UUID,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> SubscriptionView:
    """Let entries happen again."""
    now = surroundings(request).clock.now()
    lifecycle.resume(connection, principal.user_id, subscription_id, now)
    return _acted(connection, principal.user_id, subscription_id, "resume", "")


@subscriptions.post("/{subscription_id}/cancel", dependencies=WRITE)
def cancel(
    subscription_id: UUID,
    body: PositionsBody,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> SubscriptionView:
    """End the subscription; an open position is kept under its stops to its end, or closed."""
    now = surroundings(request).clock.now()
    user_id, exits = principal.user_id, body.positions == "exit"
    lifecycle.cancel(connection, user_id, subscription_id, now, exit_positions=exits)
    return _acted(connection, user_id, subscription_id, "cancel", body.positions)


def _acted(
    connection: Connection, user_id: UUID, subscription_id: UUID, act: str, positions: str
) -> SubscriptionView:
    view = subscription_view(_found(connection, subscription_id))
    detail = {"positions": positions} if positions else {}
    record(connection, user_id, f"subscription.{act}", f"subscription:{subscription_id}", detail)
    return view


@subscriptions.get("/{subscription_id}/evaluations", dependencies=READ)
def list_evaluations(
    subscription_id: UUID, connection: TenantConnection, page: PageQuery
) -> EvaluationPage:
    """List the candles of a session, newest first: why there was a trade, or why not."""
    after = page.after(1)
    before = END_OF_TIME if after is None else _number(after[0])
    owned = _found(connection, subscription_id)
    rows = reading.evaluations_of(connection, owned, before, page.limit + 1)
    found = page_of(rows, page.limit, lambda row: (str(row.ts),))
    boundaries = [row.ts + owned.timeframe_ms for row in found.items]
    orders = reading.orders_at(connection, subscription_id, boundaries)
    items = [
        evaluation_view(row, subscription_id, orders.get(row.ts + owned.timeframe_ms))
        for row in found.items
    ]
    return EvaluationPage(items=items, next_cursor=found.next_cursor)


@subscriptions.get("/{subscription_id}/equity", dependencies=READ)
def read_equity(subscription_id: UUID, connection: TenantConnection) -> EquityView:
    """Return the equity at each fill and each day's end, and now."""
    owned = _found(connection, subscription_id)
    points = reading.equity_points(connection, subscription_id, MOST_POINTS)
    curve = [(int(owned.created_at.timestamp() * 1000), float(owned.capital))]
    if points:
        curve = [(min(curve[0][0], points[0][1] - 1), curve[0][1])]
    curve += [(ts, equity) for _, ts, equity in points]
    if owned.close_ts is not None and owned.close_ts + owned.timeframe_ms > curve[-1][0]:
        curve.append((owned.close_ts + owned.timeframe_ms, standing_of(owned).equity))
    return EquityView(equity=curve)


def _found(connection: Connection, subscription_id: UUID) -> SubscriptionRow:
    found = reading.find_subscription(connection, subscription_id)
    if found is None:
        raise NotFound("There is no such subscription.", found=str(subscription_id))
    return found


def _uuid(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        raise wrong_cursor(value) from error


def _number(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 17):
        raise wrong_cursor(value)
    return int(value)
