"""The SQL of what hangs on an AutoBuild: checkpoints, numbered events and the result."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from fairlead.research.autobuild.record import Checkpoint, JobEvent, NumberedEvent
from fairlead.research.autobuild.trials import Tried
from fairlead.research.jsonable import dump_json
from fairlead.research.packed import Packed, pack, unpack


def put_checkpoint(
    connection: Connection,
    tenant_id: UUID,
    autobuild_id: UUID,
    checkpoint: Checkpoint,
    now: datetime,
) -> bool:
    """Store a finished outcome; return False when that instrument has one already."""
    packed = pack(checkpoint.outcome)
    found = connection.execute(
        text("""
            INSERT INTO autobuild_checkpoints (user_id, autobuild_id, instrument, accepted, sets,
                                               compressed, checksum, created_at)
            VALUES (:tenant, :id, :instrument, :accepted, :sets, :compressed, :checksum, :now)
            ON CONFLICT (user_id, autobuild_id, instrument) DO NOTHING
        """),
        {
            "tenant": tenant_id,
            "id": autobuild_id,
            "instrument": checkpoint.instrument,
            "accepted": checkpoint.accepted,
            "sets": checkpoint.sets,
            "compressed": packed.compressed,
            "checksum": packed.checksum,
            "now": now,
        },
    )
    return found.rowcount == 1


def read_checkpoints(
    connection: Connection, tenant_id: UUID, autobuild_id: UUID
) -> dict[str, bytes]:
    """Return the outcome of every finished instrument, in the order of their names."""
    rows = connection.execute(
        text("""
            SELECT instrument, compressed, checksum FROM autobuild_checkpoints
            WHERE user_id = :tenant AND autobuild_id = :id ORDER BY instrument
        """),
        {"tenant": tenant_id, "id": autobuild_id},
    )
    return {row.instrument: _unpacked(row, f"checkpoint of {row.instrument}") for row in rows}


def find_checkpoint(
    connection: Connection, tenant_id: UUID, autobuild_id: UUID, instrument: str
) -> bytes | None:
    """Return the outcome of one instrument, or None."""
    row = connection.execute(
        text("""
            SELECT compressed, checksum FROM autobuild_checkpoints
            WHERE user_id = :tenant AND autobuild_id = :id AND instrument = :instrument
        """),
        {"tenant": tenant_id, "id": autobuild_id, "instrument": instrument},
    ).one_or_none()
    return None if row is None else _unpacked(row, f"checkpoint of {instrument}")


def freeze_count(
    connection: Connection, tenant_id: UUID, autobuild_id: UUID, instrument: str, count: Tried
) -> None:
    """Keep what the ledger said when an instrument was first begun; a later word is not taken."""
    connection.execute(
        text("""
            INSERT INTO autobuild_counts (user_id, autobuild_id, instrument, trials, effective,
                                          known)
            VALUES (:tenant, :id, :instrument, :trials, :effective, :known)
            ON CONFLICT (user_id, autobuild_id, instrument) DO NOTHING
        """),
        {
            "tenant": tenant_id,
            "id": autobuild_id,
            "instrument": instrument,
            "trials": count.trials,
            "effective": count.effective,
            "known": count.known,
        },
    )


def frozen_count(
    connection: Connection, tenant_id: UUID, autobuild_id: UUID, instrument: str
) -> Tried | None:
    """Return what the ledger said when that instrument was first begun, or None."""
    row = connection.execute(
        text("""
            SELECT trials, effective, known FROM autobuild_counts
            WHERE user_id = :tenant AND autobuild_id = :id AND instrument = :instrument
        """),
        {"tenant": tenant_id, "id": autobuild_id, "instrument": instrument},
    ).one_or_none()
    return None if row is None else Tried(*row)


def put_result(connection: Connection, tenant_id: UUID, autobuild_id: UUID, content: bytes) -> None:
    """Store the result of an AutoBuild that is done."""
    packed = pack(content)
    connection.execute(
        text("""
            INSERT INTO autobuild_results (user_id, autobuild_id, compressed, checksum)
            VALUES (:tenant, :id, :compressed, :checksum)
        """),
        {
            "tenant": tenant_id,
            "id": autobuild_id,
            "compressed": packed.compressed,
            "checksum": packed.checksum,
        },
    )


def get_result(connection: Connection, tenant_id: UUID, autobuild_id: UUID) -> bytes | None:
    """Return the result, or None; raise InternalDefect when it is damaged."""
    row = connection.execute(
        text("""
            SELECT compressed, checksum FROM autobuild_results
            WHERE user_id = :tenant AND autobuild_id = :id
        """),
        {"tenant": tenant_id, "id": autobuild_id},
    ).one_or_none()
    return None if row is None else _unpacked(row, f"result of AutoBuild {autobuild_id}")


def read_events(
    connection: Connection, tenant_id: UUID, autobuild_id: UUID, after: int, limit: int
) -> list[NumberedEvent]:
    """Return up to `limit` events numbered above `after`, oldest first."""
    rows = connection.execute(
        text("""
            SELECT seq, at, kind, stage, data FROM autobuild_events
            WHERE user_id = :tenant AND autobuild_id = :id AND seq > :after
            ORDER BY seq LIMIT :limit
        """),
        {"tenant": tenant_id, "id": autobuild_id, "after": after, "limit": limit},
    )
    return [NumberedEvent(*row) for row in rows]


def insert_job_events(
    connection: Connection,
    tenant_id: UUID,
    autobuild_id: UUID,
    first_seq: int,
    events: Sequence[JobEvent],
) -> None:
    """Store events under the numbers from `first_seq` on; the caller holds the AutoBuild's row."""
    if not events:
        return
    connection.execute(
        text("""
            INSERT INTO autobuild_events (user_id, autobuild_id, seq, at, kind, stage, data)
            SELECT :tenant, :id, * FROM unnest(
                CAST(:seqs AS bigint[]), CAST(:ats AS timestamptz[]), CAST(:kinds AS text[]),
                CAST(:stages AS text[]), CAST(:datas AS jsonb[]))
        """),
        {
            "tenant": tenant_id,
            "id": autobuild_id,
            "seqs": list(range(first_seq, first_seq + len(events))),
            "ats": [event.at for event in events],
            "kinds": [event.kind for event in events],
            "stages": [event.stage for event in events],
            "datas": [dump_json(event.fields) for event in events],
        },
    )


def _unpacked(row: Row[Any], what: str) -> bytes:
    return unpack(Packed(bytes(row.compressed), bytes(row.checksum)), what)
