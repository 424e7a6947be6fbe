"""Indian charges: contract notes worked by hand, changes on their day, terms equal to the paisa."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.market.charges.indian import (
    FIRST_DAY,
    SEGMENTS,
    charges_of,
    indian_model,
    note_of,
    rates_on,
    terms_of_rates,
)
from fairlead.market.instruments import IST_OFFSET_MS

HUNDRED_AT_THOUSAND = Decimal(100_000)
TODAY = dt.date(2024, 11, 15)
DAYS = st.dates(FIRST_DAY, dt.date(2026, 12, 31))
VALUES = st.decimals(Decimal("0.01"), Decimal(10**11), places=4)


def midnight_ms(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * 86_400_000 - IST_OFFSET_MS


@pytest.mark.parametrize(
    ("segment", "side", "parts"),
    [
        # brokerage, STT, exchange, SEBI, GST, stamp, DP of 100 shares at 1,000 on 15 Nov 2024
        ("delivery", "buy", ("0", "100", "3.07", "0.1", "0.5706", "15", "0")),
        ("delivery", "sell", ("0", "100", "3.07", "0.1", "0.5706", "0", "15.34")),
        ("intraday", "buy", ("20", "0", "3.07", "0.1", "4.1706", "3", "0")),
        ("intraday", "sell", ("20", "25", "3.07", "0.1", "4.1706", "0", "0")),
        ("futures", "buy", ("20", "0", "1.83", "0.1", "3.9474", "2", "0")),
        ("futures", "sell", ("20", "20", "1.83", "0.1", "3.9474", "0", "0")),
        ("options", "buy", ("20", "0", "35.53", "0.1", "10.0134", "3", "0")),
        ("options", "sell", ("20", "100", "35.53", "0.1", "10.0134", "0", "0")),
    ],
)
def test_contract_note_of_a_hundred_shares_is_as_worked_by_hand(
    segment: str, side: str, parts: tuple[str, ...]
) -> None:
    found = charges_of(rates_on(segment, TODAY), side, HUNDRED_AT_THOUSAND)
    names = ("brokerage", "stt", "exchange", "sebi", "gst", "stamp", "dp")
    assert {name: getattr(found, name) for name in names} == {
        name: Decimal(part) for name, part in zip(names, parts, strict=True)
    }
    assert found.total == sum(map(Decimal, parts))


def test_small_intraday_order_pays_the_rate_and_not_the_cap() -> None:
    found = charges_of(rates_on("intraday", TODAY), "buy", Decimal(10_000))
    assert found.brokerage == Decimal("3.0000")


def test_note_rounds_tax_and_stamp_once_to_the_rupee_and_the_rest_to_the_paisa() -> None:
    rates = rates_on("intraday", TODAY)
    orders = [charges_of(rates, "sell", Decimal("1234.56")) for _ in range(3)]
    note = note_of([*orders, charges_of(rates, "buy", Decimal("30000"))])
    assert note.stt == Decimal(1)  # 3 x 0.30864 is 0.93; rounded one by one it would be 0
    assert note.stamp == Decimal(1)  # 0.90
    assert note.exchange == Decimal("1.03")  # 0.0000307 x 33,703.68 = 1.0347
    assert note.brokerage == Decimal("10.11")  # 0.0003 x 33,703.68 = 10.111104


@pytest.mark.parametrize(
    ("segment", "day", "before", "after"),
    [
        ("futures", dt.date(2023, 4, 1), "0.0001", "0.000125"),
        ("futures", dt.date(2024, 10, 1), "0.000125", "0.0002"),
        ("futures", dt.date(2026, 4, 1), "0.0002", "0.0005"),
        ("options", dt.date(2023, 4, 1), "0.0005", "0.000625"),
        ("options", dt.date(2024, 10, 1), "0.000625", "0.001"),
        ("options", dt.date(2026, 4, 1), "0.001", "0.0015"),
    ],
)
def test_transaction_tax_changes_on_its_day(
    segment: str, day: dt.date, before: str, after: str
) -> None:
    assert rates_on(segment, day - dt.timedelta(days=1)).stt_sell == Decimal(before)
    assert rates_on(segment, day).stt_sell == Decimal(after)


def test_exchange_charge_is_flat_from_october_2024() -> None:
    before, after = (rates_on("delivery", dt.date(2024, month, 1)) for month in (9, 10))
    assert (before.exchange, after.exchange) == (Decimal("0.0000332"), Decimal("0.0000307"))


def test_schedule_changes_at_midnight_in_india() -> None:
    model, day = indian_model("futures"), dt.date(2024, 10, 1)
    at = midnight_ms(day)
    assert model.at(at).from_ms == at
    assert model.at(at - 1).from_ms < at
    assert model.at(at).terms.sell_rate > model.at(at - 1).terms.sell_rate


def test_first_rates_count_before_the_first_day() -> None:
    model = indian_model("delivery")
    assert model.at(0) == model.schedule[0]
    assert model.schedule[0].from_ms == midnight_ms(FIRST_DAY)


@given(st.sampled_from(SEGMENTS), DAYS, st.sampled_from(("buy", "sell")), VALUES)
def test_terms_charge_exactly_what_the_parts_add_up_to(
    segment: str, day: dt.date, side: str, value: Decimal
) -> None:
    rates = rates_on(segment, day)
    assert terms_of_rates(rates).cost_of(side, value) == charges_of(rates, side, value).total
    assert indian_model(segment).at(midnight_ms(day)).terms == terms_of_rates(rates)


def test_tax_forgotten_on_the_cap_is_noticed() -> None:
    rates = rates_on("intraday", TODAY)
    folded = terms_of_rates(rates)
    wrong = replace(folded, order_cap=rates.brokerage_cap)
    exact = charges_of(rates, "buy", HUNDRED_AT_THOUSAND).total
    assert folded.cost_of("buy", HUNDRED_AT_THOUSAND) == exact
    assert wrong.cost_of("buy", HUNDRED_AT_THOUSAND) != exact


def test_side_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no side"):
        charges_of(rates_on("delivery", TODAY), "long", Decimal(1))
