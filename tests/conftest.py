"""Real PostgreSQL and Valkey for every test: one cluster a session, one database per worker."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import text

from fairlead.infra.bus import Bus
from fairlead.infra.db import Database
from fairlead.infra.embedded import EmbeddedPostgres, EmbeddedValkey
from fairlead.infra.ids import uuid7
from fairlead.infra.migrate import upgrade
from fairlead.infra.roles import role_urls
from fairlead.infra.settings import Settings

SECRET_KEY = "a secret of the tests, long enough to be taken"
JWT_SECRET = "another secret of the tests, long enough as well"

hypothesis_settings.register_profile("fairlead", deadline=None, derandomize="CI" in os.environ)
hypothesis_settings.load_profile("fairlead")


@pytest.fixture(autouse=True)
def _own_ledger(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the trials of a test out of the ledger of whoever runs it."""
    ledger = tmp_path_factory.getbasetemp() / "ledgers" / f"{uuid7()}.jsonl"
    monkeypatch.setenv("FAIRLEAD_LEDGER", str(ledger))


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses of the embedded servers: PostgreSQL's admin on this worker's database."""

    postgres: str
    valkey: str


@pytest.fixture(scope="session")
def servers(worker_id: str, testrun_uid: str) -> Iterator[Servers]:
    """Start (or join) the session's servers; whoever leaves last stops them."""
    folder = Path(tempfile.gettempdir()) / f"fairlead-tests-{testrun_uid[:12]}"
    users = folder / "users"
    users.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    (users / worker_id).write_text(str(os.getpid()))
    postgres = EmbeddedPostgres(folder, shared_buffers_mb=128, durable=False)
    valkey = EmbeddedValkey(folder)
    try:
        database_url = _own_database(postgres.start(), f"fairlead_{worker_id}")
        upgrade(database_url, SECRET_KEY)
        yield Servers(database_url, valkey.start())
    finally:
        (users / worker_id).unlink()
        if not any(_alive(user) for user in users.iterdir()):
            postgres.stop()
            valkey.stop()
            shutil.rmtree(folder, ignore_errors=True)


def _own_database(admin_url: str, name: str) -> str:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name))
        )
    return admin_url.rsplit("/", 1)[0] + f"/{name}"


def _alive(user: Path) -> bool:
    try:
        os.kill(int(user.read_text()), 0)
    except (OSError, ValueError):
        return False
    return True


@pytest.fixture(scope="session")
def admin_url(servers: Servers) -> str:
    """Return the address of this worker's database for a superuser; only to look or to plant."""
    return servers.postgres


@pytest.fixture(scope="session")
def _database(servers: Servers) -> Iterator[Database]:
    database = Database.open(role_urls(servers.postgres, SECRET_KEY))
    yield database
    database.close()


@pytest.fixture
def database(_database: Database) -> Database:
    """Return the migrated database; rows stay, so every test makes tenants of its own."""
    return _database


@pytest.fixture(scope="session")
def bus(servers: Servers) -> Iterator[Bus]:
    """Return a bus on the session's Valkey; channels and keys are shared by all tests."""
    bus = Bus(servers.valkey)
    yield bus
    bus.close()


@pytest.fixture
def settings(servers: Servers, tmp_path: Path) -> Settings:
    """Return settings that name the test servers and a data folder of this test alone."""
    return Settings(
        data_dir=tmp_path / "data",
        database_url=servers.postgres,
        redis_url=servers.valkey,
        secret_key=SECRET_KEY,
        jwt_secret=JWT_SECRET,
    )


MakeTenant = Callable[[], UUID]


@pytest.fixture
def make_tenant(database: Database) -> MakeTenant:
    """Return a function that makes a new tenant, a row in `users`, and returns its id."""

    def make() -> UUID:
        tenant_id = uuid7()
        with database.system_transaction() as connection:
            connection.execute(
                text("INSERT INTO users (user_id, email) VALUES (:id, :email)"),
                {"id": tenant_id, "email": f"{tenant_id}@example.test"},
            )
        return tenant_id

    return make


@pytest.fixture
def tenant(make_tenant: MakeTenant) -> UUID:
    """Return the id of a new tenant."""
    return make_tenant()
