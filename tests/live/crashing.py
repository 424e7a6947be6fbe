"""Runs a script of candles and commands in processes that are killed at named steps.

Every candle is worked on by a child process: evaluation, turn, commands, dispatch. A child that
was told to dies by SIGKILL when it reaches its step; the next one takes up what it left. At the
end the books, orders, fills and trades are compared with a run that nobody disturbed.
"""

import os
import signal
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
from sqlalchemy import text

from fairlead.infra.db import Database
from fairlead.infra.roles import DatabaseUrls
from fairlead.kernel.records import Records, new_policy
from fairlead.live import lifecycle
from fairlead.live.cache import Cache
from fairlead.live.model import uuid_at
from fairlead.live.step import step
from fairlead.live.steps import STEPS
from fairlead.live.store import books, evaluations, lineups
from tests.live.harness import Desk
from tests.live.market import Stage, scripted_market

# entries, exits, a reversal, a stop that is hit: every candle has something to do
CLOSES = (100.0, 100.0, 101.0, 101.0, 96.0, 96.0, 97.0, 95.0, 95.0, 95.0)
ACTIONS = (1, 0, 2, 1, 0, -1, 1, 0, 2, 0)
PAUSE_AT, RESUME_AT = 2, 6
ATTEMPTS = 25
OK, BROKEN = 0, 41

Plant = Callable[[], None]


def crash_policies(count: int) -> list[Records]:
    """Return policies that differ, so that books do."""
    return [
        new_policy(size=0.1 + 0.8 * (k % 7) / 7, fee=0.001, stop_loss_pct=0.02 + 0.02 * (k % 3))
        for k in range(count)
    ]


@dataclass(frozen=True, slots=True)
class Result:
    """What a run left behind, by subscriber, without ids that differ between runs."""

    states: list[bytes]
    orders: list[tuple[tuple[object, ...], ...]]
    fills: list[tuple[tuple[object, ...], ...]]
    trades: list[tuple[tuple[object, ...], ...]]
    journal: list[tuple[tuple[object, ...], ...]]

    def difference(self, other: "Result") -> str:
        """Return the first thing in which two runs differ, "" when they are equal."""
        for name in ("orders", "fills", "trades", "journal", "states"):
            for k, (own, theirs) in enumerate(
                zip(getattr(self, name), getattr(other, name), strict=True)
            ):
                if own != theirs:
                    return f"{name} of subscriber {k}: {own!r} instead of {theirs!r}"
        return ""


