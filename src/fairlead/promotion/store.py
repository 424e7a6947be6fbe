"""SQL of promotions."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, Row, text

from fairlead.promotion.gates import Gate
from fairlead.promotion.model import PromotedLeg, Promotion, Subject, Terms

_COLUMNS = """id, status, subject, connection_id, capital, risk_profile, join_mode, gates, override,
    reason, subscription_id, created_at, approved_at, deployed_at, rejected_at, rolled_back_at"""
_INSERT = text("""
    INSERT INTO promotions (user_id, id, status, name, subject, content_hash, connection_id,
        capital, risk_profile, join_mode, gates, override, reason, created_at)
    VALUES (:user_id, :id, :status, :name, CAST(:subject AS jsonb), :content_hash, :connection_id,
        :capital, CAST(:risk_profile AS jsonb), :join_mode, CAST(:gates AS jsonb), :override,
        :reason, :created_at)
""")
_UPDATE = text("""
    UPDATE promotions SET status = :status, subject = CAST(:subject AS jsonb), capital = :capital,
        risk_profile = CAST(:risk_profile AS jsonb), join_mode = :join_mode,
        gates = CAST(:gates AS jsonb), override = :override, reason = :reason,
        subscription_id = :subscription_id, approved_at = :approved_at,
        deployed_at = :deployed_at, rejected_at = :rejected_at, rolled_back_at = :rolled_back_at
    WHERE id = :id
""")
_FIND = f"SELECT {_COLUMNS} FROM promotions WHERE id = :id"
_OPEN = text(f"""
    SELECT {_COLUMNS} FROM promotions
    WHERE connection_id = :connection_id AND content_hash = :content_hash
      AND status IN ('requested', 'approved', 'deployed') FOR UPDATE
""")
_LIST = text(f"""
    SELECT {_COLUMNS} FROM promotions
    WHERE CAST(:before AS uuid) IS NULL OR id < CAST(:before AS uuid)
    ORDER BY id DESC LIMIT :limit
""")


def lock_subject(
    connection: Connection, tenant_id: UUID, connection_id: UUID, content_hash: str
) -> None:
    """Let requests for one subject on one connection wait for one another, until commit."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"promotion:{tenant_id}:{connection_id}:{content_hash}"},
    )


def find_open(connection: Connection, connection_id: UUID, content_hash: str) -> Promotion | None:
    """Return what is asked for, approved or deployed of a content on a connection, locked."""
    row = connection.execute(
        _OPEN, {"connection_id": connection_id, "content_hash": content_hash}
    ).one_or_none()
    return None if row is None else _promotion(row)


def find_promotion(
    connection: Connection, promotion_id: UUID, *, lock: bool = False
) -> Promotion | None:
    """Return one of the tenant's promotions; with `lock` it stays locked until commit."""
    statement = text(f"{_FIND} FOR UPDATE" if lock else _FIND)
    row = connection.execute(statement, {"id": promotion_id}).one_or_none()
    return None if row is None else _promotion(row)


def list_promotions(connection: Connection, before: UUID | None, limit: int) -> list[Promotion]:
    """Return up to `limit` promotions, newest first, older than `before` when given."""
    rows = connection.execute(_LIST, {"before": before, "limit": limit})
    return [_promotion(row) for row in rows]


def insert_promotion(connection: Connection, tenant_id: UUID, promotion: Promotion) -> None:
    """Write a new promotion."""
    connection.execute(
        _INSERT,
        {
            "user_id": tenant_id,
            "name": promotion.subject.name,
            "content_hash": promotion.subject.content_hash,
            "connection_id": promotion.terms.connection_id,
            "created_at": promotion.created_at,
            **_values(promotion),
        },
    )


def update_promotion(connection: Connection, promotion: Promotion) -> None:
    """Write what can change of a promotion; the caller holds its row."""
    connection.execute(
        _UPDATE,
        {
            "subscription_id": promotion.subscription_id,
            "approved_at": promotion.approved_at,
            "deployed_at": promotion.deployed_at,
            "rejected_at": promotion.rejected_at,
            "rolled_back_at": promotion.rolled_back_at,
            **_values(promotion),
        },
    )


def _values(promotion: Promotion) -> dict[str, object]:
    return {
        "id": promotion.id,
        "status": promotion.status,
        "subject": json.dumps(asdict(promotion.subject), default=str),
        "capital": promotion.terms.capital,
        "risk_profile": promotion.terms.risk_profile,
        "join_mode": promotion.terms.join_mode,
        "gates": json.dumps([gate.to_json() for gate in promotion.gates]),
        "override": promotion.override,
        "reason": promotion.reason,
    }


def _promotion(row: Row[Any]) -> Promotion:
    return Promotion(
        id=row.id,
        status=row.status,
        subject=_subject(row.subject),
        terms=Terms(row.connection_id, row.capital, json.dumps(row.risk_profile), row.join_mode),
        gates=tuple(Gate(**gate) for gate in row.gates),
        override=row.override,
        reason=row.reason,
        subscription_id=row.subscription_id,
        created_at=cast("datetime", row.created_at),
        approved_at=row.approved_at,
        deployed_at=row.deployed_at,
        rejected_at=row.rejected_at,
        rolled_back_at=row.rolled_back_at,
    )


def _subject(data: Mapping[str, Any]) -> Subject:
    values = dict(data)
    for name in ("portfolio_id", "run_id", "autobuild_id"):
        values[name] = None if values[name] is None else UUID(values[name])
    values["legs"] = tuple(
        PromotedLeg(
            **{
                **leg,
                "version_id": UUID(leg["version_id"]),
                "strategy_id": UUID(leg["strategy_id"]),
            }
        )
        for leg in values["legs"]
    )
    return Subject(**values)
