"""Database roles: who owns the tables, and the three that log in and own nothing."""

from dataclasses import dataclass

import psycopg
from psycopg import errors, sql
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from fairlead.infra.errors import InvalidInput
from fairlead.infra.secrets import derive

OWNER = "fairlead_owner"
APP = "fairlead_app"
ENGINE = "fairlead_engine"
SYSTEM = "fairlead_system"
LOGIN_ROLES = (APP, ENGINE, SYSTEM)

# Roles belong to the whole cluster: databases migrated side by side may meet here. The one that
# comes second is told so by the catalog and simply does it again.
_MET_ANOTHER = (errors.UniqueViolation, errors.DuplicateObject, errors.InternalError_)
_ATTEMPTS = 20

Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """One address per login role (SQLAlchemy form, with password)."""

    app: str
    engine: str
    system: str


def parse_url(url: str) -> URL:
    """Read a PostgreSQL address in any usual spelling; raise InvalidInput for anything else."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise InvalidInput(
            "DATABASE_URL is not an address of a database.",
            expected="postgresql://user:password@host:5432/name",
            action="Correct DATABASE_URL and start again.",
        ) from error
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise InvalidInput(
            f"DATABASE_URL names {parsed.get_backend_name()}; only PostgreSQL is supported.",
            expected="postgresql://user:password@host:5432/name",
            found=f"{parsed.drivername}://...",
            action="Point DATABASE_URL at PostgreSQL 15 or newer, or unset it to use the "
            "embedded one.",
        )
    return parsed.set(drivername="postgresql+psycopg")


def role_urls(url: str, secret_key: str) -> DatabaseUrls:
    """Return the addresses of the three login roles in the database that `url` names."""
    parsed = parse_url(url)

    def of(role: str) -> str:
        signed = parsed.set(username=role, password=role_password(secret_key, role))
        return signed.render_as_string(hide_password=False)

    return DatabaseUrls(app=of(APP), engine=of(ENGINE), system=of(SYSTEM))


def role_password(secret_key: str, role: str) -> str:
    """Return the password of a login role, derived from the deployment's secret."""
    return derive(secret_key, f"postgresql role {role}")


def libpq_url(url: str) -> str:
    """Return `url` as libpq and psycopg read it."""
    return parse_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def without_credentials(url: str) -> str:
    """Return `url` without user and password: all a role needs, which brings its own."""
    parsed = parse_url(url)
    return URL.create(
        "postgresql",
        host=parsed.host,
        port=parsed.port,
        database=parsed.database,
        query=parsed.query,
    ).render_as_string(hide_password=False)


def ensure_roles(admin_url: str, secret_key: str) -> None:
    """Create or correct all roles and their rights on the database that `admin_url` names.

    Needs a role that may create roles. Passwords travel as SCRAM verifiers, never in clear.
    """
    for attempt in range(_ATTEMPTS):
        try:
            with psycopg.connect(libpq_url(admin_url)) as connection:
                _ensure_roles(connection, secret_key)
            return
        except _MET_ANOTHER:
            if attempt == _ATTEMPTS - 1:
                raise


def _ensure_roles(connection: Connection, secret_key: str) -> None:
    existing = {str(row[0]) for row in connection.execute("SELECT rolname FROM pg_roles")}
    for role in (OWNER, *LOGIN_ROLES):
        if role not in existing:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    for role in LOGIN_ROLES:
        password = role_password(secret_key, role).encode()
        verifier = connection.pgconn.encrypt_password(password, role.encode(), b"scram-sha-256")
        connection.execute(
            sql.SQL("ALTER ROLE {} LOGIN INHERIT PASSWORD {}").format(
                sql.Identifier(role), sql.Literal(verifier.decode())
            )
        )
    _let_admin_act_as_owner(connection)
    _grant_database(connection)


def _let_admin_act_as_owner(connection: Connection) -> None:
    row = connection.execute("SELECT pg_has_role(current_user, %s, 'USAGE')", [OWNER]).fetchone()
    if row is None or not row[0]:
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))


def _grant_database(connection: Connection) -> None:
    database = sql.Identifier(connection.info.dbname)
    logins = sql.SQL(", ").join(map(sql.Identifier, LOGIN_ROLES))
    owner = sql.Identifier(OWNER)
    for statement in (
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {logins}",
        "GRANT CONNECT, CREATE ON DATABASE {database} TO {owner}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {logins}",
        "GRANT USAGE, CREATE ON SCHEMA public TO {owner}",
    ):
        connection.execute(sql.SQL(statement).format(database=database, logins=logins, owner=owner))
