"""Bars and signals for tests: random walks on ticks, and scripted ones."""

from collections.abc import Callable, Sequence
from uuid import UUID

import numpy as np
from sqlalchemy import text

from fairlead.infra.db import Database
from fairlead.infra.ids import uuid7
from fairlead.kernel.records import Records, new_policy
from fairlead.kernel.series import Bars, bars_of
from fairlead.kernel.signals import Signals
from fairlead.live.model import LegPlan
from tests.live.harness import Desk, PreparedSignals, leg, subscribe, subscribe_all

MINUTE_MS = 60_000
T0 = 1_700_000_040_000
_names = iter(range(1, 1_000_000))


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
    zeros = np.zeros(count)
    return bars, Signals(action, zeros, zeros.copy(), np.full(count, 0.5), np.zeros(count, np.int8))


def scripted_market(
    closes: Sequence[float], actions: Sequence[int], timeframe_ms: int = MINUTE_MS
) -> tuple[Bars, Signals]:
    """Return bars that open at the close before and move straight to their own."""
    close = np.array(closes, np.float64)
    opens = np.concatenate([close[:1], close[:-1]])
    count = close.shape[0]
    ts = T0 + timeframe_ms * np.arange(count, dtype=np.int64)
    bars = bars_of(
        ts,
        opens,
        np.maximum(opens, close),
        np.minimum(opens, close),
        close,
        np.ones(count),
        timeframe_ms,
    )
    zeros = np.zeros(count)
    action = np.array(actions, np.int8)
    return bars, Signals(action, zeros, zeros.copy(), zeros.copy(), np.zeros(count, np.int8))


class Stage:
    """A desk with one series, some subscribers on it, and the means to push its candles."""

    def __init__(
        self,
        database: Database,
        make_tenant: Callable[[], UUID],
        market: tuple[Bars, Signals],
        policies: Sequence[Records] | None = None,
        *,
        limits: Records | None = None,
        partition_books: int = 1_000,
        join_mode: str = "wait",
        admit: bool = True,
        in_bulk: bool = False,
    ) -> None:
        self.bars, self.signals = market
        self.key = f"stage-{next(_names)}-{make_tenant().hex[-8:]}"
        self.instrument = f"sim:{self.key.upper()}"
        self.policies = list(policies or [new_policy(size=0.5, fee=0.001)])
        make = uuid7 if in_bulk else make_tenant
        self.users = sorted((make() for _ in self.policies), key=lambda user: user.bytes)
        self.leg: LegPlan = leg(self.key, self.instrument, "1m", MINUTE_MS)
        self.desk = Desk(
            database,
            {(self.instrument, "1m"): self.bars},
            PreparedSignals({self.key: market}, self.users[0]),
        )
        if in_bulk:
            self.ids = subscribe_all(self.desk, self.users, self.leg, self.policies)
        else:
            self.ids = subscribe(
                self.desk, self.users, (self.leg,), self.policies, limits, join_mode=join_mode
            )
        if admit:
            self.desk.admit(T0, partition_books)

    def push(self, first: int, last: int | None = None) -> None:
        """Let candles `first` to `last - 1` close, each with everything it causes."""
        for k in range(first, first + 1 if last is None else last):
            self.desk.push(self.instrument, "1m", k)

    def rows(self, k: int, query: str) -> list[tuple[object, ...]]:
        """Return what subscriber `k` sees of a query."""

        with self.desk.database.tenant_transaction(self.users[k]) as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def orders(self, k: int) -> list[tuple[object, ...]]:
        """Return (n, status, purpose, reason) of subscriber `k`'s orders."""
        return self.rows(k, "SELECT n, status, purpose, reason FROM orders ORDER BY leg, n")
