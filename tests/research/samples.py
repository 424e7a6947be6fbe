"""Bars and settings made up for the tests of research."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

import numpy as np

from fairlead.kernel.series import Bars
from fairlead.market.instruments import Instrument, default_instrument
from fairlead.research.daily import Floats
from fairlead.research.model import ALL_TIME, BY_DEFINITION, Account, Period, Sizing
from fairlead.research.setting import RunSetting, open_setting
from fairlead.research.thinning import bars_at
from fairlead.strategies.templates import load_template

HOUR_MS = 3_600_000
START_MS = 1_700_006_400_000  # 2023-11-15T00:00:00Z
INSTRUMENT = default_instrument("file:sample")
ACCOUNT = Account(Decimal(10_000), Decimal("0.001"), Decimal("0.0005"), BY_DEFINITION, False)


def walk_bars(count: int, seed: int = 7, gaps: bool = True) -> Bars:
    """Return a random walk of hourly candles, by default with some bars missing."""
    random = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(random.normal(0.0, 0.01, count)))
    opened = np.concatenate(([100.0], close[:-1])) * (1.0 + random.normal(0.0, 0.001, count))
    high = np.maximum(opened, close) * (1.0 + np.abs(random.normal(0.0, 0.004, count)))
    low = np.minimum(opened, close) * (1.0 - np.abs(random.normal(0.0, 0.004, count)))
    ts = START_MS + np.arange(count, dtype=np.int64) * HOUR_MS
    bars = Bars(ts, opened, high, low, close, random.uniform(1.0, 9.0, count), HOUR_MS)
    if not gaps:
        return bars
    kept = np.ones(count, np.bool_)
    kept[count // 3 : count // 3 + 5] = False
    kept[count // 2] = False
    return bars_at(bars, np.flatnonzero(kept))


def with_prices(bars: Bars, change: Callable[[Floats], Floats]) -> Bars:
    """Return bars whose four prices went through `change`."""
    return replace(
        bars,
        open=change(bars.open),
        high=change(bars.high),
        low=change(bars.low),
        close=change(bars.close),
    )


def bars_of_closes(closes: list[float]) -> Bars:
    """Return hourly candles whose open is the close before and whose range is just that."""
    close: Floats = np.array(closes)
    opened = np.concatenate((close[:1], close[:-1]))
    ts = START_MS + np.arange(len(close), dtype=np.int64) * HOUR_MS
    high, low = np.maximum(opened, close), np.minimum(opened, close)
    return Bars(ts, opened, high, low, close, np.ones(len(close)), HOUR_MS)


def crossover(
    bars: Bars,
    account: Account = ACCOUNT,
    period: Period = ALL_TIME,
    instrument: Instrument = INSTRUMENT,
) -> RunSetting:
    """Return the setting of the SMA crossover template on bars."""
    return open_setting(load_template("sma_crossover"), bars, period, "1h", instrument, account)


def account(sizing: Sizing = BY_DEFINITION, **changes: Decimal) -> Account:
    """Return the sample account with other costs or another sizing."""
    values: Mapping[str, Decimal] = {
        "cash": ACCOUNT.cash,
        "fee": ACCOUNT.fee,
        "slippage": ACCOUNT.slippage,
        **changes,
    }
    return Account(values["cash"], values["fee"], values["slippage"], sizing, False)
