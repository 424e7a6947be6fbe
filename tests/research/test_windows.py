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


@given(
    st.integers(500, 100_000),
    st.integers(1, 20),
    st.floats(0.3, 0.9),
    st.booleans(),
    st.integers(0, 40),
    st.integers(0, 40),
)
def test_windows_no_fit_bar_lies_within_the_gap_and_tests_never_overlap(
    bars: int, count: int, fit: float, anchored: bool, purge: int, embargo: int
) -> None:
    assume(bars / (count + fit / (1 - fit)) >= 100 + embargo)
    windows = split_windows(bars, count, fit, anchored, purge=purge, embargo=embargo)
    whole = split_windows(bars, count, fit, anchored)
    for window, plain in zip(windows, whole, strict=True):
        boundary = plain.test_from
        assert window.fit_from < window.fit_to <= boundary - purge
        assert window.test_from - window.fit_to == purge + embargo
        assert (window.test_from, window.test_to) == (boundary + embargo, plain.test_to)
    assert all(left.test_to <= right.test_from for left, right in itertools.pairwise(windows))
    tested = sum(window.test_to - window.test_from for window in windows)
    assert tested == bars - whole[0].test_from - count * embargo


def test_windows_gap_that_eats_a_range_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as purged:
        split_windows(1_000, 5, 0.5, anchored=False, purge=170)
    assert (purged.value.path, purged.value.expected) == ("purge", "at most 164 bars")
    with pytest.raises(InvalidInput) as embargoed:
        split_windows(1_000, 5, 0.5, anchored=False, embargo=157)
    assert embargoed.value.found == "9 bars"
    with pytest.raises(InvalidInput, match="negative"):
        split_windows(1_000, 5, 0.5, anchored=False, purge=-1)
    with pytest.raises(InvalidInput, match="negative"):
        split_windows(1_000, 5, 0.5, anchored=False, embargo=-1)


@pytest.mark.parametrize(
    ("bars", "count", "fit"), [(1000, 0, 0.7), (1000, 101, 0.7), (1000, 5, 1.0), (60, 5, 0.7)]
)
def test_windows_that_cannot_be_cut_are_refused(bars: int, count: int, fit: float) -> None:
    with pytest.raises(InvalidInput) as caught:
        split_windows(bars, count, fit, anchored=False)
    assert caught.value.expected
