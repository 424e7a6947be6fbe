"""Row-level security: how migrations put a table under it, and how the catalog is inspected."""

import re
from typing import Protocol

from fairlead.infra.roles import APP, ENGINE, SYSTEM

ALL = "SELECT,INSERT,UPDATE,DELETE"
CURRENT_TENANT = "(SELECT NULLIF(current_setting('app.user_id', true), '')::uuid)"

# Tables that every tenant may see, or that hold nothing of a tenant: each with its reason.
SHARED_TABLES: dict[str, str] = {
    "public.alembic_version": "which migrations have run; only fairlead_system reads it",
    "jobs.procrastinate_jobs": "queue of jobs; arguments hold ids only",
    "jobs.procrastinate_events": "history of the queue; holds ids only",
    "jobs.procrastinate_periodic_defers": "when periodic jobs were last due",
    "jobs.procrastinate_workers": "heartbeats of workers",
    "public.sign_in_guards": "failed sign-ins by hash of the subject, before anyone is known",
    "public.audit_head": "one row: where the chain of the audit log ends",
    "public.lineups": "legs that are evaluated together; hold no tenant",
    "public.lineup_legs": "one leg of a lineup: version, parameters, instrument, timeframe",
    "public.partitions": "how the books of a lineup are cut into chunks; counts only",
    "public.evaluations": "one version on one bar, shared by all its subscribers",
    "public.turns": "signals due at one boundary, for all books together",
    "public.turn_chunks": "progress of a turn; its reasons are filtered by tenant in the API",
    "public.model_books": "the author's paper book, basis of a version's statistics",
    "public.model_fills": "fills of the model book",
    "public.platform_switches": "kill switches that hold for the whole platform",
    "public.instruments": "terms of what is traded, by date; the same for everybody",
    "public.feeds": "market data feeds of the platform and how they are",
    "public.feed_gaps": "stretches that a feed missed, with the reason",
    "public.closed_bars": "candles as they close; the same for everybody",
    "public.catalog_entries": "snapshot of what authors published; only its author writes a row",
    "public.catalog_versions": "published versions with their parameters, never a definition",
    "public.catalog_evidence": "published figures of a version: its backtest, its live record",
    "public.version_usage": "how many follow a version; no word about who",
}

# Functions that run with their owner's rights, each with its reason.
SECURITY_DEFINER_FUNCTIONS: dict[str, str] = {
    "public.audit_log_chain": "moves the head of the chain, which no login role may write",
}

_NAME = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?")
_PRIVILEGE = re.compile(r"(SELECT|INSERT|UPDATE|DELETE)(\s*\([a-z0-9_, ]+\))?")


class Operations(Protocol):
    """The one thing needed of Alembic's `op`."""

    def execute(self, statement: str) -> None:
        """Run one statement."""


def protect(
    op: Operations, table: str, *, app: str = ALL, engine: str = "", system: str = ""
) -> None:
    """Put a tenant table under forced row-level security and grant what each role may do.

    fairlead_app sees only rows of the current tenant, by a RESTRICTIVE policy that no later
    policy can widen. `engine` and `system` see all tenants, for exactly the privileges listed,
    such as "SELECT,INSERT" or "SELECT (user_id, size), UPDATE (status)"; "" means none.
    Raises ValueError for a name or privilege that is not plain.
    """
    short = _checked(table).replace(".", "_")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {short}_tenant ON {table} AS RESTRICTIVE FOR ALL TO {APP} "
        f"USING (user_id = {CURRENT_TENANT}) WITH CHECK (user_id = {CURRENT_TENANT})"
    )
    for role, privileges in ((APP, app), (ENGINE, engine), (SYSTEM, system)):
        if privileges:
            op.execute(
                f"CREATE POLICY {short}_{role.removeprefix('fairlead_')} ON {table} "
                f"FOR ALL TO {role} USING (true) WITH CHECK (true)"
            )
            _grant(op, table, role, privileges)


def share(
    op: Operations, table: str, *, app: str = "SELECT", engine: str = "", system: str = ""
) -> None:
    """Grant rights on a table that is not a tenant's; it must be listed in SHARED_TABLES.

    Raises ValueError when it is not listed.
    """
    qualified = table if "." in table else f"public.{table}"
    if _checked(qualified) not in SHARED_TABLES:
        raise ValueError(f"{qualified} is not listed in SHARED_TABLES: add it with its reason")
    for role, privileges in ((APP, app), (ENGINE, engine), (SYSTEM, system)):
        if privileges:
            _grant(op, table, role, privileges)


def _grant(op: Operations, table: str, role: str, privileges: str) -> None:
    for privilege in split_privileges(privileges):
        op.execute(f"GRANT {privilege} ON {table} TO {role}")


def split_privileges(privileges: str) -> list[str]:
    """Split at commas outside parentheses; raise ValueError for anything but plain privileges."""
    parts = [part.strip() for part in re.split(r",(?![^(]*\))", privileges)]
    for part in parts:
        if not _PRIVILEGE.fullmatch(part):
            raise ValueError(f"expected SELECT, INSERT, UPDATE or DELETE, found {part!r}")
    return parts


def _checked(table: str) -> str:
    if not _NAME.fullmatch(table):
        raise ValueError(f"expected a plain table name, found {table!r}")
    return table
