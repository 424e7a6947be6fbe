"""One tenant with something of everything, made over HTTP as people make it."""

import threading
from uuid import UUID

from fairlead.infra.ids import uuid7
from fairlead.infra.queue import Handler, JobContext
from fairlead.research.jobs import HANDLERS
from fairlead.wiring import Context
from tests.api.conftest import Person
from tests.api.matrix import Estate, Json
from tests.research.samples import walk_bars
from tests.strategies.definitions import crossover

INSTRUMENT = "file:matrix"
GRID = {"fast": [3, 5], "slow": [10, 20]}


def make_estate(owner: Person, context: Context) -> Estate:
    """Give `owner` a strategy, runs of all kinds, a key and a session; return where they are."""
    mark = f"mark {uuid7()}"
    strategy = _post(owner, "strategies", {"definition": crossover(), "name": mark})
    context.lake.append(INSTRUMENT, "1h", walk_bars(400))
    key = _post(owner, "api-keys", {"name": mark, "scopes": ["read"]})
    ids = {
        "strategies.strategy_id": strategy["id"],
        "strategies.number": "1",
        "catalog.strategy_id": strategy["id"],
        "api-keys.key_id": key["id"],
        "auth.session_id": str(owner.session_id),
        "admin.tenant_id": str(owner.user_id),
    }
    for group in ("backtests", "sweeps", "walkforwards"):
        ids[f"{group}.run_id"] = _run(owner, context, group, strategy["version"]["id"])
    own = {value for place, value in ids.items() if not place.endswith("number")}
    return Estate({place: str(value) for place, value in ids.items()}, (mark, *sorted(own)))


def _run(owner: Person, context: Context, group: str, version_id: str) -> str:
    body: Json = {"version_id": version_id, "instrument": INSTRUMENT, "timeframe": "1h"}
    if group != "backtests":
        body["grid"] = GRID
    if group == "walkforwards":
        body["windows"] = 2
    made = _post(owner, group, body)
    _carry_out(HANDLERS[f"research.{made['kind']}"], context, owner.user_id, UUID(made["id"]))
    done = owner.client.get(f"/api/v1/{group}/{made['id']}").json()
    assert done["status"] == "done", done
    run_id: str = made["id"]
    return run_id


def _carry_out(handler: Handler, context: Context, tenant_id: UUID, job_id: UUID) -> None:
    handler(
        JobContext(
            database=context.database,
            settings=context.settings,
            clock=context.clock,
            bus=context.bus,
            tenant_id=tenant_id,
            job_id=job_id,
            attempt=1,
            stopping=threading.Event(),
        )
    )


def _post(owner: Person, group: str, body: Json) -> dict[str, str]:
    response = owner.client.post(f"/api/v1/{group}", json=body)
    assert response.status_code in (201, 202), response.text
    made: dict[str, str] = response.json()
    return made
