"""Equity sampled once per session day of the venue, the basis of every daily statistic."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DAY_MS = 86_400_000
ALWAYS_DAYS_PER_YEAR = 365
EXCHANGE_DAYS_PER_YEAR = 252

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DailyEquity:
    """Hold equity at the last bar of every session day that has bars.

    `days` counts days since 1970-01-01 in the venue's session time; `values` is in account
    currency; `start` is the cash before the first bar.
    """

    days: Ints
    values: Floats
    start: float


def session_days(ts: Ints, day_offset_ms: int) -> Ints:
    """Return each bar's session day number: `floor((open time + offset) / one day)`."""
    return np.floor_divide(ts + day_offset_ms, DAY_MS)


def sample_daily(ts: Ints, equity: Floats, start: float, day_offset_ms: int) -> DailyEquity:
    """Keep the equity at the last bar of each session day; days without bars have no sample."""
    if len(ts) == 0:
        return DailyEquity(np.empty(0, np.int64), np.empty(0, np.float64), start)
    days = session_days(ts, day_offset_ms)
    last = np.append(np.flatnonzero(np.diff(days)), len(days) - 1)
    return DailyEquity(days[last], equity[last], start)


def daily_returns(daily: DailyEquity) -> Floats:
    """Return simple daily returns, the first one measured from the starting cash.

    At the first day whose equity is zero or less (ruin) the return is -1 and the series ends:
    what follows has no base to be measured from.
    """
    levels = np.concatenate(([daily.start], daily.values))
    ruined = np.flatnonzero(levels <= 0.0)
    if len(ruined) == 0:
        return levels[1:] / levels[:-1] - 1.0
    end = int(ruined[0])
    alive = levels[:end]
    if len(alive) == 0:
        return np.empty(0, np.float64)
    return np.append(alive[1:] / alive[:-1] - 1.0, -1.0)


def returns_of_sets(values: Floats, start: float) -> Floats:
    """Return the daily returns of many accounts, (days, sets) from equity of (sets, days).

    As `daily_returns`, but a ruined account keeps its length: -1 on that day and 0 from then on.
    """
    levels = np.column_stack((np.full(len(values), start), values))
    alive = np.logical_and.accumulate(levels > 0.0, axis=1)
    before = np.where(alive[:, :-1], levels[:, :-1], 1.0)
    change = np.where(alive[:, 1:], levels[:, 1:] / before - 1.0, -1.0)
    return np.ascontiguousarray(np.where(alive[:, :-1], change, 0.0).T)
