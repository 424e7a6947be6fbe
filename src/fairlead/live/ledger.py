"""The cash of a book in exact decimals, from the fills that were reported."""

from collections.abc import Iterable
from decimal import Decimal, localcontext

from fairlead.live.decimals import decimal_of

# Two roundings of a double for each fill, on amounts of the order of the capital.
_DUST_PER_FILL = Decimal("1e-15") * 4
_DIGITS = 60


def cash_of(capital: Decimal, lot: Decimal, fills: Iterable[tuple[int, float, float]]) -> Decimal:
    """Return what is left of `capital` after fills of (signed lots, price, fee)."""
    with localcontext() as context:
        context.prec = _DIGITS
        cash = capital
        for lots, price, fee in fills:
            cash -= lots * lot * decimal_of(price) + decimal_of(fee)
        return cash


def largest_difference(capital: Decimal, fills: int) -> Decimal:
    """Return by how much the kernel's cash may differ from the ledger after so many fills.

    The kernel adds doubles: each fill rounds a value and a sum of about the book's size, ten
    times of it at most with leverage.
    """
    return capital * 10 * (fills + 1) * _DUST_PER_FILL
