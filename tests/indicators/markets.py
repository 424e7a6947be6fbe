"""Synthetic series with the traits of real ones: gaps, ticks, halts, jumps."""

import numpy as np

from fairlead.kernel.series import Bars, bars_of

HOUR_MS = 3_600_000
START_MS = 1_514_764_800_000


def market(
    bars: int,
    seed: int,
    *,
    timeframe_ms: int = HOUR_MS,
    missing: float = 0.02,
    holes: int = 3,
    tick: float = 0.01,
    halt: bool = False,
) -> Bars:
    """Return a random walk on ticks; single bars and whole stretches are absent from it."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.01, bars)))
    if halt:
        close[bars // 2 : bars // 2 + bars // 8] = close[bars // 2]
    open_ = np.concatenate([[100.0], close[:-1]])
    reach = np.abs(rng.normal(0, 0.004, bars)) * (0.0 if halt else 1.0) + (0.0 if halt else 1e-4)
    high = np.maximum(open_, close) * (1 + reach)
    low = np.minimum(open_, close) * (1 - reach)
    columns = [np.maximum(np.round(c / tick), 1) * tick for c in (open_, high, low, close)]
    volume = np.round(rng.gamma(2.0, 500.0, bars)) * (rng.random(bars) > 0.01)
    slots = np.cumsum(1 + (rng.random(bars) < missing) * rng.integers(1, 5, bars))
    for place in rng.integers(0, bars, holes):
        slots[place:] += int(rng.integers(20, 500))
    ts = START_MS + slots * timeframe_ms
    return bars_of(ts, columns[0], columns[1], columns[2], columns[3], volume, timeframe_ms)


def sessions(days: int, seed: int, *, timeframe_ms: int = 300_000) -> Bars:
    """Return bars of trading days 09:15 to 15:30 at +05:30, weekends and some days absent."""
    rng = np.random.default_rng(seed)
    per_day = (375 * 60_000) // timeframe_ms
    opening = START_MS + 225 * 60_000
    kept = [day for day in range(days) if day % 7 < 5 and rng.random() > 0.05]
    ts = np.concatenate(
        [opening + day * 86_400_000 + np.arange(per_day) * timeframe_ms for day in kept]
    )
    flat = market(ts.shape[0], seed, timeframe_ms=timeframe_ms, missing=0.0, holes=0, tick=0.05)
    return bars_of(ts, flat.open, flat.high, flat.low, flat.close, flat.volume, timeframe_ms)
