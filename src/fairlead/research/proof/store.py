"""The SQL of proofs: one row for each proof of a version, never changed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from fairlead.research.jsonable import dump_json
from fairlead.research.proof.model import Proof, proof_of
from fairlead.research.runs import Run
from fairlead.research.store import find_run


@dataclass(frozen=True, slots=True)
class StoredProof:
    """A proof with the run that made it and the series it was made on."""

    run_id: UUID
    instrument: str
    timeframe: str
    created_at: datetime
    proof: Proof


def put_proof(
    connection: Connection,
    tenant_id: UUID,
    run_id: UUID,
    version_hash: str,
    instrument: str,
    proof: Proof,
    now: datetime,
) -> None:
    """Write the proof of a run."""
    connection.execute(
        text("""
            INSERT INTO proofs (user_id, run_id, version_hash, instrument, timeframe, passed,
                                content, created_at)
            VALUES (:tenant, :run, :hash, :instrument, :timeframe, :passed,
                    CAST(:content AS jsonb), :now)
        """),
        {
            "tenant": tenant_id,
            "run": run_id,
            "hash": version_hash,
            "instrument": instrument,
            "timeframe": proof.timeframe,
            "passed": proof.passed,
            "content": dump_json(proof.to_json()),
            "now": now,
        },
    )


def find_latest(connection: Connection, version_hash: str) -> StoredProof | None:
    """Return the tenant's newest proof of a definition, or None."""
    row = connection.execute(
        text("""
            SELECT run_id, instrument, timeframe, created_at, content FROM proofs
            WHERE version_hash = :hash ORDER BY created_at DESC, run_id DESC LIMIT 1
        """),
        {"hash": version_hash},
    ).one_or_none()
    if row is None:
        return None
    proof = proof_of(row.content)
    return StoredProof(row.run_id, row.instrument, row.timeframe, row.created_at, proof)


def find_latest_run(connection: Connection, tenant_id: UUID, version_id: UUID) -> Run | None:
    """Return the tenant's newest run that proves a version, ended or not; None without."""
    run_id = connection.execute(
        text("""
            SELECT run_id FROM runs
            WHERE user_id = :tenant AND kind = 'proof' AND version_id = :version
            ORDER BY run_id DESC LIMIT 1
        """),
        {"tenant": tenant_id, "version": version_id},
    ).scalar_one_or_none()
    return None if run_id is None else find_run(connection, tenant_id, run_id, "proof")
