"""Read the catalog of a migrated database and find every way around row-level security."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from fairlead.infra.rls import SECURITY_DEFINER_FUNCTIONS, SHARED_TABLES
from fairlead.infra.roles import APP, LOGIN_ROLES, OWNER

# How PostgreSQL writes rls.CURRENT_TENANT back.
_TENANT_CHECK = re.compile(
    r"\(user_id = \( SELECT \(NULLIF\(current_setting\('app\.user_id'::text, true\), "
    r"''::text\)\)::uuid AS \"?nullif\"?\)\)"
)

_RELATIONS = text("""
SELECT c.oid, n.nspname || '.' || c.relname AS name, c.relkind::text AS kind,
       c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced, c.relispartition AS partition,
       pg_get_userbyid(c.relowner) AS owner,
       coalesce('security_invoker=true' = ANY (c.reloptions)
                OR 'security_invoker=on' = ANY (c.reloptions), false) AS invoker,
       EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'user_id'
               AND NOT a.attisdropped) AS has_user,
       EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'user_id'
               AND a.attnotnull AND a.atttypid = 'uuid'::regtype) AS solid_user,
       EXISTS (SELECT 1 FROM pg_index i JOIN pg_attribute a
                 ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
               WHERE i.indrelid = c.oid AND i.indisunique AND i.indpred IS NULL
                 AND a.attname = 'user_id') AS leading_key,
       ARRAY(SELECT DISTINCT coalesce(pg_get_userbyid(nullif(g.grantee, 0)), 'PUBLIC')
             FROM aclexplode(c.relacl) g) AS grantees
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
ORDER BY name
""")

_RESTRICTIVE = text("""
SELECT p.polrelid, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p
WHERE NOT p.polpermissive AND p.polcmd = '*'
  AND (0 = ANY (p.polroles) OR CAST(CAST(:app AS text) AS regrole) = ANY (p.polroles))
""")

_CROSSING_KEYS = text("""
SELECT k.conrelid::regclass::text, k.conname, k.conrelid, k.confrelid
FROM pg_constraint k
WHERE k.contype = 'f' AND NOT EXISTS (
    SELECT 1 FROM generate_subscripts(k.conkey, 1) i
    JOIN pg_attribute mine ON mine.attrelid = k.conrelid AND mine.attnum = k.conkey[i]
    JOIN pg_attribute theirs ON theirs.attrelid = k.confrelid AND theirs.attnum = k.confkey[i]
    WHERE mine.attname = 'user_id' AND theirs.attname = 'user_id')
""")

_DEFINER_FUNCTIONS = text("""
SELECT n.nspname || '.' || p.proname, coalesce(array_to_string(p.proconfig, ' '), '')
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
""")

_ROLES = text("""
SELECT r.rolname, r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb
                    OR r.rolreplication,
       EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid),
       EXISTS (SELECT 1 FROM pg_namespace n WHERE n.nspname NOT LIKE 'pg\\_%'
               AND has_schema_privilege(r.oid, n.oid, 'CREATE'))
FROM pg_roles r WHERE r.rolname = ANY (:logins)
""")


@dataclass(frozen=True, slots=True)
class _Relation:
    oid: int
    name: str
    kind: str
    enabled: bool
    forced: bool
    partition: bool
    owner: str
    invoker: bool
    has_user: bool
    solid_user: bool
    leading_key: bool
    grantees: list[str]

    @property
    def is_tenants(self) -> bool:
        return self.kind in "rp" and self.name not in SHARED_TABLES and not self.partition


def review(connection: Connection) -> list[str]:
    """Return one sentence per way around row-level security; none means every table is covered.

    Needs a role that may read the catalog, which every role may.
    """
    relations = [_Relation(*row) for row in connection.execute(_RELATIONS)]
    checks: dict[int, list[tuple[str | None, str | None]]] = {}
    for oid, using, with_check in connection.execute(_RESTRICTIVE, {"app": APP}):
        checks.setdefault(oid, []).append((using, with_check))
    findings = [it for relation in relations for it in _of_relation(relation, checks)]
    findings += _of_list(relations)
    findings += _of_keys(connection, {it.oid for it in relations if it.is_tenants})
    findings += _of_functions(connection)
    findings += _of_roles(connection)
    return findings


def _of_relation(
    relation: _Relation, checks: dict[int, list[tuple[str | None, str | None]]]
) -> Iterator[str]:
    name = relation.name
    if "PUBLIC" in relation.grantees:
        yield f"{name} is granted to PUBLIC"
    if relation.kind in "rp" and relation.owner != OWNER:
        yield f"{name} belongs to {relation.owner}, not to {OWNER}"
    if relation.kind == "v" and not relation.invoker:
        yield f"the view {name} runs with its owner's rights: it needs security_invoker"
    if relation.kind == "m":
        yield f"the materialised view {name} cannot be under row-level security"
    if relation.kind == "f":
        yield f"the foreign table {name} cannot be under row-level security"
    if relation.partition and set(relation.grantees) & set(LOGIN_ROLES):
        yield f"the partition {name} is granted directly, which steps around its parent's policies"
    if relation.is_tenants:
        yield from _of_tenant_table(relation, checks.get(relation.oid, []))


def _of_tenant_table(
    relation: _Relation, checks: list[tuple[str | None, str | None]]
) -> Iterator[str]:
    name = relation.name
    if not relation.enabled or not relation.forced:
        yield f"{name} is not under forced row-level security and not listed as shared"
    if not relation.solid_user:
        yield f"{name} has no column user_id uuid NOT NULL"
    if not relation.leading_key:
        yield f"{name} has no primary or unique key that leads with user_id"
    whole = [
        check
        for check in checks
        if all(side is not None and _TENANT_CHECK.fullmatch(side) for side in check)
    ]
    if not whole:
        yield f"{name} has no restrictive policy that holds {APP} to the current tenant"


def _of_list(relations: list[_Relation]) -> Iterator[str]:
    there = {relation.name: relation for relation in relations}
    for name in SHARED_TABLES:
        if name not in there:
            yield f"{name} is listed as shared, but there is no such table"
        elif there[name].has_user:
            yield f"{name} is listed as shared, but has a column user_id"


def _of_keys(connection: Connection, tenants: set[int]) -> Iterator[str]:
    for table, key, source, target in connection.execute(_CROSSING_KEYS):
        if source in tenants and target in tenants:
            yield f"the foreign key {key} of {table} does not hold both rows to one tenant"


def _of_functions(connection: Connection) -> Iterator[str]:
    for name, settings in connection.execute(_DEFINER_FUNCTIONS):
        if name not in SECURITY_DEFINER_FUNCTIONS:
            yield f"the function {name} runs with its owner's rights and is not listed"
        if "search_path=" not in settings:
            yield f"the function {name} runs with its owner's rights and a search path of others"


def _of_roles(connection: Connection) -> Iterator[str]:
    for role, mighty, member, may_create in connection.execute(
        _ROLES, {"logins": list(LOGIN_ROLES)}
    ):
        if mighty:
            yield f"the role {role} has an attribute that steps around row-level security"
        if member:
            yield f"the role {role} is a member of another role"
        if may_create:
            yield f"the role {role} may create objects in a schema"
