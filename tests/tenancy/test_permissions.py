"""The permission table: what each role and scope holds, and what nobody may gain."""

import pytest

from fairlead.tenancy.permissions import (
    PERMISSIONS,
    ROLE_PERMISSIONS,
    ROLES,
    SCOPE_PERMISSIONS,
    SCOPES,
    Role,
    permissions_acting,
    permissions_of_key,
    permissions_of_role,
)


def test_table_names_every_role_and_scope() -> None:
    assert set(ROLE_PERMISSIONS) == set(ROLES)
    assert set(SCOPE_PERMISSIONS) == set(SCOPES)


def test_admin_holds_every_permission() -> None:
    assert permissions_of_role("admin") == frozenset(PERMISSIONS)


@pytest.mark.parametrize("role", ["trader", "author"])
def test_tenants_hold_nothing_over_others(role: Role) -> None:
    held = permissions_of_role(role)
    assert not {"tenants.act_as", "admin.read", "admin.write", "kill.platform"} & held


def test_support_writes_nothing_but_its_own_account() -> None:
    writing = {p for p in permissions_of_role("support") if not p.endswith(".read")}
    assert writing == {"account.write", "tenants.act_as"}


@pytest.mark.parametrize("role", ROLES)
def test_key_never_holds_more_than_its_owner(role: Role) -> None:
    assert permissions_of_key(role, SCOPES) <= permissions_of_role(role)


@pytest.mark.parametrize("role", ROLES)
def test_key_never_manages_keys_or_the_account(role: Role) -> None:
    assert not {"keys.manage", "account.write"} & permissions_of_key(role, SCOPES)


def test_key_without_scopes_may_nothing() -> None:
    assert permissions_of_key("admin", ()) == frozenset()


@pytest.mark.parametrize("role", ROLES)
def test_acting_for_a_tenant_leaves_reads_only(role: Role) -> None:
    held = permissions_acting(permissions_of_role(role))
    assert all(p.endswith(".read") and not p.startswith("admin") for p in held)
