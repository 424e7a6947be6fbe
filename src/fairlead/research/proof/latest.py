"""The newest proof of a version, for those who decide what may trade."""

from sqlalchemy import Connection

from fairlead.research.proof.model import Proof
from fairlead.research.proof.store import find_latest


def latest_proof(connection: Connection, version_hash: str) -> Proof | None:
    """Return the tenant's newest proof of a definition, whether it passed or not; None without.

    Call it in the tenant's transaction.
    """
    found = find_latest(connection, version_hash)
    return None if found is None else found.proof
