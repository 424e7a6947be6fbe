"""A seeded market: bars with clustered volatility, a daily rhythm and, where asked, gaps."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from fairlead.kernel.series import Bars, bars_of

START_MS = 1_640_995_200_000  # 2022-01-01 00:00 UTC
MINUTE_MS = 60_000
DAY_MINUTES = 1440
BAR_VOLATILITY = 0.0006
PERSISTENCE = 0.999
DECIMALS = 4


def seeded_bars(
    count: int,
    *,
    seed: int = 42,
    timeframe_ms: int = MINUTE_MS,
    price: float = 100.0,
    volatility: float = BAR_VOLATILITY,
    gaps: int = 0,
) -> Bars:
    """Return `count` bars, equal for equal arguments.

    Highs and lows are the extremes of a Brownian bridge between open and close, drawn from
    their exact distribution, so that a bar touches levels as often as ticks would. `gaps`
    stretches of up to 200 bars are missing.
    """
    draw = np.random.default_rng(seed)
    shocks = draw.standard_normal(count) * 0.02
    log_volatility = 0.6 * np.fromiter(
        accumulate(shocks, lambda level, shock: PERSISTENCE * level + shock), np.float64, count
    )
    rhythm = 1.0 + 0.4 * np.cos(2 * np.pi * np.arange(count) / DAY_MINUTES)
    deviation = volatility * rhythm * np.exp(log_volatility - log_volatility.var() / 2)
    path = np.cumsum(draw.standard_normal(count) * deviation)
    path -= np.linspace(0.0, 0.8, count) * path[-1]
    close = np.log(price) + path
    open_ = np.concatenate(([np.log(price)], close[:-1]))
    open_ = open_ + draw.standard_normal(count) * deviation * 0.05
    high, low = (_extreme(draw, open_, close, deviation, side) for side in (1.0, -1.0))
    columns = [np.round(np.exp(column), DECIMALS) for column in (open_, high, low, close)]
    volume = np.round(10.0 * np.exp(draw.standard_normal(count) * 0.8), 3) + 0.001
    ts = START_MS + timeframe_ms * np.arange(count, dtype=np.int64)
    keep = _keep(draw, count, gaps)
    rounded = [column[keep] for column in columns]
    rounded[1] = np.maximum(rounded[1], np.maximum(rounded[0], rounded[3]))
    rounded[2] = np.minimum(rounded[2], np.minimum(rounded[0], rounded[3]))
    return bars_of(
        ts[keep], rounded[0], rounded[1], rounded[2], rounded[3], volume[keep], timeframe_ms
    )


def _extreme(
    draw: np.random.Generator,
    start: np.ndarray[tuple[int], np.dtype[np.float64]],
    end: np.ndarray[tuple[int], np.dtype[np.float64]],
    deviation: np.ndarray[tuple[int], np.dtype[np.float64]],
    side: float,
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Draw the maximum (side 1) or minimum (-1) of a Brownian bridge from start to end."""
    spread = np.sqrt((end - start) ** 2 - 2 * deviation**2 * np.log(draw.random(len(start))))
    return 0.5 * (start + end + side * spread)


def _keep(
    draw: np.random.Generator, count: int, gaps: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    keep = np.ones(count, dtype=np.bool_)
    for start in draw.integers(0, count, gaps):
        keep[start : start + draw.integers(1, 200)] = False
    return keep
