"""The audit log: append-only, every entry chained to the one before it by its hash."""

import json
from uuid import UUID

from sqlalchemy import Connection

from fairlead.tenancy.audit_chain import START, Break, Link, follow
from fairlead.tenancy.store_audit import append_entry, chain_head, entries_after

_BATCH = 5_000
_MAX_VALUE = 500
_MAX_PAIRS = 12


def record(
    connection: Connection,
    principal_user_id: UUID,
    action: str,
    subject: str,
    detail: dict[str, str],
) -> None:
    """Append what a principal did to their own tenant, in the transaction of the act.

    `action` is `noun.verb` (`key.create`), `subject` is `kind:id` (`order:01J...`). Call it last:
    the end of the chain stays locked until the transaction commits.
    """
    record_for(connection, principal_user_id, principal_user_id, action, subject, detail)


def record_for(
    connection: Connection,
    tenant_id: UUID,
    actor_id: UUID,
    action: str,
    subject: str,
    detail: dict[str, str],
) -> None:
    """Append what `actor_id` did to the data of `tenant_id` (support, administration)."""
    append_entry(connection, tenant_id, actor_id, action, subject[:300], _canonical(detail))


def verify(connection: Connection) -> Link | Break:
    """Walk the whole log and return its end, or the first place where it does not hold.

    A missing tail shows because the end must equal the head kept apart from the log. Reads in
    batches of 5,000; needs a transaction that sees every tenant.
    """
    head = chain_head(connection)
    link = START
    while link.seq < head.seq:
        entries = entries_after(connection, link.seq, min(_BATCH, head.seq - link.seq))
        if not entries:
            return Break(link.seq + 1, f"entries {link.seq + 1} to {head.seq} are missing")
        found = follow(entries, link)
        if isinstance(found, Break):
            return found
        link = found
    if link != head:
        return Break(head.seq, "the last entry is not the one the chain ended with")
    return link


def _canonical(detail: dict[str, str]) -> str:
    shown = {key: value[:_MAX_VALUE] for key, value in list(detail.items())[:_MAX_PAIRS]}
    return json.dumps(shown, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
