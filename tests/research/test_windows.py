"""Where walk-forward windows lie."""

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.research.windows import split_windows


def test_windows_rolling_default_share_keeps_seventy_to_thirty() -> None:
    windows = split_windows(7_333, 5, 0.7, anchored=False)
    first = windows[0]
    share = (first.fit_to - first.fit_from) / (first.test_to - first.fit_from)
    assert share == pytest.approx(0.7, abs=0.001)
    assert len(windows) == 5


@given(st.integers(50, 100_000), st.integers(1, 20), st.floats(0.05, 0.95), st.booleans())
def test_windows_tests_are_adjacent_later_than_their_fit_and_reach_the_end(
    bars: int, count: int, fit: float, anchored: bool
) -> None:
    assume(bars / (count + fit / (1 - fit)) >= 11)
    windows = split_windows(bars, count, fit, anchored)
    assert windows[-1].test_to == bars
    assert all(0 <= w.fit_from < w.fit_to < w.test_to for w in windows)
    assert all(left.test_to == right.fit_to for left, right in itertools.pairwise(windows))
    lengths = {w.fit_to - w.fit_from for w in windows}
    assert len(lengths) == (count if anchored else 1)
    if anchored:
        assert all(w.fit_from == 0 for w in windows)


@pytest.mark.parametrize(
    ("bars", "count", "fit"), [(1000, 0, 0.7), (1000, 101, 0.7), (1000, 5, 1.0), (60, 5, 0.7)]
)
def test_windows_that_cannot_be_cut_are_refused(bars: int, count: int, fit: float) -> None:
    with pytest.raises(InvalidInput) as caught:
        split_windows(bars, count, fit, anchored=False)
    assert caught.value.expected
