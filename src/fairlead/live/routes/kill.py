"""HTTP of kill switches: pull, look, release."""

from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy import Connection

from fairlead.infra.errors import Forbidden, InvalidInput, NotFound
from fairlead.infra.ids import uuid7
from fairlead.infra.outbox import emit
from fairlead.live.events import KillChanged
from fairlead.live.routes.bodies import KillBody
from fairlead.live.routes.shapes import SwitchesView, SwitchView
from fairlead.live.routes.views import switch_view
from fairlead.live.store import reading, switches
from fairlead.tenancy.access import CurrentPrincipal, TenantConnection, require, surroundings
from fairlead.tenancy.access_idempotency import IdempotentRoute
from fairlead.tenancy.audit import record
from fairlead.tenancy.principal import Principal

kill = APIRouter(prefix="/kill-switches", tags=["live"], route_class=IdempotentRoute)

# What must be typed for acts that cannot be taken back.
CONFIRMATIONS = {
    ("subscription", "flatten"): "FLATTEN",
    ("tenant", "flatten"): "FLATTEN",
    ("platform", "cancel_open"): "PLATFORM",
    ("platform", "flatten"): "FLATTEN PLATFORM",
}


@kill.get("", dependencies=[require("kill.read")])
def list_switches(connection: TenantConnection) -> SwitchesView:
    """List the switches that hold for the tenant now, with how far they have got."""
    own = [switch_view(item) for item in switches.tenant_switches(connection)]
    platform = switches.platform_switches(connection)
    return SwitchesView(
        platform=[switch_view(item) for item in platform],
        tenant=[item for item in own if item.scope == "tenant"],
        subscriptions=[item for item in own if item.scope == "subscription"],
    )


@kill.post("", status_code=201, dependencies=[require("kill.tenant")])
def pull(
    body: KillBody, request: Request, principal: CurrentPrincipal, connection: TenantConnection
) -> SwitchView:
    """Pull a switch: no entry is sent after the answer, whatever is on its way to the venue.

    `stop_new` stops entries, `cancel_open` also takes back entries that are not filled,
    `flatten` also closes positions. Stops and exits keep working.
    """
    _check_confirmation(body)
    switch_id = uuid7()
    if body.scope == "platform":
        _pull_platform(request, principal, switch_id, body)
        found = switches.platform_switches(connection)
    else:
        subject = _subject(connection, principal, body)
        user_id = principal.user_id
        switches.insert_switch(
            connection, user_id, switch_id, body.scope, subject, body.act, body.note
        )
        emit(connection, user_id, KillChanged(switch_id, body.scope, body.act, True))
        found = switches.tenant_switches(connection)
    detail = {"scope": body.scope, "act": body.act, "note": body.note}
    record(connection, principal.user_id, "kill.pull", f"kill_switch:{switch_id}", detail)
    return next(switch_view(item) for item in found if item.id == switch_id)


def _check_confirmation(body: KillBody) -> None:
    expected = CONFIRMATIONS.get((body.scope, body.act))
    if expected is not None and body.confirmation != expected:
        raise InvalidInput(
            "This act needs its confirmation typed.",
            expected=expected,
            found=body.confirmation or "nothing",
            action=f"Type {expected} to go on.",
            path="confirmation",
        )


def _subject(connection: Connection, principal: Principal, body: KillBody) -> UUID:
    if body.scope == "tenant":
        return principal.user_id
    if body.subject_id is None or reading.find_subscription(connection, body.subject_id) is None:
        raise NotFound(
            "There is no such subscription.", found=str(body.subject_id), path="subject_id"
        )
    return body.subject_id


def _pull_platform(request: Request, principal: Principal, switch_id: UUID, body: KillBody) -> None:
    _check_platform(principal)
    with surroundings(request).database.system_transaction() as connection:
        switches.insert_platform_switch(
            connection, switch_id, body.act, body.note, principal.user_id
        )


def _check_platform(principal: Principal) -> None:
    if not principal.may("kill.platform"):
        raise Forbidden(
            "Only an administrator may stop the whole platform.",
            expected="kill.platform",
            found=f"role {principal.role}",
            action="Stop your own trading with the scope tenant.",
        )


@kill.delete("/{switch_id}", status_code=204, dependencies=[require("kill.tenant")])
def release(
    switch_id: UUID, request: Request, principal: CurrentPrincipal, connection: TenantConnection
) -> None:
    """Release a switch: books trade again from the next candle on, unless another one holds."""
    now = surroundings(request).clock.now()
    user_id = principal.user_id
    own = {item.id: item for item in switches.tenant_switches(connection)}
    if switch_id in own:
        switches.release_switch(connection, switch_id, user_id, now)
        item = own[switch_id]
        emit(connection, user_id, KillChanged(switch_id, item.scope, item.act, False))
    elif any(item.id == switch_id for item in switches.platform_switches(connection)):
        _check_platform(principal)
        with surroundings(request).database.system_transaction() as above:
            switches.release_platform_switch(above, switch_id, user_id, now)
    else:
        raise NotFound("There is no such switch, or it was released.", found=str(switch_id))
    record(connection, user_id, "kill.release", f"kill_switch:{switch_id}", {})
