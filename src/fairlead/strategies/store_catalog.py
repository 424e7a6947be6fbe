"""SQL of the catalog: what authors published, and how it does."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from fairlead.strategies.canonical import canonical_json
from fairlead.strategies.model import CatalogEntry, Evidence, PublishedVersion
from fairlead.strategies.queries import Listing, like_pattern

_ENTRY = """
    e.strategy_id, e.author_id, e.author_name, e.version_id, e.number, e.hash, e.kind, e.slug,
    e.name, e.description, e.tags, e.timeframe, e.instruments, e.parameters, e.definition,
    e.published_at, e.updated_at, COALESCE(u.subscribers, 0)::integer AS subscriber_count,
    b.figures
"""
_FROM = """
    FROM catalog_entries e
    LEFT JOIN (SELECT strategy_id, sum(subscribers) AS subscribers FROM version_usage
               GROUP BY strategy_id) u ON u.strategy_id = e.strategy_id
    LEFT JOIN catalog_evidence b ON b.strategy_id = e.strategy_id AND b.kind = 'backtest'
        AND b.version_id = e.version_id
"""
_PUBLISHED = """
    version_id, strategy_id, author_id, number, hash, timeframe, instruments, parameters, note,
    published_at, deprecated_at, withdrawn_at
"""
_PUT_ENTRY = text("""
    INSERT INTO catalog_entries (strategy_id, author_id, author_name, version_id, number, hash,
        kind, slug, name, description, tags, timeframe, instruments, parameters, definition,
        published_at, updated_at)
    VALUES (:strategy_id, :author_id, :author_name, :version_id, :number, :hash, :kind, :slug,
        :name, :description, CAST(:tags AS text[]), :timeframe, CAST(:instruments AS text[]),
        CAST(:parameters AS jsonb), CAST(:definition AS jsonb), :published_at, :updated_at)
    ON CONFLICT (strategy_id) DO UPDATE SET author_name = EXCLUDED.author_name,
        version_id = EXCLUDED.version_id, number = EXCLUDED.number, hash = EXCLUDED.hash,
        kind = EXCLUDED.kind, slug = EXCLUDED.slug, name = EXCLUDED.name,
        description = EXCLUDED.description, tags = EXCLUDED.tags, timeframe = EXCLUDED.timeframe,
        instruments = EXCLUDED.instruments, parameters = EXCLUDED.parameters,
        definition = EXCLUDED.definition, updated_at = EXCLUDED.updated_at
    WHERE catalog_entries.author_id = EXCLUDED.author_id
""")
_DESCRIBE = text("""
    UPDATE catalog_entries SET slug = :slug, name = :name, description = :description,
        tags = CAST(:tags AS text[]), updated_at = :now
    WHERE strategy_id = :strategy_id
""")
_PUT_VERSION = text("""
    INSERT INTO catalog_versions (version_id, strategy_id, author_id, number, hash, timeframe,
        instruments, parameters, note, published_at, deprecated_at)
    VALUES (:version_id, :strategy_id, :author_id, :number, :hash, :timeframe,
        CAST(:instruments AS text[]), CAST(:parameters AS jsonb), :note, :published_at,
        :deprecated_at)
    ON CONFLICT (version_id) DO UPDATE SET withdrawn_at = NULL,
        deprecated_at = EXCLUDED.deprecated_at
    WHERE catalog_versions.author_id = EXCLUDED.author_id
