"""Cost models: found by name, read from a file, asked for a date, refused in a sentence."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.market.charges.catalog import cost_model, cost_models
from fairlead.market.charges.document import find_costs, read_costs
from fairlead.market.charges.model import CostTerms, model_of, plain_costs

DAY_MS = 86_400_000
OWN = {
    "name": "my broker",
    "schedule": [
        {"from": "2024-01-01", "buy_rate": "0.001", "sell_rate": "0.002"},
        {"from": "2025-01-01", "order_rate": "0.0003", "order_cap": 20, "sell_flat": 15.93},
    ],
}
RATE = st.decimals(0, Decimal("0.01"), places=6)
AMOUNT = st.decimals(0, 100, places=2)


def test_every_model_survives_being_stored() -> None:
    for model in cost_models().values():
        assert model_of(json.loads(json.dumps(model.to_json()))) == model


def test_venue_tiers_are_plain_and_the_taker_pays_no_less_than_the_maker() -> None:
    models = cost_models()
    makers = [name for name in models if name.endswith(":maker")]
    assert len(makers) > 20
    for name in makers:
        maker = models[name].schedule[0].terms
        taker = models[name.removesuffix(":maker")].schedule[0].terms
        assert maker.is_plain
        assert taker.is_plain
        assert taker.buy_rate >= maker.buy_rate


def test_venue_that_charges_gst_has_it_in_its_rate() -> None:
    assert cost_model("delta-linear:regular").schedule[0].terms.buy_rate == Decimal("0.00059")
    assert cost_model("bybit-linear:vip0").schedule[0].terms.buy_rate == Decimal("0.00055")


def test_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(InvalidInput, match="no cost model 'nse'") as caught:
        find_costs("nse")
    assert "nse-delivery" in str(caught.value.expected)


def test_file_is_read_with_dates_and_caps(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(OWN))
    model = find_costs(str(path))
    assert model.name == "my broker"
    first, second = model.schedule
    assert second.from_ms - first.from_ms == 366 * DAY_MS
    assert first.terms == CostTerms(Decimal("0.001"), Decimal("0.002"))
    assert second.terms.cost_of("sell", Decimal(100_000)) == Decimal("35.93")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"schedule": []}, "costs.schedule"),
        ({"brokerage": 1}, "costs.brokerage"),
        ({"schedule": [{"from": "soon"}]}, "costs.schedule[0].from"),
        ({"schedule": [{"from": "2024-01-01", "fee": 1}]}, "costs.schedule[0].fee"),
        ({"schedule": [{"from": "2024-01-01", "buy_rate": 2}]}, "costs.schedule[0].buy_rate"),
        ({"schedule": [{"from": "2024-01-01", "buy_rate": "nan"}]}, "costs.schedule[0].buy_rate"),
        ({"schedule": [{"from": "2024-01-01", "buy_rate": True}]}, "costs.schedule[0].buy_rate"),
        (
            {"schedule": [{"from": "2024-01-01", "order_rate": "0.1"}]},
            "costs.schedule[0].order_cap",
        ),
        ({"schedule": [{"from": "2024-01-02"}, {"from": "2024-01-01"}]}, "costs.schedule"),
    ],
)
def test_mistake_in_a_file_is_named_with_its_place(change: dict[str, object], path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_costs({**OWN, **change})
    assert caught.value.path == path


def test_file_that_is_missing_or_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        find_costs(str(tmp_path / "none.json"))
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    with pytest.raises(InvalidInput, match="is not JSON"):
        find_costs(str(broken))


def test_range_is_cut_where_terms_change() -> None:
    model = read_costs(OWN)
    first, second = model.schedule
    cut = model.between(first.from_ms + DAY_MS, second.from_ms + DAY_MS)
    assert [entry.from_ms for entry in cut] == [first.from_ms + DAY_MS, second.from_ms]
    assert model.between(first.from_ms, second.from_ms) == (first,)
    assert model.between(0, DAY_MS)[0].terms == first.terms


def test_spread_is_added_to_every_date() -> None:
    wider = read_costs(OWN).with_spread(Decimal("0.0001"))
    assert {entry.terms.half_spread for entry in wider.schedule} == {Decimal("0.0001")}
    assert plain_costs(Decimal("0.001")).with_spread(Decimal(0)) == plain_costs(Decimal("0.001"))


@given(RATE, RATE, AMOUNT, AMOUNT, st.decimals(1_000, 10**9, places=2))
def test_purchase_for_all_cash_leaves_nothing(
    rate: Decimal, order_rate: Decimal, cap: Decimal, flat: Decimal, cash: Decimal
) -> None:
    terms = CostTerms(buy_rate=rate, order_rate=order_rate, order_cap=cap, buy_flat=flat)
    value = terms.value_for(cash)
    rounded = value.quantize(Decimal("1e-12"))
    assert abs(rounded + terms.cost_of("buy", rounded) - cash) < Decimal("1e-9")
