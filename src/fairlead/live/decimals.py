"""Exact decimals of the kernel's numbers."""

from decimal import Decimal


def decimal_of(value: float) -> Decimal:
    """Return the shortest decimal that names this float: exact for prices on a tick and lots."""
    return Decimal(repr(value))


def plain(value: float) -> str:
    """Return a number as JSON carries money: digits without an exponent."""
    return format(decimal_of(value).normalize() + 0, "f")


def average_price(value: float) -> str:
    """Return an average price to 12 digits: its division leaves dust in the last ones."""
    return plain(float(f"{value:.12g}"))
