"""When a venue trades: always, or in the sessions of an exchange calendar."""

import warnings
from dataclasses import dataclass
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Int64s
from fairlead.market.instruments import ALWAYS
from fairlead.market.special_sessions import SPECIAL_DAYS, SpecialDay
from fairlead.market.zones import DAY_MS, Flags, to_local, to_utc

_NANOS_PER_MS = 1_000_000
_MINUTE_MS = 60_000

# code -> first and last day asked for; the library's own bounds stand above them.
_SPANS: dict[str, tuple[str, str]] = {
    "XBOM": ("1997-01-01", "2030-12-31"),
    "XNYS": ("1980-01-01", "2030-12-31"),
}
CALENDARS: tuple[str, ...] = (ALWAYS, *_SPANS)


@dataclass(frozen=True, slots=True)
class Slots:
    """Where bars stand among all bars a calendar expects.

    `slot` int64[n] counts expected bars from the calendar's start, -1 outside of any session;
    `session` int64[n] counts trading days, -1 where there are none to count; `outside` marks bars
    at times when the venue is known to be closed.
    """

    slot: Int64s
    session: Int64s
    outside: Flags


class Calendar(Protocol):
    """Tell which bars to expect."""

    @property
    def name(self) -> str:
        """Return `always` or the code of the exchange calendar."""

    def local(self, ts: Int64s) -> Int64s:
        """Return the venue's wall clock at `ts`, in milliseconds."""

    def anchor(self, timeframe_ms: int) -> int:
        """Return the phase at which this venue's own bars open: 09:15 modulo an hour is 15 min."""

    def slots(self, ts: Int64s, timeframe_ms: int, phase_ms: int) -> Slots:
        """Place bars that open at `ts`; `phase_ms` is wall clock modulo timeframe."""

    def bars_of_session(self, timeframe_ms: int, phase_ms: int) -> Int64s:
        """Return how many bars each session has, 0 where its hours are not recorded."""

    def expected(self, start_ms: int, end_ms: int, timeframe_ms: int, phase_ms: int) -> Int64s:
        """Return when the bars open that a whole series has in [start_ms, end_ms), ascending."""


