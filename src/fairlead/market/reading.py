"""Read files of candles in batches: every row with its number, nothing interpreted yet."""

import csv
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from fairlead.infra.errors import InvalidInput, NotFound
from fairlead.kernel.series import Int64s
from fairlead.market.arrow import mask_of
from fairlead.market.columns import Columns, find_columns, looks_like_header
from fairlead.market.reports import Reject, RejectedRow

_BLOCK_BYTES = 2 * 2**20
_BATCH_ROWS = 65_536
_PREAMBLE_LINES = 10
_LONGEST_HEADER_BYTES = 64 * 1024
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Rows as the file holds them: role -> Arrow column, and each row's number.

    `malformed` are rows of the same stretch that have the wrong number of fields.
    """

    lines: Int64s
    columns: dict[str, pa.Array]
    malformed: tuple[RejectedRow, ...]
    done: float


@dataclass(frozen=True, slots=True)
class Opened:
    """A file ready to be read: where its columns are, and its batches, which can be taken once."""

    columns: Columns
    notes: tuple[str, ...]
    batches: Iterator[RawBatch]


@contextmanager
def open_candles(path: Path, name: str) -> Iterator[Opened]:
    """Open a CSV, Parquet or Feather file, recognised by its content; errors call it `name`.

    Raises NotFound or InvalidInput, also while batches are taken when the file is damaged.
    """
    with _damage_as_error(path, name):
        with path.open("rb") as file:
            magic = file.read(6)
        size = path.stat().st_size
        if not size:
            raise InvalidInput(f"{name} is empty.", action="Choose the right file.")
        if magic[:4] == b"PAR1":
            yield from _open_parquet(path)
        elif magic == b"ARROW1":
            yield from _open_feather(path)
        else:
            yield from _open_text(path, name, magic, size)


@contextmanager
def _damage_as_error(path: Path, name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}.", action="Check the path.") from error
    except IsADirectoryError as error:
        raise InvalidInput(f"{path} is a folder, not a file.", action="Name a file.") from error
    except PermissionError as error:
        raise InvalidInput(f"{path} may not be read.", action="Check its permissions.") from error
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, gzip.BadGzipFile, EOFError) as error:
        raise _damaged(name, str(error)) from error
    except OSError as error:
        if error.errno is not None and not isinstance(error, pa.ArrowException):
            raise
        raise _damaged(name, str(error)) from error


def _damaged(name: str, detail: str) -> InvalidInput:
    if "straddling" in detail:
        detail = f"a line longer than {_BLOCK_BYTES // 2**20} MB"
    return InvalidInput(
        f"{name} is damaged or incomplete; nothing was imported.",
        expected="a whole CSV, Parquet or Feather file",
        found=detail.splitlines()[0][:200] if detail else "an unreadable stretch",
        action="Fetch or export the file again.",
    )


def _open_parquet(path: Path) -> Iterator[Opened]:
    with parquet.ParquetFile(path, page_checksum_verification=True) as file:
        names = file.schema_arrow.names
        columns = find_columns(names)
        chosen = sorted(set(columns.used().values()))
        batches = file.iter_batches(_BATCH_ROWS, columns=[names[index] for index in chosen])
        yield Opened(columns, (), _numbered(batches, columns, file.metadata.num_rows, names))


def _open_feather(path: Path) -> Iterator[Opened]:
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
        names = reader.schema.names
        columns = find_columns(names)
        batches = (reader.get_batch(index) for index in range(reader.num_record_batches))
        cut = (
            batch.slice(start, _BATCH_ROWS)
            for batch in batches
            for start in range(0, batch.num_rows, _BATCH_ROWS)
        )
        total = max(1, reader.num_record_batches * _BATCH_ROWS)
        yield Opened(columns, (), _numbered(cut, columns, total, names))


def _numbered(
    batches: Iterator[pa.RecordBatch], columns: Columns, total: int, names: list[str]
) -> Iterator[RawBatch]:
    first = 1
    for batch in batches:
        found = {
            role: batch.column(batch.schema.names.index(names[at]))
            for role, at in columns.used().items()
        }
        lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
        first += batch.num_rows
        yield RawBatch(lines, found, (), min(1.0, first / max(1, total)))


def _open_text(path: Path, name: str, magic: bytes, size: int) -> Iterator[Opened]:
    _refuse_other_formats(name, magic)
    with path.open("rb") as file, _unpacked(file, magic) as stream:
        head = stream.read(_LONGEST_HEADER_BYTES)
        skipped, delimiter, header = _find_header(name, head)
        stream.seek(0)
        columns = find_columns(header)
        notes = () if not skipped else (f"{skipped} line(s) before the header were passed over.",)
        reader = _CsvReader(stream, columns, len(header), delimiter, skipped)
        yield Opened(columns, notes, reader.batches(file, size))


@contextmanager
def _unpacked(file: BinaryIO, magic: bytes) -> Iterator[BinaryIO]:
    if magic[:2] != b"\x1f\x8b":
        yield file
        return
    with gzip.open(file) as stream:
        yield cast(BinaryIO, stream)


def _refuse_other_formats(name: str, magic: bytes) -> None:
    kinds = {
        b"PK\x03\x04": "a zip archive or a spreadsheet: unpack it, or save it as CSV",
        b"FEA1": "an old Feather file: write it again with a current version",
        b"\xff\xfe": "text in UTF-16: save it as UTF-8",
        b"\xfe\xff": "text in UTF-16: save it as UTF-8",
        b"\xd0\xcf\x11\xe0": "a spreadsheet: save it as CSV",
        b"\x28\xb5\x2f\xfd": "compressed with zstd: unpack it first",
        b"BZh": "compressed with bzip2: unpack it first",
        b"\xfd7zXZ": "compressed with xz: unpack it first",
    }
    for mark, text in kinds.items():
        if magic.startswith(mark):
            found, action = text.split(": ")
            raise InvalidInput(
                f"{name} is {found}.",
                expected="CSV (also gzipped), Parquet or Feather",
                found=found,
                action=f"{action[0].upper()}{action[1:]}.",
            )


def _find_header(name: str, head: bytes) -> tuple[int, str, list[str]]:
    if b"\x00" in head:
        raise InvalidInput(
            f"{name} is no text and no known table.",
            expected="CSV (also gzipped), Parquet or Feather",
            found="binary data",
            action="Export it in one of these formats.",
        )
    lines = head.decode("utf-8", errors="replace").splitlines()[: _PREAMBLE_LINES + 1]
    for number, line in enumerate(lines):
        for delimiter in (",", ";", "\t", "|"):
            fields = next(csv.reader([line], delimiter=delimiter), [])
            if len(fields) > 3 and looks_like_header(fields):
                return number, delimiter, fields
    raise InvalidInput(
        f"{name} has no header that names its columns.",
        expected="a line such as ts,open,high,low,close,volume",
        found=repr(lines[0][:100]) if lines else "nothing",
        action="Add that line at the top.",
    )


class _CsvReader:
    """Read text in blocks and keep count of physical lines, also over malformed ones."""

    def __init__(
        self, stream: BinaryIO, columns: Columns, width: int, delimiter: str, skipped: int
    ) -> None:
        self._columns = columns.used()
        self._header_line = skipped + 1
        self._malformed: dict[int, RejectedRow] = {}
        names = [f"f{index}" for index in range(width)]
        chosen = {f"f{index}": pa.binary() for index in self._columns.values()}
        self._reader = arrow_csv.open_csv(
            stream,
            # one thread, because only then malformed rows are told with their numbers
            read_options=arrow_csv.ReadOptions(
                use_threads=False,
                block_size=_BLOCK_BYTES,
                skip_rows=self._header_line,
                column_names=names,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter,
                # a quote that is never closed would swallow lines; quotes are taken off later
                quote_char=False,
                ignore_empty_lines=False,
                invalid_row_handler=self._keep_malformed,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=chosen, include_columns=list(chosen), strings_can_be_null=False
            ),
        )

    def _keep_malformed(self, row: arrow_csv.InvalidRow) -> str:
        found = f"expected {row.expected_columns} fields, found {row.actual_columns}"
        self._malformed[row.number] = RejectedRow(
            row.number, Reject.MALFORMED, found, (row.text[:_SHOWN],)
        )
        return "skip"

    def batches(self, file: BinaryIO, size: int) -> Iterator[RawBatch]:
        line = self._header_line
        for batch in self._reader:
            lines, line = self._number(batch.num_rows, line)
            known = sorted(number for number in self._malformed if number <= line)
            malformed = tuple(self._malformed.pop(number) for number in known)
            columns = {role: batch.column(f"f{at}") for role, at in self._columns.items()}
            yield _without_blank_lines(
                RawBatch(lines, columns, malformed, min(1.0, file.tell() / max(1, size)))
            )
        left = tuple(self._malformed[number] for number in sorted(self._malformed))
        if left:
            empty = {role: pa.array([], pa.binary()) for role in self._columns}
            yield RawBatch(np.zeros(0, dtype=np.int64), empty, left, 1.0)

    def _number(self, rows: int, last: int) -> tuple[Int64s, int]:
        """Give the next `rows` line numbers, passing over lines known to be malformed."""
        bad = np.array(sorted(self._malformed), dtype=np.int64)
        lines = np.arange(last + 1, last + 1 + rows + len(bad), dtype=np.int64)
        lines = lines[~np.isin(lines, bad)][:rows]
        return lines, int(lines[-1]) if rows else last


def _without_blank_lines(batch: RawBatch) -> RawBatch:
    filled = np.zeros(len(batch.lines), dtype=np.bool_)
    for column in batch.columns.values():
        offsets = np.frombuffer(column.buffers()[1], dtype=np.int32)
        offsets = offsets[column.offset : column.offset + len(column) + 1]
        filled |= np.diff(offsets) > 0
    if filled.all():
        return batch
    kept = {role: column.filter(mask_of(filled)) for role, column in batch.columns.items()}
    return RawBatch(batch.lines[filled], kept, batch.malformed, batch.done)
