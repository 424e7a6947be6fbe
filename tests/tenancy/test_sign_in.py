"""Sign-in: slow for guessers, the same for known and unknown addresses."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from fairlead.infra.errors import Conflict, InvalidInput, RateLimited, Unauthenticated
from fairlead.tenancy.accounts import register
from fairlead.tenancy.passwords import verify_password
from fairlead.tenancy.sessions import Caller
from fairlead.tenancy.sign_in import sign_in
from fairlead.tenancy.store import password_identity
from tests.tenancy.conftest import PASSWORD, Around

CALLER = Caller("a test", "192.0.2.1")


def outcome(around: Around, email: str, password: str) -> str:
    try:
        sign_in(around, email, password, CALLER)
    except (Unauthenticated, RateLimited) as error:
        return f"{type(error).__name__}: {error.message}"
    return "in"


def test_sign_in_with_right_password_begins_a_session(around: Around, email: str) -> None:
    user = register(around, email, PASSWORD, "Ada")
    signed_in = sign_in(around, f"  {email.upper()} ", PASSWORD, CALLER)
    assert signed_in.user.user_id == user.user_id
    assert signed_in.access_token != signed_in.refresh_token


def test_sign_in_says_the_same_for_wrong_password_and_unknown_address(
    around: Around, email: str
) -> None:
    register(around, email, PASSWORD, "Ada")
    unknown = f"x{email}"
    for _ in range(5):
        assert outcome(around, email, "wrong") == outcome(around, unknown, "wrong")
    # the sixth locks, the seventh is refused: for both alike
    assert outcome(around, email, "wrong") == outcome(around, unknown, "wrong")
    refused = outcome(around, email, "wrong")
    assert refused.startswith("RateLimited")
    assert refused == outcome(around, unknown, "wrong")


def test_sign_in_while_locked_refuses_even_the_right_password(around: Around, email: str) -> None:
    register(around, email, PASSWORD, "Ada")
    for _ in range(7):
        outcome(around, email, "wrong")
    assert outcome(around, email, PASSWORD).startswith("RateLimited")
    around.clock.advance(timedelta(seconds=3))
    assert outcome(around, email, PASSWORD) == "in"


def test_sign_in_lock_grows_with_every_failure(around: Around, email: str) -> None:
    for _ in range(6):
        outcome(around, email, "wrong")
    waits = []
    for _ in range(4):
        with pytest.raises(RateLimited) as caught:
            sign_in(around, email, "wrong", CALLER)
        waits.append(caught.value.retry_after_s)
        around.clock.advance(timedelta(seconds=caught.value.retry_after_s))
        assert outcome(around, email, "wrong").startswith("Unauthenticated")
    assert waits == [1, 2, 4, 8]


def test_sign_in_success_forgets_the_failures(around: Around, email: str) -> None:
    register(around, email, PASSWORD, "Ada")
    for _ in range(2):
        for _ in range(4):
            outcome(around, email, "wrong")
        assert outcome(around, email, PASSWORD) == "in"


def test_guesses_side_by_side_all_count(around: Around, email: str) -> None:
    register(around, email, PASSWORD, "Ada")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: outcome(around, email, f"guess {n}"), range(12)))
    # five are free and the sixth begins the lock; time stands still, so nothing else gets through
    assert sum(line.startswith("Unauthenticated") for line in found) == 6


def test_unusable_address_is_just_unknown(around: Around) -> None:
    assert outcome(around, "no\x00address", "wrong").startswith(("Unauthenticated", "RateLimited"))


def test_register_twice_is_a_conflict(around: Around, email: str) -> None:
    register(around, email, PASSWORD, "Ada")
    with pytest.raises(Conflict, match="account with this e-mail address"):
        register(around, email.upper(), PASSWORD, "Eve")


def test_register_side_by_side_makes_one_account(around: Around, email: str) -> None:
    def attempt(_: int) -> bool:
        try:
            register(around, email, PASSWORD, "Ada")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(4))) == 1


def test_register_with_refused_password_leaves_nothing(around: Around, email: str) -> None:
    with pytest.raises(InvalidInput):
        register(around, email, "short", "Ada")
    with around.database.system_transaction() as connection:
        assert password_identity(connection, email) is None


def test_password_is_stored_as_argon2_only(around: Around, email: str) -> None:
    register(around, email, PASSWORD, "Ada")
    with around.database.system_transaction() as connection:
        found = password_identity(connection, email)
    assert found is not None
    assert found[1].startswith("$argon2id$")
    assert verify_password(found[1], PASSWORD)
