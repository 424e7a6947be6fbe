"""The holdout: a stretch of bars that nobody looks at but once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, InvalidInput
from fairlead.infra.ids import uuid7
from fairlead.research.store_holdouts import Holdout, find_overlap, insert_holdout, lock_holdouts
from fairlead.research.times import iso_time


@dataclass(frozen=True, slots=True)
class HoldoutPeriod:
    """Name a holdout: an instrument and the open times of its first and last bar."""

    instrument: str
    first_ms: int
    last_ms: int


def open_holdout(
    connection: Connection,
    tenant_id: UUID,
    period: HoldoutPeriod,
    family: str,
    version_hash: str,
    now: datetime,
) -> Holdout:
    """Open a holdout in the transaction that shows its result; it can never be opened again.

    A period counts as opened for all versions, families and timeframes at once, and so does any
    that shares a moment with it: who has seen the bars cannot be surprised by them. Two who open
    at the same time are told apart, one of them waits and is refused. Raises `Conflict` with what
    was opened and when, `InvalidInput` for a period that ends before it begins.
    """
    if period.last_ms < period.first_ms:
        raise InvalidInput(
            "The holdout ends before it begins.",
            expected="a last bar at or after the first",
            found=f"{iso_time(period.first_ms)} to {iso_time(period.last_ms)}",
        )
    lock_holdouts(connection, tenant_id, period.instrument)
    seen = holdout_seen(connection, tenant_id, period)
    if seen is not None:
        raise Conflict(
            f"The holdout of {period.instrument} was opened on {seen.opened_at:%Y-%m-%d}.",
            expected="bars that no version was ever tested on",
            found=f"{iso_time(seen.first_ms)} to {iso_time(seen.last_ms)} are seen",
            action="Judge by other evidence, or wait for bars that are new.",
        )
    opened = Holdout(
        holdout_id=uuid7(),
        instrument=period.instrument,
        first_ms=period.first_ms,
        last_ms=period.last_ms,
        family=family,
        version_hash=version_hash,
        opened_at=now,
    )
    insert_holdout(connection, tenant_id, opened)
    return opened


def holdout_seen(connection: Connection, tenant_id: UUID, period: HoldoutPeriod) -> Holdout | None:
    """Return the holdout that shares a moment with a period, the first one opened, or None."""
    return find_overlap(connection, tenant_id, period.instrument, period.first_ms, period.last_ms)
