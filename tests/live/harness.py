"""Drives the live engine by hand: closed candles in, books and orders out, no processes.

`Desk.push` does for one candle what the engine does: the row in `closed_bars`, the evaluation,
every chunk of the turn, the dispatch of every order. Signals come from prepared columns, so that
the same bars and signals can go through any loop of the kernel.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import numpy as np
from sqlalchemy import text

from fairlead.brokers.catalog import open_venues
from fairlead.brokers.port import Venue
from fairlead.infra.db import Database
from fairlead.infra.errors import InvalidInput
from fairlead.infra.ids import uuid7
from fairlead.kernel.records import (
    LIMITS,
    POLICY,
    Records,
    State,
    new_limits,
    new_policy,
    state_from_bytes,
)
from fairlead.kernel.series import Bars
from fairlead.kernel.signals import Signals
from fairlead.live.admission import admit_waiting
from fairlead.live.batch import Rules, batch_of
from fairlead.live.cache import Cache
from fairlead.live.clock import ClosedBar
from fairlead.live.commands import fold_partition
from fairlead.live.evaluate import Desk as EvaluationDesk
from fairlead.live.evaluate import evaluate_bar
from fairlead.live.evaluator import Said
from fairlead.live.execution import (
    Dispatcher,
    busy_partitions,
    cancel_partition,
    dispatch_partition,
)
from fairlead.live.model import BETWEEN_TURNS, Act, LegDraft, LegPlan, Prepared, uuid_column
from fairlead.live.step import step
from fairlead.live.steps import Reach, walk_on
from fairlead.live.store import accounts, commands, due, evaluations, lineups
from fairlead.live.store.accounts import Owners
from fairlead.live.store.news import ascending_ids
from fairlead.live.turn import apply_next_chunk

START = datetime(2024, 1, 1, tzinfo=UTC)


class PreparedSignals:
    """An evaluator that says what its columns say, by the open time of the last bar."""

    def __init__(self, columns: Mapping[str, tuple[Bars, Signals]], owner_id: UUID) -> None:
        self._owner_id = owner_id
        self._columns = {
            key: (signals, {int(ts): k for k, ts in enumerate(bars.ts)})
            for key, (bars, signals) in columns.items()
        }

    def warm_up(self, leg: LegPlan) -> int:
        return 1

    def owner(self, leg: LegPlan) -> UUID:
        return self._owner_id

    def policy(self, leg: LegPlan) -> Records:
        return new_policy(size=0.5)

    def limits(self, leg: LegPlan) -> Records:
        return new_limits()

    def prepare(self, drafts: tuple[LegDraft, ...], risk_profile: str) -> Prepared:
        raise InvalidInput("Prepared subscriptions only.")

    def said(self, leg: LegPlan, bars: Bars) -> Said:
        signals, index = self._columns[leg.signal_key]
        k = index[int(bars.ts[-1])]
        return Said(
            action=int(signals.action[k]),
            atr=float(signals.atr[k]),
            stop=float(signals.stop[k]),
            target=float(signals.target[k]),
            last_of_session=bool(signals.last_of_session[k]),
            why={"close": float(bars.close[-1])},
        )


class KnownBars:
    """A history that holds the bars pushed so far."""

    def __init__(self, series: Mapping[tuple[str, str], Bars]) -> None:
        self._series = series

    def bars(self, leg: LegPlan, until_ms: int) -> Bars:
        bars = self._series[leg.instrument, leg.timeframe]
        return bars.between(0, until_ms - leg.timeframe_ms + 1)


class NoBuckets:
    """Tokens without end."""

    def try_token(self, bucket: str, rate: float, burst: float) -> float:
        return 0.0


@dataclass
class Desk:
    """One engine under the test's hand."""

    database: Database
    series: dict[tuple[str, str], Bars]
    evaluator: PreparedSignals
    venues: dict[str, Venue] = field(default_factory=open_venues)
    reach: Reach = walk_on
    now: datetime = START
    cache: Cache = field(default_factory=Cache)

    def evaluation_desk(self) -> EvaluationDesk:
        history = KnownBars(self.series)
        return EvaluationDesk(self.evaluator, history, self.cache, lambda: self.now, self.reach)

    def dispatcher(self, lease_s: float = 15.0) -> Dispatcher:
        return Dispatcher(self.database, self.venues, NoBuckets(), self.reach, lease_s)

    def admit(self, now_ms: int, partition_books: int = 1_000) -> int:
        """Give every waiting subscription its book at `now_ms`; return how many were settled.

        A series that has not begun begins with a flat candle that closes then.
        """
        self._begin(now_ms)
        settled = 0
        while True:
            with self.database.engine_transaction() as connection:
                found = admit_waiting(connection, self.evaluator, partition_books=partition_books)
            if found == 0:
                return settled
            settled += found

    def _begin(self, now_ms: int) -> None:
        with self.database.engine_transaction() as connection:
            for (instrument, timeframe), bars in self.series.items():
                connection.execute(
                    text("""
                        INSERT INTO closed_bars (instrument, timeframe, ts, open, high, low,
                            close, volume, feed)
                        SELECT :instrument, :timeframe, :ts, 1, 1, 1, 1, 0, 'test'
                        WHERE NOT EXISTS (SELECT 1 FROM closed_bars WHERE instrument = :instrument
                                          AND timeframe = :timeframe)
                    """),
                    {
                        "instrument": instrument,
                        "timeframe": timeframe,
                        "ts": now_ms - bars.timeframe_ms,
                    },
                )

    def place(self, user_id: UUID, subscription_id: UUID) -> int:
        """Return the partition of a book."""
        with self.database.tenant_transaction(user_id) as connection:
            return int(
                connection.execute(
                    text("SELECT partition FROM books WHERE subscription_id = :id"),
                    {"id": subscription_id},
                ).scalar_one()
            )

    def close(self, instrument: str, timeframe: str, k: int) -> ClosedBar:
        """Write candle `k` of a series as the nexus would, announced now."""
        bars = self.series[instrument, timeframe]
        self.now = datetime.now(UTC)
        row = {
            "instrument": instrument,
            "timeframe": timeframe,
            "ts": int(bars.ts[k]),
            "open": float(bars.open[k]),
            "high": float(bars.high[k]),
            "low": float(bars.low[k]),
            "close": float(bars.close[k]),
            "closed_at": self.now,
        }
        with self.database.engine_transaction() as connection:
            # a replayed series: its times are not ours
            connection.execute(
                text(
                    "INSERT INTO feeds (name, kind, enabled) VALUES ('test', 'replay', false) "
                    "ON CONFLICT DO NOTHING"
                )
            )
            connection.execute(
                text("""
                    INSERT INTO closed_bars (instrument, timeframe, ts, open, high, low, close,
                                             volume, feed, closed_at)
                    VALUES (:instrument, :timeframe, :ts, :open, :high, :low, :close, 1, 'test',
                            :closed_at) ON CONFLICT DO NOTHING
                """),
                row,
            )
        return ClosedBar(
            instrument=instrument,
            timeframe=timeframe,
            timeframe_ms=bars.timeframe_ms,
            ts=int(bars.ts[k]),
            open=float(bars.open[k]),
            high=float(bars.high[k]),
            low=float(bars.low[k]),
            close=float(bars.close[k]),
            closed_at=self.now,
            is_live=False,
            is_newest=True,
        )

    def evaluate(self, bar: ClosedBar) -> int:
        return evaluate_bar(self.database, self.evaluation_desk(), bar)

    def turn(self) -> int:
        """Apply every chunk that is due; return how many."""
        done = 0
        while True:
            if apply_next_chunk(self.database, self.cache, self.reach) is None:
                return done
            done += 1

    def dispatch(self) -> int:
        """Send every order that waits; return how many."""
        sent = 0
        while True:
            found = [dispatch_partition(self.dispatcher(), p) for p in self.busy()]
            moved = sum(item.sent + item.stopped for item in found)
            if moved == 0:
                return sent
            sent += sum(item.sent for item in found)

    def busy(self) -> list[int]:
        """Return the partitions of this desk's series that have orders to be sent."""
        with self.database.engine_transaction() as connection:
            own = connection.execute(
                text(
                    "SELECT DISTINCT p.id FROM partitions p JOIN lineup_legs g "
                    "ON g.lineup_id = p.lineup_id WHERE g.instrument = ANY(:keys)"
                ),
                {"keys": [instrument for instrument, _ in self.series]},
            ).scalars()
            known = set(own)
        return [key for key in busy_partitions(self.database) if key in known]

    def command(self) -> int:
        """Carry out every waiting command; return how many."""
        done = 0
        while True:
            with self.database.engine_transaction() as connection:
                folding = commands.busy_partitions(connection, BETWEEN_TURNS)
                cancelling = commands.busy_partitions(connection, (Act.CANCEL_ORDER,))
            moved = sum(cancel_partition(self.dispatcher(), p) for p in cancelling)
            for partition in folding:
                moved += fold_partition(self.database, self.cache, partition, self.reach)
            if moved == 0:
                return done
            done += moved

    def push(self, instrument: str, timeframe: str, k: int) -> None:
        """Close candle `k` and let everything happen that it causes."""
        self.evaluate(self.close(instrument, timeframe, k))
        self.turn()
        self.command()
        self.dispatch()
        self.command()

    def state(self, user_id: UUID, subscription_id: UUID) -> State:
        """Return a book at its partition's boundary, caught up as a turn would."""
        with self.database.engine_transaction() as connection:
            row = connection.execute(
                text("""
                    SELECT b.state, p.lineup_id, p.boundary_ms, s.policies, s.limits
                    FROM books b JOIN partitions p ON p.id = abs(b.partition)
                    JOIN subscriptions s ON s.user_id = b.user_id AND s.id = b.subscription_id
                    WHERE b.user_id = :user_id AND b.subscription_id = :id
                """),
                {"user_id": user_id, "id": subscription_id},
            ).one()
            plan = self.cache.plan(connection, row.lineup_id)
            state = state_from_bytes(row.state)
            events = evaluations.read_events(
                connection, row.lineup_id, int(state.book["as_of"][0]), row.boundary_ms
            )
        batch = batch_of([state])
        rules = rules_of(row.policies, row.limits)
        step(batch, rules, plan.instruments, plan.timeframes, events, fresh=0)
        return batch.state(0)


