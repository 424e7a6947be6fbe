"""Rules as data: a table of opcodes over indicator columns, interpreted in compiled code.

The table is read once for each chunk of bars and every opcode runs over the whole chunk, so
interpreting costs next to nothing and no strategy is ever compiled by itself.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fairlead.kernel.jit import jit
from fairlead.kernel.program import (
    ALL,
    CONSTANT,
    CROSS_ABOVE,
    CROSS_BELOW,
    GE,
    GT,
    KEEP,
    LT,
    NOT,
    STACK,
    TAKE,
    WITHIN,
    Program,
)
from fairlead.kernel.series import Float64s, Int64s
from fairlead.kernel.signals import (
    ENTER_LONG,
    ENTER_SHORT,
    EXIT,
    EXIT_LONG,
    EXIT_SHORT,
    HOLD,
)

Flags = NDArray[np.uint8]
Table = tuple[Float64s, ...] | Float64s
FEW_COLUMNS: Final = 16
CHUNK: Final = 2048
_FOREVER: Final = 1 << 60


def _actions() -> NDArray[np.int8]:
    """Return the action for each combination of the four slots (bit k is slot k).

    An exit of a side beats an entry into the same side, and entries into both sides at once
    cancel each other; an entry says by itself that a position of the other side ends.
    """
    table = np.zeros(16, np.int8)
    for bits in range(16):
        leave_long, leave_short = bool(bits & 4), bool(bits & 8)
        long = bool(bits & 1) and not leave_long
        short = bool(bits & 2) and not leave_short
        if long != short:
            table[bits] = ENTER_LONG if long else ENTER_SHORT
        elif leave_long and leave_short:
            table[bits] = EXIT
        elif leave_long:
            table[bits] = EXIT_LONG
        elif leave_short:
            table[bits] = EXIT_SHORT
        else:
            table[bits] = HOLD
    return table


_ACTIONS: Final = _actions()


def signal_column(
    program: Program, columns: Sequence[Float64s], bars: int, start: int = 0
) -> NDArray[np.int8]:
    """Return the action at each bar's close, shape (bars,); HOLD before bar `start`.

    A comparison with NaN, or with a bar before the first, is false. Raises `ValueError` when a
    column is missing or has another length.
    """
    if len(columns) < program.columns:
        raise ValueError(f"expected {program.columns} columns, found {len(columns)}")
    if any(column.shape != (bars,) for column in columns):
        raise ValueError(f"expected columns of {bars} bars")
    # one form for nearly all programs: the interpreter is compiled once, not per strategy
    table: Table = np.stack(columns) if len(columns) > FEW_COLUMNS else _few(columns)
    out = np.zeros(bars, np.int8)
    _interpret(program.codes, program.values, table, start, _ACTIONS, out)
    return out


def _few(columns: Sequence[Float64s]) -> tuple[Float64s, ...]:
    """Return a tuple of fixed length of views; read-only ones, as mapped columns are."""
    views = [column.view() for column in columns]
    views.extend(np.empty(0, np.float64) for _ in range(FEW_COLUMNS - len(columns)))
    for view in views:
        view.flags.writeable = False
    return tuple(views)


@jit
def _interpret(
    codes: Int64s,
    values: Float64s,
    columns: Table,
    start: int,
    actions: NDArray[np.int8],
    out: NDArray[np.int8],
) -> None:
    bars = out.shape[0]
    stack = np.zeros((STACK, CHUNK), np.uint8)
    slots = np.zeros((4, CHUNK), np.uint8)
    since = np.full(codes.shape[0], _FOREVER, np.int64)
    for first in range(0, bars, CHUNK):
        last = min(first + CHUNK, bars)
        size = last - first
        top = 0
        _clear(slots, size)
        for line in range(codes.shape[0]):
            op, count = codes[line, 0], codes[line, 5]
            if op <= CROSS_BELOW:
                _compare(codes[line], values[line], columns, first, last, stack[top])
                top += 1
            elif op == NOT:
                _negate(stack[top - 1], size)
            elif op == WITHIN:
                since[line] = _remember(stack[top - 1], size, count, since[line])
            elif op == TAKE or op == KEEP:
                _copy(stack[top - 1], slots[count], size)
                top -= 1 if op == TAKE else 0
            else:
                top -= count - 1
                for row in range(top, top + count - 1):
                    _combine(op, stack[top - 1], stack[row], size)
        _emit(slots, max(first, start) - first, size, actions, out[first:last])


@jit
def _clear(slots: NDArray[np.uint8], size: int) -> None:
    for slot in range(slots.shape[0]):
        for k in range(size):
            slots[slot, k] = 0


@jit
def _copy(flags: Flags, into: Flags, size: int) -> None:
    for k in range(size):
        into[k] = flags[k]


@jit
def _emit(
    slots: NDArray[np.uint8],
    begin: int,
    size: int,
    actions: NDArray[np.int8],
    out: NDArray[np.int8],
) -> None:
    """Write the action of each bar from `begin` on: bit k of its number is slot k."""
    enter_long, enter_short, exit_long, exit_short = slots[0], slots[1], slots[2], slots[3]
    for k in range(begin, size):
        bits = enter_long[k] + 2 * enter_short[k] + 4 * exit_long[k] + 8 * exit_short[k]
        out[k] = actions[bits]


@jit
def _compare(
    code: Int64s,
    value: float,
    columns: Table,
    first: int,
    last: int,
    flags: Flags,
) -> None:
    """Set flags of bars `first` to `last - 1`; those that look before the first bar are 0."""
    op, left, left_ago, right, right_ago = code[0], code[1], code[2], code[3], code[4]
    before = 1 if op >= CROSS_ABOVE else 0
    begin = min(max(first, left_ago + before, right_ago + before), last)
    for k in range(begin - first):
        flags[k] = 0
    into = flags[begin - first : last - first]
    column = columns[left]
    a = column[begin - left_ago : last - left_ago]
    if right == CONSTANT:
        if before:
            _cross_level(op, a, column[begin - left_ago - 1 : last - left_ago - 1], value, into)
        else:
            _against_level(op, a, value, into)
        return
    other = columns[right]
    b = other[begin - right_ago : last - right_ago]
    if before:
        earlier_a = column[begin - left_ago - 1 : last - left_ago - 1]
        earlier_b = other[begin - right_ago - 1 : last - right_ago - 1]
        _cross_column(op, a, b, earlier_a, earlier_b, into)
    else:
        _against_column(op, a, b, into)


@jit
def _against_level(op: int, a: Float64s, value: float, flags: Flags) -> None:
    if op == GT:
        for k in range(flags.shape[0]):
            flags[k] = a[k] > value
    elif op == GE:
        for k in range(flags.shape[0]):
            flags[k] = a[k] >= value
    elif op == LT:
        for k in range(flags.shape[0]):
            flags[k] = a[k] < value
    else:
        for k in range(flags.shape[0]):
            flags[k] = a[k] <= value


@jit
def _against_column(op: int, a: Float64s, b: Float64s, flags: Flags) -> None:
    if op == GT:
        for k in range(flags.shape[0]):
            flags[k] = a[k] > b[k]
    elif op == GE:
        for k in range(flags.shape[0]):
            flags[k] = a[k] >= b[k]
    elif op == LT:
        for k in range(flags.shape[0]):
            flags[k] = a[k] < b[k]
    else:
        for k in range(flags.shape[0]):
            flags[k] = a[k] <= b[k]


@jit
def _cross_level(op: int, a: Float64s, earlier: Float64s, value: float, flags: Flags) -> None:
    if op == CROSS_ABOVE:
        for k in range(flags.shape[0]):
            flags[k] = (a[k] > value) & (earlier[k] <= value)
    else:
        for k in range(flags.shape[0]):
            flags[k] = (a[k] < value) & (earlier[k] >= value)


@jit
def _cross_column(
    op: int, a: Float64s, b: Float64s, earlier_a: Float64s, earlier_b: Float64s, flags: Flags
) -> None:
    if op == CROSS_ABOVE:
        for k in range(flags.shape[0]):
            flags[k] = (a[k] > b[k]) & (earlier_a[k] <= earlier_b[k])
    else:
        for k in range(flags.shape[0]):
            flags[k] = (a[k] < b[k]) & (earlier_a[k] >= earlier_b[k])


@jit
def _negate(flags: Flags, size: int) -> None:
    for k in range(size):
        flags[k] = 1 - flags[k]


@jit
def _combine(op: int, into: Flags, flags: Flags, size: int) -> None:
    if op == ALL:
        for k in range(size):
            into[k] &= flags[k]
    else:
        for k in range(size):
            into[k] |= flags[k]


@jit
def _remember(flags: Flags, size: int, bars: int, since: int) -> int:
    """Keep a flag up for `bars` bars; return the bars since it was last raised."""
    for k in range(size):
        since = 0 if flags[k] else since + 1
        flags[k] = since < bars
    return since
