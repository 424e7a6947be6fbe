"""SQL of strategies and their versions."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from fairlead.strategies.canonical import canonical_json
from fairlead.strategies.model import Json, Strategy, Version
from fairlead.strategies.queries import Listing, like_pattern

_STRATEGY = """
    s.user_id, s.id, s.slug, s.name, s.description, s.tags, s.active, s.visibility,
    s.current_version, s.latest_version, s.revision, s.created_at, s.updated_at,
    (SELECT COALESCE(sum(u.subscribers), 0)::integer FROM version_usage u
     WHERE u.strategy_id = s.id) AS subscriber_count
"""
_VERSION = (
    "id, strategy_id, user_id, number, hash, kind, definition, note, created_at, deprecated_at, "
    "outside"
)

_INSERT = text("""
    INSERT INTO strategies (user_id, id, slug, name, description, tags, current_version,
                            latest_version, created_at, updated_at)
    VALUES (:user_id, :id, :slug, :name, :description, CAST(:tags AS text[]), 1, 1, :now, :now)
""")
_INSERT_VERSION = text("""
    INSERT INTO strategy_versions (user_id, id, strategy_id, number, hash, kind, definition, note,
                                   created_at, outside)
    VALUES (:user_id, :id, :strategy_id, :number, :hash, :kind, CAST(:definition AS jsonb), :note,
            :now, :outside)
""")
_FIND = text(f"SELECT {_STRATEGY} FROM strategies s WHERE s.id = :id AND s.deleted_at IS NULL")
_LOCK = text("SELECT 1 FROM strategies WHERE id = :id AND deleted_at IS NULL FOR UPDATE")
_SLUGS = text(
    "SELECT slug FROM strategies WHERE deleted_at IS NULL AND (slug = :slug OR slug LIKE :pattern)"
)
_UPDATE = text("""
    UPDATE strategies SET slug = :slug, name = :name, description = :description,
        tags = CAST(:tags AS text[]), active = :active, visibility = :visibility,
        current_version = :current_version, latest_version = :latest_version,
        revision = revision + 1, updated_at = :now
    WHERE id = :id AND revision = :revision AND deleted_at IS NULL
""")
_DELETE = text("""
    UPDATE strategies SET deleted_at = :now, updated_at = :now, active = false,
        visibility = 'private', revision = revision + 1
    WHERE id = :id AND revision = :revision AND deleted_at IS NULL
""")
_VERSIONS = text(f"""
    SELECT {_VERSION} FROM strategy_versions
    WHERE strategy_id = :strategy_id AND number < :before ORDER BY number DESC LIMIT :limit
""")
_OUTSIDE = text("""
    SELECT DISTINCT strategy_id, hash FROM strategy_versions
    WHERE strategy_id = ANY(CAST(:ids AS uuid[])) AND outside
""")
_VERSION_NUMBER = text(
    f"SELECT {_VERSION} FROM strategy_versions WHERE strategy_id = :strategy_id "
    "AND number = :number"
)
_VERSION_BY_HASH = text(
    f"SELECT {_VERSION} FROM strategy_versions WHERE strategy_id = :strategy_id AND hash = :hash "
    "ORDER BY number DESC LIMIT 1"
)
_OWN_BY_HASH = text(
    f"SELECT {_VERSION} FROM strategy_versions v WHERE hash = :hash AND deprecated_at IS NULL "
    "AND EXISTS (SELECT FROM strategies s WHERE s.id = v.strategy_id AND s.deleted_at IS NULL) "
    "ORDER BY created_at LIMIT 1"
)
_VERSION_BY_ID = text(f"SELECT {_VERSION} FROM strategy_versions WHERE id = :id")
_DEPRECATE = text("""
    UPDATE strategy_versions SET deprecated_at = CASE WHEN :deprecated THEN
        COALESCE(deprecated_at, :now) END WHERE id = :id
""")
_FOLLOWED = text("""
    SELECT v.number FROM version_usage u JOIN strategy_versions v ON v.id = u.version_id
    WHERE u.strategy_id = :id AND u.subscribers > 0 AND v.deprecated_at IS NULL ORDER BY v.number
""")

_ORDERS = {
    "updated": ("s.updated_at", "timestamptz", "DESC", "<"),
    "created": ("s.created_at", "timestamptz", "DESC", "<"),
    "name": ("lower(s.name)", "text", "ASC", ">"),
}
SORTS = tuple(_ORDERS)


def insert_strategy(connection: Connection, strategy: Strategy) -> None:
    """Write a new strategy with its first version number."""
    connection.execute(
        _INSERT,
        {
            "user_id": strategy.user_id,
            "id": strategy.id,
            "slug": strategy.slug,
            "name": strategy.name,
            "description": strategy.description,
            "tags": list(strategy.tags),
            "now": strategy.created_at,
        },
    )


def insert_version(connection: Connection, version: Version) -> None:
    """Write a new version; it can never be changed afterwards."""
    connection.execute(
        _INSERT_VERSION,
        {
            "user_id": version.user_id,
            "id": version.id,
            "strategy_id": version.strategy_id,
            "number": version.number,
            "hash": version.hash,
            "kind": version.kind,
            "definition": canonical_json(version.definition),
            "note": version.note,
            "now": version.created_at,
            "outside": version.outside,
        },
    )


def find_strategy(
    connection: Connection, strategy_id: UUID, *, lock: bool = False
) -> Strategy | None:
    """Return one of the tenant's strategies; with `lock` it stays locked until commit."""
    if lock and connection.execute(_LOCK, {"id": strategy_id}).first() is None:
        return None
    row = connection.execute(_FIND, {"id": strategy_id}).first()
    return None if row is None else _strategy(row)


