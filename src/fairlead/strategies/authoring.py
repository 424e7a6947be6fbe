"""What an author does with strategies: make, edit, add versions, roll back, deprecate, delete."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, InvalidInput, NotFound, StaleVersion
from fairlead.infra.ids import uuid7
from fairlead.strategies.canonical import changes_between
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.kinds.rules.form import full_form
from fairlead.strategies.model import Change, Json, Strategy, Version
from fairlead.strategies.source import version_hash
from fairlead.strategies.store import (
    delete_strategy,
    find_own_version,
    find_strategy,
    find_version,
    find_version_by_hash,
    followed_versions,
    insert_strategy,
    insert_version,
    set_deprecated,
    taken_slugs,
    update_strategy,
)
from fairlead.strategies.store_catalog import (
    describe_entry,
    set_published_deprecated,
    withdraw,
)

MOST_VERSIONS = 10_000
SLUG_PATTERN = r"^[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?$"
_SLUG = re.compile(SLUG_PATTERN)


@dataclass(frozen=True, slots=True)
class Edit:
    """What changes in a strategy; None leaves a field as it is."""

    name: str | None = None
    slug: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    active: bool | None = None
    current_version: int | None = None


def create_strategy(
    connection: Connection,
    user_id: UUID,
    document: RulesDocument,
    edit: Edit,
    now: datetime,
    *,
    outside: bool = False,
) -> tuple[Strategy, Version]:
    """Make a strategy with its first version; name and slug come from the definition if not given.

    `outside` says that a program sent it: research may have been done where it comes from.
    Raises `InvalidInput` for a slug that cannot be one, `Conflict` for one that is taken.
    """
    name = edit.name or document.name
    slug = _free_slug(connection, edit.slug, name)
    tags = edit.tags if edit.tags is not None else tuple(document.tags)
    description = edit.description if edit.description is not None else document.description
    strategy = Strategy(
        user_id=user_id,
        id=uuid7(),
        slug=slug,
        name=name,
        description=description,
        tags=tuple(dict.fromkeys(tags)),
        active=True,
        visibility="private",
        current_version=1,
        latest_version=1,
        revision=1,
        created_at=now,
        updated_at=now,
        subscriber_count=0,
    )
    version = _version(strategy, 1, document, "", now, outside)
    insert_strategy(connection, strategy)
    insert_version(connection, version)
    return strategy, version


def adopt_version(
    connection: Connection, user_id: UUID, document: RulesDocument, now: datetime
) -> Version:
    """Return one's own version of this content, as a new strategy when there is none yet."""
    own = find_own_version(connection, version_hash(document))
    if own is not None:
        return own
    return create_strategy(connection, user_id, document, Edit(), now)[1]


def add_version(
    connection: Connection,
    strategy_id: UUID,
    document: RulesDocument,
    note: str,
    now: datetime,
    *,
    outside: bool = False,
) -> tuple[Strategy, Version]:
    """Add a version and offer it from now on; what runs stays on the version it runs on.

    `outside` as in `create_strategy`.
    Raises `Conflict` when a version has exactly this content already.
    """
    strategy = owned_strategy(connection, strategy_id, lock=True)
    same = find_version_by_hash(connection, strategy_id, version_hash(document))
    if same is not None:
        raise Conflict(
            f"Version {same.number} has exactly this content already.",
            expected="a definition that means something else",
            found=f"hash {same.hash[:12]}",
            action=f"Change the definition, or make version {same.number} the current one.",
            path="/definition",
        )
    if strategy.latest_version >= MOST_VERSIONS:
        raise Conflict(
            f"A strategy has at most {MOST_VERSIONS} versions.", action="Make a new one."
        )
    number = strategy.latest_version + 1
    version = _version(strategy, number, document, note, now, outside)
    insert_version(connection, version)
    moved = replace(strategy, latest_version=number, current_version=number)
    return _stored(connection, moved, now), version


def edit_strategy(
    connection: Connection, strategy_id: UUID, edit: Edit, revision: int, now: datetime
) -> Strategy:
    """Change names, tags, whether it is active, and which version is offered (a rollback).

    Raises `StaleVersion` for an edit based on an older revision, `NotFound` for a version that
    does not exist, `Conflict` for one that is deprecated or for a slug that is taken.
    """
    strategy = owned_strategy(connection, strategy_id, lock=True)
    if strategy.revision != revision:
        raise stale_strategy(strategy.revision, revision)
    slug = strategy.slug
    if edit.slug is not None and edit.slug != strategy.slug:
        slug = _free_slug(connection, edit.slug, strategy.name)
    if edit.current_version is not None:
        _check_offer(connection, strategy_id, edit.current_version)
    changed = replace(
        strategy,
        slug=slug,
        name=_kept(edit.name, strategy.name),
        description=_kept(edit.description, strategy.description),
        tags=strategy.tags if edit.tags is None else tuple(dict.fromkeys(edit.tags)),
        active=_kept(edit.active, strategy.active),
        current_version=_kept(edit.current_version, strategy.current_version),
    )
    stored = _stored(connection, changed, now)
    words = (stored.slug, stored.name, stored.description)
    describe_entry(connection, strategy_id, words, stored.tags, now)
    return stored


