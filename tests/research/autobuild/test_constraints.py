"""The document of constraints: defaults, bounds, contradictions, each with its place."""

import json
from decimal import Decimal

import pytest

from fairlead.infra.errors import InvalidInput
from fairlead.market.charges.catalog import cost_model
from fairlead.research.autobuild.constraints import (
    constraints_document,
    constraints_schema,
    read_constraints,
)
from fairlead.research.grid import grid_size
from fairlead.research.jsonable import Json

CONTRADICTIONS: list[tuple[dict[str, Json], str, str]] = [
    ({"portfolio": {"maximum_legs": 0}}, "/portfolio/maximum_legs", "without a leg"),
    ({"budget": {"seconds": 0}}, "/budget/seconds", "without time"),
    ({"budget": {"instruments": 0}}, "/budget/instruments", "without instruments"),
    ({"budget": {"sets": 5}}, "/budget/sets", "the budget allows 5"),
    ({"venues": []}, "/venues", "universe is empty"),
    ({"universe": {"mode": "whitelist"}}, "/universe/whitelist", "universe is empty"),
    (
        {"venues": ["nse"], "universe": {"whitelist": ["binance:BTC-USDT"]}},
        "/universe/whitelist/0",
        "binance is not among the venues",
    ),
    ({"universe": {"whitelist": ["a:B", "a:B"]}}, "/universe/whitelist", "twice"),
    ({"universe": {"whitelist": ["BTC"]}}, "/universe/whitelist/0", "does not name"),
    ({"history": {"from": "2024-02-01", "to": "2024-01-01"}}, "/history/to", "is empty"),
    (
        {"history": {"from": "2024-01-01", "to": "2024-02-01"}},
        "/history/minimum_days",
        "shorter than the 180",
    ),
    (
        {
            "timeframe": "1d",
            "history": {"from": "2024-01-01", "to": "2024-08-01"},
            "walk_forward": {"windows": 40},
        },
        "/walk_forward/windows",
        "too short for the windows",
    ),
    ({"templates": []}, "/templates", "nothing to search"),
    ({"templates": ["macd", "macd"]}, "/templates/1", "twice"),
    ({"templates": ["martingale"]}, "/templates/0/template", "no template called"),
    ({"templates": [{"template": "macd", "grid": {"fast": "9:3:1"}}]}, "/templates/0/grid/fast",
     "is empty"),
    ({"templates": [{"template": "macd", "speed": 1}]}, "/templates/0/speed", "no field"),
    ({"trading": {"size": "0.5"}}, "/trading/size", "left to the template"),
    ({"trading": {"sizing": "risk", "size": "7"}}, "/trading/size", "share of equity"),
    ({"capital": "0"}, "/capital", "more than 0"),
    ({"capital": "a lot"}, "/capital", "a number from 0"),
    ({"walk_forward": {"fit": True}}, "/walk_forward/fit", "a number from 0.05 to 0.95"),
    ({"walk_forward": {"windows": 2.5}}, "/walk_forward/windows", "a whole number"),
    ({"walk_forward": 3}, "/walk_forward", "must be an object"),
    ({"colour": "red"}, "/colour", "no field /colour"),
    ({"evidence": {"luck": {"enabled": True}}}, "/evidence/luck", "no field"),
    ({"costs": {"model": "nse"}}, "/costs/model", "nse-delivery"),
    ({"costs": {"spread_bps": -1}}, "/costs/spread_bps", "from 0"),
]  # fmt: skip


def test_constraints_without_anything_are_the_defaults_written_out() -> None:
    constraints = read_constraints({})
    document = constraints_document(constraints)
    assert read_constraints(json.loads(json.dumps(document))) == constraints
    assert constraints.walk.fit == 0.7
    assert constraints.account.fee == Decimal("0.001")
    assert all(threshold.enabled for threshold in constraints.evidence.thresholds)


def test_constraints_that_say_everything_survive_the_way_through_a_document() -> None:
    said: dict[str, Json] = {
        "venues": ["binance", "nse"],
        "universe": {"mode": "whitelist", "whitelist": ["nse:TCS"], "liquidity_days": 9},
        "history": {"from": "2020-01-01", "to": "2024-01-01", "minimum_days": 30},
        "trading": {"sizing": "risk", "size": "0.01", "long_only": True},
        "costs": {"model": "nse-delivery", "slippage_bps": 2.5, "spread_bps": 3.0},
        "templates": [{"template": "macd", "grid": {"fast": "8:12:2"}, "parameters": {"slow": 40}}],
        "evidence": {"pbo": {"enabled": False, "threshold": 0.9}},
        "walk_forward": {"anchored": True, "purge_bars": 5, "embargo_bars": 7, "holdout": 0.0},
    }
    constraints = read_constraints(said)
    assert read_constraints(constraints_document(constraints)) == constraints
    account = constraints.account
    assert account.costs == cost_model("nse-delivery")
    assert (account.slippage, account.half_spread) == (Decimal("0.00025"), Decimal("0.00015"))
    assert constraints.searches[0].axes[0].values == (8.0, 10.0, 12.0)
    assert not constraints.evidence.of("pbo").enabled
    assert constraints.evidence.of("plateau").enabled


def test_default_grids_of_all_templates_are_about_two_hundred_sets() -> None:
    sets = sum(grid_size(search.axes) for search in read_constraints({}).searches)
    assert 180 <= sets <= 220


@pytest.mark.parametrize(("document", "path", "words"), CONTRADICTIONS)
def test_constraints_that_cannot_be_meant_are_refused_with_their_place(
    document: dict[str, Json], path: str, words: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_constraints(document)
    error = refused.value
    assert error.path == path
    assert words in f"{error.message} {error.expected}"
    assert error.action


def test_schema_describes_every_field_with_its_default() -> None:
    def leaves(part: Json, where: str) -> dict[str, Json]:
        assert isinstance(part, dict)
        if "properties" not in part:
            return {where: part}
        found: dict[str, Json] = {}
        for name, entry in part["properties"].items():
            found |= leaves(entry, f"{where}/{name}")
        return found

    described = leaves(constraints_schema(), "")
    document = constraints_document(read_constraints({}))
    for path, entry in described.items():
        assert isinstance(entry, dict)
        assert entry["description"]
        if path in ("/templates", "/history/from", "/history/to"):
            continue
        value: Json = document
        for name in path.strip("/").split("/"):
            assert isinstance(value, dict)
            value = value[name]
        assert entry["default"] == value, path
