"""Turns what is stored into what clients see."""

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from fairlead.kernel.reasons import VETO_TEXT, Purpose, Reason, Veto
from fairlead.kernel.signals import HOLD, NAMES
from fairlead.live.decimals import average_price, plain
from fairlead.live.model import OrderKind, OrderStatus
from fairlead.live.reasons import find_reason
from fairlead.live.routes.shapes import (
    ConnectionView,
    EvaluationView,
    ExecutionView,
    OrderView,
    PositionView,
    SubscriptionView,
    SwitchView,
    TradeView,
)
from fairlead.live.standing import OpenPosition, standing_of
from fairlead.live.store.reading import (
    ConnectionRow,
    EvaluationRow,
    OrderRow,
    SubscriptionRow,
    TradeRow,
)
from fairlead.live.store.switches import Switch


def at(ms: int) -> datetime:
    """Return epoch milliseconds as a time."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def connection_view(row: ConnectionRow) -> ConnectionView:
    """Return a connection as clients see it."""
    return ConnectionView(
        id=row.id, venue=row.venue, name=row.name, status=row.status, created_at=row.created_at
    )


def _side(sign: int) -> Literal["long", "short"]:
    return "long" if sign > 0 else "short"


def _position_view(item: OpenPosition) -> PositionView:
    return PositionView(
        side=_side(item.side),
        quantity=plain(item.quantity),
        entry_price=average_price(item.entry_price),
        entry_at=at(item.entry_ts),
        stop=None if item.stop is None else plain(item.stop),
        target=None if item.target is None else plain(item.target),
        unrealised_pnl=money(item.unrealised),
    )


def money(value: float) -> str:
    """Return an amount in a book's currency to eight places."""
    return plain(round(value, 8))


def subscription_view(row: SubscriptionRow) -> SubscriptionView:
    """Return a subscription as clients see it."""
    standing = standing_of(row)
    return SubscriptionView(
        id=row.id,
        strategy_id=row.strategy_id,
        strategy_name=row.strategy_name,
        version_id=row.version_id,
        instrument=row.instrument,
        timeframe=row.timeframe,
        status=row.status,
        started=row.partition is not None,
        fault=row.fault,
        connection_id=row.connection_id,
        parameters=row.parameters,
        risk_profile=row.risk_profile,
        capital=format(row.capital, "f"),
        equity=money(standing.equity),
        realised_pnl=money(standing.realised),
        unrealised_pnl=money(standing.unrealised),
        fees=money(standing.fees),
        trades=standing.trades,
        wins=standing.wins,
        losses=standing.trades - standing.wins,
        position=_position_view(standing.positions[0]) if standing.positions else None,
        halted=standing.halted,
        created_at=row.created_at,
        paused_at=row.paused_at,
        cancelled_at=row.cancelled_at,
    )


def evaluation_view(
    row: EvaluationRow, subscription_id: UUID, order: tuple[int, int] | None
) -> EvaluationView:
    """Return an evaluation as one of its subscribers sees it."""
    veto = Veto(find_reason(row.reasons, subscription_id))
    return EvaluationView(
        id=row.id,
        ts=at(row.ts),
        status=row.status,
        signal=None if row.signal is None else NAMES[row.signal],
        reason=_reason(row, veto, order),
        detail=row.why,
        veto=None if veto is Veto.NONE else veto.name.lower(),
        order_id=None if order is None else order_id(subscription_id, *order),
        close=plain(row.close),
    )


def _reason(row: EvaluationRow, veto: Veto, order: tuple[int, int] | None) -> str:
    if order is not None:
        return "an order was placed"
    if row.error is not None:
        return row.error
    if row.chunk_status is None:
        return "before the session began, or not applied to the book yet"
    if row.chunk_status == 0:
        return "waits to be applied to the book"
    if row.entries_skipped:
        return "applied too late for entries; exits worked"
    if veto is not Veto.NONE:
        return VETO_TEXT[veto]
    if row.signal == HOLD:
        return "no condition for an entry or exit held"
    return "nothing to do: no position that the signal concerns"


