"""Turn constraints into a queued AutoBuild, refusing at once what could never come to anything."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, InvalidInput, NotFound
from fairlead.infra.ids import uuid7
from fairlead.infra.queue import enqueue
from fairlead.market.reports import Coverage
from fairlead.research.autobuild.constraints import constraints_document, read_constraints
from fairlead.research.autobuild.estimating import estimate_of, refuse_hopeless
from fairlead.research.autobuild.record import AutoBuild
from fairlead.research.autobuild.store import (
    count_unfinished,
    find_autobuild,
    insert_autobuild,
    resume_autobuild,
)
from fairlead.research.jsonable import Json

TASK = "research.autobuild"
UNFINISHED_MAX = 3


def submit_autobuild(
    connection: Connection,
    tenant_id: UUID,
    coverage: Sequence[Coverage],
    name: str,
    document: Mapping[str, object],
    now: datetime,
    fetched: Collection[str] = (),
) -> AutoBuild:
    """Write a queued AutoBuild and its job in the caller's transaction.

    Its range ends now at the latest, so that an attempt that takes over sees the same bars.
    Missing bars of the venues `fetched` are fetched by the job.
    Raises `InvalidInput` for constraints that contradict each other, `NotFound` for a universe
    without data, `Conflict` for a tenant with too many under way.
    """
    if not name.strip():
        raise InvalidInput("An AutoBuild needs a name.", path="/name", action="Give it one.")
    constraints = read_constraints(cast("Mapping[str, Json]", document))
    as_of_ms = round(now.timestamp() * 1000)
    refuse_hopeless(constraints, estimate_of(constraints, coverage, as_of_ms), fetched)
    _refuse_too_many(connection, tenant_id)
    autobuild_id = uuid7()
    insert_autobuild(
        connection,
        tenant_id,
        autobuild_id,
        name.strip(),
        constraints_document(constraints),
        as_of_ms,
        now,
    )
    enqueue(connection, TASK, autobuild_id, tenant_id)
    return existing(connection, tenant_id, autobuild_id)


def resume(connection: Connection, tenant_id: UUID, autobuild_id: UUID) -> AutoBuild:
    """Queue a failed or cancelled AutoBuild again; finished instruments are not done twice.

    Raises `NotFound`, or `Conflict` for one that is done or under way.
    """
    before = existing(connection, tenant_id, autobuild_id)
    _refuse_too_many(connection, tenant_id)
    again = resume_autobuild(connection, tenant_id, autobuild_id)
    if again is None:
        raise Conflict(
            f"This AutoBuild cannot be resumed: it is {before.status}.",
            expected="one that failed or was cancelled",
            found=before.status,
        )
    enqueue(connection, TASK, autobuild_id, tenant_id)
    return again


def existing(connection: Connection, tenant_id: UUID, autobuild_id: UUID) -> AutoBuild:
    """Return an AutoBuild; raises `NotFound`."""
    found = find_autobuild(connection, tenant_id, autobuild_id)
    if found is None:
        raise NotFound("There is no such AutoBuild.", found=str(autobuild_id))
    return found


def _refuse_too_many(connection: Connection, tenant_id: UUID) -> None:
    unfinished = count_unfinished(connection, tenant_id)
    if unfinished >= UNFINISHED_MAX:
        raise Conflict(
            f"{unfinished} AutoBuilds are waiting or under way; the limit is {UNFINISHED_MAX}.",
            action="Wait for one to end, or cancel one.",
        )
