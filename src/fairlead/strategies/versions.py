"""Versions for those who run them: by id, with whether somebody may begin to follow them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, InternalDefect, NotFound
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.model import Evidence, PublishedVersion, Version
from fairlead.strategies.source import version_hash
from fairlead.strategies.store import (
    find_strategy,
    find_version,
    find_version_by_id,
    list_versions,
    outside_versions,
)
from fairlead.strategies.store_catalog import (
    find_entry,
    find_published,
    put_evidence,
    put_usage,
)

MOST_READ = 1_000
NUMBER_BEYOND = 2**31 - 1


def load_version(connection: Connection, version_id: UUID) -> Version:
    """Return a version with its definition.

    In a tenant's transaction only the tenant's own are found, in the engine's all. A version is
    never deleted, so what runs on one always finds it. Raises `NotFound` otherwise.
    """
    version = find_version_by_id(connection, version_id)
    if version is None:
        raise NotFound("There is no such version.", found=str(version_id), path="version_id")
    return version


def definition_of(version: Version) -> RulesDocument:
    """Return a stored version's definition, checked against the hash that pins it.

    Raises `InternalDefect` when it is not what was stored, or can no longer be read.
    """
    document = read_document(version.definition)
    found = version_hash(document)
    if found != version.hash:
        raise InternalDefect(
            f"Version {version.id} does not have the content it was stored with.",
            expected=version.hash,
            found=found,
        )
    return document


def versions_of(connection: Connection, strategy_id: UUID) -> list[Version]:
    """Return the newest 1,000 versions of one of the tenant's strategies, deleted ones included.

    Another tenant's strategy has none.
    """
    return list_versions(connection, strategy_id, NUMBER_BEYOND, MOST_READ - 1)


def versions_from_outside(
    connection: Connection, strategy_ids: Sequence[UUID]
) -> set[tuple[UUID, str]]:
    """Return strategy and hash of the tenant's versions that a program sent."""
    return set(outside_versions(connection, strategy_ids))


def followable_version(connection: Connection, version_id: UUID) -> PublishedVersion | Version:
    """Return a version that the tenant may begin to follow: their own, or one that is offered.

    Raises `NotFound` for one that is neither, `Conflict` for one its author advises against.
    """
    own = find_version_by_id(connection, version_id)
    found = own if own is not None else find_published(connection, version_id)
    if found is None or (isinstance(found, PublishedVersion) and found.withdrawn_at is not None):
        raise NotFound(
            "There is no such version, or it is no longer offered.",
            found=str(version_id),
            action="Choose one from the catalog.",
            path="version_id",
        )
    if found.deprecated_at is not None:
        raise Conflict(
            f"Version {found.number} is deprecated: its author advises against it.",
            expected="a version that is not deprecated",
            found=f"version {found.number}, deprecated {found.deprecated_at:%Y-%m-%d}",
            action="Choose a newer version.",
            path="version_id",
        )
    return found


def current_version(connection: Connection, strategy_id: UUID) -> PublishedVersion | Version:
    """Return the version that a strategy offers now: the tenant's own, or a published one.

    Raises `NotFound` and `Conflict` as `followable_version` does.
    """
    strategy = find_strategy(connection, strategy_id)
    if strategy is not None:
        own = find_version(connection, strategy_id, strategy.current_version)
        if own is not None:
            return followable_version(connection, own.id)
    entry = find_entry(connection, strategy_id)
    if entry is None:
        raise NotFound(
            "There is no such strategy, or it is not published.",
            found=str(strategy_id),
            action="Choose one from the catalog.",
            path="strategy_id",
        )
    return followable_version(connection, entry.version_id)


def published_name(connection: Connection, strategy_id: UUID) -> str:
    """Return the name under which a strategy is published, its id when it no longer is."""
    entry = find_entry(connection, strategy_id)
    return str(strategy_id) if entry is None else entry.name


def count_subscribers(connection: Connection, version_id: UUID, subscribers: int) -> None:
    """Write how many follow a version now; in the engine's transaction."""
    put_usage(connection, version_id, subscribers)


def publish_evidence(
    connection: Connection, strategy_id: UUID, author_id: UUID, evidence: Evidence
) -> None:
    """Show figures of a version in the catalog: an author's backtest, the engine's live figures.

    Raises `NotFound` when the strategy is another author's.
    """
    if not put_evidence(connection, strategy_id, author_id, evidence):
        raise NotFound("There is no such strategy.", found=str(strategy_id), path="strategy_id")
