"""Pass columns between Arrow and NumPy without copies.

Arrow's own conversions import pandas where it is installed: two seconds and 60 MB for nothing.
"""

from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fairlead.kernel.series import Float64s, Int64s

Number = TypeVar("Number", bound=np.generic)


def floats_of(column: pa.Array) -> Float64s:
    """Return a float64 column without nulls as a view."""
    return _view(column, np.dtype(np.float64))


def integers_of(column: pa.Array) -> Int64s:
    """Return an int64 column without nulls as a view."""
    return _view(column, np.dtype(np.int64))


def flags_of(column: pa.Array) -> NDArray[np.bool_]:
    """Return a boolean column without nulls; Arrow packs bits, so this copies."""
    return _view(column.cast(pa.uint8()), np.dtype(np.uint8)).astype(np.bool_)


def column_of(values: NDArray[np.float64] | NDArray[np.int64]) -> pa.Array:
    """Return a contiguous float64 or int64 array as a column over the same memory."""
    kind = pa.float64() if values.dtype == np.float64 else pa.int64()
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def mask_of(flags: NDArray[np.bool_]) -> pa.Array:
    """Return flags as a boolean column."""
    packed = np.packbits(flags, bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(flags), [None, pa.py_buffer(packed)])


def _view(column: pa.Array, dtype: "np.dtype[Number]") -> "NDArray[Number]":
    data = column.buffers()[1]
    if data is None or not len(column):
        return np.zeros(0, dtype=dtype)
    return np.frombuffer(data, dtype=dtype)[column.offset : column.offset + len(column)]
