"""HTTP of what everybody may see: the catalog, templates, the schema, and checking a definition."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from fairlead.indicators.indicator import SOURCES
from fairlead.infra.errors import NotFound
from fairlead.infra.pages import page_of
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.strategies.canonical import digest
from fairlead.strategies.faults import InvalidDefinition
from fairlead.strategies.kinds.rules.form import canonical_form, full_form
from fairlead.strategies.kinds.rules.parameters import parameters_json, parameters_of, resolve
from fairlead.strategies.kinds.rules.plan import plan_of, warm_up_of
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.model import CatalogEntry
from fairlead.strategies.queries import listing_of
from fairlead.strategies.schema import (
    definition_schema,
    indicator_list,
    policy_field_list,
    quality_presets,
)
from fairlead.strategies.store_catalog import (
    find_entry,
    list_entries,
    list_evidence,
    list_published,
)
from fairlead.strategies.templates import TEMPLATES, load_template
from fairlead.strategies.views import (
    CatalogDetail,
    CatalogPage,
    SchemaView,
    TemplateView,
    ToValidate,
    Validation,
    catalog_card,
    catalog_detail,
    fault_view,
)
from fairlead.tenancy.access import PageQuery, PublicConnection, require

Search = Annotated[str, Query(max_length=200)]
TagQuery = Annotated[str, Query(max_length=32)]

router = APIRouter()


@router.get("/catalog", tags=["catalog"])
def list_catalog(
    page: PageQuery,
    connection: PublicConnection,
    search: Search = "",
    tag: TagQuery = "",
    sort: Literal["newest", "name", "subscribers"] = "newest",
) -> CatalogPage:
    """List published strategies; nobody needs to be signed in."""
    listing = listing_of(sort, page.limit, search, tag, page.after(2))

    def place(entry: CatalogEntry) -> tuple[str, str]:
        by_sort = {
            "newest": entry.published_at.isoformat(),
            "name": entry.name.lower(),
            "subscribers": str(entry.subscriber_count),
        }
        return by_sort[sort], str(entry.strategy_id)

    found = page_of(list_entries(connection, listing), page.limit, place)
    return CatalogPage(
        items=[catalog_card(entry) for entry in found.items], next_cursor=found.next_cursor
    )


@router.get("/catalog/{strategy_id}", tags=["catalog"])
def read_catalog(strategy_id: UUID, connection: PublicConnection) -> CatalogDetail:
    """Return one published strategy with its versions and figures."""
    entry = find_entry(connection, strategy_id)
    if entry is None:
        raise NotFound(
            "There is no such strategy in the catalog.",
            found=str(strategy_id),
            action="It may have been taken out by its author.",
        )
    versions = list_published(connection, strategy_id)
    return catalog_detail(entry, versions, list_evidence(connection, strategy_id))


@router.get("/strategies/templates", tags=["strategies"])
def list_templates() -> list[TemplateView]:
    """List the ready-made definitions."""
    views = []
    for name in TEMPLATES:
        document = load_template(name)
        views.append(
            TemplateView(
                name=name,
                title=document.name,
                description=document.description,
                tags=list(document.tags),
                definition=full_form(document),
                parameters=parameters_json(document),
            )
        )
    return views


@router.get("/strategies/schema", tags=["strategies"])
def read_schema() -> SchemaView:
    """Return the JSON schema of a definition and the catalog of indicators."""
    return SchemaView(
        schema=definition_schema(),
        indicators=indicator_list(),
        policy_fields=policy_field_list(),
        sources=list(SOURCES),
        quality_presets=quality_presets(),
    )


@router.post("/strategies/validate", tags=["strategies"], dependencies=[require("strategies.read")])
def validate(body: ToValidate) -> Validation:
    """Check a definition without storing it."""
    try:
        document = read_document(body.definition)
    except InvalidDefinition as error:
        return Validation(
            valid=False,
            errors=[fault_view(fault) for fault in error.faults],
            parameters=[],
            hash=None,
            warm_up=None,
        )
    parameters = {each.name: each for each in parameters_of(document)}
    return Validation(
        valid=True,
        errors=[],
        parameters=parameters_json(document),
        hash=digest(canonical_form(document)),
        warm_up=warm_up_of(
            plan_of(document, resolve(parameters, {}), complete=False),
            parse_timeframe(document.execution.timeframe).ms,
        ),
    )
