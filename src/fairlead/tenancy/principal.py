"""The one who acts now, and whose data the act is about."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from fairlead.tenancy.permissions import Permission, Role, Scope

Kind = Literal["session", "api_key", "acting"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Name the tenant whose rows are touched and the person or key that touches them.

    `user_id` is the tenant: every tenant transaction of the request runs as this id. `actor_id`
    is who really acts; the two differ only for kind `acting` (support looking at a tenant), and
    then `permissions` holds reads only. `credential_id` is the session or the API key used.
    """

    user_id: UUID
    role: Role
    scopes: tuple[Scope, ...]
    kind: Kind
    actor_id: UUID
    credential_id: UUID
    permissions: frozenset[Permission]

    def may(self, permission: Permission) -> bool:
        """Say whether this principal holds `permission`."""
        return permission in self.permissions
