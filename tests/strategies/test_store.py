"""Versions cannot change, nobody reaches another's, and the catalog is its author's to write."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from fairlead.infra.clock import SystemClock
from fairlead.infra.db import Database
from fairlead.infra.errors import Conflict, InternalDefect, NotFound
from fairlead.strategies.authoring import (
    Edit,
    add_version,
    create_strategy,
    deprecate_version,
    owned_strategy,
    remove_strategy,
)
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.model import Evidence, PublishedVersion, Strategy, Version
from fairlead.strategies.publishing import publish, unpublish
from fairlead.strategies.source import version_hash
from fairlead.strategies.versions import (
    count_subscribers,
    current_version,
    definition_of,
    followable_version,
    load_version,
    publish_evidence,
)
from tests.conftest import MakeTenant
from tests.strategies.definitions import crossover

NOW = SystemClock().now()
DOCUMENT = read_document(crossover())


def made(database: Database, tenant: UUID) -> tuple[Strategy, Version]:
    with database.tenant_transaction(tenant) as connection:
        return create_strategy(connection, tenant, DOCUMENT, Edit(), NOW)


def test_stored_version_gives_back_its_definition(database: Database, tenant: UUID) -> None:
    _, version = made(database, tenant)
    with database.tenant_transaction(tenant) as connection:
        loaded = load_version(connection, version.id)
    assert loaded == version
    assert version_hash(definition_of(loaded)) == loaded.hash == version_hash(DOCUMENT)


def test_engine_loads_every_version_and_others_none(
    database: Database, make_tenant: MakeTenant
) -> None:
    _, version = made(database, make_tenant())
    with database.engine_transaction() as connection:
        assert load_version(connection, version.id) == version
    with (
        database.tenant_transaction(make_tenant()) as connection,
        pytest.raises(NotFound),
    ):
        load_version(connection, version.id)
    with database.public_transaction() as connection, pytest.raises(NotFound):
        load_version(connection, version.id)


CHANGES = {
    "definition": "UPDATE strategy_versions SET definition = '{}' WHERE id = :id",
    "hash": f"UPDATE strategy_versions SET hash = '{'0' * 64}' WHERE id = :id",
    "number": "UPDATE strategy_versions SET number = 7 WHERE id = :id",
    "owner": "UPDATE strategy_versions SET user_id = gen_random_uuid() WHERE id = :id",
    "existence": "DELETE FROM strategy_versions WHERE id = :id",
}


def run_as_owner(connection: Connection, statement: str, version_id: UUID) -> None:
    connection.execute(text(statement), {"id": version_id})


@pytest.mark.parametrize("what", CHANGES)
def test_version_cannot_be_changed_by_grant(database: Database, tenant: UUID, what: str) -> None:
    _, version = made(database, tenant)
    with (
        pytest.raises(ProgrammingError, match=r"denied|violates"),
        database.tenant_transaction(tenant) as connection,
    ):
        run_as_owner(connection, CHANGES[what], version.id)
    with (
        pytest.raises(ProgrammingError, match=r"denied|violates"),
        database.engine_transaction() as connection,
    ):
        run_as_owner(connection, CHANGES[what], version.id)


@pytest.mark.parametrize("what", CHANGES)
def test_version_cannot_be_changed_by_anybody(
    database: Database, tenant: UUID, admin_url: str, what: str
) -> None:
    import psycopg

    _, version = made(database, tenant)
    with (
        psycopg.connect(admin_url) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="a version is never"),
    ):
        connection.execute(CHANGES[what].replace(":id", "%s"), (version.id,))


def test_tampered_definition_is_noticed(database: Database, tenant: UUID, admin_url: str) -> None:
    import psycopg

    _, version = made(database, tenant)
    with psycopg.connect(admin_url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE strategy_versions SET definition = "
            "jsonb_set(definition, '{exits,stop_loss_pct}', '0.9') WHERE id = %s",
            (version.id,),
        )
    with database.engine_transaction() as connection:
        tampered = load_version(connection, version.id)
    with pytest.raises(InternalDefect, match="does not have the content"):
        definition_of(tampered)


def test_catalog_rows_are_their_authors_to_write(
    database: Database, make_tenant: MakeTenant
) -> None:
    author, stranger = make_tenant(), make_tenant()
    strategy, version = made(database, author)
    with database.tenant_transaction(author) as connection:
        publish(connection, strategy.id, None, False, NOW)
    statements = (
        "UPDATE catalog_entries SET name = 'stolen' WHERE strategy_id = :id",
        "UPDATE catalog_versions SET withdrawn_at = now() WHERE strategy_id = :id",
        "DELETE FROM catalog_entries WHERE strategy_id = :id",
    )
    with database.tenant_transaction(stranger) as connection:
        for statement in statements:
            assert connection.execute(text(statement), {"id": strategy.id}).rowcount == 0
        assert current_version(connection, strategy.id).hash == version.hash
    with (
        pytest.raises(ProgrammingError, match=r"denied|violates"),
        database.tenant_transaction(stranger) as connection,
    ):
        connection.execute(
            text(
                "INSERT INTO catalog_evidence SELECT strategy_id, 'backtest', author_id, "
                "version_id, '{}', '[]', now() FROM catalog_entries WHERE strategy_id = :id"
            ),
            {"id": strategy.id},
        )


def test_author_cannot_write_live_figures(database: Database, tenant: UUID) -> None:
    strategy, version = made(database, tenant)
    with database.tenant_transaction(tenant) as connection:
        publish(connection, strategy.id, None, False, NOW)
        publish_evidence(
            connection, strategy.id, tenant, Evidence("backtest", version.id, {}, [], NOW)
        )
    with (
        pytest.raises(ProgrammingError, match=r"denied|violates"),
        database.tenant_transaction(tenant) as connection,
    ):
        publish_evidence(connection, strategy.id, tenant, Evidence("live", version.id, {}, [], NOW))
    with database.engine_transaction() as connection:
        publish_evidence(
            connection, strategy.id, tenant, Evidence("live", version.id, {"pnl": 1}, [], NOW)
        )


def test_published_version_can_be_followed_until_it_is_withdrawn(
    database: Database, make_tenant: MakeTenant
) -> None:
    author, follower = make_tenant(), make_tenant()
    strategy, version = made(database, author)
    with database.tenant_transaction(follower) as connection, pytest.raises(NotFound):
        followable_version(connection, version.id)
    with database.tenant_transaction(author) as connection:
        assert isinstance(followable_version(connection, version.id), Version)
        publish(connection, strategy.id, None, False, NOW)
    with database.tenant_transaction(follower) as connection:
        assert isinstance(followable_version(connection, version.id), PublishedVersion)
    with database.tenant_transaction(author) as connection:
        deprecate_version(connection, strategy.id, 1, True, NOW)
    with database.tenant_transaction(follower) as connection, pytest.raises(Conflict):
        followable_version(connection, version.id)
    with database.tenant_transaction(author) as connection:
        deprecate_version(connection, strategy.id, 1, False, NOW)
        unpublish(connection, strategy.id, NOW)
    with database.tenant_transaction(follower) as connection, pytest.raises(NotFound):
        followable_version(connection, version.id)
    with database.engine_transaction() as connection:
        assert load_version(connection, version.id).hash == version.hash


def test_new_version_reaches_followers_only_when_published(
    database: Database, make_tenant: MakeTenant
) -> None:
    author, follower = make_tenant(), make_tenant()
    strategy, _ = made(database, author)
    changed = read_document(crossover(cool_down_bars=4))
    with database.tenant_transaction(author) as connection:
        publish(connection, strategy.id, None, False, NOW)
        _, second = add_version(connection, strategy.id, changed, "", NOW)
    with database.tenant_transaction(follower) as connection:
        assert current_version(connection, strategy.id).number == 1
    with database.tenant_transaction(author) as connection:
        publish(connection, strategy.id, second.number, False, NOW)
    with database.tenant_transaction(follower) as connection:
        assert current_version(connection, strategy.id).number == 2


def test_followed_strategy_is_deleted_only_after_deprecation(
    database: Database, tenant: UUID
) -> None:
    strategy, version = made(database, tenant)
    with database.engine_transaction() as connection:
        count_subscribers(connection, version.id, 3)
    with database.tenant_transaction(tenant) as connection:
        assert owned_strategy(connection, strategy.id).subscriber_count == 3
    with (
        pytest.raises(Conflict, match="has subscribers on version 1"),
        database.tenant_transaction(tenant) as connection,
    ):
        remove_strategy(connection, strategy.id, 1, NOW)
    with database.tenant_transaction(tenant) as connection:
        deprecate_version(connection, strategy.id, 1, True, NOW)
        remove_strategy(connection, strategy.id, 1, NOW)
        with pytest.raises(NotFound):
            owned_strategy(connection, strategy.id)
    with database.engine_transaction() as connection:
        assert load_version(connection, version.id).hash == version.hash


def test_unknown_ids_are_not_found(database: Database, tenant: UUID) -> None:
    with database.tenant_transaction(tenant) as connection:
        for call in (followable_version, current_version, load_version):
            with pytest.raises(NotFound):
                call(connection, uuid4())
