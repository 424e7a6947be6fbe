"""How many present bars a recursive indicator remembers.

A textbook recursion remembers for ever, so its value depends on where the series starts. Here
its state is folded anew from the last `memory` present bars at each block of time slots, so it
depends on those bars alone. `FORGET` time constants reduce the weight of everything older to
e^-21 = 7.6e-10 of what a textbook recursion would keep.
"""

from math import ceil
from typing import Final

FORGET: Final = 21
DOUBLE_FORGET: Final = 28
"""For a smoothing of a smoothing, whose old weights fade as k * e^-k."""
BAND_FORGET: Final = 10
"""For ratchets: bands started late met the textbook's within this many windows, and this many
more for each unit of the multiple, in every one of 45,600 starts on real series (the longest
took 3.5 windows and 3.2 more for each unit)."""


def ema_memory(window: int) -> int:
    """Return the memory of an exponential average with weight 2 / (window + 1)."""
    return ceil(FORGET * (window + 1) / 2)


def wilder_memory(window: int) -> int:
    """Return the memory of Wilder's average, weight 1 / window."""
    return FORGET * window


def adx_memory(window: int) -> int:
    """Return the memory of an average of an average, both Wilder's."""
    return DOUBLE_FORGET * window


def macd_memory(slow: int, signal: int) -> int:
    """Return the memory of a signal line: that of the slow average, then its own."""
    return ema_memory(slow) + ema_memory(signal)


def supertrend_memory(window: int, multiple: float) -> int:
    """Return the memory of SuperTrend: that of its ATR, then that of its bands."""
    return wilder_memory(window) + ceil(window * BAND_FORGET * (1.0 + multiple))


def block_bars(memory: int) -> int:
    """Return how many time slots lie between two folds from memory."""
    return max(memory // 2, 1)


def settled_after(memory: int) -> int:
    """Return the index from which on values do not depend on the series' start.

    One bar more than memory and block together: a true range needs a previous close, and a
    block of daily bars may hold one bar more on a day that is an hour short.
    """
    return memory + block_bars(memory) + 2
