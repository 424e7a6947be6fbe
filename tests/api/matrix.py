"""Walks every operation of an application as nobody, as another tenant, and as support.

Each walk returns findings as sentences; none means that the application keeps its tenants apart.
The operations come from the application's own description, so none can be forgotten.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.api.conftest import Person

Access = Literal["public", "own", "of_one", "admin"]
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one operation.

    `public`: nobody may use it. `own`: everyone uses it for their own data only. `of_one`: its
    path names something of one tenant, for everyone else it does not exist. `admin`: for people
    with power over tenants. `body` must be usable, so that a refusal is about access.
    """

    access: Access
    body: Json | None = None
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, as the description names it."""

    method: str
    path: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Estate:
    """What one tenant owns: ids by the place in a path, and words only its data holds."""

    ids: Mapping[str, str]
    marks: tuple[str, ...]


def operations(app: FastAPI) -> list[Operation]:
    """Return every operation of the application."""
    return [
        Operation(method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    ]


def unknown_operations(app: FastAPI, entries: Mapping[str, Entry]) -> list[str]:
    """Return operations without an entry, and entries without an operation."""
    names = {operation.name for operation in operations(app)}
    return sorted(names ^ set(entries))


def walk_as_nobody(
    app: FastAPI, entries: Mapping[str, Entry], estate: Estate, client: TestClient
) -> Iterator[str]:
    """Find operations that answer somebody who is not signed in."""
    for operation, entry in _known(app, entries):
        if entry.access == "public":
            continue
        status = _send(client, operation, entry, estate)[0]
        if status != 401:
            yield f"{operation.name} answers nobody with {status}"


def walk_as_other(
    app: FastAPI, entries: Mapping[str, Entry], estate: Estate, other: Person
) -> Iterator[str]:
    """Find operations that show or change what belongs to the tenant of `estate`."""
    for operation, entry in _known(app, entries):
        if entry.access in ("own", "public") and operation.method != "GET":
            continue
        status, text = _send(other.client, operation, entry, estate)
        if entry.access == "of_one" and status != 404:
            yield f"{operation.name} answers another tenant with {status}"
        if entry.access == "admin" and status != 403:
            yield f"{operation.name} answers a trader with {status}"
        if entry.access == "own" and status != 200:
            yield f"{operation.name} answers its own user with {status}: {text[:200]}"
        # a refusal repeats the id it was asked for, which the asker knew
        asked = set(estate.ids.values()) if status != 200 else set()
        if entry.access != "public" and any(m in text for m in estate.marks if m not in asked):
            yield f"{operation.name} shows another tenant's data"


def walk_as_support(
    app: FastAPI, entries: Mapping[str, Entry], estate: Estate, support: Person, tenant: str
) -> Iterator[str]:
    """Find reads refused to support acting for the tenant, and writes that are not."""
    for operation, entry in _known(app, entries):
        if entry.access in ("public", "admin"):
            continue
        status, _ = _send(support.client, operation, entry, estate, {"X-Act-As": tenant})
        if operation.method == "GET" and status != 200:
            yield f"{operation.name} answers support with {status}"
        if operation.method != "GET" and status != 403:
            yield f"{operation.name} lets support act: {status}"


def walk_as_owner(
    app: FastAPI, entries: Mapping[str, Entry], estate: Estate, owner: Person
) -> Iterator[str]:
    """Find reads that do not even work for the owner: their refusals would prove nothing."""
    for operation, entry in _known(app, entries):
        if entry.access != "of_one" or operation.method != "GET":
            continue
        status, text = _send(owner.client, operation, entry, estate)
        if status != 200:
            yield f"{operation.name} answers its owner with {status}: {text[:200]}"


def writes_of_owner(
    app: FastAPI, entries: Mapping[str, Entry], estate: Estate, owner: Person
) -> Iterator[str]:
    """Find writes whose request is so wrong that its refusal says nothing about access.

    Changes the estate: the last walk of all, and what ends things comes last in it.
    """
    for operation, entry in sorted(_known(app, entries), key=lambda known: _ending(known[0])):
        if entry.access != "of_one" or operation.method == "GET":
            continue
        status, text = _send(owner.client, operation, entry, estate)
        if status in (401, 403, 404, 405, 422) or status >= 500:
            yield f"{operation.name} answers its owner with {status}: {text[:200]}"


def _ending(operation: Operation) -> tuple[bool, bool]:
    return operation.method == "DELETE", "session" in operation.path


def _known(app: FastAPI, entries: Mapping[str, Entry]) -> list[tuple[Operation, Entry]]:
    return [(o, entries[o.name]) for o in operations(app) if o.name in entries]


def _send(
    client: TestClient,
    operation: Operation,
    entry: Entry,
    estate: Estate,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    path, query = operation.path, entry.query
    for place, value in estate.ids.items():
        query = query.replace(f"{{{place}}}", value)
        group, _, name = place.partition(".")
        if path.startswith(f"/api/v1/{group}/"):
            path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, f"the estate has nothing for {operation.path}"
    response = client.request(
        operation.method,
        path + query,
        json=entry.body,
        headers={**entry.headers, **(headers or {})},
    )
    return response.status_code, response.text
