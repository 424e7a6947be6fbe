"""What the engine does beside turns: late legs, daily points, the catalog's figures."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from fairlead.infra.bus import Bus
from fairlead.infra.clock import ManualClock
from fairlead.infra.db import Database
from fairlead.infra.settings import Settings
from fairlead.kernel.records import new_policy
from fairlead.live import passes
from fairlead.live.admission import admit_waiting
from fairlead.live.cache import Cache
from fairlead.live.daily import write_daily_points
from fairlead.live.passes import Post
from fairlead.live.usage import publish_live_figures, publish_usage
from fairlead.market.lake import Lake
from fairlead.strategies.authoring import Edit, create_strategy
from fairlead.strategies.publishing import publish
from fairlead.strategies.templates import load_template
from tests.live.harness import Desk, PreparedSignals, leg, subscribe
from tests.live.market import MINUTE_MS, T0, Stage, scripted_market

MakeTenant = Callable[[], UUID]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def lake(settings: Settings) -> Lake:
    """Return an empty lake."""
    return Lake(settings.lake_dir)


def _post(desk: Desk, lake: Lake) -> Post:
    return Post(desk.database, lake, desk.evaluation_desk(), desk.dispatcher())


def test_turn_goes_on_without_a_leg_that_stays_silent(
    database: Database, make_tenant: MakeTenant, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = scripted_market([100.0] * 4, [1, 0, 0, 0])
    user = make_tenant()
    legs = tuple(
        leg(f"mute-{k}", f"sim:MUTE{k}-{user.hex[-6:].upper()}", "1m", MINUTE_MS) for k in range(2)
    )
    series = {(plan.instrument, "1m"): market[0] for plan in legs}
    desk = Desk(database, series, PreparedSignals({plan.signal_key: market for plan in legs}, user))
    (subscription,) = subscribe(desk, [user], legs, [new_policy(size=0.4)])
    desk.admit(T0)
    desk.close(legs[0].instrument, "1m", 0)
    passes.evaluate_due(_post(desk, lake))
    desk.turn()
    assert desk.state(user, subscription).legs["bars"].tolist() == [0, 0]
    monkeypatch.setattr(passes, "LEG_DEADLINE_S", 0.0)
    assert passes.evaluate_due(_post(desk, lake)) >= 1
    desk.turn()
    assert desk.state(user, subscription).legs["bars"].tolist() == [1, 0]
    # the silent leg speaks after all: on record, and too late for the books
    desk.evaluate(desk.close(legs[1].instrument, "1m", 0))
    assert desk.turn() == 0
    assert desk.state(user, subscription).legs["bars"].tolist() == [1, 0]


def test_subscription_made_before_the_first_candle_follows_the_time_of_its_feed(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = Stage(database, make_tenant, scripted_market([100.0] * 5, [0, 1, 0, 2, 0]), admit=False)
    with database.engine_transaction() as connection:
        assert admit_waiting(connection, stage.desk.evaluator) == 0
    stage.push(0)  # long before today, as the candles of a replay are
    with database.engine_transaction() as connection:
        assert admit_waiting(connection, stage.desk.evaluator) == 1
    stage.push(1, 5)
    assert len(stage.orders(0)) == 2


def test_daily_point_is_written_once_for_each_book_and_day(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage = Stage(database, make_tenant, scripted_market([100.0] * 4, [1, 0, 0, 0]))
    stage.push(0, 3)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with database.engine_transaction() as connection:
        assert write_daily_points(connection, tomorrow) >= 1
        assert write_daily_points(connection, tomorrow) == 0
    midnight = tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
    points = stage.rows(0, "SELECT ts, equity FROM equity_points")
    equity = float(stage.desk.state(stage.users[0], stage.ids[0]).book["equity"][0])
    assert points == [(int(midnight.timestamp() * 1000), pytest.approx(equity))]


def test_catalog_learns_how_many_follow_and_how_the_model_book_fares(
    database: Database, make_tenant: MakeTenant
) -> None:
    author = make_tenant()
    with database.tenant_transaction(author) as connection:
        strategy, version = create_strategy(
            connection, author, load_template("sma_crossover"), Edit(), NOW
        )
        publish(connection, strategy.id, None, False, NOW)
    market = scripted_market([100.0, 100.0, 101.0, 103.0, 103.0], [1, 0, 2, 0, 0])
    stage = Stage(database, make_tenant, market, admit=False)
    with database.engine_transaction() as connection:
        connection.execute(
            text(
                "UPDATE subscriptions SET version_id = :version, strategy_id = :strategy, "
                "legs = jsonb_set(legs, '{0,version_id}', to_jsonb(CAST(:text AS text))) "
                "WHERE id = :id"
            ),
            {
                "version": version.id,
                "strategy": strategy.id,
                "text": str(version.id),
                "id": stage.ids[0],
            },
        )
    stage.desk.evaluator = _owned_by(stage, author)
    stage.desk.admit(T0)
    stage.push(0, 5)
    with database.engine_transaction() as connection:
        publish_usage(connection)
        assert publish_live_figures(connection, NOW) >= 1
    with database.public_transaction() as connection:
        figures = connection.execute(
            text("SELECT figures FROM catalog_evidence WHERE strategy_id = :id AND kind = 'live'"),
            {"id": strategy.id},
        ).scalar_one()
        followers = connection.execute(
            text("SELECT subscribers FROM version_usage WHERE version_id = :id"),
            {"id": version.id},
        ).scalar_one()
    assert (figures["trades"], figures["win_rate"], followers) == (1, 1.0, 1)
    assert figures["return"] == pytest.approx(0.5 * 0.01, rel=1e-6)


def test_catalog_learns_nothing_of_a_strategy_that_is_private(
    database: Database, make_tenant: MakeTenant
) -> None:
    market = scripted_market([100.0, 100.0, 101.0, 103.0, 103.0], [1, 0, 2, 0, 0])
    stage = Stage(database, make_tenant, market)
    stage.push(0, 5)
    with database.engine_transaction() as connection:
        publish_live_figures(connection, NOW)
    strategy = stage.rows(0, "SELECT strategy_id FROM subscriptions")[0][0]
    with database.public_transaction() as connection:
        found = connection.execute(
            text("SELECT count(*) FROM catalog_evidence WHERE strategy_id = :id"),
            {"id": strategy},
        ).scalar_one()
    assert found == 0


def _owned_by(stage: Stage, author: UUID) -> PreparedSignals:
    return PreparedSignals({stage.key: (stage.bars, stage.signals)}, author)


def test_tidying_up_is_safe_to_repeat(
    database: Database, make_tenant: MakeTenant, lake: Lake, bus: Bus
) -> None:
    assert bus is not None
    stage = Stage(database, make_tenant, scripted_market([100.0] * 2, [0, 0]))
    desk = replace(stage.desk, now=ManualClock().now())
    post = _post(desk, lake)
    passes.tidy_up(post, Cache())
    passes.tidy_up(post, Cache())
    assert passes.admit(post) == 0
