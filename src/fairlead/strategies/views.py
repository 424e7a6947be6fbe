"""Bodies and answers of the HTTP of strategies and of the catalog."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fairlead.strategies.authoring import SLUG_PATTERN
from fairlead.strategies.faults import Fault
from fairlead.strategies.model import (
    CatalogEntry,
    Change,
    Evidence,
    Json,
    PublishedVersion,
    Strategy,
    Version,
)

# Definitions are read by their own reader, which names every wrong place; here they are opaque.
Definition = dict[str, Any]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(pattern=SLUG_PATTERN)]
Tag = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Tags = Annotated[list[Tag], Field(max_length=12)]
Text = Annotated[str, StringConstraints(max_length=4_000)]
Note = Annotated[str, StringConstraints(max_length=500)]


class Body(BaseModel):
    """Refuse fields that are not known."""

    model_config = ConfigDict(extra="forbid")


class NewStrategy(Body):
    """Make a strategy; what is left out comes from the definition."""

    definition: Definition
    name: Name | None = None
    slug: Slug | None = None
    description: Text | None = None
    tags: Tags | None = None


class StrategyEdit(Body):
    """Change what is named; `current_version` moves what is offered, back or forth."""

    name: Name | None = None
    slug: Slug | None = None
    description: Text | None = None
    tags: Tags | None = None
    active: bool | None = None
    current_version: Annotated[int, Field(ge=1)] | None = None


class NewVersion(Body):
    """Add a version, with a note on what changed."""

    definition: Definition
    note: Note = ""


class VersionEdit(Body):
    """Set or take back the advice not to begin with a version."""

    deprecated: bool


class Publication(Body):
    """Offer a version to everybody: the current one without a number."""

    version: Annotated[int, Field(ge=1)] | None = None
    share_definition: bool = False


class ToValidate(Body):
    """A definition to be checked, not stored."""

    definition: Any


class StrategyView(BaseModel):
    """A strategy of one's own."""

    id: UUID
    slug: str
    name: str
    description: str
    tags: list[str]
    active: bool
    visibility: Literal["private", "public"]
    current_version: int
    latest_version: int
    subscriber_count: int
    revision: int
    created_at: datetime
    updated_at: datetime


class VersionView(BaseModel):
    """A version without its definition."""

    id: UUID
    number: int
    hash: str
    kind: str
    note: str
    deprecated: bool
    deprecated_at: datetime | None
    created_at: datetime


class VersionDetail(VersionView):
    """A version with its definition and what can be set in it."""

    definition: dict[str, Any]
    parameters: list[Any]


class StrategyDetail(StrategyView):
    """A strategy with its current version."""

    version: VersionDetail


class StrategyPage(BaseModel):
    """A page of strategies."""

    items: list[StrategyView]
    next_cursor: str | None


class VersionPage(BaseModel):
    """A page of versions."""

    items: list[VersionView]
    next_cursor: str | None


class FaultView(BaseModel):
    """One place of a definition that cannot stay as it is."""

    path: str
    expected: str
    found: str
    message: str


class Validation(BaseModel):
    """Whether a definition can run, and if not, why."""

    valid: bool
    errors: list[FaultView]
    parameters: list[Any]
    hash: str | None
    warm_up: int | None


class ChangeView(BaseModel):
    """One difference; null stands for a place that is not there."""

    path: str
    before: Any
    after: Any


class Difference(BaseModel):
    """What differs between two versions."""

    changes: list[ChangeView]


class TemplateView(BaseModel):
    """A ready-made definition."""

    name: str
    title: str
    description: str
    tags: list[str]
    definition: dict[str, Any]
    parameters: list[Any]


class SchemaView(BaseModel):
    """What an editor needs to know."""

    json_schema: dict[str, Any] = Field(alias="schema")
    indicators: list[Any]
    policy_fields: list[Any]
    sources: list[str]
    quality_presets: dict[str, Any]

    model_config = ConfigDict(populate_by_name=True)


class CatalogCard(BaseModel):
    """A published strategy in a list."""

    version_id: UUID
    strategy_id: UUID
    name: str
    slug: str
    description: str
    author_name: str
    tags: list[str]
    kind: str
    timeframe: str
    instruments: list[str]
    subscriber_count: int
    published_at: datetime
    stats: dict[str, Any] | None


