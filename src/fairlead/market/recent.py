"""Bars up to one that has just closed, whether or not the lake has it already."""

import numpy as np
from sqlalchemy import Connection

from fairlead.infra.errors import NotFound
from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import Timeframe, parse_timeframe
from fairlead.market.candles import bars_of_candles
from fairlead.market.lake import Lake
from fairlead.market.store import bars_after


def bars_until(
    lake: Lake,
    connection: Connection,
    instrument: str,
    timeframe: str | Timeframe,
    until_ts: int,
    start_ms: int | None = None,
) -> Bars:
    """Return the bars that open in [start_ms, until_ts], the last one included.

    The row of a closed bar is there before the lake has it; what the lake lacks is taken from the
    rows. Raises NotFound when neither has a bar of the series.
    """
    length = parse_timeframe(timeframe)
    try:
        bars = lake.bars(instrument, length, start_ms, until_ts + 1)
    except NotFound:
        bars = bars_of_candles([], length.ms)
    if len(bars) and int(bars.ts[-1]) == until_ts:
        return bars
    after = int(bars.ts[-1]) if len(bars) else (start_ms or 0) - 1
    closed = bars_after(connection, instrument, length, after, until=until_ts)
    if not closed:
        if len(bars):
            return bars
        raise NotFound(f"No bar of {instrument} at {length} has closed until {until_ts}.")
    late = bars_of_candles(closed, length.ms)
    return Bars(
        ts=np.concatenate((bars.ts, late.ts)),
        open=np.concatenate((bars.open, late.open)),
        high=np.concatenate((bars.high, late.high)),
        low=np.concatenate((bars.low, late.low)),
        close=np.concatenate((bars.close, late.close)),
        volume=np.concatenate((bars.volume, late.volume)),
        timeframe_ms=length.ms,
    )
