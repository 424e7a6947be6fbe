"""The arithmetic of the audit log: one hash per entry, over the entry and the hash before it.

The database computes the same hash inside the lock that assigns the order (trigger
`audit_log_chain` in migration 0002); this file recomputes it to verify.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

GENESIS = bytes(32)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit log; `user_id` is the tenant concerned, `actor_id` who acted."""

    seq: int
    user_id: UUID
    actor_id: UUID
    action: str
    subject: str
    detail: str
    at: datetime
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain does not hold, and why."""

    seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class Link:
    """The end of a verified stretch: where the next entry must continue."""

    seq: int
    hash: bytes


START = Link(0, GENESIS)


def entry_hash(entry: Entry) -> bytes:
    """Return SHA-256 over the previous hash and every field, each with its length in bytes."""
    micros = (entry.at - _EPOCH) // timedelta(microseconds=1)
    fields = (
        str(entry.seq),
        str(entry.user_id),
        str(entry.actor_id),
        entry.action,
        entry.subject,
        entry.detail,
        str(micros),
    )
    text = "".join(f"{len(field.encode())}:{field}" for field in fields)
    return hashlib.sha256(entry.previous_hash + text.encode()).digest()


def follow(entries: Iterable[Entry], start: Link) -> Link | Break:
    """Walk consecutive entries from `start`; return the new end, or the first break."""
    link = start
    for entry in entries:
        if entry.seq != link.seq + 1:
            return Break(link.seq + 1, f"entry {link.seq + 1} is missing, {entry.seq} follows")
        if entry.previous_hash != link.hash:
            return Break(entry.seq, "it does not continue the entry before it")
        if entry_hash(entry) != entry.hash:
            return Break(entry.seq, "its content was changed after it was written")
        link = Link(entry.seq, entry.hash)
    return link
