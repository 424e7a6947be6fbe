"""Say which role and which API-key scope may do what; the only table of its kind."""

from typing import Literal, get_args

Role = Literal["trader", "author", "support", "admin"]

Permission = Literal[
    "account.read",
    "account.write",
    "keys.manage",
    "catalog.read",
    "strategies.read",
    "strategies.write",
    "strategies.publish",
    "data.read",
    "data.import",
    "research.read",
    "research.run",
    "connections.read",
    "connections.write",
    "subscriptions.read",
    "subscriptions.write",
    "orders.read",
    "orders.write",
    "kill.read",
    "kill.tenant",
    "kill.platform",
    "events.read",
    "tenants.act_as",
    "admin.read",
    "admin.write",
]

Scope = Literal["read", "research", "strategies", "trade", "admin"]

ROLES: tuple[Role, ...] = get_args(Role)
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)
SCOPES: tuple[Scope, ...] = get_args(Scope)

_READS: frozenset[Permission] = frozenset(
    {
        "account.read",
        "catalog.read",
        "strategies.read",
        "data.read",
        "research.read",
        "connections.read",
        "subscriptions.read",
        "orders.read",
        "kill.read",
        "events.read",
    }
)

_TRADER: frozenset[Permission] = _READS | {
    "account.write",
    "keys.manage",
    "strategies.write",
    "data.import",
    "research.run",
    "connections.write",
    "subscriptions.write",
    "orders.write",
    "kill.tenant",
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    "trader": _TRADER,
    "author": _TRADER | {"strategies.publish"},
    # `account.write` lets support people change their own password and sessions, nothing else.
    "support": _READS | {"account.write", "tenants.act_as", "admin.read"},
    "admin": frozenset(PERMISSIONS),
}

# A key never manages keys, passwords or sessions: whoever steals one must not be able to stay.
SCOPE_PERMISSIONS: dict[Scope, frozenset[Permission]] = {
    "read": _READS,
    "research": frozenset({"research.run", "data.import"}),
    "strategies": frozenset({"strategies.write", "strategies.publish"}),
    "trade": frozenset({"connections.write", "subscriptions.write", "orders.write", "kill.tenant"}),
    "admin": frozenset({"admin.read", "admin.write", "kill.platform", "tenants.act_as"}),
}


def permissions_of_role(role: Role) -> frozenset[Permission]:
    """Return everything a signed-in person of `role` may do."""
    return ROLE_PERMISSIONS[role]


def permissions_of_key(role: Role, scopes: tuple[Scope, ...]) -> frozenset[Permission]:
    """Return what an API key may do: its scopes, never more than its owner's role now."""
    granted: frozenset[Permission] = frozenset().union(*(SCOPE_PERMISSIONS[s] for s in scopes))
    return granted & ROLE_PERMISSIONS[role]


def permissions_acting(own: frozenset[Permission]) -> frozenset[Permission]:
    """Return what remains of someone's permissions while they look at another tenant."""
    return own & _READS
