"""Strategies that look ahead, each in a way that people publish by mistake."""

from collections.abc import Callable

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


def future_shift(bars: Bars) -> Actions:
    return side(np.append(bars.close[1:], bars.close[-1]) - bars.close)


def entry_acted_on_a_bar_early(bars: Bars) -> Actions:
    above = average(bars.close, 5) > average(bars.close, 20)
    crossed = np.append(False, above[1:] & ~above[:-1])
    return np.append(crossed[1:], False).astype(np.float64)


def centred_window(bars: Bars) -> Actions:
    return side(bars.close - np.convolve(bars.close, np.ones(11) / 11, "same"))


def whole_series_normalisation(bars: Bars) -> Actions:
    return -outside((bars.close - bars.close.mean()) / bars.close.std(), 1.0)


def last_bar_peek(bars: Bars) -> Actions:
    return side(bars.close[-1] - bars.close)


def exit_at_the_end_of_data(bars: Bars) -> Actions:
    held = side(bars.close - average(bars.close, 20))
    held[-1] = 0.0 if held[-1] else 1.0
    return held


def higher_close_too_early(bars: Bars) -> Actions:
    block = blocks(bars, 4 * HOUR_MS)
    return side(bars.close[last_of_block(block)][block] - bars.open)


def high_of_the_running_longer_bar(bars: Bars) -> Actions:
    block = blocks(bars, 4 * HOUR_MS)
    high = np.full(block[-1] + 1, -np.inf)
    np.maximum.at(high, block, bars.high)
    return (bars.high >= high[block]).astype(np.float64)


def resampled_with_the_left_label(bars: Bars) -> Actions:
    day = days(bars)
    closes = bars.close[last_of_block(day)]
    return side(average(closes, 3)[day] - bars.close)


def session_close_filled_backward(bars: Bars) -> Actions:
    day, settled = days(bars), np.full(len(bars), np.nan)
    settled[last_of_block(day)] = bars.close[last_of_block(day)]
    for i in range(len(bars) - 2, -1, -1):
        if np.isnan(settled[i]):
            settled[i] = settled[i + 1]
    return outside(settled / bars.close - 1.0, 0.002)


def session_high_known_at_the_open(bars: Bars) -> Actions:
    day = days(bars)
    high = np.full(day[-1] + 1, -np.inf)
    np.maximum.at(high, day, bars.high)
    return -outside(bars.close / high[day] - 0.995, 0.004)


def share_of_the_days_volume(bars: Bars) -> Actions:
    day = days(bars)
    return side(bars.close - bars.open) * (bars.volume > 0.1 * np.bincount(day, bars.volume)[day])


def target_among_the_features(bars: Bars) -> Actions:
    later = np.append(bars.close[5:], np.full(5, bars.close[-1])) / bars.close - 1.0
    momentum = bars.close / np.append(np.full(5, bars.close[0]), bars.close[:-5]) - 1.0
    return outside(0.5 * momentum + 0.5 * later, 0.01)


def ranked_by_later_liquidity(bars: Bars) -> Actions:
    week = blocks(bars, 7 * DAY_MS)
    traded = np.bincount(week, bars.volume) / np.bincount(week)
    liquid = traded > np.median(traded)
    return side(bars.close - average(bars.close, 20)) * liquid[week]


def global_min_max_scaling(bars: Bars) -> Actions:
    low, high = bars.low.min(), bars.high.max()
    return -outside((bars.close - low) / (high - low) - 0.5, 0.3)


def full_sample_regression(bars: Bars) -> Actions:
    at = np.arange(len(bars), dtype=np.float64)
    finite = np.nan_to_num(bars.close, nan=1.0)
    slope, level = np.polyfit(at, finite, 1)
    return side(finite - (slope * at + level))


def full_sample_component(bars: Bars) -> Actions:
    changes = np.nan_to_num(np.diff(np.log(bars.close), prepend=np.log(bars.close[0])))
    lags = np.nan_to_num(rolling(changes, 5))
    _, _, components = np.linalg.svd(lags - lags.mean(axis=0), full_matrices=False)
    return outside(lags @ (components[0] * np.sign(components[0, 0])), 0.01)


def thin_bars_interpolated(bars: Bars) -> Actions:
    thick = bars.volume > 400.0
    at = np.arange(len(bars), dtype=np.float64)
    if thick.sum() < 2:
        return np.zeros(len(bars))
    smooth = np.interp(at, at[thick], bars.close[thick])
    return side(smooth - average(smooth, 10))


def pivots_before_they_are_confirmed(bars: Bars) -> Actions:
    padded = np.append(bars.low, np.full(3, np.inf))
    around = np.nanmin(rolling(padded, 7), axis=1)[3:]
    return np.where(bars.low <= around, 1.0, 0.0)


def before_the_highest_bar(bars: Bars) -> Actions:
    actions = np.zeros(len(bars))
    actions[: int(np.argmax(bars.high))] = 1.0
    return actions


def percentile_of_the_full_sample(bars: Bars) -> Actions:
    rank = np.argsort(np.argsort(bars.volume)) / len(bars)
    return side(bars.close - bars.open) * (rank > 0.9)


