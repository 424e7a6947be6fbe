"""The interpreter of rules gives what a plain loop over bars gives."""

import math
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.kernel import program as p
from fairlead.kernel.program import Instruction, assemble
from fairlead.kernel.rules import CHUNK, signal_column
from fairlead.kernel.series import Float64s
from fairlead.kernel.signals import (
    ENTER_LONG,
    ENTER_SHORT,
    EXIT,
    EXIT_LONG,
    EXIT_SHORT,
    HOLD,
)


def columns_of(bars: int, seed: int, count: int = 3) -> list[Float64s]:
    """Return coarse columns, so that ties are common, with NaN at their beginnings."""
    rng = np.random.default_rng(seed)
    columns = [np.round(np.cumsum(rng.normal(0, 1, bars)) / 2) for _ in range(count)]
    for place, column in enumerate(columns):
        column[: place * 3] = np.nan
    return columns


def compare(line: Instruction, columns: list[Float64s], i: int) -> bool:
    def at(column: int, place: int) -> float:
        return float(columns[column][place]) if place >= 0 else math.nan

    def right(place: int) -> float:
        if line.right == p.CONSTANT:
            return line.value
        return at(line.right, place - line.right_ago)

    a, b = at(line.left, i - line.left_ago), right(i)
    before = at(line.left, i - line.left_ago - 1)
    past = math.nan if i == 0 else right(i - 1)
    return {
        p.GT: a > b,
        p.GE: a >= b,
        p.LT: a < b,
        p.LE: a <= b,
        p.CROSS_ABOVE: a > b and before <= past,
        p.CROSS_BELOW: a < b and before >= past,
    }[line.op]


def plain_actions(lines: list[Instruction], columns: list[Float64s], bars: int) -> list[int]:
    """Interpret a program bar by bar, as its definition reads."""
    since = dict.fromkeys(range(len(lines)), 10**9)
    actions = []
    for i in range(bars):
        stack: list[bool] = []
        slots = [False] * 4
        for place, line in enumerate(lines):
            if line.op in p.COMPARISONS:
                stack.append(compare(line, columns, i))
            elif line.op == p.NOT:
                stack.append(not stack.pop())
            elif line.op == p.WITHIN:
                since[place] = 0 if stack.pop() else since[place] + 1
                stack.append(since[place] < line.count)
            elif line.op == p.TAKE:
                slots[line.count] = stack.pop()
            elif line.op == p.KEEP:
                slots[line.count] = stack[-1]
            else:
                parts = [stack.pop() for _ in range(line.count)]
                stack.append(all(parts) if line.op == p.ALL else any(parts))
        actions.append(plain_action(*slots))
    return actions


def plain_action(enter_long: bool, enter_short: bool, exit_long: bool, exit_short: bool) -> int:
    long, short = enter_long and not exit_long, enter_short and not exit_short
    if long and not short:
        return ENTER_LONG
    if short and not long:
        return ENTER_SHORT
    if exit_long and exit_short:
        return EXIT
    if exit_long:
        return EXIT_LONG
    return EXIT_SHORT if exit_short else HOLD


comparisons = st.builds(
    Instruction,
    op=st.sampled_from(p.COMPARISONS),
    left=st.integers(0, 2),
    left_ago=st.integers(0, 4),
    right=st.integers(-1, 2),
    right_ago=st.integers(0, 4),
    value=st.integers(-2, 2).map(float),
).map(lambda line: replace(line, right_ago=0) if line.right == p.CONSTANT else line)


@st.composite
def conditions(draw: st.DrawFn, depth: int = 3) -> list[Instruction]:
    form = draw(st.sampled_from(["leaf", "all", "any", "not", "within"])) if depth else "leaf"
    if form == "leaf":
        return [draw(comparisons)]
    if form in ("not", "within"):
        op = p.NOT if form == "not" else p.WITHIN
        return [*draw(conditions(depth - 1)), Instruction(op, count=draw(st.integers(1, 6)))]
    parts = [draw(conditions(depth - 1)) for _ in range(draw(st.integers(1, 3)))]
    joined = [line for part in parts for line in part]
    return [*joined, Instruction(p.ALL if form == "all" else p.ANY, count=len(parts))]


@st.composite
def programs(draw: st.DrawFn) -> list[Instruction]:
    lines: list[Instruction] = []
    for slot in draw(st.permutations(range(4))):
        lines += draw(conditions())
        if draw(st.booleans()):
            lines.append(Instruction(p.KEEP, count=draw(st.integers(0, 3))))
        lines.append(Instruction(p.TAKE, count=slot))
    return lines


@settings(max_examples=150, deadline=None)
@given(lines=programs(), bars=st.integers(0, 60), seed=st.integers(0, 99))
def test_any_program_gives_what_a_plain_loop_gives(
    lines: list[Instruction], bars: int, seed: int
) -> None:
    columns = columns_of(bars, seed)
    found = signal_column(assemble(lines), columns, bars)
    assert found.tolist() == plain_actions(lines, columns, bars)


