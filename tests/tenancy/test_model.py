"""Rules of accounts: how long locks last, what an address and a name may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.tenancy.model import lock_duration_s, normal_email, plain_name


@pytest.mark.parametrize(
    ("failures", "wait_s"), [(0, 0), (5, 0), (6, 1), (7, 2), (10, 16), (16, 900), (10_000, 900)]
)
def test_lock_grows_after_free_attempts(failures: int, wait_s: int) -> None:
    assert lock_duration_s(failures) == wait_s


@given(st.integers(0, 1000))
def test_lock_never_shrinks_with_failures(failures: int) -> None:
    assert lock_duration_s(failures) <= lock_duration_s(failures + 1)


@pytest.mark.parametrize("email", ["Ada@Example.COM", "  ada@example.com\n"])
def test_email_has_one_normal_form(email: str) -> None:
    assert normal_email(email) == "ada@example.com"


@pytest.mark.parametrize(
    "email",
    ["", "ada", "@a.de", "ada@", "ada@host", "a b@c.de", "a@.", "a\x00@b.de", "a" * 250 + "@b.de"],
)
def test_unusable_email_is_refused_with_its_place(email: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        normal_email(email)
    assert caught.value.path == "/email"


def test_name_loses_extra_blanks() -> None:
    assert plain_name("  Ada   Lovelace ") == "Ada Lovelace"


@pytest.mark.parametrize("name", ["", "   ", "a\x00b", "x" * 101])
def test_unusable_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        plain_name(name)
