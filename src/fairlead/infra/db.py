"""Transactions on PostgreSQL, one kind per login role, each bound to what that role may see."""

import contextlib
from collections.abc import Iterator
from uuid import UUID

import psycopg
from psycopg import errors as pg
from sqlalchemy import Connection, Engine, create_engine, exc, text

from fairlead.infra.errors import (
    FairleadError,
    InternalDefect,
    InvalidInput,
    StorageFull,
    Unavailable,
)
from fairlead.infra.roles import DatabaseUrls, parse_url

STATEMENT_TIMEOUT_MS = 30_000
LOCK_TIMEOUT_MS = 10_000
IDLE_TRANSACTION_TIMEOUT_MS = 60_000
CONNECT_TIMEOUT_S = 5
POOL_TIMEOUT_S = 10.0

_SET_TENANT = text("SELECT set_config('app.user_id', :tenant_id, true)")

# What a login role must not be: row-level security would not hold for it.
_UNSAFE_ROLE = text("""
SELECT r.rolname,
       r.rolsuper OR r.rolbypassrls
         OR EXISTS (SELECT 1 FROM pg_roles o WHERE (o.rolsuper OR o.rolbypassrls)
                    AND o.oid <> r.oid AND pg_has_role(r.oid, o.oid, 'MEMBER')) AS bypasses,
       (SELECT min(c.oid::regclass::text) FROM pg_class c
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
          AND pg_has_role(r.oid, c.relowner, 'MEMBER')) AS owned
FROM pg_roles r WHERE r.rolname = current_user
""")


class Database:
    """Open transactions; made by `Database.open`, closed by `close`."""

    def __init__(self, app: Engine, engine: Engine, system: Engine) -> None:
        self._app = app
        self._engine = engine
        self._system = system

    @classmethod
    def open(cls, urls: DatabaseUrls, *, pool_size: int = 8) -> "Database":
        """Connect all three roles and check that none can step around row-level security.

        Raises Unavailable when the server does not answer, InternalDefect for an unsafe role.
        """
        database = cls(*(_pool(url, pool_size) for url in (urls.app, urls.engine, urls.system)))
        try:
            for pool in database._pools():
                with _transaction(pool) as connection:
                    _refuse_unsafe_role(connection)
        except BaseException:
            database.close()
            raise
        return database

    def close(self) -> None:
        """Close all pooled connections."""
        for pool in self._pools():
            pool.dispose()

    def _pools(self) -> tuple[Engine, Engine, Engine]:
        return self._app, self._engine, self._system

    @contextlib.contextmanager
    def tenant_transaction(self, tenant_id: UUID) -> Iterator[Connection]:
        """Open a transaction that sees and writes rows of `tenant_id` only; commit at its end."""
        with _transaction(self._app) as connection:
            connection.execute(_SET_TENANT, {"tenant_id": str(tenant_id)})
            yield connection

    @contextlib.contextmanager
    def public_transaction(self) -> Iterator[Connection]:
        """Open a transaction of nobody: shared tables, and no tenant's rows at all."""
        with _transaction(self._app) as connection:
            yield connection

    @contextlib.contextmanager
    def engine_transaction(self) -> Iterator[Connection]:
        """Open a transaction of the fan-out, which crosses tenants by grants of its own."""
        with _transaction(self._engine) as connection:
            yield connection

    @contextlib.contextmanager
    def system_transaction(self) -> Iterator[Connection]:
        """Open a transaction of the platform itself: sign-in, outbox relay, administration."""
        with _transaction(self._system) as connection:
            yield connection


def _pool(url: str, size: int) -> Engine:
    options = (
        f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS} "
        f"-c idle_in_transaction_session_timeout={IDLE_TRANSACTION_TIMEOUT_MS} -c timezone=UTC"
    )
    return create_engine(
        parse_url(url),
        pool_size=size,
        max_overflow=size,
        pool_timeout=POOL_TIMEOUT_S,
        pool_pre_ping=True,
        pool_use_lifo=True,
        connect_args={
            "options": options,
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": "fairlead",
            "keepalives_idle": 30,
        },
    )


@contextlib.contextmanager
def _transaction(pool: Engine) -> Iterator[Connection]:
    try:
        with pool.begin() as connection:
            yield connection
    except (exc.DBAPIError, exc.TimeoutError, psycopg.Error) as error:
        translated = translate(error, pool)
        if translated is None:
            raise
        raise translated from error


def translate(error: Exception, pool: Engine) -> FairleadError | None:
    """Turn a failure of the server into a sentence; None when it is about the statement itself."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    where = f"PostgreSQL at {pool.url.host}:{pool.url.port or 5432}"
    if isinstance(cause, pg.DiskFull):
        return StorageFull(
            f"The disk of {where} is full; nothing was written.",
            action="Free some space on that disk and try again.",
        )
    if isinstance(error, exc.TimeoutError) or isinstance(cause, pg.TooManyConnections):
        return Unavailable(
            f"All connections to {where} are busy.",
            action="Try again in a moment; raise FAIRLEAD_DATABASE_POOL_SIZE if it stays so.",
        )
    if isinstance(cause, (pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure)):
        return Unavailable(
            "Something else is changing the same data.", action="Try again in a moment."
        )
    if isinstance(cause, pg.UntranslatableCharacter) or "NUL (0x00)" in str(cause):
        return InvalidInput(
            "A text holds a NUL character, which cannot be stored.",
            action="Remove the character and send it again.",
        )
    if isinstance(cause, pg.QueryCanceled):
        return Unavailable(
            f"The database did not finish within {STATEMENT_TIMEOUT_MS // 1000} s.",
            action="Try again with less data at once.",
        )
    if isinstance(cause, (pg.InvalidPassword, pg.InvalidAuthorizationSpecification)):
        return _wrong_password(where)
    lost = isinstance(error, exc.DBAPIError) and error.connection_invalidated
    if lost or _is_connection_failure(cause):
        if "password authentication failed" in str(cause):
            return _wrong_password(where)
        return Unavailable(
            f"{where} does not answer.",
            found=str(cause).strip().splitlines()[0] if str(cause).strip() else None,
            action="Check that it runs (`fairlead up` starts the embedded one), then try again.",
        )
    return None


def _wrong_password(where: str) -> Unavailable:
    return Unavailable(
        f"{where} refused the platform's password.",
        action="Start `fairlead up` with the data folder and SECRET_KEY this database was made "
        "with; it renews the passwords of its roles.",
    )


def _is_connection_failure(cause: object) -> bool:
    if isinstance(cause, (pg.AdminShutdown, pg.CrashShutdown, pg.CannotConnectNow)):
        return True
    # libpq's own failures (refused, reset, timed out) carry no SQLSTATE
    return isinstance(cause, psycopg.OperationalError) and cause.sqlstate is None


def _refuse_unsafe_role(connection: Connection) -> None:
    name, bypasses, owned = connection.execute(_UNSAFE_ROLE).one()
    if bypasses:
        raise InternalDefect(
            f"The database role {name} can bypass row-level security, so tenants would not be "
            "kept apart.",
            action=f"Run ALTER ROLE {name} NOSUPERUSER NOBYPASSRLS, or start with the roles that "
            "`fairlead up` makes.",
        )
    if owned:
        raise InternalDefect(
            f"The database role {name} owns {owned}, so row-level security would not bind it.",
            action=f"Run ALTER TABLE {owned} OWNER TO fairlead_owner.",
        )
