"""A crowd of paper subscribers of one strategy, on a database of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import numpy as np
from sqlalchemy import text

from fairlead.infra.db import Database
from fairlead.infra.ids import uuid7
from fairlead.kernel.records import Records, new_limits, new_policy
from fairlead.kernel.series import Bars
from fairlead.kernel.signals import ENTER_LONG, EXIT, HOLD
from fairlead.live.admission import admit_waiting
from fairlead.live.cache import Cache
from fairlead.live.clock import ClosedBar
from fairlead.live.evaluate import Desk, evaluate_bar
from fairlead.live.evaluator import Said
from fairlead.live.model import LegDraft, LegPlan, Prepared, uuid_column
from fairlead.live.steps import walk_on
from fairlead.live.store import accounts

SECRET_KEY = "a secret of the benchmarks, long enough to be taken"
INSTRUMENT = "bench:FAN-USD"
TIMEFRAME = "1m"
MINUTE_MS = 60_000
FIRST_MS = 1_700_000_040_000
CASH = 10_000.0
# what the strategy says on one candle after the other: everyone enters, fills, leaves, fills
PATTERN = (HOLD, ENTER_LONG, HOLD, EXIT)
ORDERS = (ENTER_LONG, EXIT)


class PatternEvaluator:
    """Says what the pattern says at the minute of the bar, at no cost."""

    def __init__(self, owner_id: UUID) -> None:
        self._owner_id = owner_id

    def warm_up(self, leg: LegPlan) -> int:
        return 1

    def owner(self, leg: LegPlan) -> UUID:
        return self._owner_id

    def policy(self, leg: LegPlan) -> Records:
        return new_policy(size=0.5)

    def limits(self, leg: LegPlan) -> Records:
        return new_limits()

    def prepare(self, drafts: tuple[LegDraft, ...], risk_profile: str) -> Prepared:
        raise ValueError("the crowd comes prepared")

    def said(self, leg: LegPlan, bars: Bars) -> Said:
        action = action_at(int(bars.ts[-1]))
        return Said(action, 0.0, 0.0, 0.0, False, {"close": float(bars.close[-1])})


def action_at(ts: int) -> int:
    """Return what the pattern says at the close of the bar that opens at `ts`."""
    return PATTERN[(ts - FIRST_MS) // MINUTE_MS % len(PATTERN)]


@dataclass
class OneBar:
    """A history that holds the candle at hand."""

    latest: Bars | None = None

    def bars(self, leg: LegPlan, until_ms: int) -> Bars:
        assert self.latest is not None
        return self.latest


@dataclass
class Crowd:
    """The planted subscribers and the next candle."""

    database: Database
    evaluator: PatternEvaluator
    minute: int = 0
    cache: Cache = field(default_factory=Cache)

    def close_candle(self) -> int:
        """Close one candle and evaluate it; return what the strategy said."""
        ts = FIRST_MS + self.minute * MINUTE_MS
        self.minute += 1
        now = datetime.now(UTC)
        _write_candle(self.database, ts, now)
        column = np.array([100.0])
        bars = Bars(np.array([ts]), column, column, column, column, column, MINUTE_MS)
        desk = Desk(self.evaluator, OneBar(bars), self.cache, lambda: now, walk_on)
        evaluate_bar(self.database, desk, _closed_bar(ts, now))
        return action_at(ts)


def plant_crowd(database: Database, count: int) -> Crowd:
    """Make `count` tenants with a paper connection and a prepared subscription each."""
    owners = accounts.Owners(
        *(uuid_column([uuid7() for _ in range(count)]) for _ in range(3)),
    )
    users = [UUID(bytes=value.tobytes()) for value in owners.users]
    evaluator = PatternEvaluator(users[0])
    draft = LegDraft(uuid7(), INSTRUMENT, TIMEFRAME, MINUTE_MS, ())
    plan = LegPlan(draft.version_id, "pattern", (), INSTRUMENT, TIMEFRAME, MINUTE_MS, 0)
    sizes = np.random.default_rng(1).uniform(0.05, 0.9, count)
    policies = np.concatenate([new_policy(size=float(size), fee=0.001) for size in sizes])
    limits = np.repeat(new_limits(), count)
    template = accounts.NewSubscription(
        id=uuid7(),
        strategy_id=uuid7(),
        strategy_name="pattern",
        legs=(draft,),
        connection_id=uuid7(),
        capital=Decimal(10_000),
        risk_profile="{}",
        join_mode="wait",
        prepared=Prepared((plan,), policies[:1].tobytes(), limits[:1].tobytes()),
    )
    with database.system_transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO users (user_id, email) SELECT id, id || '@bench.example' "
                "FROM unnest(CAST(:ids AS uuid[])) AS id"
            ),
            {"ids": users},
        )
    with database.engine_transaction() as connection:
        accounts.insert_connections(connection, owners, "paper", "paper")
        accounts.insert_subscriptions(
            connection,
            owners,
            template,
            np.full(count, CASH),
            ["{}"] * count,
            policies,
            limits,
        )
    _write_candle(database, FIRST_MS - MINUTE_MS, datetime.now(UTC))
    _admit(database, evaluator)
    return Crowd(database, evaluator)


def _admit(database: Database, evaluator: PatternEvaluator) -> None:
    settled = 1
    while settled:
        with database.engine_transaction() as connection:
            settled = admit_waiting(connection, evaluator)


def _write_candle(database: Database, ts: int, now: datetime) -> None:
    row: Mapping[str, object] = {"ts": ts, "at": now, "key": INSTRUMENT, "tf": TIMEFRAME}
    with database.engine_transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO closed_bars (instrument, timeframe, ts, open, high, low, close, "
                "volume, feed, closed_at) VALUES (:key, :tf, :ts, 100, 100, 100, 100, 1, "
                "'bench', :at)"
            ),
            row,
        )


def _closed_bar(ts: int, now: datetime) -> ClosedBar:
    return ClosedBar(
        instrument=INSTRUMENT,
        timeframe=TIMEFRAME,
        timeframe_ms=MINUTE_MS,
        ts=ts,
        open=100.0,
        high=100.0,
        low=100.0,
        close=100.0,
        closed_at=now,
        is_live=False,
        is_newest=True,
    )
