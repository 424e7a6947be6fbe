"""Which instruments are liquid, as it could be known at a moment: later bars are never read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Float64s, Int64s
from fairlead.kernel.timeframe import Timeframe, parse_timeframe
from fairlead.market.calendars import Calendar, load_calendar
from fairlead.market.instruments import ALWAYS, default_instrument
from fairlead.market.lake import Lake
from fairlead.market.membership import Interval
from fairlead.market.zones import DAY_MS

MOST_INSTRUMENTS = 5_000
# An instrument whose last bar is older than this, in days, was no longer traded.
_SILENT_DAYS = {True: 2, False: 7}


@dataclass(frozen=True, slots=True)
class Ranked:
    """How liquid an instrument was: the median of its quote volume over the days looked at.

    `quote_volume` is close times volume, summed over a day of the venue; days without a bar on
    which the venue was open count as 0. `bars` are those looked at, `last_ts` is the latest.
    """

    instrument: str
    quote_volume: float
    bars: int
    last_ts: int


@dataclass(frozen=True, slots=True)
class Universe:
    """The `count` most liquid instruments of a venue, ranked again every `rebalance_ms`.

    `quote` "" takes all quote currencies. A rank looks `lookback_days` back.
    """

    venue: str
    quote: str
    count: int
    rebalance_ms: int = 30 * DAY_MS
    lookback_days: int = 30


@dataclass(frozen=True, slots=True)
class _Days:
    """Quote volume by day of the venue: `day` ascending local days since 1970."""

    calendar: Calendar
    day: Int64s
    quote: Float64s
    bars: Int64s
    last_ts: Int64s


def read_universe(document: Mapping[str, object]) -> Universe:
    """Read `{kind: "top", venue, quote, count, rebalance, lookback_days}`; raise InvalidInput."""
    unknown = set(document) - {"kind", "venue", "quote", "count", "rebalance", "lookback_days"}
    if unknown or document.get("kind") != "top":
        raise InvalidInput(
            "This is no universe.",
            expected='kind "top" with venue, quote, count and rebalance',
            found=", ".join(sorted(unknown)) or f"kind {document.get('kind')!r}",
            path="/universe",
        )
    venue, quote = document.get("venue"), document.get("quote", "")
    if not isinstance(venue, str) or not venue or not isinstance(quote, str):
        raise InvalidInput(
            "A universe names a venue.", expected="venue, such as bybit", path="/universe/venue"
        )
    try:
        rebalance = parse_timeframe(str(document.get("rebalance", "30d")))
    except ValueError as error:
        raise InvalidInput(f"{error}.", path="/universe/rebalance") from error
    return Universe(
        venue,
        quote,
        _whole(document, "count", 50, MOST_INSTRUMENTS),
        rebalance.ms,
        _whole(document, "lookback_days", 30, 365),
    )


def quote_of(instrument: str) -> str:
    """Return the currency an instrument is quoted in: BTC-USDT and BTC/USDT:USDT give USDT."""
    terms = default_instrument(instrument)
    if terms.calendar != ALWAYS:
        return terms.currency
    parts = terms.symbol.replace("/", "-").split(":")[0].split("-")
    return parts[1] if len(parts) > 1 else terms.currency


def candidates(lake: Lake, venue: str, quote: str, timeframe: str | Timeframe) -> tuple[str, ...]:
    """Return all instruments of a venue with bars at `timeframe`, whenever they traded."""
    wanted = parse_timeframe(timeframe)
    if wanted.ms > DAY_MS:
        raise InvalidInput(
            "Liquidity is counted by day.",
            expected="bars of at most a day",
            found=f"bars of {wanted}",
            path="/universe",
        )
    return tuple(
        key.instrument
        for key in lake.series()
        if key.timeframe == wanted
        and default_instrument(key.instrument).venue == venue
        and quote in ("", quote_of(key.instrument))
    )


def rank_by_liquidity(
    lake: Lake,
    instruments: Iterable[str],
    timeframe: str | Timeframe,
    as_of_ms: int,
    days: int = 30,
) -> list[Ranked]:
    """Return `instruments` by liquidity over the `days` days before that of `as_of_ms`, best first.

    The day that holds `as_of_ms` is not over and does not count. Instruments without a bar in
    that time, or whose last bars are days old, were not traded and are left out; those that were
    delisted since are in. Ties go by name.
    """
    found = []
    for instrument in instruments:
        daily = _daily(lake, instrument, timeframe, as_of_ms, as_of_ms, days)
        ranked = None if daily is None else _rank(daily, instrument, as_of_ms, days)
        if ranked is not None:
            found.append(ranked)
    return sorted(found, key=_by_liquidity)


def whitelist_at(
    lake: Lake, universe: Universe, timeframe: str | Timeframe, at_ms: int
) -> tuple[str, ...]:
    """Return the members of `universe` at a moment, as ranked at the rebalance before it."""
    as_of = at_ms - at_ms % universe.rebalance_ms
    named = candidates(lake, universe.venue, universe.quote, timeframe)
    ranked = rank_by_liquidity(lake, named, timeframe, as_of, universe.lookback_days)
    return tuple(each.instrument for each in ranked[: universe.count])


def membership(
    lake: Lake, universe: Universe, timeframe: str | Timeframe, start_ms: int, end_ms: int
) -> dict[str, tuple[Interval, ...]]:
    """Return for each instrument that ever belonged to `universe` when it did, within the period.

    Rebalances fall on multiples of `rebalance_ms` since 1970, whatever the period, so that two
    runs agree on the time they share. Each rank uses only days before its rebalance.
    """
    named = candidates(lake, universe.venue, universe.quote, timeframe)
    sources = dict.fromkeys(named, lake)
    return members_of(sources, universe, timeframe, start_ms, end_ms)


def members_of(
    sources: Mapping[str, Lake],
    universe: Universe,
    timeframe: str | Timeframe,
    start_ms: int,
    end_ms: int,
) -> dict[str, tuple[Interval, ...]]:
    """Return what `membership` does for chosen instruments, each with the lake that holds it.

    Venue and quote of `universe` are not asked.
    """
    first = start_ms - start_ms % universe.rebalance_ms
    daily = {
        name: found
        for name, lake in sources.items()
        if (found := _daily(lake, name, timeframe, first, end_ms, universe.lookback_days))
    }
    members: dict[str, list[Interval]] = {}
    for as_of in range(first, end_ms, universe.rebalance_ms):
        ranks = (_rank(each, name, as_of, universe.lookback_days) for name, each in daily.items())
        ranked = sorted((rank for rank in ranks if rank is not None), key=_by_liquidity)
        span = (max(as_of, start_ms), min(as_of + universe.rebalance_ms, end_ms))
        for rank in ranked[: universe.count]:
            _extend(members.setdefault(rank.instrument, []), span)
    return {name: tuple(spans) for name, spans in sorted(members.items())}


def _whole(document: Mapping[str, object], name: str, default: int, most: int) -> int:
    value = document.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise InvalidInput(
            f"{name} of the universe cannot be used.",
            expected=f"a whole number from 1 to {most}",
            found=repr(value)[:80],
            path=f"/universe/{name}",
        )
    return value


def _extend(spans: list[Interval], span: Interval) -> None:
    if spans and spans[-1][1] == span[0]:
        span = (spans.pop()[0], span[1])
    spans.append(span)


def _by_liquidity(ranked: Ranked) -> tuple[float, str]:
    return -ranked.quote_volume, ranked.instrument


def _daily(
    lake: Lake, instrument: str, timeframe: str | Timeframe, first_ms: int, end_ms: int, days: int
) -> _Days | None:
    """Sum the bars that rebalances in [first_ms, end_ms] may look at; None without any."""
    if not lake.has(instrument, timeframe):
        return None
    start_ms = first_ms - (days + 2) * DAY_MS
    bars = lake.bars(instrument, timeframe, start_ms, end_ms - parse_timeframe(timeframe).ms + 1)
    if not len(bars):
        return None
    calendar = lake.layout(instrument, timeframe).calendar
    # a bar belongs to the day on which it ends: none of a later day is known before
    number = calendar.local(bars.ts + (bars.timeframe_ms - 1)) // DAY_MS
    edges = np.flatnonzero(np.diff(number)) + 1
    first = np.concatenate((np.zeros(1, dtype=np.int64), edges))
    counts = np.diff(np.append(first, len(bars)))
    quote = np.add.reduceat(bars.close * bars.volume, first)
    return _Days(calendar, number[first], quote, counts, bars.ts[first + counts - 1])


def _rank(daily: _Days, instrument: str, as_of_ms: int, days: int) -> Ranked | None:
    calendar = daily.calendar
    today = int(calendar.local(np.array([as_of_ms], dtype=np.int64))[0]) // DAY_MS
    start, stop = np.searchsorted(daily.day, np.array([today - days, today]))
    seen = int(stop - start)
    always = calendar.name == ALWAYS
    if not seen or int(daily.day[stop - 1]) < today - _SILENT_DAYS[always]:
        return None
    open_days = days if always else _sessions(calendar.name, today, days)
    values = np.zeros(max(open_days, seen))
    values[:seen] = daily.quote[start:stop]
    return Ranked(
        instrument,
        float(np.median(values)),
        int(daily.bars[start:stop].sum()),
        int(daily.last_ts[stop - 1]),
    )


@lru_cache(maxsize=4_096)
def _sessions(calendar: str, today: int, days: int) -> int:
    """Count the sessions on the `days` local days before `today`."""
    found = load_calendar(calendar)
    opens = found.expected((today - days - 1) * DAY_MS, (today + 1) * DAY_MS, DAY_MS, 0)
    number = found.local(opens) // DAY_MS
    return int(np.count_nonzero((number >= today - days) & (number < today)))
