"""The application as a whole: headers, pages, limits, health, and what its process loads."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.testclient import TestClient

from fairlead.api.app import create_app
from fairlead.api.openapi import openapi_text
from fairlead.infra.bus import Bus
from fairlead.infra.db import Database
from fairlead.infra.roles import role_urls
from fairlead.tenancy.limits import LIMITS
from fairlead.wiring import Context
from tests.api.conftest import Person, client_of

HEAVY = ("numba", "pandas", "polars", "alembic", "procrastinate", "ccxt", "skfolio")


@pytest.fixture
def pages(context: Context, tmp_path: Path) -> TestClient:
    """Return a client of an application whose pages are built."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>index</title>")
    (folder / "assets" / "app-1a2b.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    settings = context.settings.with_changes(web_dir=folder)
    return client_of(
        create_app(Context(settings, context.clock, context.database, context.bus, context.lake))
    )


HTML = {"Accept": "text/html,*/*"}


@pytest.mark.parametrize("path", ["/", "/sign-in", "/strategies/1", "/instruments/nse:M.M"])
def test_address_of_a_page_serves_the_index(pages: TestClient, path: str) -> None:
    response = pages.get(path, headers=HTML)
    assert response.status_code == 200
    assert "index" in response.text
    assert response.headers["Cache-Control"] == "no-cache"


def test_hashed_asset_may_be_kept_forever(pages: TestClient) -> None:
    response = pages.get("/assets/app-1a2b.js")
    assert response.text == "1"
    assert "immutable" in response.headers["Cache-Control"]


def test_missing_asset_is_404(pages: TestClient) -> None:
    assert pages.get("/assets/old.js").status_code == 404


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1/nothing", "/api/v2/auth/me", "/ws/nothing", "/health/x"]
)
def test_unknown_address_of_programs_is_a_problem_and_no_page(pages: TestClient, path: str) -> None:
    response = pages.get(path, headers=HTML)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "//secret.txt"]
)
def test_files_beside_the_pages_are_out_of_reach(pages: TestClient, path: str) -> None:
    assert "secret" not in pages.get(path, headers=HTML).text


def test_pages_that_are_not_built_say_so(context: Context, tmp_path: Path) -> None:
    settings = context.settings.with_changes(web_dir=tmp_path / "nothing")
    app = create_app(Context(settings, context.clock, context.database, context.bus, context.lake))
    response = client_of(app).get("/", headers=HTML)
    assert response.status_code == 503
    assert "make install" in response.text


@pytest.mark.parametrize("path", ["/", "/api/v1/nothing", "/api/v1/auth/me", "/health/live"])
def test_every_answer_carries_the_security_headers(pages: TestClient, path: str) -> None:
    headers = pages.get(path, headers=HTML).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


