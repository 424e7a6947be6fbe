"""The loops over one leg: one book over all bars, and all parameter sets over all bars."""

from typing import Any

from fairlead.kernel.apply import begin_bar
from fairlead.kernel.costs import charge_funding, next_funding
from fairlead.kernel.jit import jit
from fairlead.kernel.quiet import day_stretch, levels_rest, skip_quiet, waits
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
    funding: Any,
    fills: Any,
    equity: Any,
    daily_equity: Any,
    vetoes: Any,
) -> int:
    """Run one book of one leg over all bars; return the number of fills written.

    The first six are arrays of one record; three are changed in place. Columns have shape (n,),
    `equity` and `funding`, the rate due at each open, (n,) or (0,). `daily_equity` takes the
    equity at each day's end or is (0,); `fills` needs MOST_FILLS spare rows, `vetoes` counts.
    """
    b, g, p, q, m, s = book[0], leg[0], position[0], policy[0], limits[0], instrument[0]
    count, days, day_stop, i, due = 0, 0, 0, 0, next_funding(funding, 0, ts.shape[0])
    total, last_row = ts.shape[0], fills.shape[0] - MOST_FILLS
    keep_equity, resting = equity.shape[0] > 0, levels_rest(q)
    while i < total:
        due = next_funding(funding, i, total) if due < i else due
        if i == day_stop:
            days = _end_day(b, daily_equity, days, i)
            day_stop = _open_day(b, m, ts, i, timeframe_ms)
        elif waits(b, g, p, resting):
            columns = (ts, highs, lows, closes, actions)
            i = skip_quiet(b, g, p, m, *columns, i, day_stop, due, timeframe_ms, equity)
            if i == day_stop:
                continue
        if i == due and p.side != 0:
            charge_funding(b, p, opens[i], funding[i])
        row = (fills[count], fills[count + 1], fills[count + 2])
        bar = (ts[i], opens[i], highs[i], lows[i], closes[i])
        count = min(count + fold_bar(b, g, p, q, s, 0, *bar, *row), last_row)
        b.as_of = ts[i] + timeframe_ms
        said = (actions[i], stops[i], targets[i], atrs[i], session_ends[i])
        vetoes[close_bar(b, g, p, q, m, s, b.as_of, highs[i], lows[i], closes[i], *said)] += 1
        if keep_equity:
            equity[i] = b.equity
        i += 1
    _end_day(b, daily_equity, days, total)
    return count


@jit
def _open_day(book: Any, limits: Any, ts: Any, i: int, timeframe_ms: int) -> int:
    """Open the session day of bar `i` where it is a new one; return where the day's bars end."""
    begin_bar(book, limits, ts[i])
    return day_stretch(ts, i, book.day_end, timeframe_ms)


@jit
def _end_day(book: Any, daily_equity: Any, days: int, i: int) -> int:
    """Keep the equity at the end of the day before bar `i`; return the number of days kept."""
    if i == 0 or daily_equity.shape[0] == 0:
        return days
    daily_equity[days] = book.equity
    return days + 1


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
    funding: Any,
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
            funding,
            fills,
            equity,
            daily_equity[k],
            vetoes[k],
        )
