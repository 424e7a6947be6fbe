"""Programs of rules: instructions in postfix form, checked before anything runs them.

A comparison pushes one flag per bar, `ALL`, `ANY` and `NOT` combine what is on the stack,
`WITHIN` remembers, `TAKE` moves the result into one of four slots (enter long, enter short, exit
long, exit short) and `KEEP` copies it there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from fairlead.kernel.series import Float64s, Int64s

GT, GE, LT, LE, CROSS_ABOVE, CROSS_BELOW = 1, 2, 3, 4, 5, 6
ALL, ANY, NOT, WITHIN, TAKE, KEEP = 10, 11, 12, 13, 14, 15
COMPARISONS: Final = (GT, GE, LT, LE, CROSS_ABOVE, CROSS_BELOW)
LONG_ENTRY, SHORT_ENTRY, LONG_EXIT, SHORT_EXIT = 0, 1, 2, 3

CONSTANT: Final = -1
"""In place of a right column: compare with the instruction's value."""

STACK: Final = 32
MOST_CODES: Final = 512
MOST_COLUMNS: Final = 64
MOST_BARS_BACK: Final = 5_000


@dataclass(frozen=True, slots=True)
class Instruction:
    """One line of a program.

    `left` and `right` are numbers of columns, read `left_ago` and `right_ago` bars back; a
    `right` of CONSTANT compares with `value`. `count` is the number of flags that ALL and ANY
    combine, the bars of WITHIN, the slot of TAKE.
    """

    op: int
    left: int = 0
    left_ago: int = 0
    right: int = CONSTANT
    right_ago: int = 0
    value: float = 0.0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Program:
    """Checked instructions: codes of shape (k, 6), constants (k,), columns that must exist."""

    codes: Int64s
    values: Float64s
    columns: int


def assemble(instructions: Sequence[Instruction]) -> Program:
    """Check a program and lay it out for the interpreter.

    Raises `ValueError` for a program that is too long or too deep, pops what was never pushed,
    leaves something behind, or has a constant that is not finite.
    """
    if len(instructions) > MOST_CODES:
        raise ValueError(f"expected at most {MOST_CODES} instructions, found {len(instructions)}")
    depth = 0
    for place, line in enumerate(instructions):
        depth = _checked_depth(line, depth, f"instruction {place}")
    if depth != 0:
        raise ValueError(f"expected every flag to be taken, found {depth} left behind")
    codes = [
        (line.op, line.left, line.left_ago, line.right, line.right_ago, line.count)
        for line in instructions
    ]
    compared = [line for line in instructions if line.op in COMPARISONS]
    columns = 1 + max((max(line.left, line.right) for line in compared), default=-1)
    if columns > MOST_COLUMNS:
        raise ValueError(f"expected at most {MOST_COLUMNS} columns, found {columns}")
    return Program(
        np.array(codes, np.int64).reshape(len(instructions), 6),
        np.array([line.value for line in instructions], np.float64),
        columns,
    )


def _checked_depth(line: Instruction, depth: int, where: str) -> int:
    if line.op in COMPARISONS:
        _check_operands(line, where)
        pops, pushes = 0, 1
    elif line.op in (ALL, ANY):
        pops, pushes = max(line.count, 1), 1
    elif line.op in (NOT, WITHIN, KEEP):
        pops, pushes = 1, 1
    elif line.op == TAKE:
        pops, pushes = 1, 0
    else:
        raise ValueError(f"{where}: expected a known opcode, found {line.op}")
    if line.op == WITHIN and not 1 <= line.count <= MOST_BARS_BACK:
        raise ValueError(f"{where}: expected 1 to {MOST_BARS_BACK} bars, found {line.count}")
    if line.op in (TAKE, KEEP) and not LONG_ENTRY <= line.count <= SHORT_EXIT:
        raise ValueError(f"{where}: expected a slot from 0 to 3, found {line.count}")
    if depth < pops:
        raise ValueError(f"{where}: expected {pops} flags on the stack, found {depth}")
    if depth - pops + pushes > STACK:
        raise ValueError(f"{where}: expected conditions nested at most {STACK} deep")
    return depth - pops + pushes


def _check_operands(line: Instruction, where: str) -> None:
    if line.left < 0 or line.right < CONSTANT:
        raise ValueError(f"{where}: expected a column number, found {line.left} and {line.right}")
    if not 0 <= line.left_ago <= MOST_BARS_BACK or not 0 <= line.right_ago <= MOST_BARS_BACK:
        raise ValueError(f"{where}: expected 0 to {MOST_BARS_BACK} bars ago")
    if line.right == CONSTANT and line.right_ago:
        raise ValueError(f"{where}: a constant has no bars ago, found {line.right_ago}")
    if not np.isfinite(line.value):
        raise ValueError(f"{where}: expected a finite constant, found {line.value}")