def rules_of(policies: bytes, limits: bytes) -> Rules:
    """Return the stored rules of one book."""
    return Rules(
        np.frombuffer(policies, POLICY).reshape(1, -1).copy(), np.frombuffer(limits, LIMITS).copy()
    )


def leg(signal_key: str, instrument: str, timeframe: str, timeframe_ms: int) -> LegPlan:
    """Return a leg of a version of its own."""
    return LegPlan(uuid7(), signal_key, (), instrument, timeframe, timeframe_ms, 0)


def draft(plan: LegPlan) -> LegDraft:
    """Return a leg as a tenant would have asked for it."""
    return LegDraft(plan.version_id, plan.instrument, plan.timeframe, plan.timeframe_ms, ())


def subscribe(
    desk: Desk,
    users: Sequence[UUID],
    legs: tuple[LegPlan, ...],
    policies: Sequence[Records],
    limits: Records | None = None,
    capital: Decimal = Decimal(10_000),
    join_mode: str = "wait",
) -> list[UUID]:
    """Give each tenant a paper connection and a subscription; return the subscriptions' ids."""
    ids = []
    for k, user_id in enumerate(users):
        connection_id, subscription_id = uuid7(), uuid7()
        policy = policies[k % len(policies)]
        with desk.database.tenant_transaction(user_id) as connection:
            accounts.insert_connection(connection, user_id, connection_id, "paper", "paper")
            accounts.insert_subscription(
                connection,
                user_id,
                accounts.NewSubscription(
                    id=subscription_id,
                    strategy_id=uuid7(),
                    strategy_name="test",
                    legs=tuple(draft(leg) for leg in legs),
                    connection_id=connection_id,
                    capital=capital,
                    risk_profile="{}",
                    join_mode=join_mode,
                    prepared=Prepared(
                        legs,
                        np.concatenate([policy] * len(legs)).tobytes(),
                        (new_limits() if limits is None else limits).tobytes(),
                    ),
                ),
            )
        ids.append(subscription_id)
    return ids


