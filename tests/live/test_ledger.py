"""Cash from the reported fills in decimals, and the kernel's float cash, differ by dust only."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from fairlead.infra.db import Database
from fairlead.kernel.records import new_policy
from fairlead.live.ledger import cash_of, largest_difference
from fairlead.market.instruments import default_instrument
from tests.live.market import Stage, random_market


def test_ledger_of_a_traded_book_agrees_with_the_kernels_cash(
    database: Database, make_tenant: Callable[[], UUID]
) -> None:
    stage = Stage(
        database,
        make_tenant,
        random_market(5, 40),
        [new_policy(size=0.9, fee=0.001, slippage=0.0003)],
    )
    stage.push(0, 40)
    lot = default_instrument(stage.instrument).lot
    fills = [
        (int(str(lots)), float(str(price)), float(str(fee)))
        for lots, price, fee in stage.rows(0, "SELECT lots, price, fee FROM fills ORDER BY id")
    ]
    assert len(fills) > 8
    ledger = cash_of(Decimal(10_000), lot, fills)
    kernel = float(stage.desk.state(stage.users[0], stage.ids[0]).book["cash"][0])
    assert abs(ledger - Decimal(kernel)) <= largest_difference(Decimal(10_000), len(fills))
    wrong = cash_of(Decimal(10_000), lot, fills[1:])
    assert abs(wrong - Decimal(kernel)) > largest_difference(Decimal(10_000), len(fills))


@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(1, 10**7)), max_size=30))
def test_ledger_is_exact_whatever_the_order_of_fills(fills: list[tuple[int, int]]) -> None:
    reported = [(lots, ticks / 100, 0.0) for lots, ticks in fills]
    lot = Decimal("0.00001")
    expected = Decimal(0) - sum(
        (Decimal(lots) * lot * Decimal(ticks) / 100 for lots, ticks in fills), Decimal(0)
    )
    assert cash_of(Decimal(0), lot, reported) == expected
    assert cash_of(Decimal(0), lot, reported[::-1]) == expected
