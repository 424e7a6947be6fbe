"""HTTP of orders, trades and executions."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from fairlead.infra.errors import Conflict, InvalidInput, NotFound
from fairlead.infra.pages import page_of, wrong_cursor
from fairlead.live import lifecycle
from fairlead.live.model import TERMINAL, OrderStatus
from fairlead.live.routes.shapes import ExecutionPage, OrderPage, OrderView, TradePage
from fairlead.live.routes.views import execution_view, open_trades, order_view, trade_view
from fairlead.live.store import reading
from fairlead.live.store.reading import OrderFilter
from fairlead.tenancy.access import CurrentPrincipal, PageQuery, TenantConnection, require
from fairlead.tenancy.access_idempotency import IdempotentRoute
from fairlead.tenancy.audit import record

MOST_OPEN = 200
END = (1 << 62, UUID(int=(1 << 128) - 1))

orders = APIRouter(tags=["live"], route_class=IdempotentRoute)
READ = [require("orders.read")]

Status = Annotated[str | None, Query(max_length=20)]
Instrument = Annotated[str | None, Query(max_length=100)]


@orders.get("/orders", dependencies=READ)
def list_orders(
    connection: TenantConnection,
    page: PageQuery,
    status: Status = None,
    instrument: Instrument = None,
    subscription: UUID | None = None,
) -> OrderPage:
    """List orders, newest first."""
    return _orders(connection, page, status, instrument, subscription)


@orders.get("/subscriptions/{subscription_id}/orders", dependencies=READ)
def list_own_orders(
    subscription_id: UUID, connection: TenantConnection, page: PageQuery, status: Status = None
) -> OrderPage:
    """List the orders of one subscription, newest first."""
    _check_subscription(connection, subscription_id)
    return _orders(connection, page, status, None, subscription_id)


def _orders(
    connection: TenantConnection,
    page: PageQuery,
    status: str | None,
    instrument: str | None,
    subscription: UUID | None,
) -> OrderPage:
    after = page.after(4)
    wanted = OrderFilter(
        status=None if not status else _status(status),
        instrument=instrument or None,
        subscription_id=subscription,
        after=None if after is None else _order_place(after),
    )
    rows = reading.list_orders(connection, wanted, page.limit + 1)
    found = page_of(
        rows,
        page.limit,
        lambda row: (
            row.created_at.isoformat(),
            str(row.subscription_id),
            str(row.leg),
            str(row.n),
        ),
    )
    items = [order_view(row) for row in found.items]
    return OrderPage(items=items, next_cursor=found.next_cursor)


def _status(value: str) -> int:
    names = [status.name for status in OrderStatus]
    if value.upper() not in names:
        raise InvalidInput(
            f"There is no order status {value!r}.",
            expected=f"one of {', '.join(names)}",
            found=value,
            path="status",
        )
    return int(OrderStatus[value.upper()])


def _order_place(after: tuple[str, ...]) -> tuple[datetime, UUID, int, int]:
    try:
        at = datetime.fromisoformat(after[0])
        place = (at, UUID(after[1]), int(after[2]), int(after[3]))
        if at.tzinfo is None or abs(place[2]) > 50 or abs(place[3]) >= 1 << 31:
            raise ValueError("not a place in this list")
    except ValueError as error:
        raise wrong_cursor(" ".join(after)) from error
    return place


@orders.post("/orders/{order_id}/cancel", status_code=202, dependencies=[require("orders.write")])
def cancel_order(
    order_id: str, principal: CurrentPrincipal, connection: TenantConnection
) -> OrderView:
    """Ask for an order to be cancelled; it is when the venue says so."""
    place = _place_of(order_id)
    found = reading.find_order(connection, *place)
    if found is None:
        raise NotFound("There is no such order.", found=order_id[:80])
    if found.status in TERMINAL:
        raise Conflict(
            "The order is not open any more.",
            expected="an open order",
            found=OrderStatus(found.status).name,
        )
    lifecycle.cancel_order(connection, principal.user_id, *place)
    record(connection, principal.user_id, "order.cancel", f"order:{found.client_id}", {})
    return order_view(found)


def _place_of(order_id: str) -> tuple[UUID, int, int]:
    try:
        subscription, leg, n = order_id.split(".")
        place = UUID(subscription), int(leg), int(n)
        if not 0 <= place[1] < 50 or not 0 <= place[2] < 1 << 31:
            raise ValueError("no such number")
    except ValueError as error:
        raise NotFound("There is no such order.", found=order_id[:80]) from error
    return place


@orders.get("/trades", dependencies=READ)
def list_trades(connection: TenantConnection, page: PageQuery) -> TradePage:
    """List round trips: the open ones first, then the closed ones, newest exit first."""
    return _trades(connection, page, None)


@orders.get("/subscriptions/{subscription_id}/trades", dependencies=READ)
def list_own_trades(
    subscription_id: UUID, connection: TenantConnection, page: PageQuery
) -> TradePage:
    """List the round trips of one subscription, the open one first."""
    _check_subscription(connection, subscription_id)
    return _trades(connection, page, subscription_id)


def _trades(
    connection: TenantConnection, page: PageQuery, subscription_id: UUID | None
) -> TradePage:
    after = page.after(3)
    place = None if after is None else _trade_place(after)
    rows = reading.list_trades(connection, subscription_id, place, page.limit + 1)
    found = page_of(
        rows,
        page.limit,
        lambda row: (str(row.exit_ts), str(row.subscription_id), str(row.id)),
    )
    opened = []
    if after is None:
        holding = reading.trading_subscriptions(connection, MOST_OPEN)
        own = [row for row in holding if subscription_id in (None, row.id)]
        opened = [trade for row in own for trade in open_trades(row)]
    items = [*opened, *(trade_view(row) for row in found.items)]
    return TradePage(items=items, next_cursor=found.next_cursor)


def _trade_place(after: tuple[str, ...]) -> tuple[int, UUID, int]:
    try:
        place = int(after[0]), UUID(after[1]), int(after[2])
        if max(abs(place[0]), abs(place[2])) >= 1 << 62:
            raise ValueError("not a place in this list")
    except ValueError as error:
        raise wrong_cursor(" ".join(after)) from error
    return place


@orders.get("/executions", dependencies=[require("subscriptions.read")])
def list_executions(
    principal: CurrentPrincipal, connection: TenantConnection, page: PageQuery
) -> ExecutionPage:
    """List the evaluations of the tenant's own strategies and of those they follow."""
    after = page.after(2)
    before = END if after is None else _execution_place(after)
    rows = reading.executions(connection, principal.user_id, before, page.limit + 1)
    found = page_of(rows, page.limit, lambda row: (str(row.ts), str(row.id)))
    items = [execution_view(row) for row in found.items]
    return ExecutionPage(items=items, next_cursor=found.next_cursor)


def _execution_place(after: tuple[str, ...]) -> tuple[int, UUID]:
    try:
        place = int(after[0]), UUID(after[1])
        if abs(place[0]) >= 1 << 62:
            raise ValueError("not a place in this list")
    except ValueError as error:
        raise wrong_cursor(" ".join(after)) from error
    return place


def _check_subscription(connection: TenantConnection, subscription_id: UUID) -> None:
    if reading.find_subscription(connection, subscription_id) is None:
        raise NotFound("There is no such subscription.", found=str(subscription_id))
