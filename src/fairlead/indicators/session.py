"""Values that follow the venue's day: volume-weighted average price, time of day."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fairlead.indicators.windows import FIRST_BOUNDARY, block_end
from fairlead.kernel.jit import jit, jit_inline
from fairlead.kernel.series import Float64s, Int64s

DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000


@jit_inline
def vwap_update(
    value: float, volume: float, origin: float, price: float, traded: float
) -> tuple[float, float, float]:
    """Fold a bar into traded value and volume of the session; return both and their ratio.

    Values are distances to `origin`, the session's first price. While nothing has traded the
    ratio is the bar's own price.
    """
    value += (price - origin) * traded
    volume += traded
    return value, volume, origin + value / volume if volume > 0.0 else price


@jit
def vwap_scan(ts: Int64s, x: Float64s, volume: Float64s, day_offset_ms: int) -> Float64s:
    """Return the average of `x` weighted by volume since the venue's day began, shape (n,).

    After Berkowitz, Logue and Noser (1988). Days begin `day_offset_ms` before UTC midnight.
    """
    out = np.empty(x.shape[0])
    boundary = FIRST_BOUNDARY
    value, total, origin = 0.0, 0.0, 0.0
    for i in range(x.shape[0]):
        local = ts[i] + day_offset_ms
        if local >= boundary:
            boundary = block_end(local, DAY_MS)
            value, total, origin = 0.0, 0.0, x[i]
        value, total, out[i] = vwap_update(value, total, origin, x[i], volume[i])
    return out


@jit
def minute_scan(ts: Int64s, day_offset_ms: int) -> Float64s:
    """Return the minute of the venue's day at which each bar opens, 0 to 1439, shape (n,)."""
    out = np.empty(ts.shape[0])
    boundary = FIRST_BOUNDARY
    for i in range(ts.shape[0]):
        local = ts[i] + day_offset_ms
        if local >= boundary:
            boundary = block_end(local, DAY_MS)
        out[i] = (local - boundary + DAY_MS) // MINUTE_MS
    return out


@jit
def flag_days(ts: Int64s, timeframe_ms: int, offset_ms: int, flags: NDArray[np.int8]) -> None:
    """Flag bars after which at most one more opens before the venue's midnight."""
    boundary = FIRST_BOUNDARY
    for i in range(ts.shape[0]):
        local = ts[i] + offset_ms
        if local >= boundary:
            boundary = block_end(local, DAY_MS)
        flags[i] = local + 2 * timeframe_ms >= boundary


@jit
def flag_sessions(
    ts: Int64s,
    opens: Int64s,
    closes: Int64s,
    timeframe_ms: int,
    flags: NDArray[np.int8],
) -> None:
    """Flag bars after which at most one more opens before their day's last close.

    `opens` and `closes` belong to windows of trading in ascending order, a window's close being
    that of its day's last window. Bars outside of all windows are not flagged.
    """
    window = 0
    for i in range(ts.shape[0]):
        while window + 1 < opens.shape[0] and opens[window + 1] < ts[i] + timeframe_ms:
            window += 1
        inside = opens[window] < ts[i] + timeframe_ms and ts[i] < closes[window]
        flags[i] = inside and ts[i] + 2 * timeframe_ms >= closes[window]
