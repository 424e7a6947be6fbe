"""How much history decisions need: started late, when do they equal those of the whole series?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairlead.kernel.series import Bars
from fairlead.market.feeds.noise import Noise
from fairlead.research.proof.subject import Decisions, Subject

STARTS = 8
SETTLED_SHARE = 0.8
"""Decisions that still differ after this share of a late series count as never settled."""


@dataclass(frozen=True, slots=True)
class WarmUp:
    """The longest stretch in which decisions differed, and the late start it was seen at.

    `needed` is None where decisions never settled, or where no late start could be tried.
    """

    needed: int | None
    start: int
    tried: int


def measure_warm_up(
    subject: Subject, bars: Bars, whole: Decisions, starts: Sequence[int]
) -> WarmUp:
    """Return how long decisions depend on where the series starts, over several late starts.

    A start at which the subject raises is not counted: it refuses so short a history.
    """
    worst, at, tried = 0, 0, 0
    for start in starts:
        try:
            late = subject.decide(bars.slice(start, len(bars)))
        except Exception:  # noqa: BLE001  somebody else's code, refusing a short history
            continue
        tried += 1
        needed = _differs_until(whole, late, start)
        if needed > SETTLED_SHARE * (len(bars) - start):
            return WarmUp(None, start, tried)
        if needed > worst:
            worst, at = needed, start
    return WarmUp(worst if tried else None, at, tried)


def choose_starts(bars: int, declared: int | None, noise: Noise) -> list[int]:
    """Return late starts that leave room for the declared warm-up and as much again of half."""
    room = bars // 2 if declared is None else int(1.5 * declared) + 50
    last = bars - room
    if last < 1:
        return []
    return sorted({1 + int(draw * last) for draw in noise.uniform(STARTS)} - {bars})


def _differs_until(whole: Decisions, late: Decisions, start: int) -> int:
    """Return after how many bars of the late series all decisions are equal, to the bit."""
    longest = 0
    for name, column in whole.items():
        early = column[start:]
        other = late.get(name)
        if other is None:
            return len(early)
        differs = np.flatnonzero(early.view(np.int64) != other.view(np.int64))
        if differs.size:
            longest = max(longest, int(differs[-1]) + 1)
    return longest
