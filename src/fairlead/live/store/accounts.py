"""Connections and subscriptions: written by tenants, admitted to trading by the engine."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, text

from fairlead.kernel.records import Records
from fairlead.live.model import LegPlan
from fairlead.live.store.binary import array, bulk_cursor, expect_rows

_INSERT_CONNECTION = text("""
INSERT INTO connections (user_id, id, venue, name) VALUES (:user_id, :id, :venue, :name)
""")

_INSERT_CONNECTIONS = """
INSERT INTO connections (user_id, id, venue, name)
SELECT t.user_id, t.id, %s, %s FROM unnest(%s::uuid[], %s::uuid[]) t (user_id, id)
"""

_INSERT = text("""
INSERT INTO subscriptions (user_id, id, strategy_id, strategy_name, version_id, signal_key,
    instrument, timeframe, parameters, legs, connection_id, capital, risk_profile, policies,
    limits, join_mode)
VALUES (:user_id, :id, :strategy_id, :strategy_name, :version_id, :signal_key, :instrument,
    :timeframe, CAST(:parameters AS jsonb), CAST(:legs AS jsonb), :connection_id, :capital,
    CAST(:risk_profile AS jsonb), :policies, :limits, :join_mode)
""")

_INSERT_MANY = """
INSERT INTO subscriptions (user_id, id, strategy_id, strategy_name, version_id, signal_key,
    instrument, timeframe, parameters, legs, connection_id, capital, risk_profile, policies,
    limits, join_mode)
SELECT t.user_id, t.id, %s, %s, %s, %s, %s, %s, %s::jsonb, %s::jsonb, t.connection_id,
    t.capital::text::numeric, t.risk_profile::jsonb, t.policies, t.limits, 'wait'
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::float8[], %s::text[], %s::bytea[], %s::bytea[])
  t (user_id, id, connection_id, capital, risk_profile, policies, limits)
"""

_WAITING = text("""
SELECT s.user_id, s.id, s.strategy_id, s.legs, s.capital, s.policies, s.limits, s.join_mode,
       EXISTS (SELECT 1 FROM platform_switches WHERE released_at IS NULL)
       OR EXISTS (SELECT 1 FROM kill_switches k WHERE k.user_id = s.user_id
                  AND k.released_at IS NULL
                  AND (k.scope <> 'subscription' OR k.subject_id = s.id)) AS killed
FROM subscriptions s
WHERE s.partition IS NULL AND s.status = 'active' AND s.fault IS NULL
ORDER BY s.created_at, s.user_id, s.id LIMIT :most FOR UPDATE OF s SKIP LOCKED
""")

_ADMIT = """
UPDATE subscriptions s SET partition = t.partition, started_at = clock_timestamp()
FROM unnest(%s::uuid[], %s::uuid[], %s::integer[]) t (user_id, id, partition)
WHERE s.user_id = t.user_id AND s.id = t.id AND s.partition IS NULL
"""


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """A subscription to be written; `policies` and `limits` are the kernel's records."""

    id: UUID
    strategy_id: UUID
    strategy_name: str
    legs: tuple[LegPlan, ...]
    connection_id: UUID
    capital: Decimal
    risk_profile: str
    policies: bytes
    limits: bytes
    join_mode: str


@dataclass(frozen=True, slots=True)
class Applicant:
    """A subscription that waits for its book; `killed` says that a switch holds for it."""

    user_id: UUID
    id: UUID
    strategy_id: UUID
    legs: tuple[LegPlan, ...]
    capital: float
    policies: bytes
    limits: bytes
    join_mode: str
    killed: bool


def insert_connection(
    connection: Connection, user_id: UUID, connection_id: UUID, venue: str, name: str
) -> None:
    """Write a tenant's connection."""
    connection.execute(
        _INSERT_CONNECTION,
        {"user_id": user_id, "id": connection_id, "venue": venue, "name": name},
    )


def insert_connections(
    connection: Connection, users: Records, ids: Records, venue: str, name: str
) -> None:
    """Write one connection for each of many tenants."""
    cursor = bulk_cursor(connection)
    cursor.execute(_INSERT_CONNECTIONS, (venue, name, array(users), array(ids)))
    expect_rows(cursor, users.shape[0], "connections")


def insert_subscription(connection: Connection, user_id: UUID, new: NewSubscription) -> None:
    """Write a tenant's subscription; the engine gives it a book."""
    first = new.legs[0]
    connection.execute(
        _INSERT,
        {
            "user_id": user_id,
            "id": new.id,
            "strategy_id": new.strategy_id,
            "strategy_name": new.strategy_name,
            "version_id": first.version_id,
            "signal_key": first.signal_key,
            "instrument": first.instrument,
            "timeframe": first.timeframe,
            "parameters": json.dumps(dict(first.parameters)),
            "legs": encode_legs(new.legs),
            "connection_id": new.connection_id,
            "capital": new.capital,
            "risk_profile": new.risk_profile,
            "policies": new.policies,
            "limits": new.limits,
            "join_mode": new.join_mode,
        },
    )


