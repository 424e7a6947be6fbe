"""What an AutoBuild may do: a document with defaults, checked, and refused when contradictory."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, cast

from fairlead.infra.errors import InvalidInput
from fairlead.market.charges.catalog import cost_model
from fairlead.market.charges.model import CostModel
from fairlead.research.autobuild.fields import FIELDS, GATES
from fairlead.research.autobuild.form import Plain, fault, read_fields, schema_of
from fairlead.research.autobuild.grids import FIXED, GRIDS
from fairlead.research.autobuild.refusals import refuse_contradictions
from fairlead.research.autobuild.terms import (
    Budget,
    Constraints,
    Evidence,
    Limits,
    Search,
    Threshold,
    Universe,
    WalkShape,
)
from fairlead.research.grid import grid_of
from fairlead.research.jsonable import Json, JsonObject
from fairlead.research.model import FAR_FUTURE_MS, FAR_PAST_MS, Account, Period, Sizing
from fairlead.research.times import iso_time, parse_time
from fairlead.strategies.model import Setting
from fairlead.strategies.templates import TEMPLATES

__all__ = ["Constraints", "constraints_document", "constraints_schema", "read_constraints"]

Values = Mapping[str, Plain]
Method = Literal["equal", "inverse_volatility", "hrp", "risk_budget"]


def read_constraints(document: Mapping[str, Json]) -> Constraints:
    """Return checked constraints; what the document leaves out has its default.

    Raises `InvalidInput` with the path, what was expected and what was found, also for fields
    that contradict each other.
    """
    if not isinstance(document, Mapping):
        raise fault("/", "Constraints must be an object.", "an object", document)
    values = read_fields(FIELDS, document)
    constraints = Constraints(
        venues=_words(values, "/venues"),
        universe=_universe(values),
        timeframe=_text(values, "/timeframe"),
        period=_period(values),
        minimum_days=_whole(values, "/history/minimum_days"),
        account=_account(values),
        searches=tuple(
            _search(at, part)
            for at, part in enumerate(cast("tuple[JsonObject, ...]", values["/templates"]))
        ),
        limits=Limits(
            method=cast("Method", _text(values, "/portfolio/method")),
            maximum_legs=_whole(values, "/portfolio/maximum_legs"),
            maximum_correlation=_number(values, "/portfolio/maximum_correlation"),
            maximum_weight=_number(values, "/portfolio/maximum_weight"),
            risk_budget=_number(values, "/portfolio/risk_budget"),
        ),
        walk=WalkShape(
            windows=_whole(values, "/walk_forward/windows"),
            fit=_number(values, "/walk_forward/fit"),
            anchored=bool(values["/walk_forward/anchored"]),
            purge_bars=_whole(values, "/walk_forward/purge_bars"),
            embargo_bars=_whole(values, "/walk_forward/embargo_bars"),
            holdout=_number(values, "/walk_forward/holdout"),
        ),
        evidence=Evidence(
            tuple(
                Threshold(
                    name,
                    bool(values[f"/evidence/{name}/enabled"]),
                    _number(values, f"/evidence/{name}/threshold"),
                )
                for name in GATES
            )
        ),
        budget=Budget(
            instruments=_whole(values, "/budget/instruments"),
            sets=_whole(values, "/budget/sets"),
            seconds=_whole(values, "/budget/seconds"),
            instrument_seconds=_whole(values, "/budget/instrument_seconds"),
            provider_seconds=_whole(values, "/budget/provider_seconds"),
        ),
    )
    refuse_contradictions(constraints)
    return constraints


def constraints_document(constraints: Constraints) -> JsonObject:
    """Return the document that reads as these constraints, with all defaults written out."""
    account, limits, walk = constraints.account, constraints.limits, constraints.walk
    budget, universe = constraints.budget, constraints.universe
    return {
        "venues": list(constraints.venues),
        "universe": {
            "mode": universe.mode,
            "whitelist": list(universe.whitelist),
            "liquidity_days": universe.liquidity_days,
            "rebalance_days": universe.rebalance_days,
        },
        "timeframe": constraints.timeframe,
        "history": {
            "from": _date(constraints.period.start_ms, FAR_PAST_MS),
            "to": _date(constraints.period.end_ms, FAR_FUTURE_MS),
            "minimum_days": constraints.minimum_days,
        },
        "capital": str(account.cash),
        "trading": {
            "sizing": account.sizing.mode,
            "size": str(account.sizing.size),
            "long_only": account.long_only,
        },
        "costs": {
            "fee": float(account.fee),
            "model": "" if account.costs is None else account.costs.name,
            "slippage_bps": float(account.slippage * 10_000),
            "spread_bps": float(account.half_spread * 20_000),
        },
        "templates": [_search_document(search) for search in constraints.searches],
        "portfolio": {
            "method": limits.method,
            "maximum_legs": limits.maximum_legs,
            "maximum_correlation": limits.maximum_correlation,
            "maximum_weight": limits.maximum_weight,
            "risk_budget": limits.risk_budget,
        },
        "walk_forward": {
            "windows": walk.windows,
            "fit": walk.fit,
            "anchored": walk.anchored,
            "purge_bars": walk.purge_bars,
            "embargo_bars": walk.embargo_bars,
            "holdout": walk.holdout,
        },
        "evidence": {
            each.name: {"enabled": each.enabled, "threshold": each.value}
            for each in constraints.evidence.thresholds
        },
        "budget": {
            "instruments": budget.instruments,
            "sets": budget.sets,
            "seconds": budget.seconds,
            "instrument_seconds": budget.instrument_seconds,
            "provider_seconds": budget.provider_seconds,
        },
    }


def constraints_schema() -> JsonObject:
    """Return the JSON schema of the document, with defaults, help texts and the default grids."""
    schema = schema_of(FIELDS, "Constraints of an AutoBuild")
    properties = cast("dict[str, Json]", schema["properties"])
    templates = cast("dict[str, Json]", properties["templates"])
    templates["items"] = {
        "oneOf": [
            {"type": "string", "enum": list(TEMPLATES)},
            {
                "type": "object",
                "required": ["template"],
                "additionalProperties": False,
                "properties": {
                    "template": {"type": "string", "enum": list(TEMPLATES)},
                    "grid": {"type": "object"},
                    "parameters": {"type": "object"},
                },
            },
        ]
    }
    schema["grids"] = {
        name: {axis: list(values) for axis, values in grid.items()} for name, grid in GRIDS.items()
    }
    return schema


def _universe(values: Values) -> Universe:
    return Universe(
        mode=_text(values, "/universe/mode"),
        whitelist=_words(values, "/universe/whitelist"),
        liquidity_days=_whole(values, "/universe/liquidity_days"),
        rebalance_days=_whole(values, "/universe/rebalance_days"),
    )


def _account(values: Values) -> Account:
    return Account(
        cash=_money(values, "/capital"),
        fee=Decimal(str(values["/costs/fee"])),
        slippage=Decimal(str(values["/costs/slippage_bps"])) / 10_000,
        sizing=Sizing(_text(values, "/trading/sizing"), _money(values, "/trading/size")),
        long_only=bool(values["/trading/long_only"]),
        costs=_costs(_text(values, "/costs/model").strip()),
        half_spread=Decimal(str(values["/costs/spread_bps"])) / 20_000,
    )


def _costs(name: str) -> CostModel | None:
    """Return the model of a name, or None where the fee counts."""
    if not name:
        return None
    try:
        return cost_model(name)
    except InvalidInput as error:
        raise fault("/costs/model", error.message, error.expected or "", name) from error


def _period(values: Values) -> Period:
    start, end = _text(values, "/history/from"), _text(values, "/history/to")
    return Period(
        parse_time("/history/from", start) if start else FAR_PAST_MS,
        parse_time("/history/to", end) if end else FAR_FUTURE_MS,
    )


def _search(at: int, part: JsonObject) -> Search:
    path = f"/templates/{at}"
    for name in part:
        if name not in ("template", "grid", "parameters"):
            message = f"A template has no field {name!r}."
            raise fault(f"{path}/{name}", message, "template, grid, parameters", name)
    template = str(part.get("template", ""))
    if template not in TEMPLATES:
        message = f"There is no template called {template!r}."
        raise fault(f"{path}/template", message, "one of " + ", ".join(TEMPLATES), template)
    grid = part.get("grid", GRIDS[template])
    fixed = part.get("parameters", {} if "grid" in part else FIXED.get(template, {}))
    if not isinstance(grid, Mapping) or not grid:
        raise fault(f"{path}/grid", "A grid must name at least one axis.", "an object", grid)
    if not isinstance(fixed, Mapping):
        raise fault(f"{path}/parameters", "Parameters must be an object.", "an object", fixed)
    try:
        axes = grid_of(cast("Mapping[str, str | tuple[Setting, ...]]", grid))
    except InvalidInput as error:
        where = f"{path}/grid/{error.path}" if error.path else f"{path}/grid"
        raise fault(where, error.message, error.expected or "a grid", error.found) from error
    return Search(template, axes, cast("dict[str, Setting]", dict(fixed)))


def _search_document(search: Search) -> JsonObject:
    grid: dict[str, Json] = {axis.name: list(axis.values) for axis in search.axes}
    fixed: dict[str, Json] = dict(search.fixed)
    return {"template": search.template, "grid": grid, "parameters": fixed}


def _date(ms: int, unbounded: int) -> str | None:
    return None if ms == unbounded else iso_time(ms)


def _words(values: Values, path: str) -> tuple[str, ...]:
    return cast("tuple[str, ...]", values[path])


def _text(values: Values, path: str) -> str:
    return cast("str", values[path])


def _whole(values: Values, path: str) -> int:
    return cast("int", values[path])


def _number(values: Values, path: str) -> float:
    return float(cast("float", values[path]))


def _money(values: Values, path: str) -> Decimal:
    return cast("Decimal", values[path])
