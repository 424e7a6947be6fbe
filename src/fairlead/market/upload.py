"""Receive a form with one file, straight to disk: no copy in memory, none in another folder."""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from fairlead.infra.errors import InvalidInput
from fairlead.market.durable import full_disk_as_error

_FIELD_BYTES = 4_096
_FIELDS = 20
_STALE_MS = 24 * 3_600_000
_FILE_FIELD = "file"


class FormReceiver:
    """Parse multipart data piece by piece: the field `file` goes to `target`, others stay here."""

    def __init__(self, content_type: str, target: Path) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise _not_a_form(content_type)
        self.fields: dict[str, str] = {}
        self.file_name = ""
        self._target = target
        self._file: BinaryIO | None = None
        self._has_file = False
        self._header = b""
        self._value = b""
        self._field = ""
        self._content = b""
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._name_header,
                "on_header_value": self._fill_header,
                "on_header_end": self._end_header,
                "on_part_data": self._take,
                "on_part_end": self._end,
                "on_end": self._finish,
            },
        )

    def write(self, piece: bytes) -> None:
        """Take the next piece of the body; raise InvalidInput or StorageFull."""
        try:
            self._parser.write(piece)
        except MultipartParseError as error:
            raise _not_a_form(str(error)) from error

    def close(self) -> None:
        """Check that the form came whole and holds a file."""
        self.abandon()
        if not self._ended:
            raise InvalidInput(
                "The upload ended too early; nothing was imported.", action="Send it again."
            )
        if not self._has_file:
            raise InvalidInput(
                "The form holds no file.",
                expected="a multipart form with the fields file, instrument and timeframe",
                found=", ".join(self.fields) or "no fields",
                path=_FILE_FIELD,
            )

    def abandon(self) -> None:
        """Close the file under way."""
        if self._file is not None:
            with full_disk_as_error(self._target):
                self._file.close()
            self._file = None

    def _begin(self) -> None:
        self._header, self._value, self._field, self._content = b"", b"", "", b""

    def _name_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _fill_header(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._field = options.get(b"name", b"").decode("utf-8", "replace")
            if self._field == _FILE_FIELD:
                self._open(options.get(b"filename", b"upload").decode("utf-8", "replace"))
        self._header, self._value = b"", b""

    def _open(self, name: str) -> None:
        if self._has_file:
            raise InvalidInput("The form holds several files.", expected="one file", path="file")
        self._has_file = True
        self.file_name = Path(name.replace("\\", "/")).name[:200] or "upload"
        with full_disk_as_error(self._target):
            self._file = self._target.open("wb")

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._field == _FILE_FIELD and self._file is not None:
            with full_disk_as_error(self._target):
                self._file.write(memoryview(data)[start:end])
            return
        self._content += data[start:end]
        if len(self._content) > _FIELD_BYTES:
            raise InvalidInput(
                f"The field {self._field[:50]!r} is too long.",
                expected=f"at most {_FIELD_BYTES} bytes",
            )

    def _end(self) -> None:
        if self._field == _FILE_FIELD:
            self.abandon()
            return
        if len(self.fields) >= _FIELDS:
            raise InvalidInput("The form has too many fields.", expected=f"at most {_FIELDS}")
        self.fields[self._field] = self._content.decode("utf-8", "replace").strip()

    def _finish(self) -> None:
        self._ended = True


async def receive_form(
    content_type: str, stream: AsyncIterator[bytes], target: Path
) -> FormReceiver:
    """Read a whole form; the file is at `target` afterwards.

    Writing is quick (the page cache takes it), so it happens on the event loop in small pieces.
    """
    receiver = FormReceiver(content_type, target)
    try:
        async for piece in stream:
            receiver.write(piece)
        receiver.close()
    finally:
        receiver.abandon()
    return receiver


def remove_stale(folder: Path, now_ms: int) -> None:
    """Remove uploads older than a day: the process that received them was killed."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if now_ms - path.stat().st_mtime * 1_000 > _STALE_MS:
                path.unlink()


def _not_a_form(found: str) -> InvalidInput:
    return InvalidInput(
        "The upload is no form with a file.",
        expected="multipart/form-data with the fields file, instrument and timeframe",
        found=found[:200] or "no content type",
        action="Send it as a form, such as curl -F file=@bars.csv -F instrument=binance:BTC-USDT "
        "-F timeframe=1h.",
    )
