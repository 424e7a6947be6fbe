"""Seeded markets with no edge at all, and markets into which one is planted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fairlead.kernel.series import Bars, bars_of

Floats = NDArray[np.float64]
Kind = Literal["none", "momentum", "reversion"]

HOUR_MS = 3_600_000
START_MS = 1_577_836_800_000  # 2020-01-01 00:00 UTC
BARS_PER_DAY = 24
# daily volatility of the regimes an instrument may live in
REGIMES = {"calm": 0.012, "usual": 0.03, "wild": 0.06}
# Student's t with this many degrees of freedom: fat tails, finite variance and kurtosis
TAILS = 5.0
# how long volatility clusters, how long a drift lasts, how fast a gap to fair value closes, in bars
CLUSTER_BARS, DRIFT_BARS, GAP_BARS = 240.0, 240.0, 18.0
CLUSTER_SPREAD = 0.35


@dataclass(frozen=True, slots=True)
class Edge:
    """Say what is planted: nothing, a drift that lasts, or a gap that closes.

    `strength` is the standard deviation of the drift in a bar (momentum) or of the gap
    (reversion), both in units of the volatility of a bar.
    """

    kind: Kind = "none"
    strength: float = 0.0


def edge_bars(count: int, seed: int, regime: str, edge: Edge) -> Bars:
    """Return `count` hourly bars, equal for equal arguments.

    Volatility clusters around that of the regime, shocks have fat tails, highs and lows are the
    extremes of a Brownian bridge within the bar. Without an edge the close is a martingale.
    """
    draw = np.random.default_rng([seed, count, len(regime)])
    usual = REGIMES[regime] / np.sqrt(BARS_PER_DAY)
    level = CLUSTER_SPREAD * _persistent(draw, count, CLUSTER_BARS)
    deviation = usual * np.exp(level - CLUSTER_SPREAD**2)
    shocks = draw.standard_t(TAILS, count) * np.sqrt((TAILS - 2.0) / TAILS) * deviation
    # E[exp(shock)] is taken off, so that the price itself drifts nowhere
    steps = shocks - 0.5 * deviation**2
    if edge.kind == "momentum":
        steps = steps + edge.strength * usual * _persistent(draw, count, DRIFT_BARS)
    close = np.log(100.0) + np.cumsum(steps)
    if edge.kind == "reversion":
        close = close + edge.strength * usual * _persistent(draw, count, GAP_BARS)
    return _bars(draw, close, deviation)


def _persistent(draw: np.random.Generator, count: int, length: float) -> Floats:
    """Return a first-order autoregression with unit variance that forgets within `length` bars."""
    keep = float(np.exp(-1.0 / length))
    noise = draw.standard_normal(count)
    noise[1:] *= np.sqrt(1.0 - keep * keep)
    return np.fromiter(accumulate(noise, lambda last, new: keep * last + new), np.float64, count)


def _bars(draw: np.random.Generator, close: Floats, deviation: Floats) -> Bars:
    count = len(close)
    open_ = np.concatenate(([np.log(100.0)], close[:-1]))
    span = (close - open_) ** 2
    wide = [np.sqrt(span - 2.0 * deviation**2 * np.log(draw.random(count))) for _ in range(2)]
    high, low = 0.5 * (open_ + close + wide[0]), 0.5 * (open_ + close - wide[1])
    columns = [np.exp(column) for column in (open_, high, low, close)]
    ts = START_MS + HOUR_MS * np.arange(count, dtype=np.int64)
    volume = 1_000.0 * np.exp(0.5 * draw.standard_normal(count))
    high_, low_ = np.maximum.reduce(columns), np.minimum.reduce(columns)
    return bars_of(ts, columns[0], high_, low_, columns[3], volume, HOUR_MS)


# Strength at which the best of the default sets has this annual Sharpe ratio after default costs,
# found by bisection over 12 histories of five years; `python -m benchmarks evidence` shows them.
STRENGTHS: dict[tuple[Kind, str], dict[int, float]] = {
    ("momentum", "calm"): {1: 0.0515, 2: 0.0700, 3: 0.0885},
    ("momentum", "usual"): {1: 0.0425, 2: 0.0645, 3: 0.0810},
    ("momentum", "wild"): {1: 0.0425, 2: 0.0650, 3: 0.0815},
    ("reversion", "calm"): {1: 2.75, 2: 4.00, 3: 5.06},
    ("reversion", "usual"): {1: 2.50, 2: 3.56, 3: 4.60},
    ("reversion", "wild"): {1: 2.19, 2: 3.03, 3: 3.78},
}
