"""Connections and subscriptions: written by tenants, admitted to trading by the engine."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, text

from fairlead.infra.errors import InternalDefect
from fairlead.kernel.records import Records
from fairlead.live.batch import Floats
from fairlead.live.model import LegDraft, LegPlan, Prepared
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
SELECT s.user_id, s.id, s.version_id, s.legs, s.capital, s.risk_profile, s.policies,
       s.limits, s.join_mode,
       EXISTS (SELECT 1 FROM platform_switches WHERE released_at IS NULL)
       OR EXISTS (SELECT 1 FROM kill_switches k WHERE k.user_id = s.user_id
                  AND k.released_at IS NULL
                  AND (k.scope <> 'subscription' OR k.subject_id = s.id)) AS killed
FROM subscriptions s
WHERE s.partition IS NULL AND s.status = 'active' AND s.fault IS NULL
  AND EXISTS (SELECT 1 FROM jsonb_array_elements(s.legs) g
              JOIN closed_bars b ON b.instrument = g.value ->> 'instrument'
                AND b.timeframe = g.value ->> 'timeframe')
ORDER BY s.created_at, s.user_id, s.id LIMIT :most FOR UPDATE OF s SKIP LOCKED
""")

_ADMIT = """
UPDATE subscriptions s SET partition = t.partition, started_at = clock_timestamp()
FROM unnest(%s::uuid[], %s::uuid[], %s::integer[]) t (user_id, id, partition)
WHERE s.user_id = t.user_id AND s.id = t.id AND s.partition IS NULL
"""


@dataclass(frozen=True, slots=True)
class Owners:
    """Many tenants with their connections and subscriptions, each V16 of shape (N,)."""

    users: Records
    connections: Records
    subscriptions: Records


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """A subscription to be written; without `prepared` the engine makes it ready to trade."""

    id: UUID
    strategy_id: UUID
    strategy_name: str
    legs: tuple[LegDraft, ...]
    connection_id: UUID
    capital: Decimal
    risk_profile: str
    join_mode: str
    prepared: Prepared | None = None


@dataclass(frozen=True, slots=True)
class Applicant:
    """A subscription that waits for its book; `killed` says that a switch holds for it."""

    user_id: UUID
    id: UUID
    drafts: tuple[LegDraft, ...]
    capital: float
    risk_profile: str
    prepared: Prepared | None
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


def insert_connections(connection: Connection, owners: Owners, venue: str, name: str) -> None:
    """Write one connection for each of many tenants."""
    cursor = bulk_cursor(connection)
    cursor.execute(
        _INSERT_CONNECTIONS, (venue, name, array(owners.users), array(owners.connections))
    )
    expect_rows(cursor, owners.users.shape[0], "connections")


def insert_subscription(connection: Connection, user_id: UUID, new: NewSubscription) -> None:
    """Write a tenant's subscription; the engine gives it a book."""
    first, ready = new.legs[0], new.prepared
    connection.execute(
        _INSERT,
        {
            "user_id": user_id,
            "id": new.id,
            "strategy_id": new.strategy_id,
            "strategy_name": new.strategy_name,
            "version_id": first.version_id,
            "signal_key": ready.legs[0].signal_key if ready else None,
            "instrument": first.instrument,
            "timeframe": first.timeframe,
            "parameters": json.dumps(dict(first.parameters)),
            "legs": _legs_json(new.legs, ready),
            "connection_id": new.connection_id,
            "capital": new.capital,
            "risk_profile": new.risk_profile,
            "policies": ready.policies if ready else None,
            "limits": ready.limits if ready else None,
            "join_mode": new.join_mode,
        },
    )


def insert_subscriptions(
    connection: Connection,
    owners: Owners,
    template: NewSubscription,
    capital: Floats,
    risk_profiles: Sequence[str],
    policies: Records,
    limits: Records,
) -> None:
    """Write one prepared subscription for each of many tenants, alike but for their rules.

    `policies` and `limits` hold one record for each tenant; `template` must be prepared.
    """
    first, ready = template.legs[0], template.prepared
    if ready is None:
        raise InternalDefect("Subscriptions are written together only when they are prepared.")
    cursor = bulk_cursor(connection)
    cursor.execute(
        _INSERT_MANY,
        (
            template.strategy_id,
            template.strategy_name,
            first.version_id,
            ready.legs[0].signal_key,
            first.instrument,
            first.timeframe,
            json.dumps(dict(first.parameters)),
            _legs_json(template.legs, ready),
            array(owners.users),
            array(owners.subscriptions),
            array(owners.connections),
            array(capital),
            list(risk_profiles),
            array(policies),
            array(limits),
        ),
    )
    expect_rows(cursor, owners.users.shape[0], "subscriptions")


def _legs_json(drafts: Sequence[LegDraft], ready: Prepared | None) -> str:
    plans: Sequence[LegPlan | None] = ready.legs if ready else [None] * len(drafts)
    return json.dumps(
        [
            {
                "version_id": str(draft.version_id),
                "instrument": draft.instrument,
                "timeframe": draft.timeframe,
                "timeframe_ms": draft.timeframe_ms,
                "parameters": dict(draft.parameters),
                "weight": None if draft.weight is None else str(draft.weight),
                "signal_key": plan.signal_key if plan else None,
                "resolved": dict(plan.parameters) if plan else None,
            }
            for draft, plan in zip(drafts, plans, strict=True)
        ]
    )


def _draft(leg: "dict[str, Any]") -> LegDraft:
    return LegDraft(
        UUID(leg["version_id"]),
        leg["instrument"],
        leg["timeframe"],
        leg["timeframe_ms"],
        tuple(sorted(leg["parameters"].items())),
        # written before legs had weights of their own: equal shares
        None if leg.get("weight") is None else Decimal(leg["weight"]),
    )


def _plan(leg: "dict[str, Any]") -> LegPlan:
    return LegPlan(
        UUID(leg["version_id"]),
        leg["signal_key"],
        tuple(sorted((name, float(value)) for name, value in leg["resolved"].items())),
        leg["instrument"],
        leg["timeframe"],
        leg["timeframe_ms"],
        0,
    )


def waiting_applicants(connection: Connection, most: int) -> list[Applicant]:
    """Lock and return the subscriptions that have no book yet, oldest first.

    One whose series has not closed a candle yet goes on waiting: only the feed knows what time
    it is there, and a replay's time is not ours.
    """
    return [
        Applicant(
            user_id=row.user_id,
            id=row.id,
            drafts=tuple(_draft(leg) for leg in row.legs),
            capital=float(row.capital),
            risk_profile=json.dumps(row.risk_profile),
            prepared=None
            if row.policies is None
            else Prepared(
                tuple(_plan(leg) for leg in row.legs), bytes(row.policies), bytes(row.limits)
            ),
            join_mode=row.join_mode,
            killed=row.killed,
        )
        for row in connection.execute(_WAITING, {"most": most})
    ]


def write_prepared(connection: Connection, item: Applicant, ready: Prepared) -> None:
    """Write what the engine made of a subscription."""
    connection.execute(
        text(
            "UPDATE subscriptions SET legs = CAST(:legs AS jsonb), signal_key = :key, "
            "policies = :policies, limits = :limits WHERE user_id = :user_id AND id = :id"
        ),
        {
            "legs": _legs_json(item.drafts, ready),
            "key": ready.legs[0].signal_key,
            "policies": ready.policies,
            "limits": ready.limits,
            "user_id": item.user_id,
            "id": item.id,
        },
    )


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
