"""HTTP of one's own strategies and their versions: /strategies."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from fairlead.infra.pages import page_of
from fairlead.strategies.authoring import (
    Edit,
    add_version,
    create_strategy,
    deprecate_version,
    differences,
    edit_strategy,
    owned_strategy,
    owned_version,
    remove_strategy,
)
from fairlead.strategies.kinds.rules.parameters import parameters_json
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.model import Strategy, Version
from fairlead.strategies.publishing import publish, unpublish
from fairlead.strategies.queries import NEWEST, listing_of, number_before
from fairlead.strategies.routes_catalog import Search, TagQuery
from fairlead.strategies.routes_catalog import router as catalog_router
from fairlead.strategies.store import list_strategies, list_versions
from fairlead.strategies.versions import definition_of
from fairlead.strategies.views import (
    Difference,
    NewStrategy,
    NewVersion,
    Publication,
    StrategyDetail,
    StrategyEdit,
    StrategyPage,
    StrategyView,
    VersionDetail,
    VersionEdit,
    VersionPage,
    VersionView,
    change_view,
    strategy_view,
    version_detail,
    version_view,
)
from fairlead.tenancy.access import (
    CurrentPrincipal,
    PageQuery,
    TenantConnection,
    require,
    surroundings,
)
from fairlead.tenancy.access_etag import ExpectedRevision, put_etag
from fairlead.tenancy.access_idempotency import IdempotentRoute
from fairlead.tenancy.audit import record

router = APIRouter(route_class=IdempotentRoute)
# before the paths with an id, so that `templates` and `schema` are no ids
router.include_router(catalog_router)


@router.get("/strategies", tags=["strategies"], dependencies=[require("strategies.read")])
def list_own(
    page: PageQuery,
    connection: TenantConnection,
    search: Search = "",
    tag: TagQuery = "",
    sort: Literal["updated", "created", "name"] = "updated",
) -> StrategyPage:
    """List one's own strategies."""
    listing = listing_of(sort, page.limit, search, tag, page.after(2))

    def place(strategy: Strategy) -> tuple[str, str]:
        by_sort = {
            "updated": strategy.updated_at.isoformat(),
            "created": strategy.created_at.isoformat(),
            "name": strategy.name.lower(),
        }
        return by_sort[sort], str(strategy.id)

    found = page_of(list_strategies(connection, listing), page.limit, place)
    return StrategyPage(
        items=[strategy_view(row) for row in found.items], next_cursor=found.next_cursor
    )


