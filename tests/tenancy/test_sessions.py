"""Sessions: each refresh token works once, and a second use ends the session."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from fairlead.infra.errors import Conflict, NotFound, Unauthenticated
from fairlead.infra.ids import uuid7
from fairlead.tenancy.model import MAX_SESSIONS, REFRESH_TOKEN_S, User
from fairlead.tenancy.sessions import (
    Caller,
    SignedIn,
    end_session,
    end_session_by_token,
    refresh_session,
    start_session,
)
from fairlead.tenancy.store import user_by_id
from fairlead.tenancy.store_sessions import list_sessions
from tests.tenancy.conftest import Around

CALLER = Caller("a test", "192.0.2.1")


@pytest.fixture
def user(around: Around, tenant: UUID) -> User:
    """Return a user without a password."""
    with around.database.system_transaction() as connection:
        found = user_by_id(connection, tenant)
    assert found is not None
    return found


def alive(around: Around, user: User) -> list[UUID]:
    with around.database.tenant_transaction(user.user_id) as connection:
        found = list_sessions(connection, user.user_id, around.clock.now())
    return [session.session_id for session in found]


def steal(around: Around, token: str) -> None:
    with pytest.raises(Unauthenticated, match="session has ended"):
        refresh_session(around, token, CALLER)


def test_refresh_gives_new_tokens_for_the_same_session(around: Around, user: User) -> None:
    first = start_session(around, user, CALLER)
    second = refresh_session(around, first.refresh_token, CALLER)
    assert second.session_id == first.session_id
    assert second.refresh_token != first.refresh_token
    assert second.csrf_token == first.csrf_token


def test_refresh_with_used_token_ends_the_whole_family(around: Around, user: User) -> None:
    first = start_session(around, user, CALLER)
    second = refresh_session(around, first.refresh_token, CALLER)
    around.clock.advance(timedelta(seconds=11))
    steal(around, first.refresh_token)
    assert alive(around, user) == []
    steal(around, second.refresh_token)


def test_refresh_with_used_token_leaves_other_sessions(around: Around, user: User) -> None:
    other = start_session(around, user, CALLER)
    first = start_session(around, user, CALLER)
    refresh_session(around, first.refresh_token, CALLER)
    around.clock.advance(timedelta(seconds=11))
    steal(around, first.refresh_token)
    assert alive(around, user) == [other.session_id]


def test_refresh_by_two_tabs_at_once_asks_one_to_repeat(around: Around, user: User) -> None:
    first = start_session(around, user, CALLER)

    def attempt(_: int) -> SignedIn | None:
        try:
            return refresh_session(around, first.refresh_token, CALLER)
        except Conflict:
            return None

    with ThreadPoolExecutor(4) as pool:
        found = [signed_in for signed_in in pool.map(attempt, range(4)) if signed_in]
    assert len(found) == 1
    assert alive(around, user) == [first.session_id]
    refresh_session(around, found[0].refresh_token, CALLER)


@pytest.mark.parametrize("token", ["", "x", "é" * 1000])
def test_refresh_with_unknown_token_is_refused(around: Around, token: str) -> None:
    steal(around, token)


def test_refresh_after_expiry_is_refused(around: Around, user: User) -> None:
    first = start_session(around, user, CALLER)
    around.clock.advance(timedelta(seconds=REFRESH_TOKEN_S))
    steal(around, first.refresh_token)


def test_ended_session_refreshes_no_more(around: Around, user: User) -> None:
    first = start_session(around, user, CALLER)
    end_session(around, user.user_id, first.session_id, "test")
    steal(around, first.refresh_token)
    with pytest.raises(NotFound):
        end_session(around, user.user_id, first.session_id, "test")


def test_session_of_another_user_cannot_be_ended(around: Around, user: User) -> None:
    first = start_session(around, user, CALLER)
    with pytest.raises(NotFound):
        end_session(around, uuid7(), first.session_id, "test")
    assert alive(around, user) == [first.session_id]


def test_sign_out_works_with_the_refresh_token_alone(around: Around, user: User) -> None:
    first = start_session(around, user, CALLER)
    around.clock.advance(timedelta(days=1))
    end_session_by_token(around, first.refresh_token)
    end_session_by_token(around, first.refresh_token)
    assert alive(around, user) == []


def test_sessions_beyond_the_limit_push_out_the_oldest(around: Around, user: User) -> None:
    ids = []
    for _ in range(MAX_SESSIONS + 2):
        around.clock.advance(timedelta(seconds=1))
        ids.append(start_session(around, user, CALLER).session_id)
    assert alive(around, user) == ids[:1:-1]
