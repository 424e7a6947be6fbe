"""Passwords: which are refused, and how they are stored and compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.tenancy.passwords import (
    check_password,
    hash_password,
    is_outdated,
    verify_password,
)

GOOD = "otter lamp quarry nine"


def refuse(password: str, email: str = "ada@example.com", name: str = "Ada") -> str:
    with pytest.raises(InvalidInput) as caught:
        check_password(password, email=email, name=name)
    assert caught.value.path == "/password"
    return caught.value.message


def test_good_password_is_taken() -> None:
    check_password(GOOD, email="ada@example.com", name="Ada")


@pytest.mark.parametrize("length", [0, 1, 11])
def test_short_password_is_refused_with_its_length(length: int) -> None:
    assert f"it has {length} characters" in refuse("xK9#mQ2$vL7!"[:length])


def test_long_password_is_refused() -> None:
    assert "at most 256" in refuse("aK9#mQ2$vL7!" * 22)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password12345",
        "P@ssw0rd2024!",
        "!!!iloveyou!!!!",
        "qwerty1234567890",
        "LetMeInPlease1",
        "welcome2024!!!",
        "correcthorsebatterystaple",
        "Liverpool2023!",
        "1q2w3e4r5t6y",
        "abcabcabcabc",
        "m0nkeym0nkey",
    ],
)
def test_published_password_is_refused_in_any_dress(password: str) -> None:
    refuse(password)


@pytest.mark.parametrize(
    "password", ["aaaaaaaaaaaaaa", "121212121212", "asdfghjklpoiu", "abcdefghijklm", "zyxwvutsrqpo"]
)
def test_runs_and_repeats_are_refused(password: str) -> None:
    refuse(password)


@pytest.mark.parametrize(
    "password", ["ada.lovelace1", "AdaLovelace12", "ada.lovelace@example.com", "fairlead12345"]
)
def test_personal_password_is_refused(password: str) -> None:
    refuse(password, "ada.lovelace@example.com", "Ada Lovelace")


@given(st.text(max_size=40))
def test_check_never_fails_otherwise_than_by_refusing(password: str) -> None:
    try:
        check_password(password, email="ada@example.com", name="Ada")
    except InvalidInput:
        return
    assert len(password) >= 12


def test_hash_verifies_itself_and_nothing_else() -> None:
    stored = hash_password(GOOD)
    assert verify_password(stored, GOOD)
    assert not verify_password(stored, GOOD + " ")
    assert not is_outdated(stored)


def test_hash_states_its_parameters_and_has_its_own_salt() -> None:
    first, second = hash_password(GOOD), hash_password(GOOD)
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second


def test_missing_hash_never_verifies() -> None:
    assert not verify_password(None, "no account has this password")


def test_broken_hash_never_verifies() -> None:
    assert not verify_password("not a hash", GOOD)


def test_weaker_hash_is_outdated() -> None:
    assert is_outdated(
        "$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
        "Xm1n7D1Hq0Qn0l0d7m6d0h0VJ0v7b2J0K2y6s9k0b1A"
    )
