"""Every loop, compiled or not, restored or not, gives the same bytes."""

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.kernel.records import state_from_bytes
from tests.kernel.markets import random_case
from tests.parity.loops import (
    through_bars,
    through_books,
    through_grid,
    through_portfolio,
    through_single,
)

PURE = """
from tests.kernel.markets import random_case
from tests.parity.loops import through_bars, through_books, through_portfolio, through_single
for seed in {seeds}:
    case = random_case(seed, {count})
    outcomes = [through_bars(case), through_portfolio(case), through_books(case, copies=1)[0]]
    outcomes.append(through_single(case))
    print(*(outcome.digest() for outcome in outcomes))
"""


@settings(max_examples=80)
@given(st.integers(0, 10**6))
def test_every_loop_gives_the_same_book_and_the_same_fills(seed: int) -> None:
    case = random_case(seed)
    straight = through_bars(case)
    assert through_portfolio(case) == straight
    assert through_single(case) == straight
    assert through_books(case) == [straight] * 3
    book_size = len(state_from_bytes(straight.state).book.tobytes())
    assert through_grid(case) == [straight.state[:book_size]] * 3


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(2, 40))
def test_books_that_are_restored_or_catch_up_equal_those_that_ran_through(
    seed: int, lag: int
) -> None:
    case = random_case(seed)
    straight = through_bars(case)
    assert through_books(case, copies=1, restore=True) == [straight]
    assert through_books(case, copies=1, lag=lag) == [straight]


def test_cases_exercise_fills_vetoes_and_halts() -> None:
    books = [state_from_bytes(through_bars(random_case(seed)).state).book[0] for seed in range(40)]
    assert sum(int(book["fills"]) for book in books) > 500
    assert any(int(book["open_positions"]) for book in books)
    assert any(float(book["max_drawdown"]) > 0.05 for book in books)


def test_pure_python_gives_the_bytes_of_compiled_code() -> None:
    seeds, count = list(range(12)), 300
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    run = subprocess.run(
        [sys.executable, "-c", PURE.format(seeds=seeds, count=count)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=110,
    )
    for seed, line in zip(seeds, run.stdout.splitlines(), strict=True):
        case = random_case(seed, count)
        assert line.split() == [through_bars(case).digest()] * 4


@pytest.mark.parametrize("field", ["cash", "peak", "bars_held", "as_of"])
def test_planted_bug_one_changed_bit_is_seen(field: str) -> None:
    straight = through_bars(random_case(3))
    state = state_from_bytes(straight.state)
    state.book[field] = state.book[field] + 1
    assert state.to_bytes() != straight.state
