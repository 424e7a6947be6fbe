"""The ledger of trials: nothing a tenant does makes it forget, and nobody else sees it."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from fairlead.infra.db import Database
from fairlead.infra.errors import NotFound
from fairlead.infra.ids import uuid7
from fairlead.research.overfitting import ledger as module
from fairlead.research.overfitting.family import idea_of
from fairlead.research.overfitting.ledger import (
    TrialCount,
    count_all,
    count_everywhere,
    count_trials,
    record_trials,
)
from fairlead.research.overfitting.trials import NO_TRIALS
from fairlead.research.runs import Trial
from fairlead.research.store import delete_run
from fairlead.strategies.authoring import Edit, add_version, create_strategy, remove_strategy
from fairlead.strategies.kinds.rules.form import full_form
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.templates import load_template, template_data
from tests.conftest import MakeTenant
from tests.research.test_jobs import SERIES, Desk, desk, wanted

__all__ = ["desk"]

NOW = datetime(2024, 6, 1, tzinfo=UTC)
DOCUMENT = load_template("sma_crossover")
IDEA = idea_of(full_form(DOCUMENT))
TRIAL = Trial(
    family=IDEA,
    kind="sweep",
    version_hash="a" * 64,
    instrument=SERIES,
    timeframe="1h",
    first_ms=0,
    last_ms=86_400_000_000,
    parameters_hash="b" * 64,
    metric="sharpe",
    sets=200,
    best=1.5,
    effective=20.0,
    sharpe_mean=0.01,
    sharpe_variance=0.002,
)


def recorded(connection: Connection, tenant: UUID, trial: Trial = TRIAL) -> None:
    assert record_trials(connection, tenant, uuid7(), trial, NOW)


def new_strategy(connection: Connection, tenant: UUID, **changes: object) -> UUID:
    data = template_data("sma_crossover")
    assert isinstance(data, dict)
    document = read_document(data | changes)
    return create_strategy(connection, tenant, document, Edit(), NOW)[0].id


def tried(desk: Desk, family: str) -> TrialCount:
    with desk.database.tenant_transaction(desk.tenant) as connection:
        return count_trials(connection, desk.tenant, family, SERIES)


def test_nothing_tried_is_known_to_be_nothing(database: Database, tenant: UUID) -> None:
    with database.tenant_transaction(tenant) as connection:
        assert count_trials(connection, tenant, IDEA, SERIES) == NO_TRIALS
        assert count_all(connection, tenant) == NO_TRIALS


def test_count_pools_the_lines_of_a_family_on_an_instrument(
    database: Database, tenant: UUID
) -> None:
    with database.tenant_transaction(tenant) as connection:
        recorded(connection, tenant)
        other = replace(TRIAL, parameters_hash="c" * 64, sets=50, effective=5.0, sharpe_mean=-0.04)
        recorded(connection, tenant, other)
        recorded(connection, tenant, replace(TRIAL, instrument="binance:ETH-USDT"))
        recorded(connection, tenant, replace(TRIAL, family="idea:other"))
        count = count_trials(connection, tenant, IDEA, SERIES)
        everywhere = count_everywhere(connection, tenant, IDEA)
        everything = count_all(connection, tenant)
    left = TrialCount(200, 20.0, 0.002, True, 0.01)
    right = TrialCount(50, 5.0, 0.002, True, -0.04)
    expected = left.joined(right)
    assert (count.trials, count.effective, count.known) == (250, 25.0, True)
    assert count.sharpe_mean == pytest.approx(expected.sharpe_mean)
    assert count.sharpe_variance == pytest.approx(expected.sharpe_variance)
    assert (everywhere.trials, everything.trials) == (450, 650)


def test_exact_repeat_counts_as_a_trial_but_not_as_another_one(
    database: Database, tenant: UUID
) -> None:
    with database.tenant_transaction(tenant) as connection:
        for _ in range(3):
            recorded(connection, tenant)
        longer = replace(TRIAL, last_ms=TRIAL.last_ms + 1)
        repeated = count_trials(connection, tenant, IDEA, SERIES)
        recorded(connection, tenant, longer)
        count = count_trials(connection, tenant, IDEA, SERIES)
    assert (repeated.trials, repeated.effective) == (600, 20.0)
    assert (count.trials, count.effective) == (800, 40.0)


def test_same_part_of_a_run_is_recorded_once(database: Database, tenant: UUID) -> None:
    run_id = uuid7()
    with database.tenant_transaction(tenant) as connection:
        parts = ["binance:A", "binance:B", "binance:A"]
        written = [
            record_trials(connection, tenant, run_id, TRIAL, NOW, part=part) for part in parts
        ]
        assert written == [True, True, False]
        assert count_trials(connection, tenant, IDEA, SERIES).trials == 400


def test_line_from_before_effective_numbers_counts_in_full(
    database: Database, tenant: UUID
) -> None:
    with database.tenant_transaction(tenant) as connection:
        connection.execute(
            text("""
                INSERT INTO trials (user_id, run_id, family, kind, version_hash, instrument,
                    timeframe, first_ms, last_ms, parameters_hash, metric, sets, created_at)
                VALUES (:tenant, :run, :idea, 'sweep', 'x', :instrument, '1h', 0,
                    100 * 86400000::bigint, 'y', 'sharpe', 30, now())
            """),
            {"tenant": tenant, "run": uuid7(), "idea": IDEA, "instrument": SERIES},
        )
        count = count_trials(connection, tenant, IDEA, SERIES)
    assert (count.trials, count.effective, count.sharpe_mean) == (30, 30.0, 0.0)
    assert count.sharpe_variance == pytest.approx(0.01)


def test_deleting_the_run_and_the_strategy_leaves_the_trials(desk: Desk) -> None:
    with desk.database.tenant_transaction(desk.tenant) as connection:
        strategy, version = create_strategy(connection, desk.tenant, DOCUMENT, Edit(), NOW)
    run = desk.submit(wanted("sweep", version_id=version.id, definition=None))
    desk.work(run)
    before = tried(desk, str(strategy.id))
    assert (before.trials, before.known) == (9, True)
    assert 1.0 <= before.effective <= 9.0
    assert before.sharpe_variance > 0.0
    with desk.database.tenant_transaction(desk.tenant) as connection:
        assert delete_run(connection, desk.tenant, run.run_id)
        remove_strategy(connection, strategy.id, strategy.revision, NOW)
    assert tried(desk, str(strategy.id)) == before


def cloned_count(desk: Desk) -> int:
    """Try a strategy and its bare definition, clone it with other numbers, and count the clone."""
    with desk.database.tenant_transaction(desk.tenant) as connection:
        _, version = create_strategy(connection, desk.tenant, DOCUMENT, Edit(), NOW)
    desk.work(desk.submit(wanted("sweep", version_id=version.id, definition=None)))
    desk.work(desk.submit(wanted("sweep")))
    with desk.database.tenant_transaction(desk.tenant) as connection:
        clone = new_strategy(connection, desk.tenant, name="A new idea", exits={})
    return tried(desk, str(clone)).trials


def test_clone_counts_in_the_family_of_its_root(desk: Desk) -> None:
    assert cloned_count(desk) == 18
    assert tried(desk, IDEA).trials == 18


def test_planted_ledger_that_forgets_by_cloning_is_caught(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ideas_of_strategy", lambda *_: [])
    assert cloned_count(desk) == 0


def test_next_version_with_other_rules_stays_in_the_family(desk: Desk) -> None:
    other = load_template("ema_crossover")
    with desk.database.tenant_transaction(desk.tenant) as connection:
        strategy, first = create_strategy(connection, desk.tenant, DOCUMENT, Edit(), NOW)
        _, second = add_version(connection, strategy.id, other, "", NOW)
    for version in (first, second):
        desk.work(desk.submit(wanted("sweep", version_id=version.id, definition=None)))
    for family in (str(strategy.id), IDEA, idea_of(full_form(other))):
        assert tried(desk, family).trials == 18


def test_other_ideas_and_other_tenants_count_for_themselves(
    database: Database, tenant: UUID, make_tenant: MakeTenant
) -> None:
    stranger = make_tenant()
    with database.tenant_transaction(tenant) as connection:
        recorded(connection, tenant)
        strategy = new_strategy(connection, tenant)
        assert count_trials(connection, tenant, str(strategy), SERIES).trials == 200
        assert count_trials(connection, tenant, "macd", SERIES).trials == 0
    with database.tenant_transaction(stranger) as connection:
        assert count_trials(connection, stranger, IDEA, SERIES) == NO_TRIALS
        # neither the id of another tenant nor of its strategy opens anything
        assert count_trials(connection, tenant, str(strategy), SERIES) == NO_TRIALS
        assert count_all(connection, tenant) == NO_TRIALS


@pytest.mark.parametrize("statement", ["DELETE FROM trials", "UPDATE trials SET sets = 1"])
def test_lines_cannot_be_changed_by_the_application(
    database: Database, tenant: UUID, statement: str
) -> None:
    with database.tenant_transaction(tenant) as connection:
        recorded(connection, tenant)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        database.tenant_transaction(tenant) as connection,
    ):
        connection.execute(text(statement))


def test_version_from_outside_is_unknown(database: Database, tenant: UUID) -> None:
    with database.tenant_transaction(tenant) as connection:
        made = create_strategy(connection, tenant, DOCUMENT, Edit(), NOW, outside=True)
        count = count_trials(connection, tenant, str(made[0].id), SERIES)
        other = create_strategy(
            connection, tenant, load_template("macd"), Edit(), NOW, outside=False
        )
        honest = count_trials(connection, tenant, str(other[0].id), SERIES)
    assert (count.known, honest.known) == (False, True)


def test_walkforward_counts_every_window_and_its_sets_once(desk: Desk) -> None:
    desk.work(desk.submit(wanted("walkforward")))
    count = tried(desk, IDEA)
    assert count.trials == 27
    assert 1.0 <= count.effective <= 9.0


def test_backtest_counts_as_one_trial(desk: Desk) -> None:
    run = desk.submit(wanted())
    desk.work(run)
    count = tried(desk, IDEA)
    assert (count.trials, count.effective) == (1, 1.0)
    # 1,194 bars of one hour touch 50 days
    assert count.sharpe_variance == pytest.approx(1.0 / 49.0, rel=0.03)
    assert np.isfinite(count.sharpe_mean)


def test_run_on_another_tenants_version_is_refused_before_it_counts(
    desk: Desk, make_tenant: MakeTenant
) -> None:
    stranger = make_tenant()
    with desk.database.tenant_transaction(stranger) as connection:
        _, version = create_strategy(connection, stranger, DOCUMENT, Edit(), NOW)
    with pytest.raises(NotFound):
        desk.submit(wanted("sweep", version_id=version.id, definition=None))
    assert tried(desk, IDEA) == NO_TRIALS