def quantile_threshold_of_the_full_sample(bars: Bars) -> Actions:
    reach = average(true_range(bars) / bars.close, 14)
    calm = reach < np.nanquantile(reach, 0.3)
    return side(bars.close - average(bars.close, 10)) * calm


def filtered_forward_and_back(bars: Bars) -> Actions:
    smooth = exponential(exponential(bars.close, 9)[::-1], 9)[::-1]
    return side(np.diff(smooth, prepend=smooth[0]))


def low_pass_by_transform(bars: Bars) -> Actions:
    spectrum = np.fft.rfft(bars.close)
    spectrum[len(spectrum) // 20 :] = 0.0
    smooth = np.fft.irfft(spectrum, len(bars))
    return side(np.diff(smooth, prepend=smooth[0]))


def folds_that_train_on_later_bars(bars: Bars) -> Actions:
    fold = np.arange(len(bars)) * 5 // len(bars)
    change = np.diff(bars.close, prepend=bars.close[0])
    follows = np.append(change[:-1] * change[1:], 0.0)
    score = np.array([follows[fold != each].mean() for each in range(5)])
    return side(change * score[fold])


def repainting_supertrend(bars: Bars) -> Actions:
    band = 3.0 * average(true_range(bars), 10)
    middle, direction, actions = 0.5 * (bars.high + bars.low), 1.0, np.zeros(len(bars))
    stop = middle[0]
    for i in range(10, len(bars)):
        raised = middle[i] - direction * band[i]
        stop = max(stop, raised) if direction > 0 else min(stop, raised)
        if (bars.close[i] - stop) * direction < 0:
            direction, stop = -direction, middle[i] + direction * band[i]
            # the chart is painted anew from where the move began
            actions[i - 4 : i] = direction
        actions[i] = direction
    return actions


def low_to_come_from_the_end(bars: Bars) -> Actions:
    lowest = np.minimum.accumulate(bars.low[::-1])[::-1]
    return (bars.close < 1.02 * lowest).astype(np.float64)


def flat_before_the_next_gap(bars: Bars) -> Actions:
    ahead = np.append(np.diff(bars.ts), bars.timeframe_ms)
    return np.where(ahead > bars.timeframe_ms, 0.0, side(bars.close - average(bars.close, 20)))


def barrier_touched_first(bars: Bars) -> Actions:
    actions = np.zeros(len(bars))
    for i in range(len(bars) - 10):
        target = np.flatnonzero(bars.high[i + 1 : i + 10] > 1.02 * bars.close[i])
        stop = np.flatnonzero(bars.low[i + 1 : i + 10] < 0.98 * bars.close[i])
        actions[i] = float(target.size > 0 and (stop.size == 0 or target[0] < stop[0]))
    return actions


def volume_of_the_next_bar(bars: Bars) -> Actions:
    ahead = np.append(bars.volume[1:], 0.0)
    return side(bars.close - bars.open) * (ahead > 2_500.0)


def levels_from_the_whole_range(bars: Bars) -> dict[str, Float64s]:
    action = side(bars.close - average(bars.close, 20))
    return {"action": action, "stop": np.full(len(bars), np.nanmin(bars.low))}


_SEEN: list[float] = []


def remembers_other_series(bars: Bars) -> Actions:
    _SEEN.append(float(np.nanmax(bars.high)))
    return (bars.close > 0.8 * max(_SEEN[-3:])).astype(np.float64)


_RANDOM = np.random.default_rng(1)


def throws_dice(bars: Bars) -> Actions:
    return np.sign(_RANDOM.normal(0, 1, len(bars)))


def writes_into_its_bars(bars: Bars) -> Actions:
    actions = side(bars.close - average(bars.close, 20))
    bars.close[:] = bars.close[::-1].copy()
    return actions


def drops_what_it_cannot_use(bars: Bars) -> Actions:
    if (bars.close > 5.0 * bars.close[0]).any():
        raise ValueError("a price that cannot be")
    return side(bars.close - average(bars.close, 20))


LEAKING: dict[str, Callable[[Bars], object]] = {
    each.__name__: each
    for each in (
        future_shift,
        entry_acted_on_a_bar_early,
        centred_window,
        whole_series_normalisation,
        last_bar_peek,
        exit_at_the_end_of_data,
        higher_close_too_early,
        high_of_the_running_longer_bar,
        resampled_with_the_left_label,
        session_close_filled_backward,
        session_high_known_at_the_open,
        share_of_the_days_volume,
        target_among_the_features,
        ranked_by_later_liquidity,
        global_min_max_scaling,
        full_sample_regression,
        full_sample_component,
        thin_bars_interpolated,
        pivots_before_they_are_confirmed,
        before_the_highest_bar,
        percentile_of_the_full_sample,
        quantile_threshold_of_the_full_sample,
        filtered_forward_and_back,
        low_pass_by_transform,
        folds_that_train_on_later_bars,
        repainting_supertrend,
        low_to_come_from_the_end,
        flat_before_the_next_gap,
        barrier_touched_first,
        volume_of_the_next_bar,
        levels_from_the_whole_range,
        remembers_other_series,
        throws_dice,
        writes_into_its_bars,
        drops_what_it_cannot_use,
    )
}
