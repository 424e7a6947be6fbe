"""Finds the candles that closed while nobody evaluated them and that the table has forgotten."""

from datetime import UTC, datetime

from fairlead.infra.errors import NotFound
from fairlead.live.clock import ClosedBar
from fairlead.market.lake import Lake


def with_forgotten(lake: Lake, bars: list[ClosedBar], boundary_ms: int) -> list[ClosedBar]:
    """Return due candles, oldest first, with those that only the lake still has in front.

    `boundary_ms` is where the series' turns stand. Closed candles are kept for a week; after a
    longer stop the lake fills the gap, so that stops are still looked at on every candle.
    """
    if not bars or bars[0].ts <= boundary_ms:
        return bars
    first = bars[0]
    try:
        forgotten = lake.bars(first.instrument, first.timeframe, boundary_ms, first.ts)
    except NotFound:
        return bars
    return [
        *(
            ClosedBar(
                instrument=first.instrument,
                timeframe=first.timeframe,
                timeframe_ms=first.timeframe_ms,
                ts=int(forgotten.ts[k]),
                open=float(forgotten.open[k]),
                high=float(forgotten.high[k]),
                low=float(forgotten.low[k]),
                close=float(forgotten.close[k]),
                closed_at=_close_time(int(forgotten.ts[k]) + first.timeframe_ms),
                is_live=True,
                is_newest=False,
            )
            for k in range(len(forgotten))
        ),
        *bars,
    ]


def _close_time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
