"""Buy and hold over the same bars: what any rule has to be compared with."""

import numpy as np

from fairlead.kernel.series import Bars
from fairlead.research.daily import daily_returns, sample_daily
from fairlead.research.jsonable import finite
from fairlead.research.model import Benchmark
from fairlead.research.statistics import growth_rate, sharpe_ratio, underwater


def buy_and_hold(
    bars: Bars, cash: float, fee: float, slippage: float, days_per_year: int, day_offset_ms: int
) -> Benchmark:
    """Spend all cash at the first open, fee and slippage included, and hold to the last close.

    Quantities are not rounded to lots and the position is not sold at the end.
    """
    price = float(bars.open[0]) * (1.0 + slippage) * (1.0 + fee)
    equity = bars.close * (cash / price) if price > 0.0 else np.full(len(bars), cash)
    daily = sample_daily(bars.ts, equity, cash, day_offset_ms)
    end = float(equity[-1])
    elapsed = int(bars.ts[-1]) + bars.timeframe_ms - int(bars.ts[0])
    return Benchmark(
        total_return=finite(end / cash - 1.0),
        cagr=growth_rate(cash, end, elapsed),
        sharpe=sharpe_ratio(daily_returns(daily), days_per_year),
        max_drawdown=float(underwater(equity, cash).max(initial=0.0)),
        equity=equity,
    )
