"""Processes die by SIGKILL at every named step: nothing is lost, nothing doubled."""

import sys
from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from fairlead.infra.db import Database
from fairlead.infra.errors import InternalDefect
from fairlead.infra.roles import DatabaseUrls, role_urls
from fairlead.live import turn
from fairlead.live.cache import Cache
from fairlead.live.model import Chunk
from fairlead.live.steps import STEPS
from fairlead.live.store import books, orders, turns
from fairlead.live.turn import apply_next_chunk
from tests.conftest import SECRET_KEY
from tests.live.crashing import CrashRun, Result, plan_deaths, stage_of
from tests.live.market import Stage, scripted_market

MakeTenant = Callable[[], UUID]
SUBSCRIBERS, PARTITION = 12, 4


@pytest.fixture
def urls(admin_url: str) -> DatabaseUrls:
    """Return the addresses with which a child process connects for itself."""
    return role_urls(admin_url, SECRET_KEY)


@pytest.fixture(scope="module")
def undisturbed() -> dict[int, Result]:
    """Keep the results of runs without crashes, by number of subscribers."""
    return {}


def _expected(
    kept: dict[int, Result],
    database: Database,
    make_tenant: MakeTenant,
    urls: DatabaseUrls,
    count: int = SUBSCRIBERS,
    partition: int = PARTITION,
) -> Result:
    if count not in kept:
        run = CrashRun(stage_of(database, make_tenant, count, partition), urls)
        kept[count] = run.run([])
        assert run.broken == 0
    return kept[count]


def test_crash_at_every_step_leaves_books_orders_and_fills_as_without_crashes(
    database: Database,
    make_tenant: MakeTenant,
    urls: DatabaseUrls,
    undisturbed: dict[int, Result],
) -> None:
    expected = _expected(undisturbed, database, make_tenant, urls)
    assert sum(len(rows) for rows in expected.fills) > 4 * SUBSCRIBERS
    run = CrashRun(stage_of(database, make_tenant, SUBSCRIBERS, PARTITION), urls)
    steps = list(STEPS)
    deaths = [[(step, 1) for step in steps[k::3]] for k in range(3)]
    # commands wait before one candle only
    asked = [(step, 1) for step in steps if step.startswith("command")]
    got = run.run([deaths[0], [], asked, deaths[1], [], deaths[2]])
    assert got.difference(expected) == ""
    assert run.broken == 0
    missing = [step for step in STEPS if run.hits[step] == 0]
    assert missing == [], f"never died at {missing}"


@pytest.mark.parametrize("seed", range(2))
def test_crash_at_random_steps_leaves_everything_as_without_crashes(
    database: Database,
    make_tenant: MakeTenant,
    urls: DatabaseUrls,
    undisturbed: dict[int, Result],
    seed: int,
) -> None:
    expected = _expected(undisturbed, database, make_tenant, urls)
    run = CrashRun(stage_of(database, make_tenant, SUBSCRIBERS, PARTITION), urls)
    got = run.run(plan_deaths(seed, per_candle=2))
    assert got.difference(expected) == ""
    assert run.broken == 0
    assert run.hits.total() > 0


@pytest.mark.torture
@pytest.mark.timeout(7_200)
def test_fifty_seeded_runs_of_a_thousand_subscribers_lose_and_double_nothing(
    database: Database,
    make_tenant: MakeTenant,
    urls: DatabaseUrls,
    undisturbed: dict[int, Result],
    capsys: pytest.CaptureFixture[str],
) -> None:
    expected = _expected(undisturbed, database, make_tenant, urls, 1_000, 250)
    hits: Counter[str] = Counter()
    lost, doubled = 0, 0
    for seed in range(50):
        run = CrashRun(stage_of(database, make_tenant, 1_000, 250), urls)
        got = run.run(plan_deaths(1_000 + seed, per_candle=2))
        assert got.difference(expected) == "", f"seed {seed}"
        for own, theirs in zip(got.orders, expected.orders, strict=True):
            lost += max(0, len(theirs) - len(own))
            doubled += max(0, len(own) - len(theirs))
        hits += run.hits
        with capsys.disabled():
            sys.stdout.write(f"seed {seed}: {run.hits.total()} deaths, nothing differs\n")
            sys.stdout.flush()
    with capsys.disabled():
        sys.stdout.write(f"\n50 runs of 1,000 subscribers: {lost} lost, {doubled} doubled\n")
        sys.stdout.writelines(f"  died at {step:24} {hits[step]:4}\n" for step in STEPS)
    assert (lost, doubled) == (0, 0)
    assert all(hits[step] for step in STEPS)


class _Like:
    """A module with some of its functions replaced, for planting bugs."""

    def __init__(self, module: ModuleType, **changed: object) -> None:
        self._module = module
        self.__dict__.update(changed)

    def __getattr__(self, name: str) -> object:
        return getattr(self._module, name)