def execution_view(row: EvaluationRow) -> ExecutionView:
    """Return an evaluation as the author sees it."""
    return ExecutionView(
        id=row.id,
        version_id=row.version_id,
        instrument=row.instrument,
        timeframe=row.timeframe,
        ts=at(row.ts),
        status=row.status,
        signal=None if row.signal is None else NAMES[row.signal],
        error=row.error,
        detail=row.why,
        close=plain(row.close),
        subscriber_count=row.subscribers,
        due_at=row.due_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
    )


def order_id(subscription_id: UUID, leg: int, n: int) -> str:
    """Return the name of an order in addresses: its book, leg and number."""
    return f"{subscription_id}.{leg}.{n}"


def order_view(row: OrderRow) -> OrderView:
    """Return an order as clients see it."""
    filled = abs(row.quantity) if row.filled_lots == row.lots else 0.0
    if 0 < abs(row.filled_lots) < abs(row.lots):
        filled = abs(row.quantity) * row.filled_lots / row.lots
    return OrderView(
        id=order_id(row.subscription_id, row.leg, row.n),
        client_id=row.client_id,
        subscription_id=row.subscription_id,
        instrument=row.instrument,
        side="buy" if row.lots > 0 else "sell",
        type=OrderKind(row.kind).name.lower(),
        quantity=plain(abs(row.quantity)),
        filled_quantity=plain(filled),
        price=plain(row.price),
        average_price=None if row.average_price is None else plain(row.average_price),
        status=OrderStatus(row.status).name,
        purpose=Purpose(row.purpose).name.lower(),
        reason=Reason(row.reason).name.lower(),
        note=row.note,
        created_at=row.created_at,
        sent_at=row.sent_at,
        updated_at=row.updated_at or row.created_at,
    )


def trade_view(row: TradeRow) -> TradeView:
    """Return a closed trade as clients see it."""
    return TradeView(
        id=f"{row.subscription_id}.{row.id}",
        subscription_id=row.subscription_id,
        strategy_name=row.strategy_name,
        instrument=row.instrument,
        status="CLOSED",
        side=_side(row.side),
        quantity=plain(row.quantity),
        entry_ts=at(row.entry_ts),
        entry_price=plain(row.entry_price),
        exit_ts=at(row.exit_ts),
        exit_price=plain(row.exit_price),
        pnl=money(row.pnl),
        fees=money(row.fees),
        reason=Reason(row.reason).name.lower(),
        ambiguous=row.ambiguous,
        bars_held=row.bars_held,
    )


def open_trades(row: SubscriptionRow) -> list[TradeView]:
    """Return the round trips that a subscription's book has open."""
    return [
        TradeView(
            id=f"{row.id}.open.{item.leg}",
            subscription_id=row.id,
            strategy_name=row.strategy_name,
            instrument=row.instrument,
            status="OPEN",
            side=_side(item.side),
            quantity=plain(item.quantity),
            entry_ts=at(item.entry_ts),
            entry_price=average_price(item.entry_price),
            exit_ts=None,
            exit_price=None,
            pnl=money(item.unrealised),
            fees=money(item.fees),
            reason=None,
            ambiguous=False,
            bars_held=None,
        )
        for item in standing_of(row).positions
    ]


def switch_view(item: Switch) -> SwitchView:
    """Return a kill switch as clients see it."""
    return SwitchView(
        id=item.id,
        scope=item.scope,
        subject_id=item.subject_id,
        act=item.act,
        active=item.released_at is None,
        note=item.note,
        created_at=item.created_at,
        created_by=item.created_by,
        released_at=item.released_at,
        progress={
            "state": "reaching the books" if item.expanded_at is None else _state(item),
            "commands": item.asked,
            "waiting": item.waiting,
            "failed": item.failed,
            "open_orders": item.open_orders,
        },
    )


def _state(item: Switch) -> str:
    return "done" if item.waiting == 0 else "carrying out"