class CatalogPage(BaseModel):
    """A page of the catalog."""

    items: list[CatalogCard]
    next_cursor: str | None


class PublishedView(BaseModel):
    """A published version as others may see it."""

    version_id: UUID
    number: int
    hash: str
    timeframe: str
    instruments: list[str]
    parameters: Any
    note: str
    published_at: datetime
    deprecated: bool


class CatalogDetail(CatalogCard):
    """A published strategy; the definition is null unless its author shares it."""

    number: int
    hash: str
    parameters: Any
    definition: dict[str, Any] | None
    versions: list[PublishedView]
    backtest: dict[str, Any] | None
    live: dict[str, Any] | None


def strategy_view(strategy: Strategy) -> StrategyView:
    """Return the answer for a strategy."""
    return StrategyView(
        id=strategy.id,
        slug=strategy.slug,
        name=strategy.name,
        description=strategy.description,
        tags=list(strategy.tags),
        active=strategy.active,
        visibility=strategy.visibility,
        current_version=strategy.current_version,
        latest_version=strategy.latest_version,
        subscriber_count=strategy.subscriber_count,
        revision=strategy.revision,
        created_at=strategy.created_at,
        updated_at=strategy.updated_at,
    )


def version_view(version: Version) -> VersionView:
    """Return the answer for a version without its definition."""
    return VersionView(
        id=version.id,
        number=version.number,
        hash=version.hash,
        kind=version.kind,
        note=version.note,
        deprecated=version.deprecated,
        deprecated_at=version.deprecated_at,
        created_at=version.created_at,
    )


def version_detail(version: Version, parameters: list[Json]) -> VersionDetail:
    """Return the answer for a version with its definition."""
    return VersionDetail(
        **version_view(version).model_dump(),
        definition=dict(version.definition),
        parameters=parameters,
    )


def fault_view(fault: Fault) -> FaultView:
    """Return the answer for one fault."""
    return FaultView(
        path=fault.path, expected=fault.expected, found=fault.found, message=fault.message
    )


def change_view(change: Change) -> ChangeView:
    """Return the answer for one difference."""
    return ChangeView(path=change.path, before=change.before, after=change.after)


def catalog_card(entry: CatalogEntry) -> CatalogCard:
    """Return the answer for a published strategy in a list."""
    return CatalogCard(
        version_id=entry.version_id,
        strategy_id=entry.strategy_id,
        name=entry.name,
        slug=entry.slug,
        description=entry.description,
        author_name=entry.author_name,
        tags=list(entry.tags),
        kind=entry.kind,
        timeframe=entry.timeframe,
        instruments=list(entry.instruments),
        subscriber_count=entry.subscriber_count,
        published_at=entry.published_at,
        stats=_stats(entry.figures),
    )


def catalog_detail(
    entry: CatalogEntry, versions: list[PublishedVersion], evidence: list[Evidence]
) -> CatalogDetail:
    """Return the answer for one published strategy."""
    by_kind = {each.kind: each for each in evidence}
    backtest, live = by_kind.get("backtest"), by_kind.get("live")
    return CatalogDetail(
        **catalog_card(entry).model_dump(),
        number=entry.number,
        hash=entry.hash,
        parameters=entry.parameters,
        definition=entry.definition if isinstance(entry.definition, dict) else None,
        versions=[_published_view(version) for version in versions],
        backtest=None if backtest is None else {"metrics": backtest.figures, **_curve(backtest)},
        live=None if live is None else {**_members(live.figures), **_curve(live)},
    )


def _published_view(version: PublishedVersion) -> PublishedView:
    return PublishedView(
        version_id=version.version_id,
        number=version.number,
        hash=version.hash,
        timeframe=version.timeframe,
        instruments=list(version.instruments),
        parameters=version.parameters,
        note=version.note,
        published_at=version.published_at,
        deprecated=version.deprecated_at is not None,
    )


def _curve(evidence: Evidence) -> dict[str, Any]:
    return {"equity": evidence.equity, "recorded_at": evidence.recorded_at}


def _members(figures: Json) -> dict[str, Any]:
    return dict(figures) if isinstance(figures, dict) else {}


def _stats(figures: Json) -> dict[str, Any] | None:
    if not isinstance(figures, Mapping):
        return None
    names = ("return", "sharpe", "max_drawdown", "trades")
    return {name: figures.get(name) for name in names}
