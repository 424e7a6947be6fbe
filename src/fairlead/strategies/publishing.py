"""Publishing: copies what others may see of a strategy into the catalog, or takes it out."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, Forbidden
from fairlead.strategies.authoring import owned_strategy, owned_version
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.kinds.rules.parameters import parameters_json
from fairlead.strategies.model import (
    CatalogEntry,
    PublishedVersion,
    Strategy,
    Version,
    Visibility,
)
from fairlead.strategies.store import update_strategy
from fairlead.strategies.store_catalog import (
    author_name,
    put_entry,
    put_published,
    withdraw,
)
from fairlead.strategies.versions import definition_of


def publish(
    connection: Connection,
    strategy_id: UUID,
    number: int | None,
    share_definition: bool,
    now: datetime,
) -> Strategy:
    """Offer a version, the current one without a number, to everybody.

    Its definition stays hidden unless it is shared. Followers of earlier versions stay on them.
    Raises `Conflict` for a deprecated version and for a strategy that is not active.
    """
    strategy = owned_strategy(connection, strategy_id, lock=True)
    version = owned_version(connection, strategy_id, number or strategy.current_version)
    if version.deprecated or not strategy.active:
        state = f"version {version.number} is deprecated" if version.deprecated else "not active"
        raise Conflict(
            f"{strategy.name} cannot be published: {state}.",
            expected="an active strategy and a version that is not deprecated",
            found=state,
            action="Choose another version, or make the strategy active.",
        )
    document = definition_of(version)
    name = author_name(connection, strategy.user_id)
    entry = _entry(strategy, version, document, name, share_definition, now)
    if not put_published(connection, _published(version, document, now)) or not put_entry(
        connection, entry
    ):
        raise Forbidden("This strategy was published by another author.")
    return _visible(connection, strategy, "public", now)


def unpublish(connection: Connection, strategy_id: UUID, now: datetime) -> Strategy:
    """Take a strategy out of the catalog; those who follow it keep their versions."""
    strategy = owned_strategy(connection, strategy_id, lock=True)
    withdraw(connection, strategy_id, now)
    return _visible(connection, strategy, "private", now)


def _visible(
    connection: Connection, strategy: Strategy, visibility: Visibility, now: datetime
) -> Strategy:
    changed = replace(strategy, visibility=visibility)
    update_strategy(connection, changed, now)
    return replace(changed, revision=strategy.revision + 1, updated_at=now)


def _entry(
    strategy: Strategy,
    version: Version,
    document: RulesDocument,
    author: str,
    share_definition: bool,
    now: datetime,
) -> CatalogEntry:
    return CatalogEntry(
        strategy_id=strategy.id,
        author_id=strategy.user_id,
        author_name=author,
        version_id=version.id,
        number=version.number,
        hash=version.hash,
        kind=version.kind,
        slug=strategy.slug,
        name=strategy.name,
        description=strategy.description,
        tags=strategy.tags,
        timeframe=document.execution.timeframe,
        instruments=tuple(document.execution.instruments),
        parameters=parameters_json(document),
        definition=dict(version.definition) if share_definition else None,
        published_at=now,
        updated_at=now,
        subscriber_count=strategy.subscriber_count,
        figures=None,
    )


def _published(version: Version, document: RulesDocument, now: datetime) -> PublishedVersion:
    return PublishedVersion(
        version_id=version.id,
        strategy_id=version.strategy_id,
        author_id=version.user_id,
        number=version.number,
        hash=version.hash,
        timeframe=document.execution.timeframe,
        instruments=tuple(document.execution.instruments),
        parameters=parameters_json(document),
        note=version.note,
        published_at=now,
        deprecated_at=None,
        withdrawn_at=None,
    )