@router.post(
    "/strategies",
    tags=["strategies"],
    status_code=201,
    dependencies=[require("strategies.write")],
)
def create(
    body: NewStrategy,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> StrategyDetail:
    """Make a strategy with its first version."""
    edit = Edit(
        name=body.name,
        slug=body.slug,
        description=body.description,
        tags=None if body.tags is None else tuple(body.tags),
    )
    document = read_document(body.definition)
    strategy, version = create_strategy(
        connection,
        principal.user_id,
        document,
        edit,
        _now(request),
        outside=principal.kind == "api_key",
    )
    subject = f"strategy:{strategy.id}"
    record(connection, principal.actor_id, "strategy.create", subject, {"hash": version.hash})
    put_etag(response, strategy.revision)
    return StrategyDetail(**strategy_view(strategy).model_dump(), version=_detail(version))


@router.get(
    "/strategies/{strategy_id}", tags=["strategies"], dependencies=[require("strategies.read")]
)
def read(strategy_id: UUID, response: Response, connection: TenantConnection) -> StrategyDetail:
    """Return one strategy with its current version."""
    strategy = owned_strategy(connection, strategy_id)
    version = owned_version(connection, strategy_id, strategy.current_version)
    put_etag(response, strategy.revision)
    return StrategyDetail(**strategy_view(strategy).model_dump(), version=_detail(version))


@router.patch(
    "/strategies/{strategy_id}", tags=["strategies"], dependencies=[require("strategies.write")]
)
def edit(
    strategy_id: UUID,
    body: StrategyEdit,
    request: Request,
    response: Response,
    revision: ExpectedRevision,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> StrategyView:
    """Change a strategy, or roll back to an earlier version."""
    change = Edit(
        name=body.name,
        slug=body.slug,
        description=body.description,
        tags=None if body.tags is None else tuple(body.tags),
        active=body.active,
        current_version=body.current_version,
    )
    strategy = edit_strategy(connection, strategy_id, change, revision, _now(request))
    detail = {"fields": ",".join(sorted(body.model_fields_set))}
    record(connection, principal.actor_id, "strategy.edit", f"strategy:{strategy_id}", detail)
    put_etag(response, strategy.revision)
    return strategy_view(strategy)


@router.delete(
    "/strategies/{strategy_id}",
    tags=["strategies"],
    status_code=204,
    dependencies=[require("strategies.write")],
)
def delete(
    strategy_id: UUID,
    request: Request,
    revision: ExpectedRevision,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> None:
    """Delete a strategy that nobody follows, or whose followed versions are deprecated."""
    remove_strategy(connection, strategy_id, revision, _now(request))
    record(connection, principal.actor_id, "strategy.delete", f"strategy:{strategy_id}", {})


@router.get(
    "/strategies/{strategy_id}/versions",
    tags=["strategies"],
    dependencies=[require("strategies.read")],
)
def list_own_versions(
    strategy_id: UUID, page: PageQuery, connection: TenantConnection
) -> VersionPage:
    """List the versions of a strategy, newest first."""
    owned_strategy(connection, strategy_id)
    before = number_before(page.after(1))
    rows = list_versions(connection, strategy_id, before, page.limit)
    found = page_of(rows, page.limit, lambda version: (str(version.number),))
    return VersionPage(
        items=[version_view(version) for version in found.items], next_cursor=found.next_cursor
    )


@router.post(
    "/strategies/{strategy_id}/versions",
    tags=["strategies"],
    status_code=201,
    dependencies=[require("strategies.write")],
)
def create_version(
    strategy_id: UUID,
    body: NewVersion,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> VersionDetail:
    """Add a version; what runs stays on the version it runs on."""
    document = read_document(body.definition)
    outside = principal.kind == "api_key"
    strategy, version = add_version(
        connection, strategy_id, document, body.note, _now(request), outside=outside
    )
    detail = {"number": str(version.number), "hash": version.hash}
    record(connection, principal.actor_id, "version.create", f"strategy:{strategy_id}", detail)
    put_etag(response, strategy.revision)
    return _detail(version)


@router.get(
    "/strategies/{strategy_id}/versions/{number}",
    tags=["strategies"],
    dependencies=[require("strategies.read")],
)
def read_version(strategy_id: UUID, number: int, connection: TenantConnection) -> VersionDetail:
    """Return one version with its definition."""
    owned_strategy(connection, strategy_id)
    return _detail(owned_version(connection, strategy_id, number))


@router.patch(
    "/strategies/{strategy_id}/versions/{number}",
    tags=["strategies"],
    dependencies=[require("strategies.write")],
)
def edit_version(
    strategy_id: UUID,
    number: int,
    body: VersionEdit,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> VersionView:
    """Deprecate a version or take that back; its content never changes."""
    version = deprecate_version(connection, strategy_id, number, body.deprecated, _now(request))
    detail = {"number": str(number), "deprecated": str(body.deprecated).lower()}
    record(connection, principal.actor_id, "version.deprecate", f"strategy:{strategy_id}", detail)
    return version_view(version)


@router.get(
    "/strategies/{strategy_id}/diff",
    tags=["strategies"],
    dependencies=[require("strategies.read")],
)
def diff(
    strategy_id: UUID,
    connection: TenantConnection,
    before: Annotated[int, Query(alias="from", ge=1, le=NEWEST)],
    after: Annotated[int, Query(alias="to", ge=1, le=NEWEST)],
) -> Difference:
    """Return what differs between two versions."""
    changes = differences(connection, strategy_id, before, after)
    return Difference(changes=[change_view(change) for change in changes])


@router.post(
    "/strategies/{strategy_id}/publish",
    tags=["strategies"],
    dependencies=[require("strategies.publish")],
)
def publish_strategy(
    strategy_id: UUID,
    body: Publication,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> StrategyView:
    """Offer a version to everybody in the catalog."""
    strategy = publish(connection, strategy_id, body.version, body.share_definition, _now(request))
    detail = {"version": str(body.version or strategy.current_version)}
    record(connection, principal.actor_id, "strategy.publish", f"strategy:{strategy_id}", detail)
    put_etag(response, strategy.revision)
    return strategy_view(strategy)


@router.post(
    "/strategies/{strategy_id}/unpublish",
    tags=["strategies"],
    dependencies=[require("strategies.publish")],
)
def unpublish_strategy(
    strategy_id: UUID,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> StrategyView:
    """Take a strategy out of the catalog; those who follow it keep their versions."""
    strategy = unpublish(connection, strategy_id, _now(request))
    record(connection, principal.actor_id, "strategy.unpublish", f"strategy:{strategy_id}", {})
    put_etag(response, strategy.revision)
    return strategy_view(strategy)


def _now(request: Request) -> datetime:
    return surroundings(request).clock.now()


def _detail(version: Version) -> VersionDetail:
    return version_detail(version, parameters_json(definition_of(version)))
