"""Seeded markets and policies for tests: gaps, jumps, coarse ticks, every exit and limit."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairlead.kernel.records import new_instrument, new_limits, new_policy
from fairlead.kernel.series import Bars, bars_of
from fairlead.kernel.signals import Signals

HOUR_MS = 3_600_000
START_MS = 1_600_000_000_000 // HOUR_MS * HOUR_MS


@dataclass(frozen=True, slots=True)
class Case:
    """One seeded run: bars, signals, and records of shape (1,)."""

    bars: Bars
    signals: Signals
    policy: NDArray[np.void]
    limits: NDArray[np.void]
    instrument: NDArray[np.void]


def random_bars(seed: int, count: int, *, gaps: bool = True, tick: float = 0.05) -> Bars:
    """Return a jumpy market on a tick grid; with `gaps` about one bar in fifty is missing."""
    random = np.random.default_rng(seed)
    steps = random.standard_normal(count) * 0.01 * (1 + 4 * (random.random(count) < 0.03))
    close = _on_grid(100 * np.exp(np.cumsum(steps)), tick)
    jump = 1 + 0.01 * random.standard_normal(count) * (random.random(count) < 0.2)
    open_ = _on_grid(np.concatenate([[100.0], close[:-1]]) * jump, tick)
    reach = np.abs(random.standard_normal((2, count))) * 0.006
    high = np.maximum(
        _on_grid(np.maximum(open_, close) * (1 + reach[0]), tick), np.maximum(open_, close)
    )
    low = np.minimum(
        _on_grid(np.minimum(open_, close) * (1 - reach[1]), tick), np.minimum(open_, close)
    )
    slots = np.arange(count)
    if gaps:
        slots = slots + np.cumsum(random.integers(0, 9, count) * (random.random(count) < 0.02))
    ts = START_MS + slots * HOUR_MS
    return bars_of(ts, open_, high, low, close, np.ones(count), HOUR_MS)


def _on_grid(prices: NDArray[np.float64], tick: float) -> NDArray[np.float64]:
    ticks = np.maximum(np.round(prices / tick), 1)
    return np.round(ticks * tick, 10)


def random_signals(seed: int, bars: Bars) -> Signals:
    """Return sparse signals of every kind, some with absolute levels, with an ATR column."""
    random = np.random.default_rng(seed + 1)
    count = len(bars)
    actions = random.choice(np.array([1, -1, 2, 3, 4], np.int8), count)
    action = np.where(random.random(count) < 0.15, actions, 0).astype(np.int8)
    levels = (random.random(count) < 0.3) & np.isin(action, (1, -1))
    side = np.where(action == 1, 1.0, -1.0)
    stop = np.where(levels, bars.close * (1 - side * 0.015), 0.0)
    target = np.where(levels, bars.close * (1 + side * 0.03), 0.0)
    atr = np.abs(random.standard_normal(count)) + 0.3
    session_end = (bars.ts // HOUR_MS % 24 >= 22).astype(np.int8)
    return Signals(action, stop, target, atr, session_end)


def random_policy(seed: int) -> NDArray[np.void]:
    """Return a policy in which every feature is on in some seeds."""
    random = np.random.default_rng(seed + 2)

    def maybe(value: float) -> float:
        return value if random.random() < 0.4 else 0.0

    fields: dict[str, Any] = {
        "stop_loss_pct": maybe(0.02),
        "take_profit_pct": maybe(0.03),
        "trailing_stop_pct": maybe(0.02),
        "atr_stop_multiple": maybe(2.0),
        "atr_target_multiple": maybe(3.0),
        "atr_trail_multiple": maybe(2.0),
        "break_even_pct": maybe(0.01),
        "fee_gate_multiple": maybe(1.5),
        "time_stop_bars": int(maybe(12)),
        "session_exit": int(maybe(1)),
        "cool_down_bars": int(maybe(5)),
        "fee": maybe(0.001),
        "slippage": maybe(0.0005),
        "sizing": int(random.integers(1, 4)),
        "leverage": float(random.integers(1, 4)),
        "allow_short": int(random.random() < 0.8),
    }
    sizes = {1: 3.0, 2: 0.7, 3: 0.02}
    return new_policy(size=sizes[fields["sizing"]], **fields)


def random_limits(seed: int, legs: int = 1) -> NDArray[np.void]:
    """Return limits, the daily loss limit and the exposure limit on in some seeds."""
    random = np.random.default_rng(seed + 3)
    return new_limits(
        max_daily_loss=0.02 if random.random() < 0.5 else 0.0,
        daily_loss_action=int(random.integers(1, 3)),
        max_exposure=0.9 if random.random() < 0.3 else 0.0,
        max_positions=int(random.integers(1, legs + 1)),
    )


def random_case(seed: int, count: int = 400) -> Case:
    """Return everything for one seeded run on gappy bars."""
    bars = random_bars(seed, count)
    instrument = new_instrument(
        tick=Decimal("0.05"), lot=Decimal("0.001"), min_notional=5.0, max_leverage=3.0
    )
    return Case(
        bars, random_signals(seed, bars), random_policy(seed), random_limits(seed), instrument
    )