""")
_WITHDRAW = text(
    "UPDATE catalog_versions SET withdrawn_at = COALESCE(withdrawn_at, :now) "
    "WHERE strategy_id = :strategy_id"
)
_DROP_ENTRY = text("DELETE FROM catalog_entries WHERE strategy_id = :strategy_id")
_DEPRECATE = text(
    "UPDATE catalog_versions SET deprecated_at = :deprecated_at WHERE version_id = :version_id"
)
_ENTRY_BY_ID = text(f"SELECT {_ENTRY} {_FROM} WHERE e.strategy_id = :strategy_id")
_VERSIONS = text(
    f"SELECT {_PUBLISHED} FROM catalog_versions WHERE strategy_id = :strategy_id "
    "AND withdrawn_at IS NULL ORDER BY number DESC LIMIT 200"
)
_VERSION = text(f"SELECT {_PUBLISHED} FROM catalog_versions WHERE version_id = :version_id")
_EVIDENCE = text(
    "SELECT kind, version_id, figures, equity, recorded_at FROM catalog_evidence "
    "WHERE strategy_id = :strategy_id ORDER BY kind"
)
_PUT_EVIDENCE = text("""
    INSERT INTO catalog_evidence (strategy_id, kind, author_id, version_id, figures, equity,
        recorded_at)
    VALUES (:strategy_id, :kind, :author_id, :version_id, CAST(:figures AS jsonb),
        CAST(:equity AS jsonb), :now)
    ON CONFLICT (strategy_id, kind) DO UPDATE SET version_id = EXCLUDED.version_id,
        figures = EXCLUDED.figures, equity = EXCLUDED.equity, recorded_at = EXCLUDED.recorded_at
    WHERE catalog_evidence.author_id = EXCLUDED.author_id
""")
_PUT_USAGE = text("""
    INSERT INTO version_usage (version_id, strategy_id, subscribers)
    SELECT v.id, v.strategy_id, :subscribers FROM strategy_versions v WHERE v.id = :version_id
    ON CONFLICT (version_id) DO UPDATE SET subscribers = EXCLUDED.subscribers,
        updated_at = clock_timestamp()
    WHERE version_usage.subscribers <> EXCLUDED.subscribers
""")
_AUTHOR_NAME = text("SELECT name FROM users WHERE user_id = :user_id")

_ORDERS = {
    "newest": ("e.published_at", "timestamptz", "DESC", "<"),
    "name": ("lower(e.name)", "text", "ASC", ">"),
    "subscribers": ("COALESCE(u.subscribers, 0)", "bigint", "DESC", "<"),
}
SORTS = tuple(_ORDERS)


def put_entry(connection: Connection, entry: CatalogEntry) -> bool:
    """Publish a snapshot; False where the strategy is another author's."""
    values = {
        "strategy_id": entry.strategy_id,
        "author_id": entry.author_id,
        "author_name": entry.author_name,
        "version_id": entry.version_id,
        "number": entry.number,
        "hash": entry.hash,
        "kind": entry.kind,
        "slug": entry.slug,
        "name": entry.name,
        "description": entry.description,
        "tags": list(entry.tags),
        "timeframe": entry.timeframe,
        "instruments": list(entry.instruments),
        "parameters": canonical_json(entry.parameters),
        "definition": None if entry.definition is None else canonical_json(entry.definition),
        "published_at": entry.published_at,
        "updated_at": entry.updated_at,
    }
    return connection.execute(_PUT_ENTRY, values).rowcount == 1


def describe_entry(
    connection: Connection,
    strategy_id: UUID,
    words: tuple[str, str, str],
    tags: Sequence[str],
    now: datetime,
) -> None:
    """Copy slug, name and description, and the tags, into the published snapshot."""
    slug, name, description = words
    connection.execute(
        _DESCRIBE,
        {
            "strategy_id": strategy_id,
            "slug": slug,
            "name": name,
            "description": description,
            "tags": list(tags),
            "now": now,
        },
    )


def put_published(connection: Connection, version: PublishedVersion) -> bool:
    """Offer a version to others; False where it is another author's."""
    values = {
        "version_id": version.version_id,
        "strategy_id": version.strategy_id,
        "author_id": version.author_id,
        "number": version.number,
        "hash": version.hash,
        "timeframe": version.timeframe,
        "instruments": list(version.instruments),
        "parameters": canonical_json(version.parameters),
        "note": version.note,
        "published_at": version.published_at,
        "deprecated_at": version.deprecated_at,
    }
    return connection.execute(_PUT_VERSION, values).rowcount == 1


def withdraw(connection: Connection, strategy_id: UUID, now: datetime) -> None:
    """Take a strategy out of the catalog; who follows a version keeps it."""
    connection.execute(_DROP_ENTRY, {"strategy_id": strategy_id})
    connection.execute(_WITHDRAW, {"strategy_id": strategy_id, "now": now})


