"""Bars made up for a proof: a market with holes and, where bars are short, with sessions."""

from typing import Final

import numpy as np

from fairlead.indicators.session import DAY_MS
from fairlead.kernel.series import Bars, bars_of
from fairlead.market.feeds.noise import Noise

START_MS: Final = 1_704_067_200_000  # Monday, 2024-01-01T00:00:00Z
OPEN_MS: Final = 225 * 60_000  # 09:15 at +05:30
SESSION_MS: Final = 375 * 60_000
LONGEST_IN_SESSIONS_MS: Final = 3_600_000
MISSING: Final = 0.01
TICK: Final = 0.01


def made_up_bars(count: int, timeframe_ms: int, seed: int) -> Bars:
    """Return about `count` bars of a random walk on ticks, the same for the same seed.

    The first half trades around the clock, single bars and whole days missing. The second half
    trades in sessions of six hours and a quarter on weekdays where bars are of an hour or less,
    else goes on around the clock.
    """
    noise = Noise(seed, 0)
    ts = _times(count, timeframe_ms, noise)
    size = len(ts)
    # the trend turns a few times, so that slow strategies have something to decide
    drift = 0.0004 * np.sin(np.arange(size) * (14.0 / size))
    close = 100.0 * np.exp(np.cumsum(0.008 * noise.heavy_tailed(size) + drift))
    opened = np.concatenate(([100.0], close[:-1])) * (1.0 + 0.0005 * noise.bell(size))
    reach = 0.004 * np.abs(noise.bell(size)) + 1e-4
    high = np.maximum(opened, close) * (1.0 + reach)
    low = np.minimum(opened, close) * (1.0 - reach)
    prices = [
        np.maximum(np.round(column / TICK), 1.0) * TICK for column in (opened, high, low, close)
    ]
    volume = np.round(1_000.0 * np.exp(0.8 * noise.bell(size)))
    return bars_of(ts, prices[0], prices[1], prices[2], prices[3], volume, timeframe_ms)


def _times(
    count: int, timeframe_ms: int, noise: Noise
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    around = count // 2 if timeframe_ms <= LONGEST_IN_SESSIONS_MS else count
    slots = np.arange(around, dtype=np.int64)
    for draw in noise.uniform(3):
        slots[int(draw * around) :] += 1 + 2 * DAY_MS // timeframe_ms
    ts = START_MS + slots * timeframe_ms
    ts = ts[noise.uniform(around) >= MISSING]
    if around < count:
        per_day = -(-SESSION_MS // timeframe_ms)
        first = int(ts[-1]) // DAY_MS + 1
        days = first + np.arange(2 * (count - around) // per_day + 2, dtype=np.int64)
        days = days[(days + 3) % 7 < 5]  # 1970-01-01 was a Thursday
        grid = days[:, None] * DAY_MS + OPEN_MS + np.arange(per_day, dtype=np.int64) * timeframe_ms
        ts = np.concatenate((ts, grid.ravel()[: count - around]))
    return ts
