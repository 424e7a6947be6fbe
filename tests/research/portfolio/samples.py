"""Legs of several instruments and timeframes, made up for the tests of portfolios."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np

from fairlead.kernel.series import Bars
from fairlead.market.instruments import default_instrument
from fairlead.research.portfolio.model import PortfolioLeg
from fairlead.strategies.templates import load_template
from tests.research.samples import HOUR_MS, walk_bars

CASH = Decimal(10_000)
FOUR_HOURS_MS = 4 * HOUR_MS


def coarse(bars: Bars) -> Bars:
    """Return four-hour candles of hourly ones without gaps."""
    count = len(bars) // 4 * 4
    rows = (count // 4, 4)
    return Bars(
        bars.ts[:count:4].copy(),
        bars.open[:count:4].copy(),
        bars.high[:count].reshape(rows).max(axis=1),
        bars.low[:count].reshape(rows).min(axis=1),
        bars.close[3:count:4].copy(),
        bars.volume[:count].reshape(rows).sum(axis=1),
        FOUR_HOURS_MS,
    )


def leg(bars: Bars, key: str = "file:a", weight: float = 0.25, **parameters: Any) -> PortfolioLeg:
    """Return a leg of the crossover template."""
    timeframe = "4h" if bars.timeframe_ms == FOUR_HOURS_MS else "1h"
    return PortfolioLeg(
        document=load_template("sma_crossover"),
        parameters=parameters or {"fast": 5, "slow": 12},
        bars=bars,
        instrument=default_instrument(key),
        timeframe=timeframe,
        weight=weight,
    )


def mixed_legs(seed: int = 1, count: int = 700) -> list[PortfolioLeg]:
    """Return four legs: plain, four-hourly, one that starts late, one that ends early; gaps too."""
    late = walk_bars(count, seed + 2)
    early = walk_bars(count, seed + 3)
    return [
        leg(walk_bars(count, seed), "file:a", 0.3),
        leg(coarse(walk_bars(count, seed + 1, gaps=False)), "file:b", 0.3, fast=3, slow=9),
        leg(late.slice(count // 2, len(late)), "file:c", 0.2),
        leg(early.slice(0, count // 2), "file:d", 0.2, fast=4, slow=20),
    ]


def shifted(bars: Bars, ms: int) -> Bars:
    """Return bars that open `ms` later."""
    return replace(bars, ts=np.asarray(bars.ts + ms))