def set_published_deprecated(
    connection: Connection, version_id: UUID, deprecated_at: datetime | None
) -> None:
    """Show or hide the author's advice against a published version."""
    connection.execute(_DEPRECATE, {"version_id": version_id, "deprecated_at": deprecated_at})


def find_entry(connection: Connection, strategy_id: UUID) -> CatalogEntry | None:
    """Return a published strategy."""
    row = connection.execute(_ENTRY_BY_ID, {"strategy_id": strategy_id}).first()
    return None if row is None else _entry(row)


def list_entries(connection: Connection, listing: Listing) -> list[CatalogEntry]:
    """Return one more than a page of the catalog."""
    column, kind, direction, sign = _ORDERS[listing.sort]
    where = ["true"]
    values: dict[str, object] = {"limit": listing.limit + 1}
    if listing.search:
        where.append(
            "(e.name ILIKE :search OR e.description ILIKE :search OR e.slug ILIKE :search "
            "OR e.author_name ILIKE :search)"
        )
        values["search"] = like_pattern(listing.search)
    if listing.tag:
        where.append("CAST(:tag AS text) = ANY (e.tags)")
        values["tag"] = listing.tag
    if listing.after is not None:
        where.append(
            f"({column}, e.strategy_id) {sign} (CAST(:value AS {kind}), CAST(:last AS uuid))"
        )
        values["value"], values["last"] = listing.after
    statement = text(
        f"SELECT {_ENTRY} {_FROM} WHERE {' AND '.join(where)} "
        f"ORDER BY {column} {direction}, e.strategy_id {direction} LIMIT :limit"
    )
    return [_entry(row) for row in connection.execute(statement, values)]


def list_published(connection: Connection, strategy_id: UUID) -> list[PublishedVersion]:
    """Return the versions of a strategy that are offered, newest first, at most 200."""
    rows = connection.execute(_VERSIONS, {"strategy_id": strategy_id})
    return [_published(row) for row in rows]


def find_published(connection: Connection, version_id: UUID) -> PublishedVersion | None:
    """Return a version that was published at some time, withdrawn or not."""
    row = connection.execute(_VERSION, {"version_id": version_id}).first()
    return None if row is None else _published(row)


def list_evidence(connection: Connection, strategy_id: UUID) -> list[Evidence]:
    """Return the published figures of a strategy."""
    rows = connection.execute(_EVIDENCE, {"strategy_id": strategy_id})
    return [Evidence(**dict(row._mapping)) for row in rows]


def put_evidence(
    connection: Connection, strategy_id: UUID, author_id: UUID, evidence: Evidence
) -> bool:
    """Publish figures of a version; False where the strategy is another author's."""
    values = {
        "strategy_id": strategy_id,
        "kind": evidence.kind,
        "author_id": author_id,
        "version_id": evidence.version_id,
        "figures": canonical_json(evidence.figures),
        "equity": canonical_json(evidence.equity),
        "now": evidence.recorded_at,
    }
    return connection.execute(_PUT_EVIDENCE, values).rowcount == 1


def put_usage(connection: Connection, version_id: UUID, subscribers: int) -> None:
    """Write how many follow a version; for the engine, which alone can count them."""
    connection.execute(_PUT_USAGE, {"version_id": version_id, "subscribers": subscribers})


def author_name(connection: Connection, user_id: UUID) -> str:
    """Return the tenant's own name, as others may see it."""
    name: str | None = connection.execute(_AUTHOR_NAME, {"user_id": user_id}).scalar()
    return name or "anonymous"


def _entry(row: Row[Any]) -> CatalogEntry:
    values = dict(row._mapping)
    values["tags"], values["instruments"] = tuple(values["tags"]), tuple(values["instruments"])
    return CatalogEntry(**values)


def _published(row: Row[Any]) -> PublishedVersion:
    values = dict(row._mapping)
    values["instruments"] = tuple(values["instruments"])
    return PublishedVersion(**values)
