"""Forms with a file, however they are cut into pieces."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.market.upload import FormReceiver, receive_form, remove_stale

KIND = "multipart/form-data; boundary=edge"


def form(content: bytes, *fields: tuple[str, str], name: str = "bars.csv") -> bytes:
    """Return a body with fields and one file."""
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields
    ]
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    return b"".join(parts) + head.encode() + b"Content-Type: text/csv\r\n\r\n" + content + (
        b"\r\n--edge--\r\n"
    )  # fmt: skip


def receive(body: bytes, target: Path, *, size: int = 65_536, kind: str = KIND) -> FormReceiver:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    return asyncio.run(receive_form(kind, pieces(), target))


@given(st.binary(max_size=400), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_any_content_in_any_pieces_arrives_whole(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, size: int
) -> None:
    target = tmp_path_factory.getbasetemp() / "upload"
    body = form(content, ("instrument", "x:BTC"), ("timeframe", "1h"))
    received = receive(body, target, size=size)
    assert target.read_bytes() == content
    assert received.fields == {"instrument": "x:BTC", "timeframe": "1h"}
    assert received.file_name == "bars.csv"


def test_name_of_the_file_is_only_a_name(tmp_path: Path) -> None:
    received = receive(form(b"x", name="../../etc/passwd"), tmp_path / "upload")
    assert received.file_name == "passwd"


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (form(b"x")[:-20], KIND, "ended too early"),
        (b"--edge--\r\n", KIND, "holds no file"),
        (form(b"x"), "application/json", "no form"),
        (form(b"x"), "", "no form"),
        (form(b"x"), "multipart/form-data", "no form"),
        (b"nonsense", KIND, "no form"),
        (form(b"x", ("a", "b" * 5_000)), KIND, "too long"),
        (form(b"x", *((f"f{k}", "") for k in range(30))), KIND, "too many fields"),
        (form(b"x")[:-10] + form(b"y"), KIND, "several files"),
    ],
)
def test_form_that_cannot_be_used_is_refused(
    tmp_path: Path, body: bytes, kind: str, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        receive(body, tmp_path / "upload", kind=kind)


def test_uploads_that_were_left_behind_are_removed_after_a_day(tmp_path: Path) -> None:
    old, fresh = tmp_path / "old", tmp_path / "fresh"
    for path, age_h in ((old, 25), (fresh, 23)):
        path.write_bytes(b"x")
        os.utime(path, (1_700_000_000 - age_h * 3_600,) * 2)
    remove_stale(tmp_path, 1_700_000_000_000)
    assert [path.name for path in tmp_path.iterdir()] == ["fresh"]
