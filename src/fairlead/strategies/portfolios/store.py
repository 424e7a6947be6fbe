"""SQL of portfolios and their legs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from fairlead.strategies.canonical import canonical_json
from fairlead.strategies.portfolios.model import Caps, Leg, Portfolio

_COLUMNS = "user_id, id, name, method, caps, source, revision, created_at, updated_at"
_INSERT = text("""
    INSERT INTO portfolios (user_id, id, name, method, caps, source, created_at, updated_at)
    VALUES (:user_id, :id, :name, :method, CAST(:caps AS jsonb), CAST(:source AS jsonb), :now, :now)
""")
_REPLACE = text("""
    UPDATE portfolios SET name = :name, method = :method, caps = CAST(:caps AS jsonb),
        source = CAST(:source AS jsonb), revision = revision + 1, updated_at = :now
    WHERE id = :id AND revision = :revision
""")
_INSERT_LEG = text("""
    INSERT INTO portfolio_legs (user_id, portfolio_id, leg, version_id, strategy_id,
        strategy_name, version, version_hash, parameters, instrument, timeframe, weight)
    VALUES (:user_id, :portfolio_id, :leg, :version_id, :strategy_id, :strategy_name, :version,
        :version_hash, CAST(:parameters AS jsonb), :instrument, :timeframe, :weight)
""")
_LEGS = text("""
    SELECT portfolio_id, version_id, strategy_id, strategy_name, version, version_hash, parameters,
           instrument, timeframe, weight
    FROM portfolio_legs WHERE portfolio_id = ANY(CAST(:ids AS uuid[])) ORDER BY portfolio_id, leg
""")
_LIST = text(f"""
    SELECT {_COLUMNS} FROM portfolios
    WHERE CAST(:before AS timestamptz) IS NULL
       OR (updated_at, id) < (CAST(:before AS timestamptz), CAST(:last AS uuid))
    ORDER BY updated_at DESC, id DESC LIMIT :limit
""")


def insert_portfolio(connection: Connection, portfolio: Portfolio) -> None:
    """Write a new portfolio with its legs."""
    connection.execute(
        _INSERT,
        {
            "user_id": portfolio.user_id,
            "id": portfolio.id,
            "name": portfolio.name,
            "method": portfolio.method,
            "caps": json.dumps(asdict(portfolio.caps)),
            "source": _source(portfolio),
            "now": portfolio.created_at,
        },
    )
    _insert_legs(connection, portfolio)


def replace_portfolio(connection: Connection, portfolio: Portfolio, revision: int) -> bool:
    """Write a portfolio over the one at `revision`; False when that is no longer the stored one."""
    changed = connection.execute(
        _REPLACE,
        {
            "source": _source(portfolio),
            "id": portfolio.id,
            "name": portfolio.name,
            "method": portfolio.method,
            "caps": json.dumps(asdict(portfolio.caps)),
            "revision": revision,
            "now": portfolio.updated_at,
        },
    )
    if changed.rowcount != 1:
        return False
    connection.execute(
        text("DELETE FROM portfolio_legs WHERE portfolio_id = :id"), {"id": portfolio.id}
    )
    _insert_legs(connection, portfolio)
    return True


def delete_portfolio(connection: Connection, portfolio_id: UUID) -> bool:
    """Delete a portfolio and its legs; return whether there was one."""
    done = connection.execute(text("DELETE FROM portfolios WHERE id = :id"), {"id": portfolio_id})
    return done.rowcount == 1


def find_portfolio(connection: Connection, portfolio_id: UUID) -> Portfolio | None:
    """Return one of the tenant's portfolios."""
    row = connection.execute(
        text(f"SELECT {_COLUMNS} FROM portfolios WHERE id = :id"), {"id": portfolio_id}
    ).first()
    return None if row is None else _with_legs(connection, [row])[0]


def list_portfolios(
    connection: Connection, after: tuple[datetime, UUID] | None, limit: int
) -> list[Portfolio]:
    """Return up to `limit` portfolios, the latest changed first, after a place in that order."""
    before, last = after or (None, None)
    rows = connection.execute(_LIST, {"before": before, "last": last, "limit": limit}).all()
    return _with_legs(connection, rows)


def _source(portfolio: Portfolio) -> str | None:
    return None if portfolio.source is None else canonical_json(portfolio.source)


def _insert_legs(connection: Connection, portfolio: Portfolio) -> None:
    rows = [
        {
            "user_id": portfolio.user_id,
            "portfolio_id": portfolio.id,
            "leg": place,
            "version_id": leg.version_id,
            "strategy_id": leg.strategy_id,
            "strategy_name": leg.strategy_name,
            "version": leg.version,
            "version_hash": leg.version_hash,
            "parameters": canonical_json(leg.parameters),
            "instrument": leg.instrument,
            "timeframe": leg.timeframe,
            "weight": leg.weight,
        }
        for place, leg in enumerate(portfolio.legs)
    ]
    connection.execute(_INSERT_LEG, rows)


def _with_legs(connection: Connection, rows: Sequence[Row[Any]]) -> list[Portfolio]:
    legs: dict[UUID, list[Leg]] = {row.id: [] for row in rows}
    for found in connection.execute(_LEGS, {"ids": list(legs)}):
        values = dict(found._mapping)
        legs[values.pop("portfolio_id")].append(Leg(**values))
    return [_portfolio(row, tuple(legs[row.id])) for row in rows]


def _portfolio(row: Row[Any], legs: tuple[Leg, ...]) -> Portfolio:
    values = dict(row._mapping)
    caps = Caps(**values.pop("caps"))
    return Portfolio(**values, legs=legs, caps=caps)
