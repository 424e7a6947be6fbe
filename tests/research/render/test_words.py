"""Numbers as people read them."""

import math

import pytest

from fairlead.research.render.words import aligned, decimal, money, percent, price, quantity


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (percent(0.1234), "12.34 %"),
        (percent(-0.05, 1, signed=True), "\u22125.0 %"),
        (percent(0.05, signed=True), "+5.00 %"),
        (percent(-0.00001), "0.00 %"),
        (percent(None), "\u2013"),
        (decimal(math.nan), "\u2013"),
        (decimal(1234.5), "1,234.50"),
        (money(2_500_000.4), "2,500,000"),
        (price(67123.456), "67,123.46"),
        (price(0.00001234), "0.00001234"),
        (price(100.0), "100.00"),
        (quantity(0.5), "0.5"),
        (quantity(1200.0), "1,200"),
        (aligned([-0.5, 0.25])[0], "\u22120.50"),
        (aligned([0.1, 0.095])[0], "0.100"),
        (aligned([100_000.0])[0], "100,000"),
    ],
)
def test_numbers_are_written_for_people(text: str, expected: str) -> None:
    assert text == expected
