"""Signing in over HTTP: cookies, CSRF, origins, keys, and what a page must send."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from fairlead.api.app import create_app
from fairlead.infra.clock import ManualClock
from fairlead.infra.ids import uuid7
from fairlead.wiring import Context
from tests.api.conftest import BASE_URL, Person, SignIn, client_of

PASSWORD = "otter lamp quarry nine"


def credentials() -> dict[str, str]:
    return {"email": f"{uuid7()}@example.com", "password": PASSWORD, "name": "Ada"}


def test_register_signs_in_with_cookies_scripts_cannot_read(client: TestClient) -> None:
    response = client.post("/api/v1/auth/register", json=credentials())
    assert response.status_code == 201
    body = response.json()
    assert body["user"]["role"] == "trader"
    assert body["token"]
    cookies = {c.split("=", 1)[0]: c for c in response.headers.get_list("set-cookie")}
    assert set(cookies) == {"fairlead_access", "fairlead_refresh", "fairlead_csrf"}
    for name in ("fairlead_access", "fairlead_refresh"):
        assert "HttpOnly" in cookies[name]
        assert "SameSite=lax" in cookies[name]
        assert "Path=/" in cookies[name]
        assert "Domain" not in cookies[name]
    assert "HttpOnly" not in cookies["fairlead_csrf"]
    assert response.headers["Cache-Control"] == "no-store"
    me = client.get("/api/v1/auth/me")
    assert me.json()["user"]["id"] == body["user"]["id"]
    assert me.json()["csrf_token"] == client.cookies["fairlead_csrf"]


def test_cookies_in_production_are_bound_to_this_host_and_https(context: Context) -> None:
    settings = context.settings.with_changes(environment="production")
    app = create_app(Context(settings, context.clock, context.database, context.bus, context.lake))
    client = TestClient(app, base_url="https://fairlead.example")
    response = client.post("/api/v1/auth/register", json=credentials())
    cookies = response.headers.get_list("set-cookie")
    tokens = [c for c in cookies if c.startswith("__Host-")]
    assert len(tokens) == 2
    for cookie in cookies:
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
    assert client.get("/api/v1/auth/me").status_code == 200
    assert "max-age" in response.headers["Strict-Transport-Security"]


def test_wrong_password_is_401_and_says_what_to_do(client: TestClient) -> None:
    body = credentials()
    client.post("/api/v1/auth/register", json=body)
    body["password"] = "another wrong one"
    response = client.post("/api/v1/auth/login", json=body)
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["detail"] == "E-mail address or password is wrong."
    assert problem["request_id"] == response.headers["X-Request-ID"]
    assert "password" not in str(problem.get("found"))


def test_lock_is_429_with_retry_after(client: TestClient) -> None:
    body = credentials()
    for _ in range(6):
        client.post("/api/v1/auth/login", json=body)
    response = client.post("/api/v1/auth/login", json=body)
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) >= 1


def test_refresh_rotates_the_cookie(client: TestClient) -> None:
    client.post("/api/v1/auth/register", json=credentials())
    before = client.cookies["fairlead_refresh"]
    assert client.post("/api/v1/auth/refresh").status_code == 200
    assert client.cookies["fairlead_refresh"] != before


def test_reused_refresh_cookie_ends_the_session(client: TestClient, clock: ManualClock) -> None:
    client.post("/api/v1/auth/register", json=credentials())
    stolen = client.cookies["fairlead_refresh"]
    client.post("/api/v1/auth/refresh")
    clock.advance(timedelta(seconds=11))
    thief = client_of(client.app)  # type: ignore[arg-type]  # our own application
    thief.cookies.set("fairlead_refresh", stolen)
    assert thief.post("/api/v1/auth/refresh").status_code == 401
    assert client.post("/api/v1/auth/refresh").status_code == 401


def test_logout_forgets_cookies_and_ends_the_session(client: TestClient) -> None:
    client.post("/api/v1/auth/register", json=credentials())
    kept = client.cookies["fairlead_refresh"]
    assert client.post("/api/v1/auth/logout").status_code == 204
    assert not client.cookies
    client.cookies.set("fairlead_refresh", kept)
    assert client.post("/api/v1/auth/refresh").status_code == 401


def test_session_list_marks_the_current_one_and_revokes_others(
    app: FastAPI, client: TestClient
) -> None:
    body = credentials()
    client.post("/api/v1/auth/register", json=body)
    phone = client_of(app)
    phone.post("/api/v1/auth/login", json=body)
    csrf = {"X-CSRF-Token": client.cookies["fairlead_csrf"]}
    sessions = client.get("/api/v1/auth/sessions").json()
    assert sorted(s["current"] for s in sessions) == [False, True]
    (other,) = [s["id"] for s in sessions if not s["current"]]
    assert client.delete(f"/api/v1/auth/sessions/{other}", headers=csrf).status_code == 204
    assert phone.post("/api/v1/auth/refresh").status_code == 401
    assert client.delete(f"/api/v1/auth/sessions/{other}", headers=csrf).status_code == 404


def test_revoked_session_acts_no_more_although_its_token_lives(
    trader: Person, context: Context
) -> None:
    with context.database.system_transaction() as connection:
        from fairlead.tenancy.store_sessions import revoke_session

        revoke_session(connection, trader.user_id, trader.session_id, "test", context.clock.now())
    response = trader.client.post("/api/v1/auth/ws-ticket")
    assert response.status_code == 401


def test_expired_access_token_is_401(trader: Person, clock: ManualClock) -> None:
    clock.advance(timedelta(minutes=6))
    assert trader.client.get("/api/v1/auth/me").status_code == 401


@pytest.mark.parametrize("token", [None, b"", b"wrong", "é".encode()])
def test_cookie_without_its_csrf_token_cannot_act(trader: Person, token: bytes | None) -> None:
    del trader.client.headers["X-CSRF-Token"]
    headers = {} if token is None else {b"X-CSRF-Token": token}
    response = trader.client.post("/api/v1/auth/ws-ticket", headers=headers)
    assert response.status_code == 403
    assert "CSRF" in response.json()["detail"]


def test_csrf_token_of_another_session_cannot_act(trader: Person, sign_in: SignIn) -> None:
    other = sign_in("trader")
    headers = {"X-CSRF-Token": other.client.headers["X-CSRF-Token"]}
    assert trader.client.post("/api/v1/auth/ws-ticket", headers=headers).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:8001", "null"])
def test_page_of_another_site_cannot_act_or_sign_in(
    trader: Person, client: TestClient, origin: str
) -> None:
    headers = {"Origin": origin}
    assert trader.client.post("/api/v1/auth/ws-ticket", headers=headers).status_code == 403
    response = client.post("/api/v1/auth/login", json=credentials(), headers=headers)
    assert response.status_code == 403


def test_cross_site_request_without_origin_is_refused(trader: Person) -> None:
    del trader.client.headers["Origin"]
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert trader.client.post("/api/v1/auth/ws-ticket", headers=headers).status_code == 403


def test_public_address_is_the_only_origin_in_production(context: Context) -> None:
    settings = context.settings.with_changes(
        environment="production", public_url="https://fairlead.example"
    )
    app = create_app(Context(settings, context.clock, context.database, context.bus, context.lake))
    client = TestClient(app, base_url="https://proxy.internal")
    for origin, status in (("https://fairlead.example", 401), ("https://proxy.internal", 403)):
        response = client.post("/api/v1/auth/login", json=credentials(), headers={"Origin": origin})
        assert response.status_code == status


def make_key(trader: Person, scopes: list[str]) -> str:
    body = {"name": "laptop", "scopes": scopes}
    response = trader.client.post("/api/v1/api-keys", json=body)
    assert response.status_code == 201, response.text
    key: str = response.json()["key"]
    return key


def test_api_key_reads_without_cookies_or_csrf(trader: Person, client: TestClient) -> None:
    key = make_key(trader, ["read"])
    headers = {"Authorization": f"Bearer {key}"}
    me = client.get("/api/v1/auth/me", headers=headers)
    assert me.json()["user"]["id"] == str(trader.user_id)
    assert me.json()["csrf_token"] == ""
    ticket = client.post("/api/v1/auth/ws-ticket", headers=headers)
    assert ticket.status_code == 200


def test_api_key_is_shown_once(trader: Person) -> None:
    key = make_key(trader, ["read", "trade"])
    (shown,) = trader.client.get("/api/v1/api-keys").json()
    assert key.startswith(shown["prefix"])
    assert key not in str(shown)
    assert shown["scopes"] == ["read", "trade"]


def test_api_key_cannot_make_keys(trader: Person, client: TestClient) -> None:
    key = make_key(trader, ["read", "research", "strategies", "trade", "admin"])
    headers = {"Authorization": f"Bearer {key}"}
    body = {"name": "more", "scopes": ["read"]}
    response = client.post("/api/v1/api-keys", json=body, headers=headers)
    assert response.status_code == 403
    assert response.json()["expected"] == "keys.manage"


def test_api_key_of_a_trader_is_no_administrator(trader: Person, client: TestClient) -> None:
    key = make_key(trader, ["admin"])
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get("/api/v1/admin/tenants", headers=headers).status_code == 403


def test_revoked_and_expired_api_keys_are_401(
    trader: Person, client: TestClient, clock: ManualClock
) -> None:
    first = make_key(trader, ["read"])
    (shown,) = trader.client.get("/api/v1/api-keys").json()
    trader.client.delete(f"/api/v1/api-keys/{shown['id']}")
    body = {"name": "short", "scopes": ["read"], "expires_in_days": 1}
    second = trader.client.post("/api/v1/api-keys", json=body).json()["key"]
    clock.advance(timedelta(days=1))
    for key in (first, second, "flk_unknown", "flk_"):
        headers = {"Authorization": f"Bearer {key}"}
        assert client.get("/api/v1/auth/me", headers=headers).status_code == 401


def test_access_token_works_as_bearer_without_csrf(trader: Person, client: TestClient) -> None:
    headers = {"Authorization": f"Bearer {trader.token}"}
    assert client.post("/api/v1/auth/ws-ticket", headers=headers).status_code == 200


@pytest.mark.parametrize("value", ["Bearer", "Bearer x", "Basic Zm9v", "Bearer flk_\u00e9"])
def test_odd_authorization_is_401(client: TestClient, value: str) -> None:
    headers = {b"Authorization": value.encode()}
    assert client.get("/api/v1/auth/me", headers=headers).status_code == 401


def test_alias_points_to_the_real_address(client: TestClient) -> None:
    body = credentials()
    response = client.post("/api/auth/register", json=body)
    assert response.status_code == 201
    assert [r.status_code for r in response.history] == [308]


def test_origin_of_the_page_itself_is_allowed(client: TestClient) -> None:
    response = client.post(
        "/api/v1/auth/register", json=credentials(), headers={"Origin": BASE_URL}
    )
    assert response.status_code == 201
