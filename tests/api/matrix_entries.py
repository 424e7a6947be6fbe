"""What is known of every operation; a new route without a line here fails the matrix."""

from tests.api.matrix import Entry, Json
from tests.strategies.definitions import crossover

PUBLIC = Entry("public")
OWN = Entry("own")
OF_ONE = Entry("of_one")
ADMIN = Entry("admin")
AT_ONE = {"If-Match": '"1"'}
NO_ID = "00000000-0000-0000-0000-000000000000"
ONE_LEG: Json = {
    "name": "One",
    "legs": [{"version_id": NO_ID, "instrument": "file:matrix", "timeframe": "1h"}],
}

AUTH = {
    "POST /auth/register": PUBLIC,
    "POST /auth/login": PUBLIC,
    "POST /auth/logout": PUBLIC,
    "POST /auth/refresh": PUBLIC,
    "POST /auth/verify-email": PUBLIC,
    "POST /auth/password-reset": PUBLIC,
    "POST /auth/password-reset/confirm": PUBLIC,
    "GET /auth/me": OWN,
    "POST /auth/password": Entry("own", {"current": "x", "new": "y"}),
    "POST /auth/ws-ticket": OWN,
    "GET /auth/sessions": OWN,
    "DELETE /auth/sessions/{session_id}": OF_ONE,
    "GET /api-keys": OWN,
    "POST /api-keys": Entry("own", {"name": "laptop", "scopes": ["read"]}),
    "DELETE /api-keys/{key_id}": OF_ONE,
    "GET /events": Entry("own", query="?after=0"),
    "GET /health/live": PUBLIC,
    "GET /health/ready": PUBLIC,
}

ADMINISTRATION = {
    "GET /admin/audit": ADMIN,
    "GET /admin/audit/verify": ADMIN,
    "GET /admin/health": ADMIN,
    "GET /admin/jobs": ADMIN,
    "POST /admin/keys/rewrap": ADMIN,
    "GET /admin/tenants": ADMIN,
    "GET /admin/tenants/{tenant_id}": ADMIN,
    "PATCH /admin/tenants/{tenant_id}": Entry("admin", {"role": "admin"}, headers=AT_ONE),
}

STRATEGIES = {
    "GET /catalog": PUBLIC,
    "GET /catalog/{strategy_id}": PUBLIC,
    "GET /strategies": OWN,
    "POST /strategies": Entry("own", {"definition": {}}),
    "GET /strategies/schema": PUBLIC,
    "GET /strategies/templates": PUBLIC,
    "POST /strategies/validate": Entry("own", {"definition": {}}),
    "GET /strategies/{strategy_id}": OF_ONE,
    "PATCH /strategies/{strategy_id}": Entry("of_one", {"name": "taken"}, headers=AT_ONE),
    "DELETE /strategies/{strategy_id}": Entry("of_one", headers=AT_ONE),
    "GET /strategies/{strategy_id}/diff": Entry("of_one", query="?from=1&to=1"),
    "POST /strategies/{strategy_id}/publish": Entry("of_one", {}),
    "POST /strategies/{strategy_id}/unpublish": OF_ONE,
    "GET /strategies/{strategy_id}/versions": OF_ONE,
    "POST /strategies/{strategy_id}/versions": Entry("of_one", {"definition": crossover()}),
    "GET /strategies/{strategy_id}/versions/{number}": OF_ONE,
    "PATCH /strategies/{strategy_id}/versions/{number}": Entry("of_one", {"deprecated": True}),
}

PORTFOLIOS = {
    "GET /portfolios": OWN,
    "POST /portfolios": Entry("own", {}),
    "GET /portfolios/{portfolio_id}": OF_ONE,
    # out of date, since a body that is not could not name a version of this owner
    "PUT /portfolios/{portfolio_id}": Entry("of_one", ONE_LEG, headers={"If-Match": '"9"'}),
    "DELETE /portfolios/{portfolio_id}": OF_ONE,
    "POST /portfolios/{portfolio_id}/backtests": Entry("of_one", {}),
    "GET /portfolio-backtests": OWN,
    "GET /portfolio-backtests/{run_id}": OF_ONE,
    "GET /portfolio-backtests/{run_id}/report": OF_ONE,
    "GET /portfolio-backtests/{run_id}/report.html": OF_ONE,
    "POST /portfolio-backtests/{run_id}/cancel": OF_ONE,
    "DELETE /portfolio-backtests/{run_id}": OF_ONE,
}

PROMOTIONS = {
    "GET /promotions": OWN,
    "POST /promotions": Entry("own", {}),
    "GET /promotions/gates": Entry("of_one", query="?portfolio_id={portfolios.portfolio_id}"),
    "GET /promotions/{promotion_id}": OF_ONE,
    "POST /promotions/{promotion_id}/approve": OF_ONE,
    "POST /promotions/{promotion_id}/deploy": OF_ONE,
    "POST /promotions/{promotion_id}/reject": OF_ONE,
    "POST /promotions/{promotion_id}/rollback": OF_ONE,
}


