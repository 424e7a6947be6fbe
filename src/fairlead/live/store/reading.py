"""What tenants see of their subscriptions, orders, trades and evaluations."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

_SUBSCRIPTION = """
SELECT s.id, s.strategy_id, s.strategy_name, s.version_id, s.signal_key, s.instrument,
       s.timeframe, s.status, s.capital, s.parameters, s.risk_profile, s.fault, s.created_at,
       s.started_at, s.paused_at, s.cancelled_at, s.revision, s.partition, s.connection_id,
       (s.legs -> 0 ->> 'timeframe_ms')::bigint AS timeframe_ms,
       b.state, c.close, c.ts AS close_ts
FROM subscriptions s
LEFT JOIN books b ON b.user_id = s.user_id AND b.subscription_id = s.id
LEFT JOIN LATERAL (
    SELECT close, ts FROM closed_bars k
    WHERE k.instrument = s.instrument AND k.timeframe = s.timeframe
    ORDER BY ts DESC LIMIT 1) c ON true
"""

_LIST = text(f"""
{_SUBSCRIPTION}
WHERE CAST(:before AS uuid) IS NULL OR s.id < CAST(:before AS uuid)
ORDER BY s.id DESC LIMIT :limit
""")

_ONE = text(f"{_SUBSCRIPTION} WHERE s.id = :id")

_ALL = text(f"{_SUBSCRIPTION} WHERE s.status <> 'cancelled' OR b.partition > 0 LIMIT :limit")

_CONNECTIONS = text("""
SELECT id, venue, name, status, created_at FROM connections ORDER BY created_at, id
""")

_EVALUATIONS = text("""
SELECT e.id, e.version_id, e.instrument, e.timeframe, e.ts, e.status, e.signal, e.error, e.why,
       e.close, e.subscribers, e.due_at, e.started_at, e.completed_at,
       c.reasons, COALESCE(c.entries_skipped, false) AS entries_skipped, c.status AS chunk_status
FROM evaluations e
LEFT JOIN turn_chunks c ON c.partition = :partition AND c.boundary_ms = e.ts + :timeframe_ms
WHERE e.version_id = :version_id AND e.signal_key = :signal_key AND e.instrument = :instrument
  AND e.timeframe = :timeframe AND e.ts < :before AND e.ts >= :since
ORDER BY e.ts DESC LIMIT :limit
""")

_EXECUTIONS = text("""
SELECT e.id, e.version_id, e.instrument, e.timeframe, e.ts, e.status, e.signal, e.error, e.why,
       e.close, e.subscribers, e.due_at, e.started_at, e.completed_at
FROM evaluations e
WHERE (e.owner_id = :user_id OR EXISTS (
        SELECT 1 FROM subscriptions s WHERE s.version_id = e.version_id
          AND s.signal_key = e.signal_key AND s.instrument = e.instrument
          AND s.timeframe = e.timeframe))
  AND (e.ts, e.id) < (:before, :before_id)
ORDER BY e.ts DESC, e.id DESC LIMIT :limit
""")

_ORDERS_AT = text("""
SELECT boundary_ms, leg, n FROM orders
WHERE subscription_id = :id AND boundary_ms = ANY(:boundaries) ORDER BY leg, n DESC
""")

_ORDER_COLUMNS = """
SELECT o.subscription_id, o.leg, o.n, o.client_id, o.lots, o.kind, o.quantity, o.filled_lots,
       o.price, o.average_price, o.status, o.purpose, o.reason, o.created_at, o.sent_at,
       o.updated_at, o.note, s.legs -> (o.leg::integer) ->> 'instrument' AS instrument
FROM orders o JOIN subscriptions s ON s.user_id = o.user_id AND s.id = o.subscription_id
"""

_ORDERS = text(f"""
{_ORDER_COLUMNS}
WHERE (CAST(:status AS smallint) IS NULL OR o.status = :status)
  AND (CAST(:subscription AS uuid) IS NULL OR o.subscription_id = CAST(:subscription AS uuid))
  AND (CAST(:instrument AS text) IS NULL
       OR s.legs -> (o.leg::integer) ->> 'instrument' = CAST(:instrument AS text))
  AND (CAST(:at AS timestamptz) IS NULL
       OR (o.created_at, o.subscription_id, o.leg, o.n)
          < (CAST(:at AS timestamptz), CAST(:in AS uuid), CAST(:leg AS smallint),
             CAST(:n AS integer)))
ORDER BY o.created_at DESC, o.subscription_id DESC, o.leg DESC, o.n DESC LIMIT :limit
""")

_ORDER = text(f"{_ORDER_COLUMNS} WHERE o.subscription_id = :id AND o.leg = :leg AND o.n = :n")

_TRADES = text("""
SELECT t.subscription_id, t.id, t.leg, t.side, t.quantity, t.entry_ts, t.entry_price, t.exit_ts,
       t.exit_price, t.pnl, t.fees, t.reason, t.ambiguous, t.bars_held,
       s.legs -> (t.leg::integer) ->> 'instrument' AS instrument, s.strategy_name