@dataclass(frozen=True, slots=True)
class AlwaysOpen:
    """Trade at every hour of every day."""

    name: str = ALWAYS

    def local(self, ts: Int64s) -> Int64s:
        return ts

    def anchor(self, timeframe_ms: int) -> int:
        # weeks begin on Monday; 1970 began on a Thursday
        return 4 * DAY_MS if timeframe_ms == 7 * DAY_MS else 0

    def slots(self, ts: Int64s, timeframe_ms: int, phase_ms: int) -> Slots:
        nowhere = np.full(len(ts), -1, dtype=np.int64)
        # to the nearest: bars stamped at some zone's midnight move by an hour twice a year
        slot = (ts - phase_ms + timeframe_ms // 2) // timeframe_ms
        return Slots(slot, nowhere, np.zeros(len(ts), dtype=np.bool_))

    def bars_of_session(self, timeframe_ms: int, phase_ms: int) -> Int64s:  # noqa: ARG002
        return np.zeros(0, dtype=np.int64)

    def expected(self, start_ms: int, end_ms: int, timeframe_ms: int, phase_ms: int) -> Int64s:
        first = start_ms + (phase_ms - start_ms) % timeframe_ms
        return np.arange(first, max(first, end_ms), timeframe_ms, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class SessionCalendar:
    """Trade in sessions: `day[s]` (local days since 1970, ascending) of windows of trading.

    Window w belongs to session `owner[w]` and lasts from `open_ms[w]` to `close_ms[w]` (UTC);
    `open_local_ms[w]` is its opening on the venue's clock. A session without a window is a day
    that traded at hours which are not recorded.
    """

    name: str
    zone: ZoneInfo
    day: Int64s
    owner: Int64s
    open_ms: Int64s
    close_ms: Int64s
    open_local_ms: Int64s

    def local(self, ts: Int64s) -> Int64s:
        return to_local(ts, self.zone)

    def anchor(self, timeframe_ms: int) -> int:
        if timeframe_ms >= DAY_MS:
            return 0
        walls, counts = np.unique(self.open_local_ms % DAY_MS, return_counts=True)
        return int(walls[np.argmax(counts)]) % timeframe_ms

    def slots(self, ts: Int64s, timeframe_ms: int, phase_ms: int) -> Slots:
        days = self.local(ts) // DAY_MS
        self._refuse_beyond_end(days)
        session = np.searchsorted(self.day, days)
        session = np.minimum(session, len(self.day) - 1)
        session = np.where(self.day[session] == days, session, -1)
        known = days >= self.day[0]
        if timeframe_ms >= DAY_MS:
            return Slots(session, session, known & (session < 0))
        slot = self._intraday_slots(ts, timeframe_ms, phase_ms)
        windows = np.bincount(self.owner, minlength=len(self.day))
        hours_recorded = (session < 0) | (windows[session] > 0)
        return Slots(slot, session, known & (slot < 0) & hours_recorded)

    def bars_of_session(self, timeframe_ms: int, phase_ms: int) -> Int64s:
        if timeframe_ms >= DAY_MS:
            return np.ones(len(self.day), dtype=np.int64)
        _, counts = self._windows(timeframe_ms, phase_ms)
        totals = np.zeros(len(self.day), dtype=np.int64)
        np.add.at(totals, self.owner, counts)
        return totals

    def expected(self, start_ms: int, end_ms: int, timeframe_ms: int, phase_ms: int) -> Int64s:
        self._refuse_beyond_end(self.local(np.array([end_ms - 1], dtype=np.int64)) // DAY_MS)
        if timeframe_ms >= DAY_MS:
            near = (self.day >= start_ms // DAY_MS - 2) & (self.day <= end_ms // DAY_MS + 2)
            opens = to_utc(self.day[near] * DAY_MS + phase_ms % DAY_MS, self.zone).ts
            return opens[(opens >= start_ms) & (opens < end_ms)]
        first, counts = self._windows(timeframe_ms, phase_ms)
        chosen = (first < end_ms) & (first + counts * timeframe_ms > start_ms)
        first, counts = first[chosen], counts[chosen]
        before = np.cumsum(counts) - counts
        nth = np.arange(int(counts.sum()), dtype=np.int64) - np.repeat(before, counts)
        opens = np.repeat(first, counts) + nth * timeframe_ms
        return opens[(opens >= start_ms) & (opens < end_ms)]

    def _intraday_slots(self, ts: Int64s, timeframe_ms: int, phase_ms: int) -> Int64s:
        first, counts = self._windows(timeframe_ms, phase_ms)
        before = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(counts)[:-1]))
        window = np.searchsorted(first, ts, side="right") - 1
        at = np.maximum(window, 0)
        inside = (window >= 0) & (ts < self.close_ms[at])
        return np.where(inside, before[at] + (ts - first[at]) // timeframe_ms, -1)

    def _windows(self, timeframe_ms: int, phase_ms: int) -> tuple[Int64s, Int64s]:
        # The bar that holds the opening may start before it: vendors cut hours at the full hour.
        lead = (self.open_local_ms - phase_ms) % timeframe_ms
        first = self.open_ms - lead
        return first, -((first - self.close_ms) // timeframe_ms)

    def _refuse_beyond_end(self, days: Int64s) -> None:
        if len(days) and int(days.max()) > int(self.day[-1]):
            last = np.datetime64(int(self.day[-1]), "D")
            raise InvalidInput(
                f"The calendar {self.name} is known only until {last}.",
                expected=f"dates up to {last}",
                found=str(np.datetime64(int(days.max()), "D")),
                action="Check the dates; if they are right, update exchange_calendars.",
            )


@cache
def load_calendar(name: str) -> Calendar:
    """Return the calendar `name`; raise InvalidInput when it is not one of `CALENDARS`.

    The first use of an exchange calendar builds its table of sessions, which takes about a second.
    """
    if name == ALWAYS:
        return AlwaysOpen()
    if name not in _SPANS:
        raise InvalidInput(
            f"There is no calendar {name!r}.",
            expected=" or ".join(CALENDARS),
            found=name,
            action="Use `always` for venues that never close.",
        )
    return _exchange_sessions(name)


def _exchange_sessions(name: str) -> SessionCalendar:
    # the library uses what the next pandas will drop; that is not our users' concern
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import exchange_calendars  # it brings pandas: a second that only session venues pay

    # `calendar_utils` keeps the factories; their bounds say what the library can vouch for.
    factory = exchange_calendars.calendar_utils._default_calendar_factories[name]
    first, last = _SPANS[name]
    start = max(np.datetime64(first), _day64(factory.bound_min(), first))
    end = min(np.datetime64(last), _day64(factory.bound_max(), last))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library = factory(start=str(start), end=str(end))
    zone = ZoneInfo(str(library.tz))
    days = library.sessions.to_numpy().astype("datetime64[D]").astype(np.int64)
    opens = np.asarray(library.opens_nanos, dtype=np.int64) // _NANOS_PER_MS
    closes = np.asarray(library.closes_nanos, dtype=np.int64) // _NANOS_PER_MS
    return _with_special_days(name, zone, days, opens, closes)


def _day64(bound: object, fallback: str) -> np.datetime64:
    return np.datetime64(fallback if bound is None else str(bound)[:10])


def _with_special_days(
    name: str, zone: ZoneInfo, days: Int64s, opens: Int64s, closes: Int64s
) -> SessionCalendar:
    special = SPECIAL_DAYS.get(name, ())
    changed = np.array([_day_number(entry.day) for entry in special], dtype=np.int64)
    keep = ~np.isin(days, changed)
    windows = list(
        zip(days[keep].tolist(), opens[keep].tolist(), closes[keep].tolist(), strict=True)
    )
    traded = set(days[keep].tolist())
    for entry in special:
        if entry.traded:
            traded.add(_day_number(entry.day))
            windows.extend(_special_windows(entry, zone))
    windows.sort()
    day = np.array(sorted(traded), dtype=np.int64)
    columns = np.array(windows, dtype=np.int64)
    owner = np.searchsorted(day, columns[:, 0])
    opened, closed = columns[:, 1].copy(), columns[:, 2].copy()
    return SessionCalendar(name, zone, day, owner, opened, closed, to_local(opened, zone))


def _special_windows(entry: SpecialDay, zone: ZoneInfo) -> list[tuple[int, int, int]]:
    day = _day_number(entry.day)
    walls = [day * DAY_MS + _wall_ms(text) for window in entry.windows for text in window]
    times = to_utc(np.array(walls, dtype=np.int64), zone).ts.tolist()
    return [(day, times[i], times[i + 1]) for i in range(0, len(times), 2)]


def _day_number(day: str) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _wall_ms(text: str) -> int:
    hours, minutes = text.split(":")
    return (int(hours) * 60 + int(minutes)) * _MINUTE_MS