def subscribe_all(
    desk: Desk, users: Sequence[UUID], plan: LegPlan, policies: Sequence[Records]
) -> list[UUID]:
    """Subscribe many tenants at once; nobody can sign in as one."""
    ids = [uuid7() for _ in users]
    owners = Owners(uuid_column(users), ascending_ids(len(users)), uuid_column(ids))
    own_rules = Prepared((plan,), policies[0].tobytes(), new_limits().tobytes())
    template = accounts.NewSubscription(
        id=uuid7(),
        strategy_id=uuid7(),
        strategy_name="test",
        legs=(draft(plan),),
        connection_id=uuid7(),
        capital=Decimal(1),
        risk_profile="{}",
        join_mode="wait",
        prepared=own_rules,
    )
    with desk.database.engine_transaction() as connection:
        accounts.insert_connections(connection, owners, "paper", "paper")
        accounts.insert_subscriptions(
            connection,
            owners,
            template,
            np.full(len(users), 10_000.0),
            ["{}"] * len(users),
            np.concatenate(list(policies)),
            np.concatenate([new_limits()] * len(users)),
        )
    return ids


def due_now(desk: Desk, instrument: str, timeframe: str) -> list[ClosedBar]:
    """Return what the clock would evaluate next."""
    with desk.database.engine_transaction() as connection:
        return due.due_bars(connection, instrument, timeframe, 500).bars


def watched(desk: Desk) -> list[tuple[str, str]]:
    """Return the series the engine follows."""
    with desk.database.engine_transaction() as connection:
        return lineups.watched_series(connection)
