"""Every table of the migrated database is covered, and every way around it is found."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, text

from fairlead.infra.rls import ALL, Operations, protect, share, split_privileges
from fairlead.infra.rls_review import review
from fairlead.infra.roles import parse_url


@pytest.fixture
def scratch(admin_url: str) -> Iterator[Connection]:
    """Return a superuser's transaction that acts as the owner and is rolled back at the end."""
    engine = create_engine(parse_url(admin_url))
    with engine.connect() as connection:
        connection.execute(text("SET ROLE fairlead_owner"))
        yield connection
        connection.rollback()
    engine.dispose()


class Plant:
    """Runs statements as Alembic's `op` would."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statement: str) -> None:
        self._connection.execute(text(statement))


def test_every_table_of_the_product_is_covered(scratch: Connection) -> None:
    assert review(scratch) == []


def _protected(op: Operations, name: str = "planted") -> None:
    op.execute(f"CREATE TABLE {name} (user_id uuid NOT NULL, id int, PRIMARY KEY (user_id, id))")
    protect(op, name)


def test_protected_table_is_covered(scratch: Connection) -> None:
    _protected(Plant(scratch))
    assert review(scratch) == []


BUGS = {
    "nobody protected it": (
        "CREATE TABLE bare (user_id uuid NOT NULL PRIMARY KEY)",
        "public.bare is not under forced row-level security",
    ),
    "in a schema of its own": (
        "CREATE SCHEMA aside CREATE TABLE bare (id int)",
        "aside.bare is not under forced row-level security",
    ),
    "enabled, not forced": (
        "ALTER TABLE planted NO FORCE ROW LEVEL SECURITY",
        "public.planted is not under forced",
    ),
    "policy dropped": (
        "DROP POLICY planted_tenant ON planted",
        "public.planted has no restrictive policy",
    ),
    "policy compares with NULL allowed": (
        "ALTER POLICY planted_tenant ON planted USING (user_id IS NOT NULL)",
        "public.planted has no restrictive policy",
    ),
    "policy reads, does not check writes": (
        "ALTER POLICY planted_tenant ON planted WITH CHECK (true)",
        "public.planted has no restrictive policy",
    ),
    "policy of another role": (
        "ALTER POLICY planted_tenant ON planted TO fairlead_engine",
        "public.planted has no restrictive policy",
    ),
    "permissive, not restrictive": (
        "DROP POLICY planted_tenant ON planted; CREATE POLICY planted_tenant ON planted "
        "USING (user_id = (SELECT NULLIF(current_setting('app.user_id', true), '')::uuid))",
        "public.planted has no restrictive policy",
    ),
    "no key leads with the tenant": (
        "ALTER TABLE planted DROP CONSTRAINT planted_pkey, ADD PRIMARY KEY (id, user_id)",
        "public.planted has no primary or unique key that leads",
    ),
    "tenant may be NULL": (
        "ALTER TABLE planted DROP CONSTRAINT planted_pkey, ALTER user_id DROP NOT NULL, "
        "ADD UNIQUE (user_id, id)",
        "public.planted has no column user_id uuid NOT NULL",
    ),
    "plain view": (
        "CREATE VIEW planted_view AS SELECT * FROM planted",
        "the view public.planted_view runs with its owner's rights",
    ),
    "materialised view": (
        "CREATE MATERIALIZED VIEW planted_view AS SELECT * FROM planted",
        "the materialised view public.planted_view",
    ),
    "function of its owner": (
        "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER "
        "SET search_path = public AS 'SELECT count(*) FROM planted'",
        "the function public.peek runs with its owner's rights and is not listed",
    ),
    "function with a search path of others": (
        "ALTER FUNCTION audit_log_chain() RESET search_path",
        "the function public.audit_log_chain runs with its owner's rights and a search path",
    ),
    "foreign key across tenants": (
        "CREATE UNIQUE INDEX ON planted (id); ALTER TABLE other ADD FOREIGN KEY (id) "
        "REFERENCES planted (id)",
        "the foreign key other_id_fkey of other does not hold",
    ),
    "granted to everybody": (
        "GRANT SELECT ON planted TO PUBLIC",
        "public.planted is granted to PUBLIC",
    ),
    "partition granted directly": (
        "CREATE TABLE whole (user_id uuid NOT NULL, id int, PRIMARY KEY (user_id, id)) "
        "PARTITION BY HASH (user_id); CREATE TABLE part PARTITION OF whole "
        "FOR VALUES WITH (MODULUS 1, REMAINDER 0); GRANT SELECT ON part TO fairlead_app",
        "the partition public.part is granted directly",
    ),
    "shared table with a tenant": (
        "ALTER TABLE audit_head ADD COLUMN user_id uuid",
        "public.audit_head is listed as shared, but has a column user_id",
    ),
    "shared table gone": (
        "ALTER TABLE audit_head RENAME TO audit_end",
        "public.audit_head is listed as shared, but there is no such table",
    ),
    "table of another owner": (
        "RESET ROLE; CREATE TABLE stray (user_id uuid NOT NULL PRIMARY KEY)",
        "public.stray belongs to fairlead_admin",
    ),
    "role that bypasses": (
        "RESET ROLE; ALTER ROLE fairlead_engine BYPASSRLS",
        "the role fairlead_engine has an attribute",
    ),
    "role that is a member": (
        "RESET ROLE; GRANT fairlead_owner TO fairlead_app",
        "the role fairlead_app is a member",
    ),
    "role that may create": (
        "RESET ROLE; GRANT CREATE ON SCHEMA public TO fairlead_app",
        "the role fairlead_app may create objects",
    ),
}


@pytest.mark.parametrize("bug", BUGS)
def test_planted_bug_is_found(scratch: Connection, bug: str) -> None:
    op = Plant(scratch)
    _protected(op)
    _protected(op, "other")
    statements, finding = BUGS[bug]
    for statement in statements.split("; "):
        op.execute(statement)
    assert [found for found in review(scratch) if found.startswith(finding)], review(scratch)


def test_share_of_unlisted_table_is_refused(scratch: Connection) -> None:
    with pytest.raises(ValueError, match=r"public\.unlisted is not listed in SHARED_TABLES"):
        share(Plant(scratch), "unlisted")


def test_protect_with_a_name_that_is_not_plain_is_refused(scratch: Connection) -> None:
    with pytest.raises(ValueError, match="expected a plain table name"):
        protect(Plant(scratch), "users; DROP TABLE users")


def test_privileges_are_split_outside_parentheses() -> None:
    assert split_privileges("SELECT (a, b), UPDATE (c),INSERT") == [
        "SELECT (a, b)",
        "UPDATE (c)",
        "INSERT",
    ]
    assert len(split_privileges(ALL)) == 4
    with pytest.raises(ValueError, match="found 'TRUNCATE'"):
        split_privileges("SELECT,TRUNCATE")
