"""Sums and extremes of the last w present bars, equal to the bit from any start.

A window's value is split at the latest *anchor*: the first bar of a block of time slots,
`ts // span`. The part since the anchor (the head) is folded forward; the part before it (the
tail) was folded backward once, at the anchor, for every length it can have. So a value is a
function of the w bars in the window and of their times alone: no earlier bar leaves a trace in
its last bits, gaps or not, and nothing is ever subtracted, so no error builds up.

A block spans w - 1 slots and therefore holds at most w - 1 present bars (w on a day that is an
hour short); the window of w bars reaches beyond its latest anchor or begins exactly at it.

Sums are taken of distances to the anchor's own value. Rounding is then relative to the range
inside the window, not to the price, and a market that stands still gives its price exactly.
"""

from typing import Final

from fairlead.kernel.jit import jit_inline
from fairlead.kernel.series import Float64s

FIRST_BOUNDARY: Final = -(1 << 62)
"""Before every bar's time, so that the first bar of a series is an anchor."""


@jit_inline
def block_end(ts: int, span: int) -> int:
    """Return the first time (ms) after the block of length `span` (ms) that holds `ts`."""
    return (ts // span + 1) * span


@jit_inline
def window_span(window: int, timeframe_ms: int) -> int:
    """Return the block length (ms) for windows of `window` bars."""
    return max(window - 1, 1) * timeframe_ms


@jit_inline
def sums_before(x: Float64s, i: int, window: int, origin: float, tail: Float64s) -> None:
    """Fill `tail[k]` with the sum of `x - origin` over the k bars before bar `i`, k < window."""
    total = 0.0
    tail[0] = 0.0
    for k in range(1, min(window - 1, i) + 1):
        total += x[i - k] - origin
        tail[k] = total


@jit_inline
def squares_before(x: Float64s, i: int, window: int, origin: float, tail: Float64s) -> None:
    """Fill `tail[k]` with the sum of `(x - origin)**2` over the k bars before bar `i`."""
    total = 0.0
    tail[0] = 0.0
    for k in range(1, min(window - 1, i) + 1):
        distance = x[i - k] - origin
        total += distance * distance
        tail[k] = total


@jit_inline
def ramps_before(x: Float64s, i: int, window: int, origin: float, tail: Float64s) -> None:
    """Fill `tail[k]` with the sum of weights 1 (oldest) to k times `x - origin`."""
    total = 0.0
    weighted = 0.0
    tail[0] = 0.0
    for k in range(1, min(window - 1, i) + 1):
        total += x[i - k] - origin
        weighted += total
        tail[k] = weighted


@jit_inline
def highest_before(x: Float64s, i: int, window: int, tail: Float64s) -> None:
    """Fill `tail[k]` with the highest value of bar `i` and the k bars before it, k < window."""
    extreme = x[i]
    tail[0] = extreme
    for k in range(1, min(window - 1, i) + 1):
        extreme = max(extreme, x[i - k])
        tail[k] = extreme


@jit_inline
def lowest_before(x: Float64s, i: int, window: int, tail: Float64s) -> None:
    """Fill `tail[k]` with the lowest value of bar `i` and the k bars before it, k < window."""
    extreme = x[i]
    tail[0] = extreme
    for k in range(1, min(window - 1, i) + 1):
        extreme = min(extreme, x[i - k])
        tail[k] = extreme