@dataclass
class CrashRun:
    """One script under one seed; `hits` counts the deaths at each step."""

    stage: Stage
    urls: DatabaseUrls
    plant: Plant | None = None
    hits: Counter[str] = field(default_factory=Counter)
    broken: int = 0

    def run(self, deaths: Sequence[Sequence[tuple[str, int]]], *, strict: bool = True) -> Result:
        """Push all candles; `deaths[k]` names the steps at which candle k's children die.

        A candle that no child can finish ends the run; with `strict` it is an error.
        """
        for k in range(len(CLOSES)):
            bar = self.stage.desk.close(self.stage.instrument, "1m", k)
            self._command(k)
            planned = list(deaths[k]) if k < len(deaths) else []
            if not self._finish(bar, planned):
                assert not strict, f"candle {k} was not finished after {ATTEMPTS} children"
                break
        return self.result()

    def _finish(self, bar: "object", planned: list[tuple[str, int]]) -> bool:
        for _ in range(ATTEMPTS):
            if self._child(bar, planned.pop(0) if planned else None) == OK:
                return True
        return False

    def _command(self, k: int) -> None:
        if k not in (PAUSE_AT, RESUME_AT):
            return
        for place in range(0, len(self.stage.users), 5):
            user_id, subscription_id = self.stage.users[place], self.stage.ids[place]
            now = datetime.now(UTC)
            with self.stage.desk.database.tenant_transaction(user_id) as connection:
                if k == PAUSE_AT:
                    lifecycle.pause(connection, user_id, subscription_id, now, exit_positions=True)
                else:
                    lifecycle.resume(connection, user_id, subscription_id, now)

    def _child(self, bar: "object", death: tuple[str, int] | None) -> int:
        pid = os.fork()
        if pid == 0:
            code = BROKEN
            try:
                self._work(bar, death)
                code = OK
            except Exception:  # noqa: BLE001  # the parent counts it
                if os.environ.get("FAIRLEAD_TEST_TRACE"):
                    traceback.print_exc()
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            assert death is not None
            self.hits[death[0]] += 1
            return -1
        code = os.WEXITSTATUS(status)
        self.broken += code == BROKEN
        if code == BROKEN:
            self._forget_failures()
        return code

    def _forget_failures(self) -> None:
        """Let a chunk that failed be tried again at once."""
        with self.stage.desk.database.engine_transaction() as connection:
            connection.execute(text("UPDATE turn_chunks SET attempts = 0 WHERE status = 0"))

    def _work(self, bar: "object", death: tuple[str, int] | None) -> None:
        """Do everything a candle causes, in a process with connections of its own."""
        if self.plant is not None:
            self.plant()
        desk = replace(
            self.stage.desk,
            database=Database.open(self.urls, pool_size=2),
            cache=Cache(),
            reach=_killer(death),
        )
        desk.evaluate(bar)  # type: ignore[arg-type]  # a ClosedBar
        for _ in range(3):
            desk.turn()
            desk.command()
            _dispatch_all(desk)
            desk.command()

    def result(self) -> Result:
        """Return what the run left behind."""
        return Result(
            states=self._states(),
            orders=self._rows(
                "orders",
                "leg, n, status, purpose, reason, kind, lots, filled_lots, quantity, price, "
                "average_price, boundary_ms",
            ),
            fills=self._rows("fills", "id, leg, n, ts, purpose, reason, lots, price, fee, equity"),
            trades=self._rows("trades", "id, leg, side, lots, entry_price, exit_price, pnl"),
            journal=self._rows("journal", "seq, boundary_ms, input"),
        )

    def _rows(self, table: str, columns: str) -> list[tuple[tuple[object, ...], ...]]:
        found: dict[UUID, list[tuple[object, ...]]] = {own: [] for own in self.stage.ids}
        with self.stage.desk.database.engine_transaction() as connection:
            rows = connection.execute(
                text(
                    f"SELECT subscription_id, {columns} FROM {table} "
                    "WHERE subscription_id = ANY(:ids) ORDER BY 1, 2, 3"
                ),
                {"ids": self.stage.ids},
            )
            for own, *values in rows:
                found[own].append(tuple(values))
        return [tuple(found[own]) for own in self.stage.ids]

    def _states(self) -> list[bytes]:
        """Return every book at its partition's boundary, caught up as a turn would."""
        found: dict[UUID, bytes] = {}
        with self.stage.desk.database.engine_transaction() as connection:
            places = connection.execute(
                text("SELECT DISTINCT partition FROM subscriptions WHERE id = ANY(:ids)"),
                {"ids": self.stage.ids},
            ).scalars()
            for partition in places.all():
                locked = lineups.lock_partition(connection, partition)
                plan = Cache().plan(connection, locked.lineup_id)
                roster = books.read_roster(connection, partition, locked.roster, plan.legs)
                batch = books.read_states(connection, partition, roster, plan.legs)
                events = evaluations.read_events(
                    connection, locked.lineup_id, batch.oldest_ms(), locked.boundary_ms
                )
                step(batch, roster.rules, plan.instruments, plan.timeframes, events, fresh=0)
                for k in range(roster.users.shape[0]):
                    found[uuid_at(roster.subscriptions, k)] = batch.state(k).to_bytes()
        return [found[own] for own in self.stage.ids]


def _dispatch_all(desk: Desk) -> None:
    """Send every order, those of a dead dispatcher too: its lease is taken as over."""
    with desk.database.engine_transaction() as connection:
        connection.execute(
            text(
                "UPDATE orders SET lease_until = now() - interval '1 s' WHERE unsettled "
                "AND lease_until IS NOT NULL"
            )
        )
    desk.dispatch()


def _killer(death: tuple[str, int] | None) -> Callable[[str], None]:
    left = [death[1] if death is not None else 0]

    def reach(step: str) -> None:
        assert step in STEPS
        if death is None or step != death[0]:
            return
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return reach


def plan_deaths(seed: int, per_candle: int) -> list[list[tuple[str, int]]]:
    """Return for each candle at which steps, and at which arrival there, its children die."""
    chance = np.random.default_rng(seed)
    return [
        [
            (STEPS[int(chance.integers(len(STEPS)))], int(chance.integers(1, 4)))
            for _ in range(per_candle)
        ]
        for _ in CLOSES
    ]


def stage_of(
    database: Database, make_tenant: Callable[[], UUID], count: int, partition_books: int
) -> Stage:
    """Return the stage of one run: `count` subscribers in chunks of `partition_books`."""
    return Stage(
        database,
        make_tenant,
        scripted_market(CLOSES, ACTIONS),
        crash_policies(count),
        partition_books=partition_books,
        in_bulk=True,
    )
