"""A ledger that was kept outside, taken over with the version it belongs to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, InvalidInput
from fairlead.research.overfitting.chain import NO_HASH, Line, check_chain
from fairlead.research.overfitting.family import idea_of
from fairlead.research.store_trials import insert_link, insert_trial, insert_upload, is_head
from fairlead.strategies.versions import load_version


def take_over(
    connection: Connection,
    tenant_id: UUID,
    version_id: UUID,
    lines: tuple[Line, ...],
    now: datetime,
) -> int:
    """Add the lines of an outside ledger; return how many are new.

    Lines come in their order, all at once or in parts of which each goes on where the one before
    it ended. Sending lines again changes nothing. From then on the version counts as one whose
    trials are known.

    Raises `NotFound` for a version that is not the tenant's, `InvalidInput` for lines that were
    changed or a ledger without any, `Conflict` for a part whose beginning was never sent.
    """
    version = load_version(connection, version_id)
    if not lines:
        raise InvalidInput(
            "The ledger is empty: it says nothing about how often somebody tried.",
            expected="at least one line",
            action="Send the ledger of the machine on which the version was made.",
            path="lines",
        )
    check_chain(lines)
    first, last = lines[0], lines[-1]
    if first.previous != NO_HASH and not is_head(connection, tenant_id, first.previous):
        raise Conflict(
            f"Line {first.number} follows lines that were never sent.",
            expected="line 1, or a line after the last one sent",
            found=f"line {first.number}",
            action="Send the ledger from its first line on.",
            path="lines/0",
        )
    added = sum(
        insert_trial(
            connection,
            tenant_id,
            UUID(hex=line.hash[:32]),
            line.trial,
            min(line.at, now),
            origin="upload",
        )
        for line in lines
    )
    insert_link(connection, tenant_id, str(version.strategy_id), idea_of(version.definition), now)
    insert_upload(
        connection, tenant_id, version.strategy_id, version.hash, last.hash, last.number, now
    )
    return added