def taken_slugs(connection: Connection, slug: str) -> set[str]:
    """Return the tenant's slugs that are `slug`, or `slug` with a number behind it."""
    rows = connection.execute(_SLUGS, {"slug": slug, "pattern": f"{slug}-%"})
    return {row.slug for row in rows}


def update_strategy(connection: Connection, strategy: Strategy, now: datetime) -> bool:
    """Write everything that can be edited; False when the revision is no longer the stored one."""
    result = connection.execute(
        _UPDATE,
        {
            "id": strategy.id,
            "slug": strategy.slug,
            "name": strategy.name,
            "description": strategy.description,
            "tags": list(strategy.tags),
            "active": strategy.active,
            "visibility": strategy.visibility,
            "current_version": strategy.current_version,
            "latest_version": strategy.latest_version,
            "revision": strategy.revision,
            "now": now,
        },
    )
    return result.rowcount == 1


def delete_strategy(
    connection: Connection, strategy_id: UUID, revision: int, now: datetime
) -> bool:
    """Hide a strategy for good; its versions stay for what runs on them."""
    values = {"id": strategy_id, "revision": revision, "now": now}
    return connection.execute(_DELETE, values).rowcount == 1


def followed_versions(connection: Connection, strategy_id: UUID) -> list[int]:
    """Return the numbers of versions that have subscribers and are not deprecated."""
    return [row.number for row in connection.execute(_FOLLOWED, {"id": strategy_id})]


def list_strategies(connection: Connection, listing: Listing) -> list[Strategy]:
    """Return one more than a page of the tenant's strategies."""
    column, kind, direction, sign = _ORDERS[listing.sort]
    where = ["s.deleted_at IS NULL"]
    values: dict[str, object] = {"limit": listing.limit + 1}
    if listing.search:
        where.append(
            "(s.name ILIKE :search OR s.description ILIKE :search OR s.slug ILIKE :search)"
        )
        values["search"] = like_pattern(listing.search)
    if listing.tag:
        where.append("CAST(:tag AS text) = ANY (s.tags)")
        values["tag"] = listing.tag
    if listing.after is not None:
        where.append(f"({column}, s.id) {sign} (CAST(:value AS {kind}), CAST(:last AS uuid))")
        values["value"], values["last"] = listing.after
    statement = text(
        f"SELECT {_STRATEGY} FROM strategies s WHERE {' AND '.join(where)} "
        f"ORDER BY {column} {direction}, s.id {direction} LIMIT :limit"
    )
    return [_strategy(row) for row in connection.execute(statement, values)]


def list_versions(
    connection: Connection, strategy_id: UUID, before: int, limit: int
) -> list[Version]:
    """Return one more than a page of versions below number `before`, newest first."""
    values = {"strategy_id": strategy_id, "before": before, "limit": limit + 1}
    return [_version(row) for row in connection.execute(_VERSIONS, values)]


def outside_versions(
    connection: Connection, strategy_ids: Sequence[UUID]
) -> list[tuple[UUID, str]]:
    """Return strategy and hash of every version that was sent by a program."""
    rows = connection.execute(_OUTSIDE, {"ids": list(strategy_ids)})
    return [(row.strategy_id, row.hash) for row in rows]


def find_version(connection: Connection, strategy_id: UUID, number: int) -> Version | None:
    """Return one version of a strategy by its number."""
    row = connection.execute(
        _VERSION_NUMBER, {"strategy_id": strategy_id, "number": number}
    ).first()
    return None if row is None else _version(row)


def find_version_by_hash(connection: Connection, strategy_id: UUID, digest: str) -> Version | None:
    """Return the latest version of a strategy with this content."""
    row = connection.execute(_VERSION_BY_HASH, {"strategy_id": strategy_id, "hash": digest}).first()
    return None if row is None else _version(row)


def find_own_version(connection: Connection, digest: str) -> Version | None:
    """Return the tenant's oldest version of this content that may be followed."""
    row = connection.execute(_OWN_BY_HASH, {"hash": digest}).first()
    return None if row is None else _version(row)


def find_version_by_id(connection: Connection, version_id: UUID) -> Version | None:
    """Return a version this role may see: the tenant's own, or any for the engine."""
    row = connection.execute(_VERSION_BY_ID, {"id": version_id}).first()
    return None if row is None else _version(row)


def set_deprecated(
    connection: Connection, version_id: UUID, deprecated: bool, now: datetime
) -> None:
    """Set or take back an author's advice against a version."""
    connection.execute(_DEPRECATE, {"id": version_id, "deprecated": deprecated, "now": now})


def _strategy(row: Row[Any]) -> Strategy:
    values = dict(row._mapping)
    values["tags"] = tuple(values["tags"])
    return Strategy(**values)


def _version(row: Row[Any]) -> Version:
    values = dict(row._mapping)
    if isinstance(values["definition"], str):
        definition: dict[str, Json] = json.loads(values["definition"])
        values["definition"] = definition
    return Version(**values)
