"""The loops over one leg: one book over all bars, and all parameter sets over all bars."""

from typing import Any

from fairlead.kernel.apply import begin_bar
from fairlead.kernel.jit import jit
from fairlead.kernel.quiet import count_quiet, day_stretch, levels_rest, skip_held, waits
from fairlead.kernel.step import MOST_FILLS, close_bar, fold_bar


@jit
def over_bars(
    book: Any,
    leg: Any,
    position: Any,
    policy: Any,
    limits: Any,
    instrument: Any,
    timeframe_ms: int,
    ts: Any,
    opens: Any,
    highs: Any,
    lows: Any,
    closes: Any,
    actions: Any,
    stops: Any,
    targets: Any,
    atrs: Any,
    session_ends: Any,
    fills: Any,
    equity: Any,
    daily_equity: Any,
    vetoes: Any,
) -> int:
    """Run one book of one leg over all bars; return the number of fills written.

    `book`, `leg`, `position`, `policy`, `limits` and `instrument` are arrays of one record; the
    first three are changed in place. Columns have shape (n,); `equity` is (n,) or (0,) when it
    is not wanted, `daily_equity` receives the equity at the end of each session day or is (0,).
    `fills` needs MOST_FILLS rows more than are written; when it is full its last rows are used
    again. `vetoes` counts by veto code.
    """
    b, g, p, q = book[0], leg[0], position[0], policy[0]
    m, s = limits[0], instrument[0]
    count, days, day_stop, i = 0, 0, 0, 0
    total, last_row = ts.shape[0], fills.shape[0] - MOST_FILLS
    keep_equity, keep_days = equity.shape[0] > 0, daily_equity.shape[0] > 0
    resting = levels_rest(q)
    while i < total:
        if i == day_stop:
            before = b.equity
            begin_bar(b, m, ts[i])
            day_stop = day_stretch(ts, i, b.day_end, timeframe_ms)
            if keep_days and i > 0:
                daily_equity[days] = before
                days += 1
        elif waits(b, g, p, resting):
            start = i
            if p.side != 0:
                i = skip_held(b, p, m, highs, lows, closes, actions, i, day_stop, equity)
            while p.side == 0 and i < day_stop and actions[i] == 0:
                if keep_equity:
                    equity[i] = b.equity
                i += 1
            if i > start:
                count_quiet(b, g, i - start, ts[i - 1], closes[i - 1])
            if i == day_stop:
                continue
        row = (fills[count], fills[count + 1], fills[count + 2])
        bar = (ts[i], opens[i], highs[i], lows[i], closes[i])
        count = min(count + fold_bar(b, g, p, q, s, 0, *bar, *row), last_row)
        now = ts[i] + timeframe_ms
        said = (actions[i], stops[i], targets[i], atrs[i], session_ends[i])
        vetoes[close_bar(b, g, p, q, m, s, now, highs[i], lows[i], closes[i], *said)] += 1
        if keep_equity:
            equity[i] = b.equity
        i += 1
    if total > 0:
        b.as_of = ts[total - 1] + timeframe_ms
        if keep_days:
            daily_equity[days] = b.equity
    return count


@jit
def over_grid(
    books: Any,
    legs: Any,
    positions: Any,
    policies: Any,
    limits: Any,
    instrument: Any,
    timeframe_ms: int,
    ts: Any,
    opens: Any,
    highs: Any,
    lows: Any,
    closes: Any,
    actions: Any,
    stops: Any,
    targets: Any,
    atrs: Any,
    session_ends: Any,
    rows: Any,
    first: int,
    last: int,
    fills: Any,
    equity: Any,
    daily_equity: Any,
    vetoes: Any,
) -> None:
    """Run the parameter sets `first` to `last - 1`, each as one book of one leg.

    `actions`, `stops`, `targets` and `atrs` have one row for each distinct column; `rows[k]`
    holds the four rows of set k. `daily_equity` is (sets, days) or (sets, 0), `fills` is scratch
    of MOST_FILLS rows and `equity` empty. The interpreter lock is free, so threads may each take
    a range of sets.
    """
    for k in range(first, last):
        over_bars(
            books[k : k + 1],
            legs[k : k + 1],
            positions[k : k + 1],
            policies[k : k + 1],
            limits[k : k + 1],
            instrument,
            timeframe_ms,
            ts,
            opens,
            highs,
            lows,
            closes,
            actions[rows[k, 0]],
            stops[rows[k, 1]],
            targets[rows[k, 2]],
            atrs[rows[k, 3]],
            session_ends,
            fills,
            equity,
            daily_equity[k],
            vetoes[k],
        )
