"""Strategies that use nothing later than their own bar, some of which look as if they did."""

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np

from fairlead.kernel.series import Bars, Float64s
from tests.research.proof.corpus.series import (
    DAY_MS,
    HOUR_MS,
    Actions,
    average,
    blocks,
    days,
    exponential,
    last_of_block,
    outside,
    rolling,
    side,
    true_range,
)


def averages_cross(bars: Bars) -> Actions:
    return side(average(bars.close, 5) - average(bars.close, 20))


def exponential_averages(bars: Bars) -> Actions:
    return side(exponential(bars.close, 8) - exponential(bars.close, 21))


def strength_reverts(bars: Bars) -> Actions:
    change = np.diff(bars.close, prepend=bars.close[0])
    gain, loss = exponential(np.maximum(change, 0.0), 27), exponential(np.maximum(-change, 0.0), 27)
    return -outside(gain / (gain + loss + 1e-12) - 0.5, 0.15)


def closed_longer_bars(bars: Bars) -> Actions:
    """Join the close of four-hour bars once their end is at or before the bar's close."""
    return side(bars.close - _joined(bars, 4 * HOUR_MS, 3))


def closed_days(bars: Bars) -> Actions:
    return side(bars.close - _joined(bars, DAY_MS, 2))


def _joined(bars: Bars, longer_ms: int, window: int) -> Float64s:
    block = blocks(bars, longer_ms)
    values = average(bars.close[last_of_block(block)], window)
    ends = (bars.ts // longer_ms + 1) * longer_ms
    closed = np.where(bars.ts + bars.timeframe_ms >= ends, block, block - 1)
    joined: Float64s = np.where(closed >= 0, values[np.maximum(closed, 0)], np.nan)
    return joined


def high_of_the_day_before(bars: Bars) -> Actions:
    day = days(bars)
    high = np.full(day[-1] + 1, -np.inf)
    np.maximum.at(high, day, bars.high)
    before = np.concatenate(([np.inf], high[:-1]))
    return np.where(bars.close > before[day], 1.0, 0.0)


def expanding_normalisation(bars: Bars) -> Actions:
    count = np.arange(1, len(bars) + 1)
    mean = np.cumsum(bars.close) / count
    spread = np.sqrt(np.maximum(np.cumsum(bars.close**2) / count - mean**2, 1e-12))
    return -outside((bars.close - mean) / spread, 1.0)


def pivots_once_confirmed(bars: Bars) -> Actions:
    around = rolling(bars.low, 7)
    return np.where(around[:, 3] <= np.min(around, axis=1), 1.0, 0.0)


def trailing_percentile(bars: Bars) -> Actions:
    windows = rolling(bars.volume, 50)
    rank = (windows <= bars.volume[:, None]).mean(axis=1)
    return np.where(rank > 0.9, side(bars.close - bars.open), 0.0)


def opening_range(bars: Bars) -> Actions:
    day = days(bars)
    first = bars.ts[np.unique(day, return_index=True)[1]][day]
    early = bars.ts < first + 2 * HOUR_MS
    high = np.full(day[-1] + 1, -np.inf)
    np.maximum.at(high, day[early], bars.high[early])
    return (~early & (bars.close > high[day])).astype(np.float64)


def session_high_so_far(bars: Bars) -> Actions:
    day, highs = days(bars), bars.high.copy()
    for i in range(1, len(bars)):
        if day[i] == day[i - 1]:
            highs[i] = max(highs[i], highs[i - 1])
    return -outside(bars.close / highs - 0.995, 0.004)


def weighted_price_of_the_session(bars: Bars) -> Actions:
    day = days(bars)
    start = np.concatenate(([0], last_of_block(day)[:-1] + 1))[day]
    value = np.concatenate(([0.0], np.cumsum(bars.close * bars.volume)))
    volume = np.concatenate(([0.0], np.cumsum(bars.volume)))
    at = np.arange(len(bars))
    traded = volume[at + 1] - volume[start]
    return side(bars.close * traded - (value[at + 1] - value[start]))


def trailing_regression(bars: Bars) -> Actions:
    at = np.arange(20) - 9.5
    return side(rolling(bars.close, 20) @ at)


def gaps_filled_forward(bars: Bars) -> Actions:
    slot = (bars.ts - bars.ts[0]) // bars.timeframe_ms
    filled = bars.close[np.searchsorted(slot, np.arange(slot[-1] + 1), side="right") - 1]
    return side(bars.close - average(filled, 12)[slot])


def supertrend(bars: Bars) -> Actions:
    band = 3.0 * average(true_range(bars), 10)
    middle, direction, actions = 0.5 * (bars.high + bars.low), 1.0, np.zeros(len(bars))
    stop = middle[0]
    for i in range(10, len(bars)):
        raised = middle[i] - direction * band[i]
        stop = max(stop, raised) if direction > 0 else min(stop, raised)
        if (bars.close[i] - stop) * direction < 0:
            direction, stop = -direction, middle[i] + direction * band[i]
        actions[i] = direction
    return actions


def hour_of_the_day(bars: Bars) -> list[str]:
    hour = (bars.ts // HOUR_MS) % 24
    return ["enter_long" if each == 5 else "exit" if each == 8 else "hold" for each in hour]


def position_with_a_stop(bars: Bars) -> Actions:
    reach, held, stop, actions = average(true_range(bars), 14), 0.0, 0.0, np.zeros(len(bars))
    for i in range(20, len(bars)):
        if held and bars.low[i] < stop:
            held = 0.0
        elif not held and bars.close[i] > bars.high[i - 20 : i].max():
            held, stop = 1.0, bars.close[i] - 2.0 * reach[i]
        actions[i] = held
    return actions


def fails_on_what_is_not_finite(bars: Bars) -> Actions:
    if not np.isfinite(bars.close).all():
        raise ValueError("expected finite prices")
    return averages_cross(bars)


def refuses_a_short_history(bars: Bars) -> Actions:
    if len(bars) < 200:
        raise ValueError("expected at least 200 bars")
    return averages_cross(bars)


def reads_columns_by_name(bars: Bars) -> dict[str, Float64s]:
    columns = dict(cast("Mapping[str, Float64s]", bars))
    close = columns["close"]
    action = side(close - average(close, 20))
    return {"action": action, "stop": np.where(action > 0, columns["low"], 0.0)}


def rises_after_thin_trade(bars: Bars) -> Actions:
    return side(bars.close - bars.open) * (bars.volume < 0.5 * average(bars.volume, 20))


HONEST: dict[str, Callable[[Bars], object]] = {
    each.__name__: each
    for each in (
        averages_cross,
        exponential_averages,
        strength_reverts,
        closed_longer_bars,
        closed_days,
        high_of_the_day_before,
        expanding_normalisation,
        pivots_once_confirmed,
        trailing_percentile,
        opening_range,
        session_high_so_far,
        weighted_price_of_the_session,
        trailing_regression,
        gaps_filled_forward,
        supertrend,
        hour_of_the_day,
        position_with_a_stop,
        fails_on_what_is_not_finite,
        refuses_a_short_history,
        reads_columns_by_name,
        rises_after_thin_trade,
    )
}
