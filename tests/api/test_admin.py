"""Administration: tenants, the audit log, jobs, and support looking at a tenant on record."""

from uuid import UUID

import pytest
from starlette.testclient import TestClient

from fairlead.infra.ids import uuid7
from fairlead.infra.queue import enqueue
from fairlead.wiring import Context
from tests.api.conftest import Person, SignIn


def tenant(admin: Person, person: Person) -> dict[str, object]:
    response = admin.client.get(f"/api/v1/admin/tenants/{person.user_id}")
    assert response.status_code == 200
    found: dict[str, object] = response.json()
    assert response.headers["ETag"] == f'"{found["revision"]}"'
    return found


def patch(admin: Person, person: Person, change: dict[str, object], tag: str) -> int:
    response = admin.client.patch(
        f"/api/v1/admin/tenants/{person.user_id}", json=change, headers={"If-Match": tag}
    )
    return response.status_code


def actions(admin: Person, person: Person) -> list[str]:
    response = admin.client.get(f"/api/v1/admin/audit?person={person.user_id}")
    return [entry["action"] for entry in response.json()["items"]]


def test_admin_changes_a_role_on_record(admin: Person, trader: Person) -> None:
    revision = tenant(admin, trader)["revision"]
    assert patch(admin, trader, {"role": "author"}, f'"{revision}"') == 200
    assert tenant(admin, trader)["role"] == "author"
    assert actions(admin, trader)[0] == "tenant.change"


def test_edit_of_an_outdated_revision_is_412(admin: Person, trader: Person) -> None:
    revision = tenant(admin, trader)["revision"]
    assert patch(admin, trader, {"role": "author"}, f'"{revision}"') == 200
    assert patch(admin, trader, {"role": "trader"}, f'"{revision}"') == 412
    assert tenant(admin, trader)["role"] == "author"


@pytest.mark.parametrize("tag", ["", '"x"', "*"])
def test_edit_without_a_revision_is_refused(admin: Person, trader: Person, tag: str) -> None:
    assert patch(admin, trader, {"role": "author"}, tag) == 422


def test_new_role_ends_the_rights_of_tokens_given_out(admin: Person, sign_in: SignIn) -> None:
    other = sign_in("admin")
    revision = tenant(admin, other)["revision"]
    assert other.client.get("/api/v1/admin/tenants").status_code == 200
    assert patch(admin, other, {"role": "trader"}, f'"{revision}"') == 200
    assert other.client.get("/api/v1/admin/tenants").status_code == 401
    assert other.client.post("/api/v1/auth/refresh").status_code == 200
    assert other.client.get("/api/v1/admin/tenants").status_code == 403


def test_switched_off_tenant_can_do_nothing(
    admin: Person, trader: Person, client: TestClient
) -> None:
    body = {"name": "laptop", "scopes": ["read"]}
    key = trader.client.post("/api/v1/api-keys", json=body).json()["key"]
    revision = tenant(admin, trader)["revision"]
    assert patch(admin, trader, {"disabled": True}, f'"{revision}"') == 200
    assert trader.client.post("/api/v1/auth/ws-ticket").status_code == 401
    assert trader.client.post("/api/v1/auth/refresh").status_code == 401
    bearer = {"Authorization": f"Bearer {key}"}
    assert client.get("/api/v1/auth/me", headers=bearer).status_code == 401


def test_last_administrator_stays(admin: Person, context: Context) -> None:
    with context.database.system_transaction() as connection:
        from sqlalchemy import text

        connection.execute(
            text("UPDATE users SET role = 'trader' WHERE role = 'admin' AND user_id <> :mine"),
            {"mine": admin.user_id},
        )
    revision = tenant(admin, admin)["revision"]
    changes: tuple[dict[str, object], ...] = ({"role": "trader"}, {"disabled": True})
    for change in changes:
        assert patch(admin, admin, change, f'"{revision}"') == 409


def test_tenants_are_read_in_pages_without_loss(admin: Person, sign_in: SignIn) -> None:
    made = {str(sign_in("trader").user_id) for _ in range(5)}
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None and not made <= set(seen):
        response = admin.client.get(
            "/api/v1/admin/tenants", params={"limit": 2, **({"cursor": cursor} if cursor else {})}
        )
        seen += [item["id"] for item in response.json()["items"]]
        cursor = response.json()["next_cursor"]
    assert made <= set(seen)
    assert len(seen) == len(set(seen))


