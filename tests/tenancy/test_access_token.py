"""Signed tokens: they live as long as they say, for one purpose, under one key."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest

from fairlead.infra.errors import InvalidInput, Unauthenticated
from fairlead.tenancy.access_token import (
    issue_access_token,
    issue_link_token,
    read_access_token,
    read_link_token,
)
from fairlead.tenancy.model import ACCESS_TOKEN_S, RESET_LINK_S, User

SECRET = "a signing secret that is long enough for HS256"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
USER = User(UUID(int=1), "ada@example.com", "Ada", "trader", 3, 1, None, None, NOW)


def access() -> str:
    return issue_access_token(SECRET, USER.user_id, UUID(int=2), "trader", 3, NOW)


def test_access_token_says_what_was_put_in() -> None:
    claims = read_access_token(SECRET, access(), NOW)
    assert (claims.user_id, claims.session_id) == (UUID(int=1), UUID(int=2))
    assert (claims.role, claims.token_version) == ("trader", 3)


def test_access_token_dies_after_five_minutes() -> None:
    last = NOW + timedelta(seconds=ACCESS_TOKEN_S)
    read_access_token(SECRET, access(), last - timedelta(seconds=1))
    with pytest.raises(Unauthenticated, match="expired"):
        read_access_token(SECRET, access(), last)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é"])
def test_noise_is_no_token(token: str) -> None:
    with pytest.raises(Unauthenticated):
        read_access_token(SECRET, token, NOW)


def test_token_of_another_key_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        read_access_token(SECRET + "!", access(), NOW)


def test_unsigned_token_is_refused() -> None:
    claims = jwt.decode(access(), options={"verify_signature": False})
    with pytest.raises(Unauthenticated):
        read_access_token(SECRET, jwt.encode(claims, "", algorithm="none"), NOW)


def test_mailed_token_is_no_access_token_and_serves_one_purpose() -> None:
    link = issue_link_token(SECRET, "verify-email", USER, NOW)
    assert read_link_token(SECRET, "verify-email", link, NOW).email == USER.email
    with pytest.raises(Unauthenticated):
        read_access_token(SECRET, link, NOW)
    with pytest.raises(InvalidInput, match="not valid any more"):
        read_link_token(SECRET, "reset-password", link, NOW)


def test_reset_link_dies_after_an_hour() -> None:
    link = issue_link_token(SECRET, "reset-password", USER, NOW)
    with pytest.raises(InvalidInput):
        read_link_token(SECRET, "reset-password", link, NOW + timedelta(seconds=RESET_LINK_S))