@pytest.mark.parametrize("bars", [CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 7])
def test_edges_of_chunks_leave_no_trace(bars: int) -> None:
    columns = columns_of(bars, 5)
    lines = [
        Instruction(p.CROSS_ABOVE, 0, 2, 1, 3),
        Instruction(p.WITHIN, count=5),
        Instruction(p.TAKE, count=p.LONG_ENTRY),
        Instruction(p.CROSS_BELOW, 0, 1, p.CONSTANT, value=1.0),
        Instruction(p.NOT),
        Instruction(p.TAKE, count=p.SHORT_EXIT),
    ]
    found = signal_column(assemble(lines), columns, bars)
    assert found.tolist() == plain_actions(lines, columns, bars)


def test_bars_before_the_start_hold() -> None:
    columns = columns_of(100, 6)
    program = assemble([Instruction(p.GT, 0, 0, value=-1e9), Instruction(p.TAKE)])
    found = signal_column(program, columns, 100, start=40)
    assert found[:40].tolist() == [HOLD] * 40
    assert found[40:].tolist() == [ENTER_LONG] * 60


def test_later_bars_never_change_an_earlier_action() -> None:
    columns = columns_of(300, 7)
    lines = [
        Instruction(p.CROSS_ABOVE, 0, 0, 1),
        Instruction(p.WITHIN, count=3),
        Instruction(p.TAKE, count=p.LONG_ENTRY),
    ]
    whole = signal_column(assemble(lines), columns, 300)
    for cut in (1, 2, 150, 299):
        part = signal_column(assemble(lines), [c[:cut].copy() for c in columns], cut)
        assert (part == whole[:cut]).all()


def test_more_than_sixteen_columns_work() -> None:
    columns = columns_of(50, 8, count=20)
    lines = [Instruction(p.GT, 19, 0, 18), Instruction(p.TAKE, count=p.LONG_ENTRY)]
    found = signal_column(assemble(lines), columns, 50)
    assert found.tolist() == plain_actions(lines, columns, 50)


BROKEN = {
    "leaves a flag behind": ([Instruction(p.GT)], "left behind"),
    "pops what was never pushed": ([Instruction(p.TAKE)], "flags on the stack"),
    "unknown opcode": ([Instruction(99)], "known opcode"),
    "too deep": ([Instruction(p.GT)] * 40, "nested at most"),
    "too long": ([Instruction(p.GT), Instruction(p.TAKE)] * 300, "at most 512"),
    "constant that is not finite": (
        [Instruction(p.GT, value=math.nan), Instruction(p.TAKE)],
        "finite constant",
    ),
    "unknown slot": ([Instruction(p.GT), Instruction(p.TAKE, count=4)], "slot"),
    "within no bars": ([Instruction(p.GT), Instruction(p.WITHIN)], "bars"),
    "negative column": ([Instruction(p.GT, left=-2), Instruction(p.TAKE)], "column number"),
    "column of the future": (
        [Instruction(p.GT, left_ago=-1), Instruction(p.TAKE)],
        "bars ago",
    ),
    "constant of another bar": (
        [Instruction(p.GT, right_ago=1), Instruction(p.TAKE)],
        "no bars ago",
    ),
    "too many columns": ([Instruction(p.GT, left=64), Instruction(p.TAKE)], "at most 64 columns"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_program_is_refused(name: str) -> None:
    lines, message = BROKEN[name]
    with pytest.raises(ValueError, match=message):
        assemble(lines)


def test_missing_column_is_refused() -> None:
    program = assemble([Instruction(p.GT, 0, 0, 2), Instruction(p.TAKE)])
    with pytest.raises(ValueError, match="expected 3 columns, found 2"):
        signal_column(program, columns_of(10, 1, count=2), 10)
    with pytest.raises(ValueError, match="columns of 11 bars"):
        signal_column(program, columns_of(10, 1), 11)


PURE = """
import hashlib
from fairlead.indicators.catalog import INDICATORS
from fairlead.strategies.kinds.rules.compile import compile_rules
from fairlead.strategies.templates import TEMPLATES, load_template
from tests.indicators.markets import market

digest = hashlib.sha256()
bars = market(330, 4)
for name, indicator in sorted(INDICATORS.items()):
    small = {s.name: max(s.low, {"slow": 5.0, "multiple": 2.0}.get(s.name, 3.0))
             for s in indicator.parameters}
    for column in indicator.scan(bars, small):
        digest.update(column.tobytes())
for name in TEMPLATES:
    signals = compile_rules(load_template(name)).signals(bars, {}, complete=True)
    digest.update(signals.action.tobytes() + signals.atr.tobytes())
print(digest.hexdigest())
"""


def test_compiled_and_pure_python_give_equal_bytes() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", PURE],
            env=os.environ | {"NUMBA_DISABLE_JIT": disabled},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for disabled in ("0", "1")
    }
    assert len(digests) == 1
