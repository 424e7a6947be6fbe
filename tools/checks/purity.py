"""Where the clock, the environment, randomness and the system role may be touched."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.source import Finding, Source

# dotted name -> what to use instead
IMPURE = {
    "date.today": "take the time as an argument, or ask infra.clock",
    "datetime.date.today": "take the time as an argument, or ask infra.clock",
    "datetime.datetime.now": "take the time as an argument, or ask infra.clock",
    "datetime.datetime.utcnow": "take the time as an argument, or ask infra.clock",
    "datetime.now": "take the time as an argument, or ask infra.clock",
    "datetime.utcnow": "take the time as an argument, or ask infra.clock",
    "numpy.random": "take the seed or the generator as an argument",
    "np.random": "take the seed or the generator as an argument",
    "os.environ": "read it in infra.settings",
    "os.getenv": "read it in infra.settings",
    "os.urandom": "ask infra for randomness",
    "random": "take the seed or the generator as an argument",
    "secrets": "ask infra for randomness",
    "time.monotonic": "ask infra.clock",
    "time.monotonic_ns": "ask infra.clock",
    "time.perf_counter": "ask infra.clock",
    "time.process_time": "ask infra.clock",
    "time.sleep": "ask infra.clock",
    "time.time": "ask infra.clock",
    "time.time_ns": "ask infra.clock",
    "uuid.uuid1": "ask infra.ids",
    "uuid.uuid4": "ask infra.ids",
}
PURE_EVERYWHERE_BUT = ("infra/", "cli/")

# who may see all tenants at once, and why
SYSTEM_TRANSACTIONS: dict[str, str] = {
    "api/admin.py": "administrators see the state of all tenants",
    "api/health.py": "readiness asks the database itself",
    "infra/db.py": "defines it",
    "infra/outbox.py": "relays the events of all tenants",
    "live/demonstration.py": "makes many tenants at once",
    "live/routes/kill.py": "administrators stop all tenants at once",
    "tenancy/access.py": "finds out whose credentials a request carries",
    "tenancy/accounts.py": "registers people, whose tenant is not there yet",
    "tenancy/administration.py": "administrators act on all tenants",
    "tenancy/routes_admin.py": "administrators read the audit of all tenants",
    "tenancy/sessions.py": "finds a session by its token, before the tenant is known",
    "tenancy/sign_in.py": "finds a person by e-mail address, before the tenant is known",
    "tenancy/tickets.py": "finds a ticket's owner, before the tenant is known",
    "worker.py": "prunes the finished jobs of all tenants",
}


def check_impure_reads(source: Source) -> Iterator[Finding]:
    """Keep time, settings and randomness arguments, so that everything can be replayed."""
    if source.tree is None or not source.in_product:
        return
    if source.inside.startswith(PURE_EVERYWHERE_BUT):
        return
    for node in ast.walk(source.tree):
        for line, name in _names(node):
            if name in IMPURE:
                yield source.finding(line, f"reads `{name}`: {IMPURE[name]}")


def _names(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Attribute):
        yield node.lineno, ast.unparse(node)
    elif isinstance(node, ast.Import):
        yield from ((node.lineno, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.level == 0:
        yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        yield node.lineno, str(node.module)


def check_system_transactions(source: Source) -> Iterator[Finding]:
    """Keep the role that sees all tenants to the files that are listed with a reason."""
    if source.tree is None or not source.in_product or source.inside in SYSTEM_TRANSACTIONS:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr == "system_transaction":
            message = (
                "system_transaction sees every tenant: use tenant_transaction, "
                "or list the file with its reason in tools/checks/purity.py"
            )
            yield source.finding(node.lineno, message)
