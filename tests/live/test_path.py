"""The thin path end to end: candles in, orders, fills and trades out, books equal to the bytes."""

from collections.abc import Callable
from uuid import UUID

import numpy as np
from sqlalchemy import text

from fairlead.infra.db import Database
from fairlead.kernel.records import Records, new_limits, new_policy
from fairlead.kernel.series import Bars, bars_of
from fairlead.kernel.signals import Signals
from fairlead.live.terms import kernel_terms
from fairlead.market.instruments import default_instrument
from fairlead.strategies.run import simulate
from tests.live.harness import Desk, PreparedSignals, leg, subscribe

MINUTE_MS = 60_000
T0 = 1_700_000_040_000


def random_market(seed: int, count: int) -> tuple[Bars, Signals]:
    """Return a random walk on ticks of 0.01 with random signals."""
    chance = np.random.default_rng(seed)
    close = np.round(100 + np.cumsum(chance.normal(0, 0.4, count)), 2)
    opens = np.round(np.concatenate([[100.0], close[:-1]]) + chance.normal(0, 0.1, count), 2)
    high = np.round(np.maximum(opens, close) + np.abs(chance.normal(0, 0.2, count)), 2)
    low = np.round(np.minimum(opens, close) - np.abs(chance.normal(0, 0.2, count)), 2)
    ts = T0 + MINUTE_MS * np.arange(count, dtype=np.int64)
    bars = bars_of(ts, opens, high, low, close, np.ones(count), MINUTE_MS)
    action = chance.choice(np.array([0, 0, 0, 1, -1, 2], np.int8), count)
    atr = np.full(count, 0.5)
    zeros = np.zeros(count)
    return bars, Signals(action, zeros, zeros.copy(), atr, np.zeros(count, np.int8))


def test_candles_pushed_one_by_one_give_the_books_of_a_backtest(
    database: Database, make_tenant: Callable[[], UUID]
) -> None:
    bars, signals = random_market(1, 60)
    instrument = "sim:PATH-USDT"
    own = leg("path", instrument, "1m", MINUTE_MS)
    users = [make_tenant() for _ in range(5)]
    policies: list[Records] = [
        new_policy(size=0.1 * (k + 1), fee=0.001, stop_loss_pct=0.004, take_profit_pct=0.006)
        for k in range(5)
    ]
    desk = Desk(
        database,
        {(instrument, "1m"): bars},
        PreparedSignals({"path": (bars, signals)}, users[0]),
    )
    ids = subscribe(desk, users, (own,), policies)
    desk.admit(T0)
    for k in range(len(bars)):
        desk.push(instrument, "1m", k)
    terms = kernel_terms(default_instrument(instrument))
    for k, (user_id, subscription_id) in enumerate(zip(users, ids, strict=True)):
        expected = simulate(bars, signals, policies[k], new_limits(), terms, 10_000.0)
        got = desk.state(user_id, subscription_id)
        assert got.to_bytes() == expected.state.to_bytes()
        with database.tenant_transaction(user_id) as connection:
            fills = connection.execute(text("SELECT count(*) FROM fills")).scalar_one()
            trades = connection.execute(text("SELECT count(*) FROM trades")).scalar_one()
        assert fills == expected.fills.shape[0] > 4
        assert trades == expected.trades.shape[0]
