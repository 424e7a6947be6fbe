"""HTTP of proofs: /versions/{id}/proof."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from fairlead.infra.errors import NotFound
from fairlead.market.lake import Lake
from fairlead.research.model import BY_DEFINITION, Account
from fairlead.research.plan import Plan
from fairlead.research.proof.store import StoredProof, find_latest, find_latest_run
from fairlead.research.routes_bodies import RunView, run_view
from fairlead.research.submitting import Wanted, submit
from fairlead.strategies.versions import followable_version, load_version
from fairlead.tenancy.access import CurrentPrincipal, TenantConnection, require, surroundings
from fairlead.tenancy.access_idempotency import IdempotentRoute

router = APIRouter(prefix="/versions", tags=["research"], route_class=IdempotentRoute)

# a proof looks at signals alone: no cash is traded
UNUSED_ACCOUNT = Account(Decimal(1), Decimal(0), Decimal(0), BY_DEFINITION, long_only=False)


class ProofBody(BaseModel):
    """Name the series on which a version is to be proven."""

    model_config = ConfigDict(extra="forbid")

    instrument: Annotated[str, Field(max_length=100)]
    timeframe: str | int


class LeakView(BaseModel):
    """One decision that changed although nothing up to its own bar had."""

    kind: str
    cut_ts: int
    bar_ts: int
    column: str
    before: str
    after: str
    text: str


class ProofView(BaseModel):
    """What a proof found; times are open times of bars in epoch milliseconds."""

    run_id: UUID
    created_at: datetime
    instrument: str
    timeframe: str
    passed: bool
    text: str
    seed: int
    bars: int
    first_ts: int
    last_ts: int
    decisions: int
    cuts: int
    runs: int
    poisons: list[str]
    leaks: list[LeakView]
    warm_up_declared: int | None
    warm_up_needed: int | None
    notes: list[str]


class VersionProofView(BaseModel):
    """A version's newest proof, and the newest run that makes one: both may be missing."""

    version_id: UUID
    version_hash: str
    proof: ProofView | None
    run: RunView | None


@router.post("/{version_id}/proof", status_code=202, dependencies=[require("research.run")])
def submit_proof(
    version_id: UUID,
    body: ProofBody,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> RunView:
    """Queue a proof that a version does not look ahead, on the newest candles of a series."""
    around = surroundings(request)
    wanted = Wanted(
        kind="proof",
        version_id=version_id,
        definition=None,
        instrument=body.instrument,
        timeframe=str(body.timeframe),
        start=None,
        end=None,
        parameters={},
        account=UNUSED_ACCOUNT,
        axes=(),
        plan=Plan(),
    )
    lake = Lake(around.settings.lake_dir)
    return run_view(submit(connection, principal.user_id, lake, wanted, around.clock.now()))


@router.get("/{version_id}/proof", dependencies=[require("research.read")])
def read_proof(
    version_id: UUID, principal: CurrentPrincipal, connection: TenantConnection
) -> VersionProofView:
    """Return the newest proof of a version, and how the newest run that proves it stands."""
    digest = _hash_of(connection, version_id)
    found = find_latest(connection, digest)
    run = find_latest_run(connection, principal.user_id, version_id)
    return VersionProofView(
        version_id=version_id,
        version_hash=digest,
        proof=None if found is None else _proof_view(found),
        run=None if run is None else run_view(run),
    )


def _hash_of(connection: Connection, version_id: UUID) -> str:
    try:
        return load_version(connection, version_id).hash
    except NotFound:
        return followable_version(connection, version_id).hash


def _proof_view(found: StoredProof) -> ProofView:
    return ProofView.model_validate(
        {
            **found.proof.to_json(),
            "run_id": found.run_id,
            "created_at": found.created_at,
            "instrument": found.instrument,
        }
    )
