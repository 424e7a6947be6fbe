"""Lots and ticks against exact decimals."""

from decimal import ROUND_FLOOR, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.kernel.records import new_instrument
from fairlead.kernel.rounding import lots_of, nearest_tick, quantity_of, worse_price

LOTS = ["1", "0.1", "0.001", "0.00001", "0.00000001", "75", "0.5", "0.25"]
TICKS = ["0.01", "0.05", "0.0001", "0.5", "0.00000001", "5", "0.0025"]


@given(st.sampled_from(LOTS), st.integers(1, 10**9))
def test_lots_of_whole_lots_written_as_decimal_gives_all_of_them(lot: str, lots: int) -> None:
    instrument = new_instrument(lot=Decimal(lot))[0]
    quantity = float(Decimal(lot) * lots)
    assert lots_of(instrument, quantity) == lots


@given(st.sampled_from(LOTS), st.decimals("0.000001", "1000000", places=6))
def test_lots_of_any_quantity_equals_the_decimal_floor(lot: str, quantity: Decimal) -> None:
    instrument = new_instrument(lot=Decimal(lot))[0]
    exact = int((quantity / Decimal(lot)).to_integral_value(ROUND_FLOOR))
    assert lots_of(instrument, float(quantity)) == exact


def test_lots_of_classic_dust_is_not_lost() -> None:
    instrument = new_instrument(lot=Decimal("0.1"))[0]
    assert lots_of(instrument, 0.3) == 3
    assert lots_of(instrument, 0.1 + 0.2) == 3
    assert lots_of(instrument, 0.29999) == 2


@given(st.sampled_from(LOTS), st.integers(0, 10**9))
def test_quantity_of_lots_is_the_float_nearest_to_the_decimal(lot: str, lots: int) -> None:
    instrument = new_instrument(lot=Decimal(lot))[0]
    assert quantity_of(instrument, lots) == float(Decimal(lot) * lots)


@given(st.sampled_from(TICKS), st.integers(1, 10**7))
def test_nearest_tick_of_a_price_on_the_grid_is_that_price(tick: str, ticks: int) -> None:
    instrument = new_instrument(tick=Decimal(tick))[0]
    price = float(Decimal(tick) * ticks)
    assert nearest_tick(instrument, price) == price


@given(
    st.sampled_from(TICKS),
    st.integers(100, 10**7),
    st.sampled_from([1, -1]),
    st.floats(1e-6, 0.01),
)
def test_worse_price_is_on_the_grid_and_never_better(
    tick: str, ticks: int, side: int, slippage: float
) -> None:
    instrument = new_instrument(tick=Decimal(tick))[0]
    price = float(Decimal(tick) * ticks)
    worse = worse_price(instrument, price, side, slippage)
    assert side * (worse - price) >= 0
    assert nearest_tick(instrument, worse) == worse
    assert abs(worse - price * (1 + side * slippage)) <= float(tick) * (1 + 1e-6)


def test_price_without_tick_stays_as_given() -> None:
    instrument = new_instrument()[0]
    assert nearest_tick(instrument, 123.456789012345) == 123.456789012345
    assert worse_price(instrument, 123.456789012345, 1, 0.0) == 123.456789012345


@pytest.mark.parametrize("bad", ["0", "-1", "NaN", "Infinity"])
def test_new_instrument_with_a_senseless_lot_or_tick_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="expected a positive lot"):
        new_instrument(lot=Decimal(bad))
    with pytest.raises(ValueError, match="expected a positive tick"):
        new_instrument(tick=Decimal(bad))