def test_tenants_are_found_by_part_of_the_address(admin: Person, trader: Person) -> None:
    part = str(trader.user_id)
    found = admin.client.get("/api/v1/admin/tenants", params={"search": part}).json()["items"]
    assert [item["id"] for item in found] == [part]
    for odd in ("%", "_____________________________________", "\\", "\x00"):
        response = admin.client.get("/api/v1/admin/tenants", params={"search": odd})
        assert response.status_code in (200, 422)
        assert response.json().get("items", []) == []


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIiwiYiJd", "é" * 10, "W" * 2000])
@pytest.mark.parametrize("path", ["tenants", "audit", "jobs"])
def test_foreign_cursor_is_refused(admin: Person, path: str, cursor: str) -> None:
    response = admin.client.get(f"/api/v1/admin/{path}", params={"cursor": cursor})
    assert response.status_code == 422


def test_audit_log_is_verified(admin: Person) -> None:
    found = admin.client.get("/api/v1/admin/audit/verify").json()
    assert found["intact"] is True
    assert len(found["hash"]) == 64


def test_jobs_of_all_tenants_are_listed(admin: Person, trader: Person, context: Context) -> None:
    job = uuid7()
    with context.database.tenant_transaction(trader.user_id) as connection:
        enqueue(connection, "test.nothing", job, trader.user_id)
    answer = admin.client.get("/api/v1/admin/jobs?limit=1").json()
    assert answer["items"][0]["job_id"] == str(job)
    assert answer["waiting"] >= 1
    assert admin.client.get("/api/v1/admin/health").json()["ready"]["status"] == "ok"


def test_keys_are_rewrapped_on_record(admin: Person) -> None:
    answer = admin.client.post("/api/v1/admin/keys/rewrap")
    assert answer.status_code == 200
    assert answer.json()["remaining"] == 0
    assert actions(admin, admin)[0] == "keys.rewrap"


def test_support_reads_a_tenant_on_record(support: Person, trader: Person, admin: Person) -> None:
    headers = {"X-Act-As": str(trader.user_id)}
    me = support.client.get("/api/v1/auth/me", headers=headers)
    assert me.json()["user"]["id"] == str(trader.user_id)
    entry = admin.client.get(f"/api/v1/admin/audit?person={trader.user_id}").json()["items"][0]
    assert entry["action"] == "tenant.act_as"
    assert entry["actor_id"] == str(support.user_id)
    assert entry["detail"]["read"] == "/api/v1/auth/me"


def test_support_writes_nothing_for_a_tenant(support: Person, trader: Person) -> None:
    headers = {"X-Act-As": str(trader.user_id)}
    for path in ("auth/ws-ticket", "api-keys"):
        response = support.client.post(f"/api/v1/{path}", json={}, headers=headers)
        assert response.status_code == 403


def test_trader_cannot_look_at_another(trader: Person, sign_in: SignIn) -> None:
    other = sign_in("trader")
    response = trader.client.get("/api/v1/auth/me", headers={"X-Act-As": str(other.user_id)})
    assert response.status_code == 403


@pytest.mark.parametrize(("who", "status"), [("nobody", 422), (str(UUID(int=7)), 404), ("", 422)])
def test_support_asking_for_no_tenant_is_told(support: Person, who: str, status: int) -> None:
    response = support.client.get("/api/v1/auth/me", headers={"X-Act-As": who})
    assert response.status_code == status


def test_acting_transaction_cannot_write_even_if_its_code_tries(
    support: Person, trader: Person, context: Context
) -> None:
    """Plant a GET that writes: the database refuses it under X-Act-As."""
    from fastapi import APIRouter, FastAPI

    from fairlead.api.problems import handle_errors
    from fairlead.tenancy.access import CurrentPrincipal, TenantConnection
    from fairlead.tenancy.audit import record
    from tests.api.conftest import client_of

    router = APIRouter()

    @router.get("/planted")
    def planted(principal: CurrentPrincipal, connection: TenantConnection) -> None:
        record(connection, principal.user_id, "test.planted", "x", {})

    app = FastAPI()
    app.state.context = context
    handle_errors(app)
    app.include_router(router)
    for person, headers, status in (
        (trader, {}, 200),
        (support, {"X-Act-As": str(trader.user_id)}, 500),
    ):
        client = client_of(app)
        client.cookies.update(person.client.cookies)
        assert client.get("/planted", headers=headers).status_code == status
