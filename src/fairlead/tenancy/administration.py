"""What administrators do to tenants: roles, access, and the wrapping of their keys."""

from dataclasses import dataclass, replace
from uuid import UUID

from fairlead.infra.errors import Conflict, NotFound
from fairlead.tenancy.access_etag import stale
from fairlead.tenancy.audit import record_for
from fairlead.tenancy.model import User
from fairlead.tenancy.permissions import Role
from fairlead.tenancy.store import administer_user, count_active_admins, user_by_id
from fairlead.tenancy.surroundings import Surroundings
from fairlead.tenancy.vault import remaining_to_rewrap, rewrap_batch, ring_of

MAX_BATCHES = 10_000


@dataclass(frozen=True, slots=True)
class TenantChange:
    """What a tenant is to be, and the revision this was decided on."""

    role: Role
    disabled: bool
    revision: int


def find_tenant(around: Surroundings, tenant_id: UUID) -> User:
    """Return any tenant; raise NotFound for an id nobody has."""
    with around.database.system_transaction() as connection:
        user = user_by_id(connection, tenant_id)
    if user is None:
        raise NotFound("There is no such tenant.", found=str(tenant_id))
    return user


def change_tenant(
    around: Surroundings, actor_id: UUID, tenant_id: UUID, change: TenantChange
) -> User:
    """Change role and access of a tenant; everything they are signed in with is asked again.

    Raises NotFound, StaleVersion for an outdated revision, and Conflict for a change after which
    no administrator could sign in.
    """
    now = around.clock.now()
    with around.database.system_transaction() as connection:
        admins = count_active_admins(connection)
        user = user_by_id(connection, tenant_id)
        if user is None:
            raise NotFound("There is no such tenant.", found=str(tenant_id))
        was_admin = user.role == "admin" and user.disabled_at is None
        stays_admin = change.role == "admin" and not change.disabled
        if was_admin and not stays_admin and admins <= 1:
            raise Conflict(
                "This is the last administrator who can sign in.",
                action="Make someone else an administrator first.",
            )
        if not administer_user(
            connection,
            tenant_id,
            role=change.role,
            disabled=change.disabled,
            revision=change.revision,
            at=now,
        ):
            raise stale(change.revision)
        detail = {
            "role": f"{user.role} -> {change.role}",
            "disabled": f"{user.disabled_at is not None} -> {change.disabled}",
        }
        record_for(connection, tenant_id, actor_id, "tenant.change", f"user:{tenant_id}", detail)
        return replace(
            user,
            role=change.role,
            disabled_at=(user.disabled_at or now) if change.disabled else None,
            revision=user.revision + 1,
            token_version=user.token_version + 1,
        )


def rewrap_data_keys(around: Surroundings, actor_id: UUID) -> tuple[int, int]:
    """Wrap all data keys with the primary master key; return how many, and how many remain.

    Each batch is a transaction of its own, so tenants keep reading their secrets meanwhile.
    """
    ring = ring_of(around.settings)
    done = 0
    for _ in range(MAX_BATCHES):
        with around.database.system_transaction() as connection:
            batch = rewrap_batch(connection, ring)
        done += batch
        if batch == 0:
            break
    with around.database.system_transaction() as connection:
        remaining = remaining_to_rewrap(connection, ring)
        detail = {"rewrapped": str(done), "remaining": str(remaining)}
        subject = f"master-key:{ring.primary}"
        record_for(connection, actor_id, actor_id, "keys.rewrap", subject, detail)
    return done, remaining
