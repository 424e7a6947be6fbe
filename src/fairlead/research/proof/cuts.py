"""Where to cut a series: at random, at decisions, in longer bars, at thin ones, at edges."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fairlead.indicators.session import DAY_MS
from fairlead.kernel.series import Bars, Int64s
from fairlead.market.feeds.noise import Noise

AT_RANDOM = 4
AT_DECISIONS = 6
IN_LONGER_BARS = 2
AT_EDGES = 2
AT_THIN_BARS = 4
THIN = 0.1


def choose_cuts(
    bars: Bars,
    decided: NDArray[np.bool_],
    longer_ms: Sequence[int],
    first: int,
    noise: Noise,
    day_offset_ms: int = 0,
) -> list[int]:
    """Return indexes from `first` to the last bar but one, ascending, each once.

    `decided` marks the bars with a decision; `longer_ms` are the longer timeframes in whose
    bars, of the day that begins `day_offset_ms` before UTC midnight, cuts are wanted.
    """
    last = len(bars) - 2
    every = np.arange(first, last + 1)
    local = bars.ts + day_offset_ms
    chosen = {last, *_picked(every, AT_RANDOM, noise)}
    chosen.update(_picked(every[decided[first : last + 1]], AT_DECISIONS, noise))
    # who mends bars with hardly any trade does it with their neighbours
    volume = bars.volume[every]
    chosen.update(_picked(every[volume <= np.quantile(volume, THIN)], AT_THIN_BARS, noise))
    for length in longer_ms:
        block = local // length
        inside = block[every] == block[every + 1]
        chosen.update(_picked(every[inside], IN_LONGER_BARS, noise))
        chosen.update(_picked(every[~inside], 1, noise))
    hole = np.diff(bars.ts)[every] > bars.timeframe_ms
    new_day = np.diff(local // DAY_MS)[every] > 0
    for edge in (hole, new_day):
        found = _picked(every[edge], AT_EDGES, noise)
        chosen.update(found)
        chosen.update(min(cut + 1, last) for cut in found)
    return sorted(chosen)


def _picked(places: Int64s, count: int, noise: Noise) -> list[int]:
    if len(places) <= count:
        return [int(place) for place in places]
    return [int(places[int(draw * len(places))]) for draw in noise.uniform(count)]
