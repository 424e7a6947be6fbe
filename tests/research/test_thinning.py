"""Thinner curves and merged candles keep what matters."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fairlead.research.thinning import kept_points, merge_bars
from tests.research.samples import walk_bars


@given(
    hnp.arrays(np.float64, st.integers(1, 500), elements=st.floats(-1e6, 1e6)),
    st.integers(3, 100),
)
def test_kept_points_hold_both_extremes_and_both_ends(values: np.ndarray, limit: int) -> None:
    kept = kept_points(values, limit)
    assert len(kept) <= limit + 2
    assert (np.diff(kept) > 0).all()
    assert kept[0] == 0
    assert kept[-1] == len(values) - 1
    assert values[kept].min() == values.min()
    assert values[kept].max() == values.max()


@given(st.integers(10, 300), st.integers(1, 60))
def test_merged_bars_span_the_same_range(count: int, limit: int) -> None:
    bars = walk_bars(count, gaps=False)
    merged = merge_bars(bars, limit)
    assert len(merged) <= limit
    assert merged.open[0] == bars.open[0]
    assert merged.close[-1] == bars.close[-1]
    assert merged.high.max() == bars.high.max()
    assert merged.low.min() == bars.low.min()
    assert np.isclose(merged.volume.sum(), bars.volume.sum())
