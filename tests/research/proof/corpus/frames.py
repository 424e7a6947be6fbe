"""Strategies written with pandas, as most people write them: some look ahead, some do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

import numpy as np

from fairlead.kernel.series import Bars, Float64s

if TYPE_CHECKING:
    import pandas as pd


def frame_of(bars: Bars) -> pd.DataFrame:
    """Return bars as a frame indexed by open time."""
    import pandas as pd

    columns = dict(cast("Mapping[str, Float64s]", bars))
    return pd.DataFrame(columns, index=pd.to_datetime(columns["ts"], unit="ms"))


def resampled_and_filled_onto_the_bars(bars: Bars) -> object:
    frame = frame_of(bars)
    longer = frame["close"].resample("4h").last().rolling(3).mean()
    return np.sign(frame["close"] - longer.reindex(frame.index, method="ffill"))


def joined_with_the_next_day(bars: Bars) -> object:
    import pandas as pd

    frame = frame_of(bars)
    daily = frame["close"].resample("1D").last().dropna().rename("day").to_frame()
    both = pd.merge_asof(frame, daily, left_index=True, right_index=True, direction="forward")
    return np.sign(both["day"] - both["close"])


def rolling_around_the_bar(bars: Bars) -> object:
    frame = frame_of(bars)
    return np.sign(frame["close"] - frame["close"].rolling(9, center=True).mean())


def grouped_by_day_and_transformed(bars: Bars) -> object:
    frame = frame_of(bars)
    low = frame.groupby(frame.index.date)["low"].transform("min")
    return (frame["close"] < 1.005 * low).astype(int)


def gaps_filled_from_what_follows(bars: Bars) -> object:
    frame = frame_of(bars)
    thin = frame["volume"] < frame["volume"].rolling(20).median()
    close = frame["close"].mask(thin).bfill()
    return np.sign(close - close.rolling(10).mean())


def shifted_the_wrong_way(bars: Bars) -> object:
    frame = frame_of(bars)
    return (frame["close"].pct_change().shift(-1) > 0.002).map({True: "enter_long", False: "exit"})


def rolling_up_to_the_bar(bars: Bars) -> object:
    frame = frame_of(bars)
    return np.sign(frame["close"] - frame["close"].rolling(9).mean())


def joined_with_longer_bars_that_have_closed(bars: Bars) -> object:
    import pandas as pd

    frame = frame_of(bars)
    longer = frame["close"].resample("4h").last().dropna().rolling(3).mean().rename("longer")
    # a longer bar is known at its end, a bar decides at its own
    longer.index = longer.index + pd.Timedelta("4h")
    ends = frame.set_index(frame.index + pd.Timedelta(bars.timeframe_ms, "ms"))
    both = pd.merge_asof(ends, longer.to_frame(), left_index=True, right_index=True)
    return np.sign(both["close"] - both["longer"]).to_numpy()


def yesterday_by_date(bars: Bars) -> object:
    frame = frame_of(bars)
    day = frame.index.normalize()
    high = frame.groupby(day)["high"].max().shift(1)
    above = frame["close"].to_numpy() > high.reindex(day).to_numpy()
    return {"action": above.astype(int), "stop": frame["low"]}


def weighted_exponentially(bars: Bars) -> object:
    frame = frame_of(bars)
    close = frame["close"]
    return np.sign(close.ewm(span=8).mean() - close.ewm(span=21).mean())


LEAKING_FRAMES: dict[str, Callable[[Bars], object]] = {
    each.__name__: each
    for each in (
        resampled_and_filled_onto_the_bars,
        joined_with_the_next_day,
        rolling_around_the_bar,
        grouped_by_day_and_transformed,
        gaps_filled_from_what_follows,
        shifted_the_wrong_way,
    )
}
HONEST_FRAMES: dict[str, Callable[[Bars], object]] = {
    each.__name__: each
    for each in (
        rolling_up_to_the_bar,
        joined_with_longer_bars_that_have_closed,
        yesterday_by_date,
        weighted_exponentially,
    )
}