def _state_outside() -> None:
    """Write states in a transaction of their own, as one would fill a cache."""
    real = books.write_states

    def apart(connection: Connection, *rest: Any) -> None:
        with connection.engine.begin() as own:
            real(own, *rest)

    setattr(turn, "books", _Like(books, write_states=apart))  # noqa: B010  # a planted bug


def test_planted_state_outside_of_the_transaction_is_caught(
    database: Database,
    make_tenant: MakeTenant,
    urls: DatabaseUrls,
    undisturbed: dict[int, Result],
) -> None:
    expected = _expected(undisturbed, database, make_tenant, urls)
    run = CrashRun(stage_of(database, make_tenant, SUBSCRIBERS, PARTITION), urls, _state_outside)
    got = run.run([[("chunk.states_written", 1), ("chunk.fenced", 2)]] * 4, strict=False)
    assert run.hits.total() > 0
    assert got.difference(expected) != ""


def _conflicts_swallowed() -> None:
    """Let the database drop an order that it takes for a double, and count nothing."""
    planted = orders._INSERT.rstrip() + " ON CONFLICT DO NOTHING"
    setattr(orders, "_INSERT", planted)  # noqa: B010  # the planted bug
    setattr(orders, "expect_rows", _count_nothing)  # noqa: B010  # a planted bug


def _count_nothing(cursor: object, expected: int, what: str) -> None:
    """Look away."""


def _hide_a_row(stage: Stage) -> None:
    """Put an order where the third one of the first subscriber will want to be."""
    with stage.desk.database.engine_transaction() as connection:
        connection.execute(
            text("""
                INSERT INTO orders (user_id, subscription_id, leg, n, client_id, partition,
                    cause_id, connection_id, rank, status, unsettled, purpose, reason, kind, lots,
                    quantity, price, boundary_ms, valid_until)
                VALUES (:user, :id, 0, 3, 'HIDDEN', 0, :id, :id, 0, 6, false, 1, 1, 1, 1, 1, 1, 0,
                    now())
            """),
            {"user": stage.users[0], "id": stage.ids[0]},
        )


def test_planted_swallowed_conflict_is_caught(
    database: Database,
    make_tenant: MakeTenant,
    urls: DatabaseUrls,
    undisturbed: dict[int, Result],
) -> None:
    expected = _expected(undisturbed, database, make_tenant, urls)
    run = CrashRun(
        stage_of(database, make_tenant, SUBSCRIBERS, PARTITION), urls, _conflicts_swallowed
    )
    _hide_a_row(run.stage)
    got = run.run([], strict=False)
    assert "orders of subscriber 0" in got.difference(expected)


def _claim_without_lock(connection: Connection) -> Chunk | None:
    statement = str(turns._CLAIM).replace("FOR UPDATE OF p, c SKIP LOCKED", "")
    row = connection.execute(text(statement)).one_or_none()
    return Chunk(*row) if row is not None else None


def _finish_without_fence(connection: Connection, chunk: Chunk, result: object) -> None:
    connection.execute(
        text("UPDATE turn_chunks SET status = 1 WHERE turn_id = :turn"), {"turn": chunk.turn_id}
    )


@pytest.mark.parametrize("fenced", [True, False])
def test_worker_that_slept_through_the_next_turn_is_stopped_by_the_fence(
    database: Database, make_tenant: MakeTenant, monkeypatch: pytest.MonkeyPatch, fenced: bool
) -> None:
    stage = Stage(database, make_tenant, scripted_market([100.0] * 5, [0, 1, 0, 0, 0]))
    stage.desk.evaluate(stage.desk.close(stage.instrument, "1m", 0))
    with database.engine_transaction() as connection:
        # a late turn writes every book, whether or not it has news
        connection.execute(text("UPDATE turns SET valid_until = now() - interval '1 s'"))
    changed: dict[str, object] = {"claim_chunk": _claim_without_lock}
    if not fenced:
        changed["finish_chunk"] = _finish_without_fence
    planted = _Like(turns, **changed)

    def sleep_through(step: str) -> None:
        if step == "chunk.stepped":
            monkeypatch.setattr(turn, "turns", turns)
            stage.push(1)
            monkeypatch.setattr(turn, "turns", planted)

    monkeypatch.setattr(turn, "turns", planted)
    if fenced:
        with pytest.raises(InternalDefect, match="another worker"):
            apply_next_chunk(database, Cache(), sleep_through)
    else:
        apply_next_chunk(database, Cache(), sleep_through)
    monkeypatch.setattr(turn, "turns", turns)
    if fenced:
        stage.push(2, 4)
        assert [row[1] for row in stage.orders(0)] == [5]
        return
    # the older state came back over the newer one: its entry is decided a second time
    with pytest.raises(Exception, match="orders_pkey"):
        stage.push(2)
    with database.engine_transaction() as connection:
        connection.execute(text("UPDATE turn_chunks SET status = 2 WHERE status = 0"))
