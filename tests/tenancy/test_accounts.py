"""Accounts: confirmed and recovered by mail, the demo's, and those of a crowd."""

import re
import stat
from datetime import timedelta

import pytest

from fairlead.infra.errors import InvalidInput, Unauthenticated
from fairlead.tenancy.accounts import (
    change_password,
    create_accounts,
    ensure_demo_account,
    register,
    request_password_reset,
    reset_password,
    verify_email,
)
from fairlead.tenancy.api_keys import KeyRequest, create_api_key
from fairlead.tenancy.credentials import token_hash
from fairlead.tenancy.mail import mail_dir
from fairlead.tenancy.sessions import Caller, refresh_session, start_session
from fairlead.tenancy.sign_in import sign_in
from fairlead.tenancy.store import password_identity, user_by_email
from fairlead.tenancy.store_keys import find_api_key
from tests.tenancy.conftest import PASSWORD, Around

CALLER = Caller("a test", "192.0.2.1")
OTHER = "velvet harbour onion tram"


def mailed_token(around: Around) -> str:
    newest = max(mail_dir(around.settings).glob("*.eml"))
    text = newest.read_text().replace("=\n", "").replace("=3D", "=")
    found = re.search(r"token=([\w.-]+)", text)
    assert found is not None, text
    return found[1]


def test_registration_mails_a_link_that_verifies(around: Around, email: str) -> None:
    register(around, email, PASSWORD, "Ada")
    verify_email(around, mailed_token(around))
    with around.database.system_transaction() as connection:
        user = user_by_email(connection, email)
    assert user is not None
    assert user.email_verified_at is not None


def test_letters_are_readable_by_their_owner_only(around: Around, email: str) -> None:
    register(around, email, PASSWORD, "Ada")
    (letter,) = mail_dir(around.settings).glob("*.eml")
    assert stat.S_IMODE(letter.stat().st_mode) == 0o600


def test_reset_sets_the_password_and_ends_everything(around: Around, email: str) -> None:
    user = register(around, email, PASSWORD, "Ada")
    session = start_session(around, user, CALLER)
    with around.database.tenant_transaction(user.user_id) as connection:
        wanted = KeyRequest("laptop", ("read",), None)
        _, secret = create_api_key(connection, user.user_id, wanted, around.clock.now())
    request_password_reset(around, email)
    reset_password(around, mailed_token(around), OTHER)
    with pytest.raises(Unauthenticated):
        refresh_session(around, session.refresh_token, CALLER)
    with around.database.system_transaction() as connection:
        assert find_api_key(connection, token_hash(secret), around.clock.now()) is None
    with pytest.raises(Unauthenticated):
        sign_in(around, email, PASSWORD, CALLER)
    assert sign_in(around, email, OTHER, CALLER).user.email == email


def test_reset_link_works_once(around: Around, email: str) -> None:
    register(around, email, PASSWORD, "Ada")
    request_password_reset(around, email)
    token = mailed_token(around)
    reset_password(around, token, OTHER)
    with pytest.raises(InvalidInput, match="not valid any more"):
        reset_password(around, token, PASSWORD)


def test_reset_with_refused_password_keeps_the_link(around: Around, email: str) -> None:
    register(around, email, PASSWORD, "Ada")
    request_password_reset(around, email)
    token = mailed_token(around)
    with pytest.raises(InvalidInput, match="refused"):
        reset_password(around, token, "short")
    reset_password(around, token, OTHER)


def test_reset_lifts_a_lock(around: Around, email: str) -> None:
    register(around, email, PASSWORD, "Ada")
    for _ in range(6):
        with pytest.raises(Unauthenticated):
            sign_in(around, email, "wrong", CALLER)
    request_password_reset(around, email)
    reset_password(around, mailed_token(around), OTHER)
    sign_in(around, email, OTHER, CALLER)


def test_reset_of_unknown_address_mails_nothing(around: Around, email: str) -> None:
    request_password_reset(around, email)
    assert not mail_dir(around.settings).exists()


def test_change_password_needs_the_current_one(around: Around, email: str) -> None:
    user = register(around, email, PASSWORD, "Ada")
    mine = start_session(around, user, CALLER)
    with pytest.raises(InvalidInput, match="current password is wrong"):
        change_password(around, user.user_id, mine.session_id, "wrong", OTHER)
    sign_in(around, email, PASSWORD, CALLER)


def test_change_password_ends_other_sessions_only(around: Around, email: str) -> None:
    user = register(around, email, PASSWORD, "Ada")
    mine, other = start_session(around, user, CALLER), start_session(around, user, CALLER)
    change_password(around, user.user_id, mine.session_id, PASSWORD, OTHER)
    refresh_session(around, mine.refresh_token, CALLER)
    with pytest.raises(Unauthenticated):
        refresh_session(around, other.refresh_token, CALLER)


def test_demo_account_is_the_same_at_every_start(around: Around) -> None:
    email, password = ensure_demo_account(around)
    assert ensure_demo_account(around) == (email, password)
    assert sign_in(around, email, password, CALLER).user.role == "admin"
    kept = around.settings.data_dir / "demo-account.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_demo_account_of_a_lost_folder_gets_a_new_password(around: Around) -> None:
    email, old = ensure_demo_account(around)
    (around.settings.data_dir / "demo-account.json").unlink()
    again, new = ensure_demo_account(around)
    assert (again, new) != (email, old)
    sign_in(around, email, new, CALLER)


def test_crowd_is_made_once_and_in_order(around: Around) -> None:
    prefix = f"c{around.clock.now_ms()}{id(around)}"
    with around.database.system_transaction() as connection:
        first = create_accounts(connection, 50, prefix)
        more = create_accounts(connection, 120, prefix)
        assert create_accounts(connection, 120, prefix) == more
    assert len(set(more)) == 120
    assert more[:50] == first


def test_crowd_cannot_sign_in(around: Around) -> None:
    prefix = f"d{id(around)}"
    with around.database.system_transaction() as connection:
        create_accounts(connection, 1, prefix)
        address = f"{prefix}-0000001@subscribers.invalid"
        assert user_by_email(connection, address) is not None
        assert password_identity(connection, address) is None
    with pytest.raises(Unauthenticated):
        sign_in(around, address, "", CALLER)


@pytest.mark.parametrize(("n", "prefix"), [(-1, "demo"), (1, "De mo"), (1, ""), (1, "a%")])
def test_crowd_out_of_bounds_is_refused(around: Around, n: int, prefix: str) -> None:
    with (
        pytest.raises(InvalidInput),
        around.database.system_transaction() as connection,
    ):
        create_accounts(connection, n, prefix)


def test_verification_link_dies_after_three_days(around: Around, email: str) -> None:
    register(around, email, PASSWORD, "Ada")
    around.clock.advance(timedelta(days=3))
    with pytest.raises(InvalidInput, match="not valid any more"):
        verify_email(around, mailed_token(around))
