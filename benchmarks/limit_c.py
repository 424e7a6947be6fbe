"""Builds and calls the C kernel, which does the very work of ours and so is its physical limit."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.crossover import Terms
from benchmarks.peer import Request
from fairlead.kernel.reasons import VETO_COUNT
from fairlead.kernel.records import (
    BOOK,
    FILL,
    INSTRUMENT,
    LEG,
    LIMITS,
    POLICY,
    POSITION,
    SEEN,
    Records,
    State,
    new_state,
)
from fairlead.kernel.series import Bars
from fairlead.kernel.signals import Signals
from fairlead.strategies.run import bar_columns, signal_columns

SOURCES = Path(__file__).resolve().parent / "limit"
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC")
RECORDS = {
    "BOOK": BOOK,
    "LEG": LEG,
    "POSITION": POSITION,
    "POLICY": POLICY,
    "LIMITS": LIMITS,
    "INSTRUMENT": INSTRUMENT,
    "FILL": FILL,
}
C_TYPES = {"i": "int64_t", "f": "double"}


class NoCompiler(Exception):
    """There is no C compiler, or it refused the source; the message says which."""


@dataclass(frozen=True, slots=True)
class LimitRun:
    """What the C kernel gave: state, fills and equity, to compare with ours byte by byte."""

    state: State
    fills: NDArray[np.void]
    equity: NDArray[np.float64]


def records_header() -> str:
    """Return the C declarations of the record layouts."""
    structs = [f"#define SEEN {SEEN}"]
    for name, dtype in RECORDS.items():
        fields = [_declaration(field, dtype[field]) for field in dtype.names or ()]
        structs.append(f"typedef struct {{ {' '.join(fields)} }} {name};")
    return "\n".join(structs) + "\n"


def _declaration(name: str, dtype: np.dtype[Any]) -> str:
    kind, shape = (dtype.subdtype or (dtype, ()))[:2]
    count = f"[{shape[0]}]" if shape else ""
    return f"{C_TYPES[kind.kind]} {name}{count};"


@contextmanager
def limit_kernel() -> Iterator[LimitKernel]:
    """Build the C kernel for this machine; it is removed at the end.

    Raises `NoCompiler` when there is none.
    """
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NoCompiler("no C compiler found (cc, gcc or clang)")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "records.h").write_text(records_header())
        library = Path(folder) / "limit.so"
        command = [compiler, *FLAGS, f"-I{folder}", str(SOURCES / "loop.c"), "-o", str(library)]
        built = subprocess.run([*command, "-lm"], capture_output=True, text=True, check=False)
        if built.returncode:
            raise NoCompiler(f"{compiler} refused the kernel: {built.stderr[:400]}")
        yield LimitKernel(ctypes.CDLL(str(library)))


class _Run(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("b", "g", "p", "q", "m", "s", "fills")),
        ("count", ctypes.c_int64),
        ("capacity", ctypes.c_int64),
    )


class _Columns(ctypes.Structure):
    _fields_ = (
        ("n", ctypes.c_int64),
        ("timeframe_ms", ctypes.c_int64),
        *(
            (name, ctypes.c_void_p)
            for name in (
                *("ts", "open", "high", "low", "close"),
                *("action", "stop", "target", "atr", "session_end"),
            )
        ),
    )


class LimitKernel:
    """The loaded library, called like ours."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        library.over_bars.restype = ctypes.c_int64

    def simulate(self, bars: Bars, signals: Signals, terms: Terms) -> LimitRun:
        """Run one book over `bars` as `fairlead.strategies.run.simulate` does."""
        state = new_state(terms.cash)
        fills = np.zeros(max(1024, len(bars) // 8) + 1, FILL)
        equity = np.empty(len(bars))
        vetoes = np.zeros(VETO_COUNT, np.int64)
        records: list[Records] = [state.book, state.legs, state.positions]
        records += [terms.policy, terms.limits, terms.instrument, fills]
        run = _Run(*(record.ctypes.data for record in records), 0, len(fills))
        series = (*bar_columns(bars), *signal_columns(signals))
        pointers = (column.ctypes.data for column in series)
        columns = _Columns(len(bars), bars.timeframe_ms, *pointers)
        count = self._library.over_bars(
            ctypes.byref(run),
            ctypes.byref(columns),
            ctypes.c_void_p(equity.ctypes.data),
            ctypes.c_void_p(vetoes.ctypes.data),
        )
        return LimitRun(state, fills[:count], equity)

    def crossings(self, bars: Bars, request: Request) -> NDArray[np.int8]:
        """Return the action column of the SMA crossover."""
        means = [np.empty(len(bars)) for _ in range(2)]
        for mean, window in zip(means, (request.fast, request.slow), strict=True):
            self._library.sma(
                ctypes.c_int64(len(bars)),
                ctypes.c_void_p(bars.ts.ctypes.data),
                ctypes.c_void_p(bars.close.ctypes.data),
                ctypes.c_int64(window),
                ctypes.c_int64(bars.timeframe_ms),
                ctypes.c_void_p(np.zeros(window).ctypes.data),
                ctypes.c_void_p(mean.ctypes.data),
            )
        action = np.empty(len(bars), np.int8)
        self._library.crossings(
            ctypes.c_int64(len(bars)),
            *(ctypes.c_void_p(mean.ctypes.data) for mean in means),
            ctypes.c_void_p(action.ctypes.data),
        )
        return action
