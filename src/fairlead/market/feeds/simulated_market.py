"""A market that never was: several instruments, one common mood, the same for equal seeds.

Hour by hour the volatility wanders (its logarithm returns slowly to its mean, with jumps) and so
does a small drift; within an hour trades come at random moments and move prices by a common and an
own shock with heavy tails. The hour is the unit of determinism: its trades follow from the seed,
its number and the state at its start, so history made at once equals history lived through.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairlead.kernel.series import Float64s, Int64s
from fairlead.market.feeds.noise import Noise

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
TRADES_PER_MINUTE = 12
_TRADES = 60 * TRADES_PER_MINUTE
_HOURS_PER_YEAR = 8_766
_MEAN_REVERSION = 0.04
_VOLATILITY_OF_VOLATILITY = 0.08
_JUMP_CHANCE = 0.004
_DRIFT_MEMORY = 0.97
_DRIFT_NOISE = 0.03
# Prices are drawn back to where they began, half way in about a hundred days: a market that runs
# for years neither vanishes nor grows without bound.
_PULL_PER_HOUR = 0.0003


@dataclass(frozen=True, slots=True)
class SimulatedInstrument:
    """One instrument of the market; volatility is per year, `beta` its part in the common mood."""

    key: str
    price: float
    tick: float
    volatility: float
    beta: float
    size: float


@dataclass(frozen=True, slots=True)
class MarketState:
    """The market at the start of hour `hour` (hours since 1970).

    `prices` are the last prices, before rounding to ticks; `mood` is the logarithm of volatility
    over its mean; `drift` the trend in units of an hour's volatility.
    """

    hour: int
    prices: tuple[float, ...]
    mood: float
    drift: float


@dataclass(frozen=True, slots=True)
class Hour:
    """All trades of one hour, shapes (instruments, trades): `ts`, `price` and `size`."""

    ts: Int64s
    price: Float64s
    size: Float64s
    after: MarketState


def first_state(instruments: tuple[SimulatedInstrument, ...], hour: int) -> MarketState:
    """Return the state from which a market begins at `hour`."""
    return MarketState(hour, tuple(instrument.price for instrument in instruments), 0.0, 0.0)


def trade_hour(instruments: tuple[SimulatedInstrument, ...], seed: int, state: MarketState) -> Hour:
    """Return the trades of the hour that begins at `state`; pure, the same for equal arguments."""
    noise = Noise(seed, state.hour)
    count = len(instruments)
    shocks = noise.heavy_tailed((count + 1) * _TRADES)
    shocks = shocks.reshape(count + 1, _TRADES)
    volatility = np.array([each.volatility for each in instruments])
    beta = np.array([each.beta for each in instruments])
    per_trade = volatility * np.exp(state.mood) / np.sqrt(_HOURS_PER_YEAR * _TRADES)
    own = np.sqrt(np.maximum(0.0, 1.0 - beta**2))
    moves = beta[:, None] * shocks[0] + own[:, None] * shocks[1:]
    moves += beta[:, None] * state.drift / np.sqrt(_TRADES)
    distance = np.log(np.array(state.prices) / np.array([each.price for each in instruments]))
    steps = per_trade[:, None] * moves - (_PULL_PER_HOUR / _TRADES * distance)[:, None]
    paths = np.array(state.prices)[:, None] * np.exp(np.cumsum(steps, axis=1))
    ticks = np.array([each.tick for each in instruments])[:, None]
    prices = np.maximum(np.round(paths / ticks), 1.0) * ticks
    spread = noise.bell(count * _TRADES).reshape(count, _TRADES) + 0.4 * np.abs(moves)
    sizes = np.array([each.size for each in instruments])[:, None] * np.exp(spread)
    ts = _moments(noise, count, state.hour)
    after = _next_state(noise, state, tuple(paths[:, -1].tolist()))
    return Hour(ts, np.round(prices, 8), np.round(sizes, 5) + 1e-5, after)


def _moments(noise: Noise, count: int, hour: int) -> Int64s:
    """Return ascending times: the same number in each minute, so that no minute is empty."""
    draws = noise.uniform(count * _TRADES).reshape(count, 60, TRADES_PER_MINUTE)
    inside = np.sort((draws * MINUTE_MS).astype(np.int64), axis=2)
    minutes = np.arange(60, dtype=np.int64)[None, :, None] * MINUTE_MS
    moments: NDArray[np.int64] = (inside + minutes).reshape(count, _TRADES) + hour * HOUR_MS
    return moments


def _next_state(noise: Noise, state: MarketState, prices: tuple[float, ...]) -> MarketState:
    step, turn = noise.bell(2).tolist()
    chance, height = noise.uniform(2).tolist()
    mood = state.mood * (1.0 - _MEAN_REVERSION) + _VOLATILITY_OF_VOLATILITY * step
    if chance < _JUMP_CHANCE:
        mood += 0.5 + height
    drift = _DRIFT_MEMORY * state.drift + _DRIFT_NOISE * turn
    return MarketState(state.hour + 1, prices, min(2.0, max(-1.5, mood)), drift)


def minute_columns(hour: Hour) -> tuple[Int64s, NDArray[np.float64]]:
    """Return the minutes' open times (60,) and OHLCV of shape (instruments, 60, 5)."""
    count = len(hour.price)
    price = hour.price.reshape(count, 60, TRADES_PER_MINUTE)
    size = hour.size.reshape(count, 60, TRADES_PER_MINUTE)
    columns = np.stack(
        (
            price[:, :, 0],
            price.max(axis=2),
            price.min(axis=2),
            price[:, :, -1],
            _ordered_sum(size),
        ),
        axis=2,
    )
    start = (hour.after.hour - 1) * HOUR_MS
    return start + np.arange(60, dtype=np.int64) * MINUTE_MS, columns


def _ordered_sum(size: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add trade by trade, as candles are built, so that history and life agree to the bit."""
    total = size[:, :, 0].copy()
    for trade in range(1, size.shape[2]):
        total += size[:, :, trade]
    return total
