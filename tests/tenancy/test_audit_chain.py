"""The chain's arithmetic: any change, gap or exchange of entries shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from fairlead.tenancy.audit_chain import START, Break, Entry, Link, entry_hash, follow

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def chain(length: int) -> list[Entry]:
    entries: list[Entry] = []
    link = START
    for seq in range(1, length + 1):
        entry = Entry(
            seq=seq,
            user_id=UUID(int=seq),
            actor_id=UUID(int=9),
            action="order.cancel",
            subject=f"order:{seq}",
            detail="{}",
            at=NOW + timedelta(microseconds=seq),
            previous_hash=link.hash,
            hash=b"",
        )
        entry = replace(entry, hash=entry_hash(entry))
        link = Link(seq, entry.hash)
        entries.append(entry)
    return entries


def test_whole_chain_holds() -> None:
    entries = chain(5)
    assert follow(entries, START) == Link(5, entries[-1].hash)


def test_chain_is_followed_in_pieces() -> None:
    entries = chain(5)
    middle = follow(entries[:2], START)
    assert isinstance(middle, Link)
    assert follow(entries[2:], middle) == Link(5, entries[-1].hash)


@given(st.integers(0, 4), st.sampled_from(["user_id", "actor_id", "action", "detail", "at"]))
def test_changed_entry_breaks_the_chain_there(index: int, field: str) -> None:
    entries = chain(5)
    others: dict[str, Any] = {
        "user_id": UUID(int=77),
        "actor_id": UUID(int=77),
        "action": "order.cance",
        "detail": '{"x":"1"}',
        "at": NOW,
    }
    entries[index] = replace(entries[index], **{field: others[field]})
    assert follow(entries, START) == Break(
        index + 1, "its content was changed after it was written"
    )


@given(st.integers(0, 3))
def test_removed_entry_breaks_the_chain(index: int) -> None:
    entries = chain(5)
    del entries[index]
    found = follow(entries, START)
    assert isinstance(found, Break)
    assert found.seq == index + 1


def test_rewritten_entry_with_a_fitting_hash_breaks_the_next_one() -> None:
    entries = chain(3)
    forged = replace(entries[1], detail='{"forged":"1"}')
    entries[1] = replace(forged, hash=entry_hash(forged))
    found = follow(entries, START)
    assert found == Break(3, "it does not continue the entry before it")


def test_fields_cannot_borrow_characters_from_each_other() -> None:
    first, second = chain(1)[0], chain(1)[0]
    first = replace(first, action="ab", subject="c")
    second = replace(second, action="a", subject="bc")
    assert entry_hash(first) != entry_hash(second)
