"""Longer bars hold what was known, are joined in when they close, and never before."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.indicators.higher import higher_bars, join_higher
from fairlead.kernel.series import Bars, Float64s
from tests.indicators.markets import HOUR_MS, market, sessions


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 9_999),
    ratio=st.sampled_from([2, 4, 24]),
    missing=st.sampled_from([0.0, 0.3]),
    offset_ms=st.sampled_from([0, 19_800_000]),
)
def test_joined_value_comes_from_closed_bars_only(
    seed: int, ratio: int, missing: float, offset_ms: int
) -> None:
    bars = market(300, seed, missing=missing)
    longer_ms = ratio * HOUR_MS
    higher = higher_bars(bars, longer_ms, offset_ms)
    joined = join_higher(higher.bars.close, higher.closed)
    for i in range(len(bars)):
        now = bars.ts[i] + HOUR_MS
        bucket = (bars.ts[: i + 1] + offset_ms) // longer_ms
        ended = (bucket + 1) * longer_ms - offset_ms <= now
        if ended.any():
            assert joined[i] == bars.close[: i + 1][ended][-1]
        else:
            assert np.isnan(joined[i])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 9_999), cut=st.integers(1, 299))
def test_poisoned_later_bars_change_nothing_before(seed: int, cut: int) -> None:
    bars = market(300, seed, missing=0.2)
    higher = higher_bars(bars, 4 * HOUR_MS)
    whole = join_higher(higher.bars.high, higher.closed)
    poison = [np.concatenate([c[:cut], c[cut:] * 1e6]) for c in (bars.open, bars.high, bars.low)]
    poisoned = Bars(
        bars.ts, poison[0], poison[1], poison[2], bars.close, bars.volume, bars.timeframe_ms
    )
    again = higher_bars(poisoned, 4 * HOUR_MS)
    found = join_higher(again.bars.high, again.closed)
    assert np.array_equal(whole[:cut], found[:cut], equal_nan=True)


def test_planted_lookahead_is_caught() -> None:
    bars = market(300, 1, missing=0.0)

    def with_the_running_bar(base: Bars) -> Float64s:
        higher = higher_bars(base, 4 * HOUR_MS)
        return join_higher(higher.bars.high, np.minimum(higher.closed + 1, len(higher.bars)))

    whole = with_the_running_bar(bars)
    changed = [
        cut
        for cut in range(140, 160)
        if (with_the_running_bar(bars.slice(0, cut)) != whole[:cut]).any()
    ]
    assert changed


def test_longer_bars_hold_first_highest_lowest_last_and_sum() -> None:
    bars = sessions(8, 3)
    day_ms, offset_ms = 86_400_000, 19_800_000
    higher = higher_bars(bars, day_ms, offset_ms).bars
    day = (bars.ts + offset_ms) // day_ms
    for place, each in enumerate(np.unique(day)):
        part = np.flatnonzero(day == each)
        assert higher.ts[place] == each * day_ms - offset_ms
        assert higher.open[place] == bars.open[part[0]]
        assert higher.high[place] == bars.high[part].max()
        assert higher.low[place] == bars.low[part].min()
        assert higher.close[place] == bars.close[part[-1]]
        assert higher.volume[place] == pytest.approx(bars.volume[part].sum())
    assert len(higher) == len(np.unique(day))


@pytest.mark.parametrize("longer_ms", [HOUR_MS, HOUR_MS // 2, HOUR_MS * 3 // 2])
def test_timeframe_that_is_no_multiple_is_refused(longer_ms: int) -> None:
    with pytest.raises(ValueError, match="expected a multiple"):
        higher_bars(market(10, 1), longer_ms)
