"""The path of a candle: books, fills and trades equal to the bytes to a run of the kernel."""

from collections.abc import Callable
from uuid import UUID

import numpy as np
from sqlalchemy import text

from fairlead.infra.db import Database
from fairlead.kernel.records import Records, new_limits, new_policy
from fairlead.live.terms import kernel_terms
from fairlead.market.instruments import default_instrument
from fairlead.strategies.run import simulate
from tests.live.market import MINUTE_MS, T0, Stage, random_market, scripted_market

MakeTenant = Callable[[], UUID]


def _policies() -> list[Records]:
    return [
        new_policy(size=0.1, fee=0.001, stop_loss_pct=0.004, take_profit_pct=0.006),
        new_policy(size=0.9, fee=0.001, trailing_stop_pct=0.005, slippage=0.0005),
        new_policy(sizing=3, size=0.01, atr_stop_multiple=2.0, atr_target_multiple=3.0),
        new_policy(size=0.5, time_stop_bars=3, cool_down_bars=2, allow_short=0),
        new_policy(size=0.3, break_even_pct=0.002, stop_loss_pct=0.01),
    ]


def test_candles_pushed_one_by_one_give_the_books_of_a_backtest(
    database: Database, make_tenant: MakeTenant
) -> None:
    market = random_market(1, 50)
    stage = Stage(database, make_tenant, market, _policies(), partition_books=2)
    stage.push(0, 50)
    terms = kernel_terms(default_instrument(stage.instrument))
    for k, policy in enumerate(stage.policies):
        expected = simulate(*market, policy, new_limits(), terms, 10_000.0)
        got = stage.desk.state(stage.users[k], stage.ids[k])
        assert got.to_bytes() == expected.state.to_bytes()
        fills = stage.rows(
            k, "SELECT ts, lots, price, fee, reason, n, ambiguous::int FROM fills ORDER BY id"
        )
        names = ["ts", "lots", "price", "fee", "reason", "order", "ambiguous"]
        assert fills == expected.fills[names].tolist()
        trades = stage.rows(
            k,
            "SELECT entry_ts, exit_ts, entry_price, exit_price, pnl, fees, reason, bars_held "
            "FROM trades ORDER BY id",
        )
        names = ["entry_ts", "exit_ts", "entry_price", "exit_price", "pnl", "fees", "reason"]
        assert trades == expected.trades[[*names, "bars_held"]].tolist()


def test_every_fill_has_an_order_of_the_same_lots_and_price(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = Stage(database, make_tenant, random_market(2, 40), _policies())
    stage.push(0, 40)
    for k in range(len(stage.users)):
        odd = stage.rows(
            k,
            "SELECT f.id FROM fills f LEFT JOIN orders o ON o.subscription_id = f.subscription_id "
            "AND o.leg = f.leg AND o.n = f.n WHERE o.n IS NULL OR o.status <> 5 "
            "OR o.lots <> f.lots OR o.filled_lots <> f.lots OR o.average_price <> f.price",
        )
        assert odd == []
        left = stage.rows(k, "SELECT n FROM orders WHERE status NOT IN (3, 5, 6)")
        assert left == []


def test_book_with_nothing_to_do_is_written_seldom_and_still_up_to_date(
    database: Database, make_tenant: MakeTenant
) -> None:
    closes = [100 + k % 7 for k in range(90)]
    stage = Stage(database, make_tenant, scripted_market(closes, [0] * 90))
    with database.tenant_transaction(stage.users[0]) as connection:
        before = connection.execute(text("SELECT state FROM books")).scalar_one()
    stage.push(0, 60)
    with database.tenant_transaction(stage.users[0]) as connection:
        assert connection.execute(text("SELECT state FROM books")).scalar_one() == before
    stage.push(60, 90)
    with database.tenant_transaction(stage.users[0]) as connection:
        as_of = connection.execute(text("SELECT as_of_ms FROM books")).scalar_one()
    assert as_of > T0 + 60 * MINUTE_MS
    book = stage.desk.state(stage.users[0], stage.ids[0]).book
    assert int(book["as_of"][0]) == T0 + 90 * MINUTE_MS
    assert int(book["bars"][0]) == 90


def test_trade_prices_come_from_the_fills_not_from_averages(
    database: Database, make_tenant: MakeTenant
) -> None:
    closes = [100.0, 100.1, 100.37, 101.13, 99.99, 99.5]
    stage = Stage(
        database,
        make_tenant,
        scripted_market(closes, [1, 0, 0, 2, 0, 0]),
        [new_policy(size=0.37, fee=0.001)],
    )
    stage.push(0, 6)
    assert stage.rows(0, "SELECT entry_price, exit_price FROM trades") == [(100.0, 101.13)]
    points = stage.rows(0, "SELECT equity FROM fills ORDER BY id")
    assert np.isfinite(np.array(points, np.float64)).all()