def test_report_in_html_gets_an_origin_of_its_own(context: Context) -> None:
    app = create_app(context)
    app.add_api_route("/api/v1/planted", lambda: HTMLResponse("<p>report"))
    app.router.routes.insert(0, app.router.routes.pop())
    policy = client_of(app).get("/api/v1/planted").headers["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert "connect-src" not in policy


def test_answers_of_the_api_are_not_kept(trader: Person) -> None:
    assert trader.client.get("/api/v1/auth/me").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("declared", [True, False])
def test_large_body_is_413(client: TestClient, declared: bool) -> None:
    content = json.dumps({"email": "x" * 1_100_000}).encode()
    sent = content if declared else (content[i : i + 65536] for i in range(0, 1_100_000, 65536))
    headers = {"Content-Type": "application/json"}
    response = client.post("/api/v1/auth/login", content=sent, headers=headers)
    assert response.status_code == 413


def test_sign_in_is_limited_by_address(client: TestClient) -> None:
    limit = LIMITS["sign-in"].burst
    statuses = [
        client.post("/api/v1/auth/verify-email", json={"token": "x"}).status_code
        for _ in range(limit + 5)
    ]
    assert statuses[:limit] == [422] * limit
    assert 429 in statuses[limit:]


def test_limits_hold_without_valkey(context: Context) -> None:
    bus = Bus("redis://127.0.0.1:1/0")
    client = client_of(
        create_app(Context(context.settings, context.clock, context.database, bus, context.lake))
    )
    limit = LIMITS["sign-in"].burst
    statuses = [
        client.post("/api/v1/auth/verify-email", json={"token": "x"}).status_code
        for _ in range(limit + 5)
    ]
    assert 429 in statuses


def test_health_is_ok_with_all_parts(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert client.get("/api/v1/health/ready").json() == response.json()


def test_health_without_valkey_is_degraded(context: Context) -> None:
    bus = Bus("redis://127.0.0.1:1/0")
    app = create_app(Context(context.settings, context.clock, context.database, bus, context.lake))
    response = client_of(app).get("/health/ready")
    assert response.status_code == 200
    assert response.json()["status"] == "degraded"


def test_health_without_database_is_down_and_requests_are_503(context: Context) -> None:
    app = create_app(Context(context.settings, context.clock, _absent(), context.bus, context.lake))
    client = client_of(app)
    assert client.get("/health/live").status_code == 200
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["database"] == "down"
    login = client.post("/api/v1/auth/login", json={"email": "a@b.de", "password": "x"})
    assert login.status_code == 503
    assert "does not answer" in login.json()["detail"]
    assert login.headers["Retry-After"]


def test_health_at_another_revision_is_down(context: Context, database: Database) -> None:
    from fairlead.api.health import readiness
    from fairlead.infra import revision

    before = revision.MIGRATIONS
    try:
        revision.MIGRATIONS = context.settings.data_dir
        context.settings.data_dir.mkdir(parents=True)
        (context.settings.data_dir / "9999_future.py").touch()
        found = readiness(context)
    finally:
        revision.MIGRATIONS = before
    assert found.status == "down"
    assert "9999" in (found.detail or "")


def test_metrics_count_requests_by_route(client: TestClient, admin: Person) -> None:
    admin.client.get(f"/api/v1/admin/tenants/{admin.user_id}")
    text = client.get("/metrics").text
    assert 'route="/api/v1/admin/tenants/{tenant_id}",status="200"' in text
    assert str(admin.user_id) not in text


def test_metrics_in_production_are_for_administrators(context: Context, trader: Person) -> None:
    settings = context.settings.with_changes(environment="production")
    app = create_app(Context(settings, context.clock, context.database, context.bus, context.lake))
    client = client_of(app)
    assert client.get("/metrics").status_code == 401
    bearer = {"Authorization": f"Bearer {trader.token}"}
    assert client.get("/metrics", headers=bearer).status_code == 403


def test_description_is_the_same_every_time_and_needs_no_database() -> None:
    assert openapi_text() == openapi_text()
    document = json.loads(openapi_text())
    assert "/api/v1/auth/login" in document["paths"]


def test_description_the_web_client_is_made_from_is_current() -> None:
    kept = Path(__file__).parents[2] / "web" / "openapi.json"
    assert kept.read_text() == openapi_text(), (
        "the API has changed: run `python -m fairlead.api.openapi > web/openapi.json` and make "
        "the web client again"
    )


def test_served_description_is_the_exported_one(client: TestClient) -> None:
    assert client.get("/api/v1/openapi.json").json() == json.loads(openapi_text())


def test_api_process_starts_without_heavy_libraries() -> None:
    code = f"import sys, fairlead.api.server; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_operation_ids_are_unique(app: FastAPI) -> None:
    document = app.openapi()
    ids = [
        operation["operationId"]
        for operations in document["paths"].values()
        for operation in operations.values()
    ]
    assert len(ids) == len(set(ids))


def _absent() -> Database:
    from sqlalchemy import create_engine

    urls = role_urls("postgresql://nobody@127.0.0.1:1/none", "secret")
    engines = [
        create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        for url in (urls.app, urls.engine, urls.system)
    ]
    return Database(*engines)
