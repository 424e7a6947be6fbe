"""Moves whole columns between NumPy and PostgreSQL in its binary format, without a row loop.

Parameters are arrays for `unnest`: measured as fast as COPY into a temporary table, and it needs
neither the table nor its clean-up at commit. Results come packed into one value. Both ways are
exact: a double arrives with the same bits.
"""

import struct
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format
from sqlalchemy import Connection

from fairlead.infra.errors import InternalDefect

_BYTEA = (17, 1001)
# numpy kind and size -> (element, array) type of PostgreSQL
_TYPES = {
    "i8": (20, 1016),
    "i4": (23, 1007),
    "i2": (21, 1005),
    "f8": (701, 1022),
    "b1": (16, 1000),
    "V16": (2950, 2951),
}
_TEXT = (25, 1009)

Column = NDArray[Any]


class RawArray:
    """An array parameter, already in PostgreSQL's binary form."""

    __slots__ = ("payload",)

    def __init__(self, payload: bytearray) -> None:
        self.payload = payload


class _RawArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: RawArray) -> Buffer | None:
        return obj.payload


def _array_type(oid: int) -> tuple[type[RawArray], type[Dumper]]:
    """Return a type of parameter and its dumper; a dumper serves exactly one type of column."""
    return type(f"RawArray{oid}", (RawArray,), {}), type(
        f"RawArrayDumper{oid}", (_RawArrayDumper,), {"oid": oid}
    )


_ARRAYS = {oid: _array_type(oid) for _, oid in (*_TYPES.values(), _BYTEA, _TEXT)}

Cursor = psycopg.Cursor[Any]


def bulk_cursor(connection: Connection) -> Cursor:
    """Return a cursor of the transaction that takes `RawArray` parameters."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    cursor = driver.cursor()
    for kind, dumper in _ARRAYS.values():
        cursor.adapters.register_dumper(kind, dumper)
    return cursor


def array(values: Column) -> RawArray:
    """Return a one-dimensional column as an array parameter.

    V16 becomes uuid[], other V<n> and records bytea[], S<n> text[] of exactly n characters.
    """
    if values.dtype.kind == "V":
        values = values.view(f"V{values.dtype.itemsize}")
    size = values.dtype.itemsize
    name = f"{values.dtype.kind}{size}"
    if values.dtype.kind == "S":
        element, oid = _TEXT
    else:
        element, oid = _TYPES.get(name, _BYTEA)
    if values.shape[0] == 0:
        return _ARRAYS[oid][0](bytearray(struct.pack(">iiI", 0, 0, element)))
    header = struct.pack(">iiIii", 1, 0, element, values.shape[0], 1)
    item = np.dtype([("size", ">i4"), ("value", values.dtype.newbyteorder(">"))])
    payload = bytearray(len(header) + values.shape[0] * item.itemsize)
    payload[: len(header)] = header
    packed = np.frombuffer(payload, item, offset=len(header))
    packed["size"] = size
    packed["value"] = values
    return _ARRAYS[oid][0](payload)


def read_packed(cursor: Cursor, query: str, fields: list[tuple[str, str]]) -> Column:
    """Run `query`, which packs all its rows into one value, and return them with named fields.

    The query holds no values but numbers. Every row must have the size of the fields together;
    raises InternalDefect otherwise. One value instead of a thousand rows spares the client most
    of its work.
    """
    dtype = np.dtype(fields)
    found = cursor.execute(query.encode(), binary=True).fetchone()
    packed: bytes = b"" if found is None or found[0] is None else found[0]
    if len(packed) % dtype.itemsize:
        raise InternalDefect(
            "Rows of another size than stored were read.",
            expected=f"rows of {dtype.itemsize} bytes",
            found=f"{len(packed)} bytes",
        )
    return np.frombuffer(packed, dtype)


def expect_rows(cursor: Cursor, expected: int, what: str) -> None:
    """Raise InternalDefect unless the last statement wrote exactly `expected` rows.

    A row that a policy or a conflict swallowed would be a lost order.
    """
    if cursor.rowcount != expected:
        raise InternalDefect(
            f"Writing {what} touched another number of rows than it should have.",
            expected=str(expected),
            found=str(cursor.rowcount),
            action="Nothing was written; the turn will be tried again.",
        )
