"""SQL of the audit log: append, read, and the end of its chain."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from fairlead.tenancy.audit_chain import Entry, Link

_ENTRY = "seq, user_id, actor_id, action, subject, detail, at, previous_hash, hash"
_APPEND = text("""
    INSERT INTO audit_log (user_id, actor_id, action, subject, detail)
    VALUES (:user_id, :actor_id, :action, :subject, :detail)
""")
_LIST = text(f"""
    SELECT {_ENTRY} FROM audit_log
    WHERE seq < :before AND (:action = '' OR action LIKE :action_prefix)
      AND (:person = '' OR user_id::text = :person OR actor_id::text = :person)
    ORDER BY seq DESC LIMIT :limit
""")
_AFTER = text(f"SELECT {_ENTRY} FROM audit_log WHERE seq > :after ORDER BY seq LIMIT :limit")
_HEAD = text("SELECT seq, hash FROM audit_head")


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Where a page of the log begins and what it is narrowed to; "" means no filter."""

    before: int
    limit: int
    action: str
    person: str


def append_entry(
    connection: Connection, user_id: UUID, actor_id: UUID, action: str, subject: str, detail: str
) -> None:
    """Append one entry; the database assigns its place in the chain."""
    values = {
        "user_id": user_id,
        "actor_id": actor_id,
        "action": action,
        "subject": subject,
        "detail": detail,
    }
    connection.execute(_APPEND, values)


def list_entries(connection: Connection, page: AuditPage) -> list[Entry]:
    """Return entries, newest first; `action` matches as a prefix."""
    values = {
        "before": page.before,
        "limit": page.limit,
        "action": page.action,
        "action_prefix": page.action.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        + "%",
        "person": page.person,
    }
    return [Entry(*row) for row in connection.execute(_LIST, values)]


def entries_after(connection: Connection, after: int, limit: int) -> list[Entry]:
    """Return the entries that follow `after`, in the order of the chain."""
    return [Entry(*row) for row in connection.execute(_AFTER, {"after": after, "limit": limit})]


def chain_head(connection: Connection) -> Link:
    """Return the end of the chain as the database keeps it."""
    row = connection.execute(_HEAD).one()
    return Link(row.seq, bytes(row.hash))
