"""One tenant with something of everything, made over HTTP as people make it."""

import threading
from typing import Any
from uuid import UUID

from sqlalchemy import text

from fairlead.infra.ids import uuid7
from fairlead.infra.queue import Handler, JobContext
from fairlead.research.autobuild.jobs import HANDLERS as AUTOBUILD
from fairlead.research.autobuild.submitting import TASK
from fairlead.research.jobs import HANDLERS
from fairlead.wiring import Context
from tests.api.conftest import Person
from tests.api.matrix import Estate, Json
from tests.research.samples import walk_bars
from tests.strategies.definitions import crossover

INSTRUMENT = "file:matrix"
_ORDER = text("""
    INSERT INTO orders (user_id, subscription_id, leg, n, client_id, partition, cause_id,
        connection_id, rank, status, unsettled, purpose, reason, kind, lots, quantity, price,
        boundary_ms, valid_until)
    VALUES (:user_id, :subscription_id, 0, 0, :client_id, 0, :some_id, :connection_id, 0, 1,
        true, 1, 1, 1, 100, 1, 1, 0, clock_timestamp() + interval '1 hour')
""")
GRID = {"fast": [3, 5], "slow": [10, 20]}
CONSTRAINTS = {
    "universe": {"mode": "whitelist", "whitelist": [INSTRUMENT]},
    "history": {"minimum_days": 10},
    "templates": [{"template": "sma_crossover", "grid": GRID}],
    "walk_forward": {"windows": 2},
}


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
        "versions.version_id": strategy["version"]["id"],
        "api-keys.key_id": key["id"],
        "auth.session_id": str(owner.session_id),
        "admin.tenant_id": str(owner.user_id),
        "data.name": "simulated",
    }
    ids["portfolios.portfolio_id"] = _portfolio(owner, strategy["version"]["id"], mark)
    ids |= _trading(owner, context, strategy["version"]["id"], mark)
    ids["promotions.promotion_id"] = _promotion(owner, ids["portfolios.portfolio_id"], mark)
    series = import_private(owner)
    for group in ("backtests", "sweeps", "walkforwards"):
        ids[f"{group}.run_id"] = _run(owner, context, group, strategy["version"]["id"])
    ids["portfolio-backtests.run_id"] = _portfolio_run(
        owner, context, ids["portfolios.portfolio_id"]
    )
    ids |= {"autobuilds.autobuild_id": _autobuild(owner, context, mark)}
    ids |= {"autobuilds.instrument": INSTRUMENT}
    shared = ("number", "name", "instrument")
    own = {value for place, value in ids.items() if not place.endswith(shared)}
    marks = (mark, series, *sorted(own))
    return Estate({place: str(value) for place, value in ids.items()}, marks)


def _portfolio(owner: Person, version_id: str, mark: str) -> str:
    leg = {"version_id": version_id, "instrument": INSTRUMENT, "timeframe": "1h"}
    made: str = _post(owner, "portfolios", {"name": mark, "legs": [leg]})["id"]
    return made


def _portfolio_run(owner: Person, context: Context, portfolio_id: str) -> str:
    made: str = _post(owner, f"portfolios/{portfolio_id}/backtests", {})["id"]
    carry_out(HANDLERS["research.portfolio"], context, owner.user_id, UUID(made))
    return made


def _promotion(owner: Person, portfolio_id: str, mark: str) -> str:
    connection = _post(owner, "connections", {"name": f"{mark} promoted"})
    subject: Json = {"portfolio_id": portfolio_id}
    body: Json = {"subject": subject, "connection_id": connection["id"]}
    made: str = _post(owner, "promotions", body)["id"]
    return made


def _trading(owner: Person, context: Context, version_id: str, mark: str) -> dict[str, str]:
    connection = _post(owner, "connections", {"name": mark})
    body: Json = {
        "version_id": version_id,
        "instrument": INSTRUMENT,
        "timeframe": "1h",
        "connection_id": connection["id"],
    }
    subscription = _post(owner, "subscriptions", body)
    switch = _post(owner, "kill-switches", {"scope": "tenant", "act": "stop_new", "note": mark})
    with context.database.engine_transaction() as engine:
        engine.execute(
            _ORDER,
            {
                "user_id": owner.user_id,
                "subscription_id": subscription["id"],
                "connection_id": connection["id"],
                "some_id": uuid7(),
                "client_id": uuid7().hex[-20:],
            },
        )
    return {
        "subscriptions.subscription_id": subscription["id"],
        "orders.order_id": f"{subscription['id']}.0.0",
        "kill-switches.switch_id": switch["id"],
    }


def import_private(owner: Person) -> str:
    """Import bars of the tenant's own and return the name of their instrument."""
    instrument = f"file:private-{uuid7().hex}"
    rows = "".join(f"2024-01-0{day}T00:00:00Z,1,2,0.5,1.5,10\n" for day in range(1, 6))
    response = owner.client.post(
        "/api/v1/data/imports",
        data={"instrument": instrument, "timeframe": "1d"},
        files={"file": ("bars.csv", "ts,open,high,low,close,volume\n" + rows)},
    )
    assert response.status_code == 201, response.text
    return instrument


def _run(owner: Person, context: Context, group: str, version_id: str) -> str:
    body: Json = {"version_id": version_id, "instrument": INSTRUMENT, "timeframe": "1h"}
    if group != "backtests":
        body["grid"] = GRID
    if group == "walkforwards":
        body["windows"] = 2
    made = _post(owner, group, body)
    carry_out(HANDLERS[f"research.{made['kind']}"], context, owner.user_id, UUID(made["id"]))
    done = owner.client.get(f"/api/v1/{group}/{made['id']}").json()
    assert done["status"] == "done", done
    run_id: str = made["id"]
    return run_id


def _autobuild(owner: Person, context: Context, mark: str) -> str:
    made = _post(owner, "autobuilds", {"name": mark, "constraints": CONSTRAINTS})
    carry_out(AUTOBUILD[TASK], context, owner.user_id, UUID(made["id"]))
    done = owner.client.get(f"/api/v1/autobuilds/{made['id']}").json()
    assert done["status"] == "done", done
    autobuild_id: str = made["id"]
    return autobuild_id


def carry_out(handler: Handler, context: Context, tenant_id: UUID, job_id: UUID) -> None:
    """Carry out one job as a worker does."""
    handler(
        JobContext(
            database=context.database,
            settings=context.settings.with_changes(research_processes=0),
            clock=context.clock,
            bus=context.bus,
            tenant_id=tenant_id,
            job_id=job_id,
            attempt=1,
            stopping=threading.Event(),
        )
    )


def _post(owner: Person, group: str, body: Json) -> dict[str, Any]:
    response = owner.client.post(f"/api/v1/{group}", json=body)
    assert response.status_code in (201, 202), response.text
    made: dict[str, Any] = response.json()
    return made