FROM trades t JOIN subscriptions s ON s.user_id = t.user_id AND s.id = t.subscription_id
WHERE (CAST(:subscription AS uuid) IS NULL OR t.subscription_id = CAST(:subscription AS uuid))
  AND (CAST(:ts AS bigint) IS NULL
       OR (t.exit_ts, t.subscription_id, t.id)
          < (CAST(:ts AS bigint), CAST(:in AS uuid), CAST(:id AS bigint)))
ORDER BY t.exit_ts DESC, t.subscription_id DESC, t.id DESC LIMIT :limit
""")

# One point for each boundary at which something was filled, and the daily ones between.
_EQUITY = text("""
SELECT subscription_id, ts, equity FROM (
    SELECT f.subscription_id, f.ts, f.id, f.equity FROM fills f
    WHERE CAST(:subscription AS uuid) IS NULL OR f.subscription_id = CAST(:subscription AS uuid)
    UNION ALL
    SELECT p.subscription_id, p.ts, 0, p.equity FROM equity_points p
    WHERE CAST(:subscription AS uuid) IS NULL OR p.subscription_id = CAST(:subscription AS uuid)
    ORDER BY 2 DESC, 3 DESC LIMIT :most
) points ORDER BY ts, id
""")

_TODAY = text("SELECT count(*) FROM orders WHERE created_at >= :since")

_KILLED = text("""
SELECT EXISTS (SELECT 1 FROM platform_switches WHERE released_at IS NULL)
    OR EXISTS (SELECT 1 FROM kill_switches WHERE released_at IS NULL)
""")

_LATEST = text("""
SELECT c.closed_at, c.ts, s.timeframe_ms FROM (
    SELECT DISTINCT instrument, timeframe, (legs -> 0 ->> 'timeframe_ms')::bigint AS timeframe_ms
    FROM subscriptions WHERE status <> 'cancelled'
) s CROSS JOIN LATERAL (
    SELECT closed_at, ts FROM closed_bars k
    WHERE k.instrument = s.instrument AND k.timeframe = s.timeframe ORDER BY ts DESC LIMIT 1) c
ORDER BY c.closed_at DESC LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A tenant's connection."""

    id: UUID
    venue: str
    name: str
    status: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription with its book's stored state and the newest close of its series."""

    id: UUID
    strategy_id: UUID
    strategy_name: str
    version_id: UUID
    signal_key: str | None
    instrument: str
    timeframe: str
    status: str
    capital: Decimal
    parameters: dict[str, Any]
    risk_profile: dict[str, Any]
    fault: str | None
    created_at: datetime
    started_at: datetime | None
    paused_at: datetime | None
    cancelled_at: datetime | None
    revision: int
    partition: int | None
    connection_id: UUID
    timeframe_ms: int
    state: bytes | None
    close: float | None
    close_ts: int | None


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """An evaluation as a subscriber sees it; `reasons` holds the vetoes of the whole chunk."""

    id: UUID
    version_id: UUID
    instrument: str
    timeframe: str
    ts: int
    status: str
    signal: int | None
    error: str | None
    why: dict[str, float]
    close: float
    subscribers: int
    due_at: datetime
    started_at: datetime
    completed_at: datetime | None
    reasons: bytes | None = None
    entries_skipped: bool = False
    chunk_status: int | None = None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as its tenant sees it."""

    subscription_id: UUID
    leg: int
    n: int
    client_id: str
    lots: int
    kind: int
    quantity: float
    filled_lots: int
    price: float
    average_price: float | None
    status: int
    purpose: int
    reason: int
    created_at: datetime
    sent_at: datetime | None
    updated_at: datetime | None
    note: str | None
    instrument: str


@dataclass(frozen=True, slots=True)
class TradeRow:
    """A closed round trip."""

    subscription_id: UUID
    id: int
    leg: int
    side: int
    quantity: float
    entry_ts: int
    entry_price: float
    exit_ts: int
    exit_price: float
    pnl: float
    fees: float
    reason: int
    ambiguous: bool
    bars_held: int
    instrument: str
    strategy_name: str


@dataclass(frozen=True, slots=True)
class Feed:
    """The newest candle of the tenant's series."""

    closed_at: datetime
    ts: int
    timeframe_ms: int


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders are asked for, and after which one of the list."""

    status: int | None = None
    instrument: str | None = None
    subscription_id: UUID | None = None
    after: tuple[datetime, UUID, int, int] | None = None


def list_connections(connection: Connection) -> list[ConnectionRow]:
    """Return the tenant's connections."""
    return [ConnectionRow(*row) for row in connection.execute(_CONNECTIONS)]


def find_connection(connection: Connection, connection_id: UUID) -> ConnectionRow | None:
    """Return one of the tenant's connections."""
    found = (row for row in list_connections(connection) if row.id == connection_id)
    return next(found, None)


