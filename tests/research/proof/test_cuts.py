"""Cuts lie where leaks show: in longer bars, at their ends, at edges, at decisions, at the end."""

import numpy as np
import pytest

from fairlead.market.feeds.noise import Noise
from fairlead.market.instruments import IST_OFFSET_MS
from fairlead.research.proof.cuts import choose_cuts
from fairlead.research.proof.late_start import choose_starts
from fairlead.research.proof.synthetic import made_up_bars

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
LONGER = (4 * HOUR_MS, DAY_MS)
BARS = made_up_bars(1_000, 900_000, 1)
NOTHING = np.zeros(len(BARS), np.bool_)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("offset_ms", [0, IST_OFFSET_MS])
def test_cuts_meet_every_kind_of_place(seed: int, offset_ms: int) -> None:
    decided = NOTHING.copy()
    decided[[300, 500, 700]] = True
    cuts = choose_cuts(BARS, decided, LONGER, 200, Noise(seed, 1), offset_ms)
    assert cuts == sorted(set(cuts))
    assert cuts[0] >= 200
    assert cuts[-1] == len(BARS) - 2
    assert {300, 500, 700} <= set(cuts)
    local, at = BARS.ts + offset_ms, np.array(cuts)
    for length in LONGER:
        inside = local[at] // length == local[at + 1] // length
        assert inside.any()
        assert not inside.all()
    steps = BARS.ts[at + 1] - BARS.ts[at]
    assert (steps > BARS.timeframe_ms).any()
    assert (steps == BARS.timeframe_ms).any()
    assert (BARS.volume[at] <= np.quantile(BARS.volume[200:-1], 0.1)).any()
    assert len(cuts) < 60


def test_few_bars_are_cut_at_their_end_alone() -> None:
    few = BARS.slice(0, 100)
    assert choose_cuts(few, NOTHING[:100], (), 98, Noise(1, 1)) == [98]


def test_late_starts_leave_room_for_the_declared_warm_up() -> None:
    for seed in range(20):
        starts = choose_starts(1_000, 300, Noise(seed, 2))
        assert starts
        assert all(1 <= start < 1_000 - 450 for start in starts)
        assert all(1 <= start <= 500 for start in choose_starts(1_000, None, Noise(seed, 2)))
    assert choose_starts(1_000, 700, Noise(1, 2)) == []