def insert_subscriptions(
    connection: Connection,
    users: Records,
    ids: Records,
    connections: Records,
    template: NewSubscription,
    capital: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    risk_profiles: Sequence[str],
    policies: Records,
    limits: Records,
) -> None:
    """Write one subscription for each of many tenants, alike but for capital and rules."""
    first = template.legs[0]
    cursor = bulk_cursor(connection)
    cursor.execute(
        _INSERT_MANY,
        (
            template.strategy_id,
            template.strategy_name,
            first.version_id,
            first.signal_key,
            first.instrument,
            first.timeframe,
            json.dumps(dict(first.parameters)),
            encode_legs(template.legs),
            array(users),
            array(ids),
            array(connections),
            array(capital),
            list(risk_profiles),
            array(policies),
            array(limits),
        ),
    )
    expect_rows(cursor, users.shape[0], "subscriptions")


def encode_legs(legs: tuple[LegPlan, ...]) -> str:
    """Return legs as JSON."""
    return json.dumps(
        [
            {
                "version_id": str(leg.version_id),
                "signal_key": leg.signal_key,
                "parameters": dict(leg.parameters),
                "instrument": leg.instrument,
                "timeframe": leg.timeframe,
                "timeframe_ms": leg.timeframe_ms,
            }
            for leg in legs
        ]
    )


def decode_legs(stored: Sequence["dict[str, object]"]) -> tuple[LegPlan, ...]:
    """Return stored legs; where their warm-up starts is pinned when their lineup is made."""
    return tuple(
        LegPlan(
            UUID(str(leg["version_id"])),
            str(leg["signal_key"]),
            tuple(sorted((str(k), float(v)) for k, v in dict(leg["parameters"]).items())),  # type: ignore[call-overload]  # our own JSON
            str(leg["instrument"]),
            str(leg["timeframe"]),
            int(str(leg["timeframe_ms"])),
            0,
        )
        for leg in stored
    )


def waiting_applicants(connection: Connection, most: int) -> list[Applicant]:
    """Lock and return the subscriptions that have no book yet, oldest first."""
    return [
        Applicant(
            row.user_id,
            row.id,
            row.strategy_id,
            decode_legs(row.legs),
            float(row.capital),
            bytes(row.policies),
            bytes(row.limits),
            row.join_mode,
            row.killed,
        )
        for row in connection.execute(_WAITING, {"most": most})
    ]


def mark_admitted(
    connection: Connection, users: Records, ids: Records, partitions: Sequence[int]
) -> None:
    """Note in which partition each subscription's book is."""
    cursor = bulk_cursor(connection)
    cursor.execute(_ADMIT, (array(users), array(ids), array(np.array(partitions, np.int32))))
    expect_rows(cursor, users.shape[0], "admitted subscriptions")


def mark_faulted(connection: Connection, user_id: UUID, subscription_id: UUID, why: str) -> None:
    """Set a subscription aside with the reason."""
    connection.execute(
        text(
            "UPDATE subscriptions SET fault = :why, revision = revision + 1 "
            "WHERE user_id = :user_id AND id = :id"
        ),
        {"why": why, "user_id": user_id, "id": subscription_id},
    )


def latest_boundary(connection: Connection, leg: LegPlan) -> int | None:
    """Return the close time of the newest closed candle of a leg's series."""
    newest = connection.execute(
        text(
            "SELECT max(ts) FROM closed_bars WHERE instrument = :instrument "
            "AND timeframe = :timeframe"
        ),
        {"instrument": leg.instrument, "timeframe": leg.timeframe},
    ).scalar()
    return int(newest) + leg.timeframe_ms if newest is not None else None


def set_status(
    connection: Connection, user_id: UUID, subscription_id: UUID, status: str, at: datetime
) -> bool:
    """Change a subscription's status; return False when it stood there already or has ended."""
    changed = connection.execute(
        text("""
            UPDATE subscriptions SET status = :status, revision = revision + 1,
                paused_at = CASE WHEN :status = 'paused' THEN :at ELSE paused_at END,
                cancelled_at = CASE WHEN :status = 'cancelled' THEN :at ELSE cancelled_at END
            WHERE user_id = :user_id AND id = :id AND status NOT IN (:status, 'cancelled')
        """),
        {"status": status, "at": at, "user_id": user_id, "id": subscription_id},
    )
    return changed.rowcount == 1
