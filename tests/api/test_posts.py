"""Every POST that acts is carried out once per Idempotency-Key, or says why it need not be."""

from collections.abc import Iterator

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from fairlead.api.app import create_api
from fairlead.tenancy.access import tenant_connection
from fairlead.tenancy.access_idempotency import IdempotentRoute

# POST -> why it needs no key
WITHOUT_KEY = {
    "/api/v1/auth/register": "the address is unique: a repeat is a conflict",
    "/api/v1/auth/login": "a repeat begins another session, which the list shows",
    "/api/v1/auth/logout": "a repeat finds nothing to end",
    "/api/v1/auth/refresh": "a token works once by itself",
    "/api/v1/auth/verify-email": "a repeat changes nothing",
    "/api/v1/auth/password": "a repeat does not know the current password",
    "/api/v1/auth/password-reset": "a repeat mails another link to the same person",
    "/api/v1/auth/password-reset/confirm": "a link works once by itself",
    "/api/v1/auth/ws-ticket": "an unused ticket dies by itself",
    "/api/v1/api-keys": "the answer holds a secret, which is not stored for a repeat",
    "/api/v1/admin/keys/rewrap": "a repeat finds nothing to do",
    "/api/v1/data/imports": "bars that are there already are not imported again",
    "/api/v1/data/feeds": "the name is unique: a repeat is a conflict",
    "/api/v1/strategies/validate": "changes nothing",
    "/api/v1/autobuilds/estimate": "changes nothing",
    "/api/auth/register": "leads to /api/v1",
    "/api/auth/login": "leads to /api/v1",
    "/api/auth/logout": "leads to /api/v1",
    "/api/strategies/subscriptions/{subscription_id}/pause": "leads to /api/v1",
    "/api/strategies/subscriptions/{subscription_id}/resume": "leads to /api/v1",
}


def posts_without_key(app: FastAPI) -> set[str]:
    return {
        str(route.path)
        for route in iter_route_contexts(app.routes)
        if "POST" in (route.methods or ())
        and not (
            isinstance(route.original_route, IdempotentRoute)
            and tenant_connection in _calls(route.dependant)
        )
    }


def _calls(dependant: Dependant) -> Iterator[object]:
    for part in dependant.dependencies:
        yield part.call
        yield from _calls(part)


def test_every_acting_post_takes_a_key() -> None:
    assert posts_without_key(create_api()) == set(WITHOUT_KEY)


def test_planted_post_without_key_is_found() -> None:
    app, router = create_api(), APIRouter()
    router.add_api_route("/planted", lambda: None, methods=["POST"])
    app.include_router(router)
    assert posts_without_key(app) - set(WITHOUT_KEY) == {"/planted"}