def deprecate_version(
    connection: Connection, strategy_id: UUID, number: int, deprecated: bool, now: datetime
) -> Version:
    """Set or take back the advice not to begin with a version; what runs on it goes on."""
    owned_strategy(connection, strategy_id, lock=True)
    version = owned_version(connection, strategy_id, number)
    set_deprecated(connection, version.id, deprecated, now)
    stored = owned_version(connection, strategy_id, number)
    set_published_deprecated(connection, version.id, stored.deprecated_at)
    return stored


def remove_strategy(
    connection: Connection, strategy_id: UUID, revision: int, now: datetime
) -> None:
    """Delete a strategy and take it out of the catalog; its versions stay for what runs on them.

    Raises `Conflict` while a version that is not deprecated has subscribers.
    """
    strategy = owned_strategy(connection, strategy_id, lock=True)
    if strategy.revision != revision:
        raise stale_strategy(strategy.revision, revision)
    followed = followed_versions(connection, strategy_id)
    if followed:
        numbers = ", ".join(str(number) for number in followed)
        raise Conflict(
            f"{strategy.name} has subscribers on version {numbers}.",
            expected="no subscribers, or all followed versions deprecated",
            found=f"{strategy.subscriber_count} subscribers",
            action="Deprecate these versions first; positions are never stranded.",
        )
    withdraw(connection, strategy_id, now)
    if not delete_strategy(connection, strategy_id, revision, now):
        raise stale_strategy(strategy.revision, revision)


def differences(
    connection: Connection, strategy_id: UUID, before: int, after: int
) -> tuple[Change, ...]:
    """Return what differs between two versions of a strategy."""
    owned_strategy(connection, strategy_id)
    first = owned_version(connection, strategy_id, before)
    second = owned_version(connection, strategy_id, after)
    return changes_between(_plain(first.definition), _plain(second.definition))


def _plain(definition: Mapping[str, Json]) -> dict[str, Json]:
    return dict(definition)


def owned_strategy(connection: Connection, strategy_id: UUID, *, lock: bool = False) -> Strategy:
    """Return one of the tenant's strategies; raise `NotFound` for any other."""
    strategy = find_strategy(connection, strategy_id, lock=lock)
    if strategy is None:
        raise NotFound(
            "There is no such strategy, or it is not yours.",
            found=str(strategy_id),
            path="strategy_id",
        )
    return strategy


def owned_version(connection: Connection, strategy_id: UUID, number: int) -> Version:
    """Return one version of one of the tenant's strategies; raise `NotFound` for any other."""
    version = find_version(connection, strategy_id, number)
    if version is None:
        raise NotFound(f"The strategy has no version {number}.", found=str(number), path="number")
    return version


def stale_strategy(current: int, expected: int) -> StaleVersion:
    """Return the error for an edit based on an older revision."""
    return StaleVersion(
        "The strategy was changed since you read it.",
        expected=f"revision {current}",
        found=f"revision {expected}",
        action="Read it again, look at the change, and repeat your edit.",
        path="If-Match",
    )


def _version(
    strategy: Strategy,
    number: int,
    document: RulesDocument,
    note: str,
    now: datetime,
    outside: bool,
) -> Version:
    return Version(
        id=uuid7(),
        strategy_id=strategy.id,
        user_id=strategy.user_id,
        number=number,
        hash=version_hash(document),
        kind=document.kind,
        definition=full_form(document),
        note=note,
        created_at=now,
        deprecated_at=None,
        outside=outside,
    )


def _stored(connection: Connection, strategy: Strategy, now: datetime) -> Strategy:
    if not update_strategy(connection, strategy, now):
        raise stale_strategy(strategy.revision + 1, strategy.revision)
    return replace(strategy, revision=strategy.revision + 1, updated_at=now)


def _check_offer(connection: Connection, strategy_id: UUID, number: int) -> None:
    version = owned_version(connection, strategy_id, number)
    if version.deprecated:
        raise Conflict(
            f"Version {number} is deprecated and cannot be the current one.",
            expected="a version that is not deprecated",
            action="Take the deprecation back first, or choose another version.",
            path="/current_version",
        )


def _free_slug(connection: Connection, wanted: str | None, name: str) -> str:
    """Return the slug that was asked for, or a free one made of the name."""
    if wanted is None:
        made = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].strip("-") or "strategy"
        taken = taken_slugs(connection, made)
        candidates = (made if n == 1 else f"{made}-{n}" for n in range(1, len(taken) + 2))
        return next(slug for slug in candidates if slug not in taken)
    if not _SLUG.match(wanted):
        raise InvalidInput(
            f"{wanted!r} cannot be a slug.",
            expected="lower-case letters, digits and hyphens, at most 80, such as my-strategy",
            found=wanted[:80],
            action="Choose another slug, or leave it out.",
            path="/slug",
        )
    if wanted in taken_slugs(connection, wanted):
        raise Conflict(
            f"You already have a strategy with the slug {wanted}.",
            found=wanted,
            action="Choose another slug.",
            path="/slug",
        )
    return wanted


T = TypeVar("T")


def _kept(value: T | None, current: T) -> T:
    return current if value is None else value