def list_subscriptions(
    connection: Connection, before: UUID | None, limit: int
) -> list[SubscriptionRow]:
    """Return the tenant's subscriptions, newest first."""
    rows = connection.execute(_LIST, {"before": before, "limit": limit})
    return [_subscription(row) for row in rows]


def trading_subscriptions(connection: Connection, most: int) -> list[SubscriptionRow]:
    """Return the subscriptions that trade or still hold something."""
    return [_subscription(row) for row in connection.execute(_ALL, {"limit": most})]


def find_subscription(connection: Connection, subscription_id: UUID) -> SubscriptionRow | None:
    """Return one of the tenant's subscriptions."""
    row = connection.execute(_ONE, {"id": subscription_id}).one_or_none()
    return _subscription(row) if row is not None else None


def _subscription(row: Row[Any]) -> SubscriptionRow:
    values = row._mapping
    state = values["state"]
    return SubscriptionRow(**{**values, "state": bytes(state) if state is not None else None})


def evaluations_of(
    connection: Connection, owned: SubscriptionRow, before_ts: int, limit: int
) -> list[EvaluationRow]:
    """Return the evaluations a subscription took part in, newest first."""
    if owned.signal_key is None or owned.partition is None or owned.started_at is None:
        return []
    rows = connection.execute(
        _EVALUATIONS,
        {
            "partition": abs(owned.partition),
            "timeframe_ms": owned.timeframe_ms,
            "version_id": owned.version_id,
            "signal_key": owned.signal_key,
            "instrument": owned.instrument,
            "timeframe": owned.timeframe,
            "before": before_ts,
            "since": 0,
            "limit": limit,
        },
    )
    return [EvaluationRow(**row._mapping) for row in rows]


def executions(
    connection: Connection, user_id: UUID, before: tuple[int, UUID], limit: int
) -> list[EvaluationRow]:
    """Return the evaluations of the tenant's own strategies and of those they follow."""
    rows = connection.execute(
        _EXECUTIONS,
        {"user_id": user_id, "before": before[0], "before_id": before[1], "limit": limit},
    )
    return [EvaluationRow(**row._mapping) for row in rows]


def orders_at(
    connection: Connection, subscription_id: UUID, boundaries: list[int]
) -> dict[int, tuple[int, int]]:
    """Return (leg, number) of an order decided at each of the boundaries that has one."""
    rows = connection.execute(_ORDERS_AT, {"id": subscription_id, "boundaries": boundaries})
    return {row.boundary_ms: (row.leg, row.n) for row in rows}


def list_orders(connection: Connection, wanted: OrderFilter, limit: int) -> list[OrderRow]:
    """Return the tenant's orders, newest first."""
    at, place, leg, n = wanted.after or (None, None, None, None)
    rows = connection.execute(
        _ORDERS,
        {
            "status": wanted.status,
            "subscription": wanted.subscription_id,
            "instrument": wanted.instrument,
            "at": at,
            "in": place,
            "leg": leg,
            "n": n,
            "limit": limit,
        },
    )
    return [OrderRow(**row._mapping) for row in rows]


def find_order(connection: Connection, subscription_id: UUID, leg: int, n: int) -> OrderRow | None:
    """Return one of the tenant's orders."""
    row = connection.execute(_ORDER, {"id": subscription_id, "leg": leg, "n": n}).one_or_none()
    return OrderRow(**row._mapping) if row is not None else None


def list_trades(
    connection: Connection,
    subscription_id: UUID | None,
    after: tuple[int, UUID, int] | None,
    limit: int,
) -> list[TradeRow]:
    """Return the tenant's closed trades, newest exit first."""
    ts, place, number = after or (None, None, None)
    row = {"subscription": subscription_id, "ts": ts, "in": place, "id": number, "limit": limit}
    return [TradeRow(**found._mapping) for found in connection.execute(_TRADES, row)]


def equity_points(
    connection: Connection, subscription_id: UUID | None, most: int
) -> list[tuple[UUID, int, float]]:
    """Return (subscription, epoch ms, equity), oldest first: the newest `most` points."""
    rows = connection.execute(_EQUITY, {"subscription": subscription_id, "most": most})
    return [(row.subscription_id, row.ts, row.equity) for row in rows]


def orders_since(connection: Connection, since: datetime) -> int:
    """Return how many orders the tenant has had since then."""
    return int(connection.execute(_TODAY, {"since": since}).scalar_one())


def is_killed(connection: Connection) -> bool:
    """Tell whether any kill switch holds for the tenant, in whole or in part."""
    return bool(connection.execute(_KILLED).scalar_one())


def newest_candle(connection: Connection) -> Feed | None:
    """Return the newest candle among the tenant's series."""
    row = connection.execute(_LATEST).one_or_none()
    return Feed(row.closed_at, row.ts, row.timeframe_ms) if row is not None else None