def _runs(group: str) -> dict[str, Entry]:
    return {
        f"GET /{group}": OWN,
        f"POST /{group}": Entry("own", {}),
        f"GET /{group}/{{run_id}}": OF_ONE,
        f"POST /{group}/{{run_id}}/cancel": OF_ONE,
        f"DELETE /{group}/{{run_id}}": OF_ONE,
    }


RESEARCH = {
    **_runs("backtests"),
    **_runs("sweeps"),
    **_runs("walkforwards"),
    "GET /trials": OWN,
    "POST /trials/upload": Entry("own", {"version_id": NO_ID, "lines": []}),
    "GET /runs/compare": Entry("of_one", query="?id={backtests.run_id}&id={walkforwards.run_id}"),
    "POST /backtests/{run_id}/publish": OF_ONE,
    "GET /backtests/{run_id}/report": OF_ONE,
    "GET /backtests/{run_id}/report.csv": OF_ONE,
    "GET /backtests/{run_id}/report.html": OF_ONE,
    "GET /backtests/{run_id}/report.pdf": OF_ONE,
    "GET /sweeps/{run_id}/result": OF_ONE,
    "GET /walkforwards/{run_id}/report.html": OF_ONE,
    "GET /walkforwards/{run_id}/result": OF_ONE,
    "GET /versions/{version_id}/proof": OF_ONE,
    "POST /versions/{version_id}/proof": Entry(
        "of_one", {"instrument": "file:matrix", "timeframe": "1h"}
    ),
}


_NOWHERE = {"universe": {"mode": "whitelist", "whitelist": ["file:nowhere"]}}

AUTOBUILD = {
    "GET /autobuilds/schema": OWN,
    "POST /autobuilds/estimate": Entry("own", {"constraints": _NOWHERE}),
    "GET /autobuilds": OWN,
    "POST /autobuilds": Entry("own", {"name": "x", "constraints": _NOWHERE}),
    "GET /autobuilds/{autobuild_id}": OF_ONE,
    "POST /autobuilds/{autobuild_id}/cancel": OF_ONE,
    "POST /autobuilds/{autobuild_id}/resume": OF_ONE,
    "DELETE /autobuilds/{autobuild_id}": OF_ONE,
    "GET /autobuilds/{autobuild_id}/events": OF_ONE,
    "GET /autobuilds/{autobuild_id}/result": OF_ONE,
    "GET /autobuilds/{autobuild_id}/instruments/{instrument}": OF_ONE,
    "POST /autobuilds/{autobuild_id}/portfolio": Entry("of_one", {"name": "kept"}),
}


DATA = {
    "GET /instruments": OWN,
    "GET /data/coverage": OWN,
    "GET /data/bars": Entry("own", query="?instrument=file:matrix&timeframe=1h"),
    "GET /data/imports": OWN,
    "POST /data/imports": OWN,
    "GET /data/fetches": OWN,
    "POST /data/fetches": Entry("own", {}),
    "GET /data/providers": OWN,
    "GET /data/feeds": OWN,
    "POST /data/feeds": Entry("admin", {"name": "x", "kind": "simulated"}),
    "PATCH /data/feeds/{name}": Entry("admin", {"enabled": False}),
}


LIVE = {
    "GET /connections": OWN,
    "POST /connections": Entry("own", {"name": "paper"}),
    "GET /subscriptions": OWN,
    "POST /subscriptions": Entry("own", {}),
    "GET /subscriptions/{subscription_id}": OF_ONE,
    "POST /subscriptions/{subscription_id}/pause": Entry("of_one", {"positions": "keep"}),
    "POST /subscriptions/{subscription_id}/resume": OF_ONE,
    "POST /subscriptions/{subscription_id}/cancel": Entry("of_one", {"positions": "exit"}),
    "GET /subscriptions/{subscription_id}/evaluations": OF_ONE,
    "GET /subscriptions/{subscription_id}/equity": OF_ONE,
    "GET /subscriptions/{subscription_id}/orders": OF_ONE,
    "GET /subscriptions/{subscription_id}/trades": OF_ONE,
    "GET /orders": OWN,
    "POST /orders/{order_id}/cancel": OF_ONE,
    "GET /trades": OWN,
    "GET /executions": OWN,
    "GET /kill-switches": OWN,
    "POST /kill-switches": Entry("own", {"scope": "tenant", "act": "stop_new"}),
    "DELETE /kill-switches/{switch_id}": OF_ONE,
    "GET /dashboard": OWN,
}


def _under_prefix(entries: dict[str, Entry]) -> dict[str, Entry]:
    return {name.replace(" /", " /api/v1/", 1): entry for name, entry in entries.items()}


ENTRIES = _under_prefix(
    {
        **AUTH,
        **ADMINISTRATION,
        **STRATEGIES,
        **PORTFOLIOS,
        **PROMOTIONS,
        **RESEARCH,
        **AUTOBUILD,
        **DATA,
        **LIVE,
    }
)
