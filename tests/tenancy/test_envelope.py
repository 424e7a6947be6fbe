"""Envelope encryption: a secret opens in its own place and nowhere else."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.infra.errors import InternalDefect, InvalidInput
from fairlead.tenancy.envelope import (
    MasterKeys,
    Place,
    key_version,
    master_keys,
    seal,
    unseal,
    unwrap,
    wrap,
)

KEY = bytes(range(32))
NONCE = bytes(12)
HOME = Place(UUID(int=1), "connections", "credentials", "row-1")
SECRET = "a secret of the tests, long enough to be taken"


@given(st.binary(max_size=200))
def test_sealed_value_opens_in_its_place(plaintext: bytes) -> None:
    assert unseal(KEY, HOME, seal(KEY, 1, HOME, plaintext, NONCE)) == plaintext


@pytest.mark.parametrize(
    "place",
    [
        replace(HOME, tenant_id=UUID(int=2)),
        replace(HOME, table="orders"),
        replace(HOME, column="token"),
        replace(HOME, row_id="row-2"),
        # the same characters, cut elsewhere
        Place(UUID(int=1), "connection", "scredentials", "row-1"),
    ],
)
def test_sealed_value_moved_elsewhere_does_not_open(place: Place) -> None:
    sealed = seal(KEY, 1, HOME, b"key", NONCE)
    with pytest.raises(InternalDefect, match="does not belong there"):
        unseal(KEY, place, sealed)


@given(st.integers(min_value=1), st.integers(min_value=0, max_value=7))
def test_sealed_value_with_any_changed_bit_does_not_open(position: int, bit: int) -> None:
    sealed = bytearray(seal(KEY, 1, HOME, b"key", NONCE))
    sealed[position % len(sealed)] ^= 1 << bit
    with pytest.raises(InternalDefect):
        unseal(KEY, HOME, bytes(sealed))


@given(st.binary(max_size=40))
def test_noise_does_not_open(noise: bytes) -> None:
    with pytest.raises(InternalDefect):
        unseal(KEY, HOME, noise)


def test_key_version_is_readable_without_the_key() -> None:
    assert key_version(seal(KEY, 7, HOME, b"key", NONCE)) == 7


def test_data_key_wrapped_for_one_tenant_does_not_unwrap_for_another() -> None:
    ring = master_keys(SECRET, "")
    wrapped = wrap(ring, UUID(int=1), 1, KEY, NONCE)
    assert unwrap(ring, wrapped) == KEY
    with pytest.raises(InternalDefect, match="does not open"):
        unwrap(ring, replace(wrapped, tenant_id=UUID(int=2)))


def test_data_key_does_not_unwrap_as_another_version() -> None:
    ring = master_keys(SECRET, "")
    wrapped = wrap(ring, UUID(int=1), 1, KEY, NONCE)
    with pytest.raises(InternalDefect):
        unwrap(ring, replace(wrapped, version=2))


def test_data_key_with_a_missing_master_key_says_which() -> None:
    wrapped = wrap(MasterKeys(3, {3: KEY}), UUID(int=1), 1, KEY, NONCE)
    with pytest.raises(InternalDefect, match="Master key 3"):
        unwrap(master_keys(SECRET, ""), wrapped)


def test_ring_without_setting_derives_version_one() -> None:
    ring = master_keys(SECRET, "")
    assert ring.primary == 1
    assert set(ring.keys) == {1}
    assert ring.keys != master_keys(SECRET + "!", "").keys


def test_ring_takes_the_first_entry_as_primary() -> None:
    ring = master_keys(SECRET, f"3:{'c' * 32}, 2:{'b' * 32}")
    assert ring.primary == 3
    assert set(ring.keys) == {1, 2, 3}


@pytest.mark.parametrize("listed", ["2", "2:", "2:short", "x:" + "a" * 32, "0:" + "a" * 32])
def test_ring_with_unreadable_entry_is_refused(listed: str) -> None:
    with pytest.raises(InvalidInput, match="MASTER_KEYS"):
        master_keys(SECRET, listed)
